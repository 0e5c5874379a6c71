package oidc

import (
	"context"
	"fmt"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// CheckDevice asks whether the session's person may let the device in, before the page that asks them is shown. Where neither another sign-in nor another network would help, the device is denied.
func (p *Provider) CheckDevice(ctx context.Context, d *Device, session idp.Session, v idp.Visitor) (reason idp.Reason, err error) {
	reason, err = p.MayUse(ctx, session.UserID, d.Client.ID, session, v)
	if err != nil || reason == idp.Allowed || reason == idp.SessionOver || reason == idp.NotOnTailnet || reason == idp.PersonNotThere {
		return reason, err
	}
	err = p.store.Write(ctx, func(tx *store.Tx) error {
		st, err := tx.Standing(context.Background(), session.UserID, d.Client.ID, "", session.ID)
		if err != nil {
			return err
		}
		now := p.clock()
		if reason = mayAuthorize(st, v, now); reason == idp.Allowed {
			return nil
		}
		return p.refuseDevice(tx, d, st, reason, v, now)
	})
	return reason, err
}

// NearlyDevice finds a device whose code begins as the typed one does and ends otherwise, so that wrong guesses at what an address leaves out are counted against it (MissDevice); idp.NotFound.
// Codes are kept as hashes, so it looks for all that the last letters could be: some hundreds.
func (p *Provider) NearlyDevice(ctx context.Context, typed string) (*Device, error) {
	code := readUserCode(typed)
	if code == "" {
		return nil, idp.Fail(idp.NotFound, "oidc.device_unknown")
	}
	var hashes [][]byte
	for _, a := range UserCodeLetters {
		for _, b := range UserCodeLetters {
			if other := code[:userCodeShown] + string(a) + string(b); other != code {
				hashes = append(hashes, idp.Hash(other))
			}
		}
	}
	d := &Device{}
	err := p.store.View(ctx, func(r store.Reads) (err error) {
		if d.Code, err = r.WaitingDeviceAmong(ctx, hashes, p.clock()); err != nil {
			return err
		}
		d.Client, err = r.Client(ctx, d.Code.ClientID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for a device with nearly this code: %w", err)
	}
	return d, nil
}
