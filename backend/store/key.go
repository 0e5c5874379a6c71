package store

import (
	"context"

	"hearthkey/backend/idp"
)

const keyColumns = "id, use, algorithm, public, sealed, created_at, active_at, retired_at, withdrawn_at"

func scanKey(row scanner) (k idp.SigningKey, err error) {
	err = row.Scan(&k.ID, &k.Use, &k.Algorithm, &k.Public, &k.Sealed, &k.CreatedAt, &k.ActiveAt, &k.RetiredAt, &k.WithdrawnAt)
	return k, err
}

// SigningKeys lists the keys of one use, newest first, retired and withdrawn ones too.
func (r Reads) SigningKeys(ctx context.Context, use string) ([]idp.SigningKey, error) {
	return all(ctx, r, scanKey, "SELECT "+keyColumns+" FROM signing_keys WHERE use = ? ORDER BY created_at DESC, id", use)
}

// AddSigningKey keeps a new key.
func (tx *Tx) AddSigningKey(k idp.SigningKey) error {
	_, err := tx.exec("INSERT INTO signing_keys ("+keyColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", k.ID, k.Use, k.Algorithm, k.Public, k.Sealed, k.CreatedAt, k.ActiveAt, k.RetiredAt, k.WithdrawnAt)
	return err
}

// ActivateKey makes the next key of its algorithm the current one, and retires the one before: its private part is erased. idp.NotFound when id is not the next any more.
func (tx *Tx) ActivateKey(id string, now idp.Time) error {
	const of = "SELECT use, algorithm FROM signing_keys WHERE id = ?2"
	if _, err := tx.exec("UPDATE signing_keys SET retired_at = ?1, sealed = x'' WHERE active_at > 0 AND retired_at = 0 AND (use, algorithm) IN ("+of+")", now, id); err != nil {
		return err
	}
	return tx.mustChange("store.no_key", "UPDATE signing_keys SET active_at = ? WHERE id = ? AND active_at = 0", now, id)
}

// WithdrawKey takes a retired key out of the key set; idp.NotFound for any other.
func (tx *Tx) WithdrawKey(id string, now idp.Time) error {
	return tx.mustChange("store.no_key", "UPDATE signing_keys SET withdrawn_at = ? WHERE id = ? AND retired_at > 0 AND withdrawn_at = 0", now, id)
}

// KeyRotation is how many days a signing key signs before the next takes over; 0 for the default.
func (r Reads) KeyRotation(ctx context.Context) (int, error) {
	return setting[int](ctx, r, "key_rotation")
}

// SetKeyRotation keeps it.
func (tx *Tx) SetKeyRotation(days int) error { return setSetting(tx, "key_rotation", days) }

// IDTokenAlgorithms lists the algorithms that apps want their ID tokens signed with.
func (r Reads) IDTokenAlgorithms(ctx context.Context) ([]string, error) {
	return all(ctx, r, scanString, "SELECT DISTINCT id_token_algorithm FROM clients")
}
