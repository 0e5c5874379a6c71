package admin

import (
	"context"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// addSecret gives an app one more secret, within tx.
func (a *Admin) addSecret(tx *store.Tx, c idp.Client) (NewSecret, error) {
	value := idp.NewSecret()
	s := idp.ClientSecret{ID: idp.NewID(idp.PrefixSecret), ClientID: c.ID, CreatedAt: a.Clock()}
	if err := tx.AddClientSecret(s, idp.Hash(value)); err != nil {
		return NewSecret{}, err
	}
	e := a.aboutClient(idp.EventAppSecretAdded, c)
	e.ObjectID = s.ID
	return NewSecret{Secret: s, Value: value}, tx.Record(e)
}

// RotateSecret adds a secret, shown once; with endOthers the earlier ones stop working now.
func (a *Admin) RotateSecret(ctx context.Context, clientID string, endOthers bool) (out NewSecret, err error) {
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		c, err := tx.Client(ctx, clientID)
		if err != nil {
			return err
		}
		if c.Public {
			return idp.Fail(idp.Conflict, "admin.public_no_secret", "app", c.Name)
		}
		if out, err = a.addSecret(tx, c); err != nil || !endOthers {
			return err
		}
		return a.endOtherSecrets(ctx, tx, c, out.Secret.ID)
	})
	return out, err
}

// endOtherSecrets ends all secrets of an app but one.
func (a *Admin) endOtherSecrets(ctx context.Context, tx *store.Tx, c idp.Client, keepID string) error {
	secrets, err := tx.ClientSecrets(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, s := range secrets {
		if s.ID == keepID {
			continue
		}
		if err := a.removeSecret(tx, c, s.ID); err != nil {
			return err
		}
	}
	return nil
}

func (a *Admin) removeSecret(tx *store.Tx, c idp.Client, id string) error {
	if err := tx.RemoveClientSecret(id); err != nil {
		return err
	}
	e := a.aboutClient(idp.EventAppSecretGone, c)
	e.ObjectID = id
	return tx.Record(e)
}

// RemoveSecret ends one secret.
func (a *Admin) RemoveSecret(ctx context.Context, secretID string) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		s, err := tx.ClientSecret(ctx, secretID)
		if err != nil {
			return err
		}
		c, err := tx.Client(ctx, s.ClientID)
		if err != nil {
			return err
		}
		return a.removeSecret(tx, c, secretID)
	})
}
