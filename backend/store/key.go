package store

import (
	"context"

	"hearthkey/backend/idp"
)

func scanKey(row scanner) (k idp.SigningKey, err error) {
	err = row.Scan(&k.ID, &k.Use, &k.Algorithm, &k.Public, &k.Sealed, &k.CreatedAt, &k.RetiredAt)
	return k, err
}

// SigningKeys lists the keys of one use, newest first, retired ones too.
func (r Reads) SigningKeys(ctx context.Context, use string) ([]idp.SigningKey, error) {
	return all(ctx, r, scanKey, "SELECT id, use, algorithm, public, sealed, created_at, retired_at FROM signing_keys WHERE use = ? ORDER BY created_at DESC, id", use)
}

// AddSigningKey keeps a new key.
func (tx *Tx) AddSigningKey(k idp.SigningKey) error {
	_, err := tx.exec("INSERT INTO signing_keys (id, use, algorithm, public, sealed, created_at, retired_at) VALUES (?, ?, ?, ?, ?, ?, ?)", k.ID, k.Use, k.Algorithm, k.Public, k.Sealed, k.CreatedAt, k.RetiredAt)
	return err
}
