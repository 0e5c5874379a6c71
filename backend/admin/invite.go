package admin

import (
	"context"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// How long an invite is good: shorter for one who has a passkey already, since a stolen link is then the easier way in.
const (
	firstInviteLife = 24 * time.Hour
	laterInviteLife = time.Hour
)

// Invite makes a single-use enrolment link for a person; earlier open ones end.
func (a *Admin) Invite(ctx context.Context, userID string) (link InviteLink, err error) {
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, userID)
		if err != nil {
			return err
		}
		if u.Disabled() {
			return idp.Fail(idp.Conflict, "admin.invite_disabled", "user", u.Name)
		}
		pin, err := tx.Pin(ctx)
		if err != nil {
			return err
		}
		if pin.Mode == idp.ModeNone {
			return idp.Fail(idp.Unavailable, "admin.no_issuer")
		}
		link, err = a.invite(ctx, tx, u, pin, firstInviteLife)
		return err
	})
	return link, err
}

// invite makes the link, good for life where the person has no passkey for the pin.
func (a *Admin) invite(ctx context.Context, tx *store.Tx, u idp.User, pin idp.Pin, life time.Duration) (link InviteLink, err error) {
	secret := idp.NewInviteSecret()
	if link.Invite, err = a.newInvite(ctx, tx, u, pin, life); err != nil {
		return link, err
	}
	if err := tx.CreateInvite(link.Invite, idp.Hash(secret)); err != nil {
		return link, err
	}
	link.URL, link.UserName, link.Phone = pin.Issuer+"/invite/"+secret, u.Name, pin.Mode != idp.ModeTrial
	e := a.aboutUser(idp.EventInvited, u)
	e.ObjectID = link.Invite.ID
	return link, tx.Record(e)
}

func (a *Admin) newInvite(ctx context.Context, tx *store.Tx, u idp.User, pin idp.Pin, life time.Duration) (idp.Invite, error) {
	now := a.Clock()
	if _, err := tx.RevokeInvites(u.ID, now); err != nil {
		return idp.Invite{}, err
	}
	passkeys, err := tx.Passkeys(ctx, u.ID)
	if err != nil {
		return idp.Invite{}, err
	}
	for _, p := range passkeys {
		if p.RPID == pin.RPID {
			life = laterInviteLife
		}
	}
	epoch, err := tx.Epoch(ctx)
	return idp.Invite{ID: idp.NewID(idp.PrefixInvite), UserID: u.ID, CreatedAt: now, ExpiresAt: now.Add(life), Epoch: epoch}, err
}

// RevokeInvites ends a person's open links.
func (a *Admin) RevokeInvites(ctx context.Context, userID string) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, userID)
		if err != nil {
			return err
		}
		n, err := tx.RevokeInvites(userID, a.Clock())
		if err != nil || n == 0 {
			return err
		}
		return tx.Record(a.aboutUser(idp.EventInviteRevoked, u))
	})
}
