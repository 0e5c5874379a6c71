package admin

import (
	"context"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// EndSession revokes one session with all that came from it.
func (a *Admin) EndSession(ctx context.Context, id string) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		s, err := tx.Session(ctx, id)
		if err != nil {
			return err
		}
		u, err := tx.User(ctx, s.UserID)
		if err != nil {
			return err
		}
		changed, err := tx.EndSession(id, idp.EndRevoked, a.Clock())
		if err != nil || !changed {
			return err
		}
		e := a.aboutUser(idp.EventSessionRevoked, u)
		e.ObjectID = id
		return tx.Record(e)
	})
}

// EndSessions revokes all sessions of a person.
func (a *Admin) EndSessions(ctx context.Context, userID string) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, userID)
		if err != nil {
			return err
		}
		n, err := tx.RevokeSessions(userID, a.Clock())
		if err != nil || n == 0 {
			return err
		}
		return tx.Record(a.aboutUser(idp.EventSessionRevoked, u))
	})
}

// RevokeConsent forgets a person's yes to an app and ends that app's grants for them.
func (a *Admin) RevokeConsent(ctx context.Context, userID, clientID string) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, userID)
		if err != nil {
			return err
		}
		c, err := tx.Client(ctx, clientID)
		if err != nil {
			return err
		}
		if err := tx.RevokeConsent(userID, clientID, a.Clock()); err != nil {
			return err
		}
		e := a.aboutUser(idp.EventConsentRevoked, u, "app", c.Name)
		e.ClientID = clientID
		return tx.Record(e)
	})
}
