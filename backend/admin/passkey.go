package admin

import (
	"context"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

func (a *Admin) passkeyRows(ctx context.Context, r store.Reads, userID string) ([]PasskeyRow, error) {
	pin, err := r.Pin(ctx)
	if err != nil {
		return nil, err
	}
	passkeys, err := r.Passkeys(ctx, userID)
	rows := []PasskeyRow{}
	for _, p := range passkeys {
		rows = append(rows, PasskeyRow{Passkey: p, TrialOnly: p.RPID != pin.RPID})
	}
	return rows, err
}

// RenamePasskey gives a passkey another name.
func (a *Admin) RenamePasskey(ctx context.Context, id, name string) error {
	name, err := line("name", name)
	if err != nil {
		return err
	}
	return a.changePasskey(ctx, id, idp.EventPasskeyRenamed, func(tx *store.Tx) error { return tx.RenamePasskey(id, name) })
}

// RemovePasskey forgets a passkey and revokes the sessions that it signed in, signed out ones too: whoever stole it may have kept what such a session gave to an app.
func (a *Admin) RemovePasskey(ctx context.Context, id string) error {
	return a.changePasskey(ctx, id, idp.EventPasskeyRemoved, func(tx *store.Tx) error {
		if _, err := tx.RevokeSessionsOfPasskey(id, a.Clock()); err != nil {
			return err
		}
		return tx.RemovePasskey(id)
	})
}

func (a *Admin) changePasskey(ctx context.Context, id, kind string, change func(*store.Tx) error) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.Passkey(ctx, id)
		if err != nil {
			return err
		}
		u, err := tx.User(ctx, p.UserID)
		if err != nil {
			return err
		}
		if err := change(tx); err != nil {
			return err
		}
		e := a.aboutUser(kind, u, "passkey", p.Name)
		e.ObjectID = id
		return tx.Record(e)
	})
}
