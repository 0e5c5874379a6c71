package admin

import (
	"context"
	"strconv"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// maxSecretDays is the longest life of a secret that is to expire.
const maxSecretDays = 3650

// maxOthersHours is how long earlier secrets may go on beside a new one, when they are to end.
const maxOthersHours = 24 * 90

// addSecret gives an app one more secret, within tx.
func (a *Admin) addSecret(tx *store.Tx, c idp.Client, in SecretInput) (NewSecret, error) {
	value, now := idp.NewSecret(), a.Clock()
	s := idp.ClientSecret{ID: idp.NewID(idp.PrefixSecret), ClientID: c.ID, Name: in.Name, CreatedAt: now}
	if in.LifeDays > 0 {
		s.ExpiresAt = now.Add(time.Duration(in.LifeDays) * idp.Day)
	}
	if err := tx.AddClientSecret(s, idp.Hash(value)); err != nil {
		return NewSecret{}, err
	}
	e := a.aboutClient(idp.EventAppSecretAdded, c)
	e.ObjectID = s.ID
	return NewSecret{Secret: s, Value: value}, tx.Record(e)
}

// AddSecret adds a secret, shown once, and says how long the earlier ones go on.
func (a *Admin) AddSecret(ctx context.Context, clientID string, in SecretInput) (out NewSecret, err error) {
	if in.Name != "" {
		if in.Name, err = line("name", in.Name); err != nil {
			return out, err
		}
	}
	switch {
	case in.LifeDays < 0 || in.LifeDays > maxSecretDays:
		return out, idp.FailField("lifeDays", "admin.secret_days", "most", strconv.Itoa(maxSecretDays))
	case in.OthersHours < -1 || in.OthersHours > maxOthersHours:
		return out, idp.FailField("othersHours", "admin.secret_hours", "most", strconv.Itoa(maxOthersHours))
	}
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		c, err := tx.Client(ctx, clientID)
		if err != nil {
			return err
		}
		if c.Public {
			return idp.Fail(idp.Conflict, "admin.public_no_secret", "app", c.Name)
		}
		if out, err = a.addSecret(tx, c, in); err != nil || in.OthersHours < 0 {
			return err
		}
		return a.endOtherSecrets(ctx, tx, c, out.Secret.ID, in.OthersHours)
	})
	return out, err
}

// endOtherSecrets ends all secrets of an app but one, in so many hours; none goes on for longer than it would have.
func (a *Admin) endOtherSecrets(ctx context.Context, tx *store.Tx, c idp.Client, keepID string, hours int) error {
	secrets, err := tx.ClientSecrets(ctx, c.ID)
	if err != nil {
		return err
	}
	end := a.Clock().Add(time.Duration(hours) * time.Hour)
	for _, s := range secrets {
		if s.ID != keepID {
			if err := guardSecret(ctx, tx.Reads, c, s, a.Clock()); err != nil {
				return err
			}
		}
		switch {
		case s.ID == keepID:
		case hours == 0:
			err = a.removeSecret(tx, c, s.ID)
		case s.ExpiresAt == 0 || s.ExpiresAt > end:
			err = tx.ExpireClientSecret(s.ID, end)
		}
		if err != nil {
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
		if err := guardSecret(ctx, tx.Reads, c, s, a.Clock()); err != nil {
			return err
		}
		return a.removeSecret(tx, c, secretID)
	})
}
