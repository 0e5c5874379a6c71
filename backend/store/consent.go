package store

import (
	"context"

	"hearthkey/backend/idp"
)

func scanConsent(row scanner) (c idp.Consent, err error) {
	err = row.Scan(&c.UserID, &c.ClientID, &c.Scope, &c.GrantedAt)
	return c, err
}

// Consent reads a person's remembered yes to an app; idp.NotFound.
func (r Reads) Consent(ctx context.Context, userID, clientID string) (idp.Consent, error) {
	return recall(r, label{of: ofConsent, a: userID, b: clientID}, func() (idp.Consent, error) {
		return one(ctx, r, scanConsent, "consent.not_found", "SELECT user_id, client_id, scope, granted_at FROM consents WHERE user_id = ? AND client_id = ?", userID, clientID)
	})
}

// Consents lists a person's remembered yeses, newest first.
func (r Reads) Consents(ctx context.Context, userID string) ([]idp.Consent, error) {
	return all(ctx, r, scanConsent, "SELECT user_id, client_id, scope, granted_at FROM consents WHERE user_id = ? ORDER BY granted_at DESC", userID)
}

// SaveConsent remembers a yes, in place of an earlier one.
func (tx *Tx) SaveConsent(c idp.Consent) error {
	_, err := tx.exec("INSERT INTO consents (user_id, client_id, scope, granted_at) VALUES (?, ?, ?, ?) ON CONFLICT (user_id, client_id) DO UPDATE SET scope = excluded.scope, granted_at = excluded.granted_at", c.UserID, c.ClientID, c.Scope, c.GrantedAt)
	return err
}

// RevokeConsent forgets a yes and ends the grants that this app has for this person; idp.NotFound.
func (tx *Tx) RevokeConsent(userID, clientID string, now idp.Time) error {
	if err := tx.mustChange("consent.not_found", "DELETE FROM consents WHERE user_id = ? AND client_id = ?", userID, clientID); err != nil {
		return err
	}
	_, err := tx.exec("UPDATE grants SET revoked_at = ?, revoke_reason = ? WHERE user_id = ? AND client_id = ? AND revoked_at = 0", now, idp.ConsentRevoked, userID, clientID)
	return err
}
