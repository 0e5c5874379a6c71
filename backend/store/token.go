package store

import (
	"cmp"
	"context"

	"hearthkey/backend/idp"
)

const (
	codeColumns    = "hash, grant_id, client_id, redirect_uri, challenge, nonce, created_at, expires_at, coalesce(used_at, 0)"
	refreshColumns = "hash, grant_id, client_id, scope, key_id, created_at, expires_at, absolute_at, coalesce(spent_at, 0), seed, successor, replays"
)

func scanCode(row scanner) (c idp.AuthorizationCode, err error) {
	err = row.Scan(&c.Hash, &c.GrantID, &c.ClientID, &c.RedirectURI, &c.Challenge, &c.Nonce, &c.CreatedAt, &c.ExpiresAt, &c.UsedAt)
	return c, err
}

func scanAccessToken(row scanner) (t idp.AccessToken, err error) {
	err = row.Scan(&t.Hash, &t.Format, &t.GrantID, &t.ClientID, &t.Scope, &t.CreatedAt, &t.ExpiresAt, &t.RevokedAt)
	return t, err
}

func scanRefreshToken(row scanner) (t idp.RefreshToken, err error) {
	err = row.Scan(&t.Hash, &t.GrantID, &t.ClientID, &t.Scope, &t.KeyID, &t.CreatedAt, &t.ExpiresAt, &t.AbsoluteAt, &t.SpentAt, &t.Seed, &t.Successor, &t.Replays)
	return t, err
}

// CreateCode keeps a new authorization code.
func (tx *Tx) CreateCode(c idp.AuthorizationCode) error {
	_, err := tx.exec("INSERT INTO codes (hash, grant_id, client_id, redirect_uri, challenge, nonce, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", c.Hash, c.GrantID, c.ClientID, c.RedirectURI, c.Challenge, c.Nonce, c.CreatedAt, c.ExpiresAt)
	return err
}

// RedeemCode burns a code. burned is true for the one caller that did, whatever it then finds wrong with the code; every other is a reuse (RFC 6749 §4.1.2). idp.NotFound for an unknown code.
func (tx *Tx) RedeemCode(hash []byte, now idp.Time) (c idp.AuthorizationCode, burned bool, err error) {
	ctx := context.Background()
	if c, burned, err = first(ctx, tx.Reads, scanCode, "UPDATE codes SET used_at = ? WHERE hash = ? AND used_at IS NULL RETURNING "+codeColumns, now, hash); burned || err != nil {
		return c, burned, err
	}
	c, err = one(ctx, tx.Reads, scanCode, "token.no_code", "SELECT "+codeColumns+" FROM codes WHERE hash = ?", hash)
	return c, false, err
}

// AddAccessToken keeps a new access token, of a grant or, where GrantID is "", of an app that acts for itself.
func (tx *Tx) AddAccessToken(t idp.AccessToken) error {
	t.Format = cmp.Or(t.Format, idp.FormatOpaque)
	if t.GrantID == "" {
		_, err := tx.exec("INSERT INTO client_tokens (hash, format, client_id, scope, created_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?)", t.Hash, t.Format, t.ClientID, t.Scope, t.CreatedAt, t.ExpiresAt, t.RevokedAt)
		return err
	}
	_, err := tx.exec("INSERT INTO access_tokens (hash, format, grant_id, client_id, scope, created_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", t.Hash, t.Format, t.GrantID, t.ClientID, t.Scope, t.CreatedAt, t.ExpiresAt, t.RevokedAt)
	return err
}

// AccessToken reads an access token by its hash and the form in which it was presented; idp.NotFound. Whether it is still good, its times and idp.MayUse or idp.MayAct say.
func (r Reads) AccessToken(ctx context.Context, hash []byte, format string) (idp.AccessToken, error) {
	return recall(r, label{of: ofToken, a: string(hash), b: format}, func() (idp.AccessToken, error) {
		return one(ctx, r, scanAccessToken, "token.not_found", `SELECT hash, format, grant_id, client_id, scope, created_at, expires_at, revoked_at FROM access_tokens WHERE hash = ?1 AND format = ?2
		UNION ALL SELECT hash, format, '', client_id, scope, created_at, expires_at, revoked_at FROM client_tokens WHERE hash = ?1 AND format = ?2`, hash, format)
	})
}

// RevokeAccessToken ends one access token (RFC 7009), and answers whether it was not ended before.
func (tx *Tx) RevokeAccessToken(hash []byte, now idp.Time) (bool, error) {
	n, err := tx.changed("UPDATE access_tokens SET revoked_at = ? WHERE hash = ? AND revoked_at = 0", now, hash)
	if err != nil || n == 1 {
		return n == 1, err
	}
	n, err = tx.changed("UPDATE client_tokens SET revoked_at = ? WHERE hash = ? AND revoked_at = 0", now, hash)
	return n == 1, err
}

// RevokeTokensOfClient ends the tokens with which an app acts for itself.
func (tx *Tx) RevokeTokensOfClient(clientID string, now idp.Time) error {
	_, err := tx.exec("UPDATE client_tokens SET revoked_at = ? WHERE client_id = ? AND revoked_at = 0", now, clientID)
	return err
}

// AddRefreshToken keeps a new refresh token.
func (tx *Tx) AddRefreshToken(t idp.RefreshToken) error {
	_, err := tx.exec("INSERT INTO refresh_tokens (hash, grant_id, client_id, scope, key_id, created_at, expires_at, absolute_at, replays) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)", t.Hash, t.GrantID, t.ClientID, t.Scope, t.KeyID, t.CreatedAt, t.ExpiresAt, t.AbsoluteAt)
	return err
}

// RefreshToken reads a refresh token by its hash, spent or not; idp.NotFound.
func (r Reads) RefreshToken(ctx context.Context, hash []byte) (idp.RefreshToken, error) {
	return one(ctx, r, scanRefreshToken, "token.not_found", "SELECT "+refreshColumns+" FROM refresh_tokens WHERE hash = ?", hash)
}

// SpendRefresh marks a refresh token as rotated into successor, once: false when it was spent before. The seed of its own predecessor is erased, since that one's successor is in use now.
func (tx *Tx) SpendRefresh(hash, seed, successor []byte, now idp.Time) (bool, error) {
	n, err := tx.changed("UPDATE refresh_tokens SET spent_at = ?, seed = ?, successor = ? WHERE hash = ? AND spent_at IS NULL", now, seed, successor, hash)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.exec("UPDATE refresh_tokens SET seed = NULL WHERE successor = ?", hash)
	return true, err
}

// CountReplay counts one more use of a spent refresh token within its grace; false when it had limit already or its seed is gone.
func (tx *Tx) CountReplay(hash []byte, limit int) (bool, error) {
	n, err := tx.changed("UPDATE refresh_tokens SET replays = replays + 1 WHERE hash = ? AND seed IS NOT NULL AND replays < ?", hash, limit)
	return n == 1, err
}
