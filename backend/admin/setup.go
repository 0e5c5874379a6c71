package admin

import (
	"context"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// SetUp names the home and makes the owner's user, or corrects both until the owner has a passkey.
func (a *Admin) SetUp(ctx context.Context, in SetUp) (idp.User, error) {
	home, err := line("home", in.Home)
	if err != nil {
		return idp.User{}, err
	}
	u, err := a.checkedUser(UserInput{Name: in.Name, UserName: in.UserName, Email: in.Email})
	if err != nil {
		return idp.User{}, err
	}
	u.Owner = true
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.SetHome(idp.Home{Name: home}); err != nil {
			return err
		}
		before, err := tx.Owner(ctx)
		switch {
		case idp.CodeOf(err) == idp.NotFound:
			if err := tx.CreateUser(u); err != nil {
				return err
			}
		case err != nil:
			return err
		default:
			if err := a.correctOwner(ctx, tx, before, &u); err != nil {
				return err
			}
		}
		return tx.Record(a.aboutUser(idp.EventSetUp, u))
	})
	return u, err
}

func (a *Admin) correctOwner(ctx context.Context, tx *store.Tx, before idp.User, u *idp.User) error {
	passkeys, err := tx.Passkeys(ctx, before.ID)
	if err != nil {
		return err
	}
	if len(passkeys) > 0 {
		return idp.Fail(idp.Conflict, "admin.set_up_already")
	}
	u.ID, u.CreatedAt = before.ID, before.CreatedAt
	if err := guardAddress(ctx, tx.Reads, *u); err != nil {
		return err
	}
	return tx.UpdateUser(*u)
}
