package store

import (
	"context"

	"hearthkey/backend/idp"
)

const pushedColumns = "hash, client_id, form, created_at, expires_at, coalesce(used_at, 0)"

func scanPushed(row scanner) (p idp.PushedRequest, err error) {
	err = row.Scan(&p.Hash, &p.ClientID, &p.Form, &p.CreatedAt, &p.ExpiresAt, &p.UsedAt)
	return p, err
}

// AddPushedRequest keeps a pushed authorization request.
func (tx *Tx) AddPushedRequest(p idp.PushedRequest) error {
	_, err := tx.exec("INSERT INTO pushed_requests (hash, client_id, form, created_at, expires_at) VALUES (?, ?, ?, ?, ?)", p.Hash, p.ClientID, p.Form, p.CreatedAt, p.ExpiresAt)
	return err
}

// PushedRequest reads a pushed request, used or not; idp.NotFound.
func (r Reads) PushedRequest(ctx context.Context, hash []byte) (idp.PushedRequest, error) {
	return one(ctx, r, scanPushed, "token.no_pushed", "SELECT "+pushedColumns+" FROM pushed_requests WHERE hash = ?", hash)
}

// ConsumePAR takes an app's pushed request, once (RFC 9126 §7.3). idp.NotFound for one that is not known, was used, has expired or is another app's: which of them, nobody need know.
func (tx *Tx) ConsumePAR(hash []byte, clientID string, now idp.Time) (idp.PushedRequest, error) {
	return one(context.Background(), tx.Reads, scanPushed, "token.no_pushed",
		"UPDATE pushed_requests SET used_at = ?1 WHERE hash = ?2 AND client_id = ?3 AND used_at IS NULL AND expires_at > ?1 RETURNING "+pushedColumns, now, hash, clientID)
}
