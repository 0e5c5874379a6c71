package oidc

import (
	"context"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// reasonTries is why a device was denied that nobody denied.
const reasonTries idp.Reason = "too_many_tries"

// AllowDevice lets the device sign in as the session's person, if idp.MayUse allows it in the same transaction; otherwise the device is denied and the reason says why.
// The session must be the browser's, with a passkey used after the device asked. idp.Denied for one that is not, or that is elsewhere; idp.Expired and idp.NotFound as FindDevice.
func (p *Provider) AllowDevice(ctx context.Context, d *Device, session idp.Session, v idp.Visitor) (reason idp.Reason, err error) {
	err = p.store.Write(ctx, func(tx *store.Tx) error {
		now := p.clock()
		st, err := tx.Standing(context.Background(), session.UserID, d.Client.ID, "", session.ID)
		if err != nil {
			return err
		}
		if reason = mayAuthorize(st, v, now); reason != idp.Allowed {
			return p.refuseDevice(tx, d, st, reason, v, now)
		}
		fresh, err := freshDevice(tx, d, *st.Client)
		if err != nil {
			return err
		}
		if err := fresh.waits(now); err != nil {
			return err
		}
		if err := fresh.mayConfirm(*st.Session, v); err != nil {
			return err
		}
		return p.grantDevice(tx, fresh, st, v, now)
	})
	return reason, err
}

// freshDevice is the device as it stands now.
func freshDevice(tx *store.Tx, d *Device, c idp.Client) (*Device, error) {
	code, err := tx.DeviceCode(context.Background(), d.Code.Hash)
	if idp.CodeOf(err) == idp.NotFound {
		err = idp.Fail(idp.NotFound, "oidc.device_unknown")
	}
	return &Device{c, code}, err
}

// mayConfirm holds the two rules that keep a stranger's device out, even where a page forgot them.
func (d *Device) mayConfirm(s idp.Session, v idp.Visitor) error {
	switch {
	case !d.Near(v):
		return idp.Fail(idp.Denied, "oidc.device_far")
	case s.ACR != idp.ACRPasskey, s.AuthTime < d.Code.CreatedAt: // an enrolment by an invite is no use of a passkey
		return idp.Fail(idp.Denied, "oidc.device_passkey")
	}
	return nil
}

// grantDevice makes the grant and remembers the consent. Its network is that of the browser in which the person confirmed.
func (p *Provider) grantDevice(tx *store.Tx, d *Device, st idp.Standing, v idp.Visitor, now idp.Time) error {
	g := idp.Grant{
		ID: idp.NewID(idp.PrefixGrant), UserID: st.User.ID, ClientID: d.Client.ID, SessionID: st.Session.ID, Scope: d.Code.Scope,
		Network: v.Network, Source: sourceOf(v), ACR: idp.ACRDevice, AMR: strings.TrimSpace(st.Session.AMR + " mca"), AuthTime: st.Session.AuthTime, CreatedAt: now, Epoch: st.Epoch,
	}
	if err := tx.CreateGrant(g); err != nil {
		return err
	}
	if ok, err := tx.AnswerDevice(d.Code.Hash, g.ID, now); err != nil || !ok {
		return orOver(err)
	}
	if err := addConsent(tx, g, now); err != nil {
		return err
	}
	return tx.Record(idp.Event{At: now, Kind: idp.EventDeviceAllowed, Actor: idp.ActorUser, UserID: g.UserID, ClientID: g.ClientID,
		ObjectID: g.ID, Network: v.Network, Detail: d.about(st, v)})
}

func orOver(err error) error {
	if err != nil {
		return err
	}
	return idp.Fail(idp.Expired, "oidc.device_over")
}

// addConsent remembers a yes beside what was allowed before.
func addConsent(tx *store.Tx, g idp.Grant, now idp.Time) error {
	have, err := tx.Consent(context.Background(), g.UserID, g.ClientID)
	if err != nil && idp.CodeOf(err) != idp.NotFound {
		return err
	}
	return tx.SaveConsent(idp.Consent{UserID: g.UserID, ClientID: g.ClientID, Scope: knownScopes(have.Scope + " " + g.Scope), GrantedAt: now})
}

// about is the personal part of a device's events: who answered from where, and where the device is.
func (d *Device) about(st idp.Standing, v idp.Visitor) map[string]string {
	detail := about(st, v)
	detail["device"], detail["userAgent"] = d.Code.Source, d.Code.UserAgent
	return detail
}

// refuseDevice ends the request of a device whose person may not use the app: nobody else is to be tried for it.
func (p *Provider) refuseDevice(tx *store.Tx, d *Device, st idp.Standing, reason idp.Reason, v idp.Visitor, now idp.Time) error {
	if reason == idp.SessionOver { // the person only has to sign in again
		return nil
	}
	if ok, err := tx.AnswerDevice(d.Code.Hash, "", now); err != nil || !ok {
		return err
	}
	e := idp.Event{At: now, Kind: idp.EventAccessDenied, Actor: idp.ActorUser, ClientID: d.Client.ID, Reason: string(reason), Network: v.Network, Detail: d.about(st, v)}
	if st.User != nil {
		e.UserID = st.User.ID
	}
	return tx.Record(e)
}

// DenyDevice is the session's person saying no. idp.Expired when the device does not wait any more.
func (p *Provider) DenyDevice(ctx context.Context, d *Device, session idp.Session, v idp.Visitor) error {
	return p.store.Write(ctx, func(tx *store.Tx) error {
		now := p.clock()
		ok, err := tx.AnswerDevice(d.Code.Hash, "", now)
		if err != nil || !ok {
			return orOver(err)
		}
		st, err := tx.Standing(context.Background(), session.UserID, d.Client.ID, "", session.ID)
		if err != nil {
			return err
		}
		return tx.Record(idp.Event{At: now, Kind: idp.EventDeviceDenied, Actor: idp.ActorUser, UserID: session.UserID, ClientID: d.Client.ID, Network: v.Network, Detail: d.about(st, v)})
	})
}

// MissDevice counts a wrong answer at a device's confirmation and says how many are left. The last one denies the device.
func (p *Provider) MissDevice(ctx context.Context, d *Device) (left int, err error) {
	err = p.store.Write(ctx, func(tx *store.Tx) error {
		v, now := idp.VisitorOf(ctx), p.clock()
		fresh, err := freshDevice(tx, d, d.Client)
		if err != nil || fresh.waits(now) != nil { // nothing to guess at
			return err
		}
		if left, err = tx.CountDeviceTry(d.Code.Hash, idp.DeviceTries); err != nil || left > 0 {
			return err
		}
		return tx.Record(idp.Event{At: now, Kind: idp.EventDeviceDenied, Actor: idp.ActorVisitor, ClientID: d.Client.ID, Reason: string(reasonTries), Network: v.Network,
			Detail: d.about(idp.Standing{Client: &d.Client}, v)})
	})
	return left, err
}
