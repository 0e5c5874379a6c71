package store

import (
	"context"
	"time"

	"hearthkey/backend/idp"
)

const secretColumns = "id, client_id, name, created_at, expires_at, last_used_at"

func scanSecret(row scanner) (s idp.ClientSecret, err error) {
	err = row.Scan(&s.ID, &s.ClientID, &s.Name, &s.CreatedAt, &s.ExpiresAt, &s.LastUsedAt)
	return s, err
}

// ClientSecrets lists an app's secrets, newest first.
func (r Reads) ClientSecrets(ctx context.Context, clientID string) ([]idp.ClientSecret, error) {
	return all(ctx, r, scanSecret, "SELECT "+secretColumns+" FROM client_secrets WHERE client_id = ? ORDER BY created_at DESC, id", clientID)
}

// ClientSecret reads one secret's row; idp.NotFound.
func (r Reads) ClientSecret(ctx context.Context, id string) (idp.ClientSecret, error) {
	return one(ctx, r, scanSecret, "client.secret_not_found", "SELECT "+secretColumns+" FROM client_secrets WHERE id = ?", id)
}

// SecretByHash reads the row of one of an app's secrets; idp.NotFound.
func (r Reads) SecretByHash(ctx context.Context, clientID string, hash []byte) (idp.ClientSecret, error) {
	return recall(r, label{of: ofSecret, a: string(hash), b: clientID}, func() (idp.ClientSecret, error) {
		return one(ctx, r, scanSecret, "client.secret_not_found", "SELECT "+secretColumns+" FROM client_secrets WHERE hash = ? AND client_id = ?", hash, clientID)
	})
}

// AddClientSecret keeps the hash of a new secret.
func (tx *Tx) AddClientSecret(s idp.ClientSecret, hash []byte) error {
	_, err := tx.exec("INSERT INTO client_secrets (id, client_id, name, hash, created_at, expires_at, last_used_at) VALUES (?, ?, ?, ?, ?, ?, ?)", s.ID, s.ClientID, s.Name, hash, s.CreatedAt, s.ExpiresAt, s.LastUsedAt)
	return err
}

// TouchClientSecret notes the use of a secret, to the hour, so that most uses write nothing.
func (tx *Tx) TouchClientSecret(id string, now idp.Time) error {
	_, err := tx.exec("UPDATE client_secrets SET last_used_at = ? WHERE id = ? AND last_used_at <= ?", now, id, now.Add(-time.Hour))
	return err
}

// ExpireClientSecret says when a secret ends; idp.NotFound.
func (tx *Tx) ExpireClientSecret(id string, at idp.Time) error {
	return tx.mustChange("client.secret_not_found", "UPDATE client_secrets SET expires_at = ? WHERE id = ?", at, id)
}

// RemoveClientSecret ends one secret; idp.NotFound.
func (tx *Tx) RemoveClientSecret(id string) error {
	return tx.mustChange("client.secret_not_found", "DELETE FROM client_secrets WHERE id = ?", id)
}
