package store

import (
	"context"

	"hearthkey/backend/idp"
)

const grantColumns = "id, user_id, client_id, session_id, scope, network, source, acr, amr, auth_time, created_at, revoked_at, revoke_reason, claims, epoch"

// grantFields are the fields behind the columns.
func grantFields(g *idp.Grant) []any {
	return []any{&g.ID, &g.UserID, &g.ClientID, &g.SessionID, &g.Scope, &g.Network, &g.Source, &g.ACR, &g.AMR, &g.AuthTime, &g.CreatedAt, &g.RevokedAt, &g.RevokeReason, &g.Claims, &g.Epoch}
}

func scanGrant(row scanner) (g idp.Grant, err error) {
	err = row.Scan(grantFields(&g)...)
	return g, err
}

// Grant reads one grant, revoked or not; idp.NotFound.
func (r Reads) Grant(ctx context.Context, id string) (idp.Grant, error) {
	return recall(r, label{of: ofGrant, a: id}, func() (idp.Grant, error) {
		return one(ctx, r, scanGrant, "grant.not_found", "SELECT "+grantColumns+" FROM grants WHERE id = ?", id)
	})
}

// CreateGrant keeps a new grant.
func (tx *Tx) CreateGrant(g idp.Grant) error {
	_, err := tx.exec("INSERT INTO grants ("+grantColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		g.ID, g.UserID, g.ClientID, g.SessionID, g.Scope, g.Network, g.Source, g.ACR, g.AMR, g.AuthTime, g.CreatedAt, g.RevokedAt, g.RevokeReason, g.Claims, g.Epoch)
	return err
}

// RevokeGrant ends a grant with its code and tokens, and answers whether it was live.
func (tx *Tx) RevokeGrant(id string, reason idp.Reason, now idp.Time) (bool, error) {
	n, err := tx.changed("UPDATE grants SET revoked_at = ?, revoke_reason = ? WHERE id = ? AND revoked_at = 0", now, reason, id)
	return n == 1, err
}

// RevokeGrantsOfClient ends all that an app was given, for people and for itself.
func (tx *Tx) RevokeGrantsOfClient(clientID string, reason idp.Reason, now idp.Time) error {
	if _, err := tx.exec("UPDATE grants SET revoked_at = ?, revoke_reason = ? WHERE client_id = ? AND revoked_at = 0", now, reason, clientID); err != nil {
		return err
	}
	return tx.RevokeTokensOfClient(clientID, now)
}

// EndGrantsOutside ends the grants that an app's network rule admits no more. Call it after every change of the rule: lifting it then revives nothing.
func (tx *Tx) EndGrantsOutside(c idp.Client, now idp.Time) error {
	if c.NetworkRule != idp.NetworkTailnetOnly {
		return nil
	}
	_, err := tx.exec("UPDATE grants SET revoked_at = ?, revoke_reason = ? WHERE client_id = ? AND revoked_at = 0 AND network NOT IN (?, ?)", now, idp.NotOnTailnet, c.ID, idp.NetworkTailnet, idp.NetworkLocal)
	return err
}

// EndGrantsWithoutAccess ends the grants of people whom no row lets use the app any more. Call it after every change of access rows or memberships: giving the access back then revives nothing.
func (tx *Tx) EndGrantsWithoutAccess(now idp.Time) error {
	_, err := tx.exec("UPDATE grants SET revoked_at = ?, revoke_reason = ? WHERE revoked_at = 0 AND NOT "+accessOf("grants.user_id", "grants.client_id"), now, idp.NoAccess)
	return err
}

// EndOnlineGrants ends the grants of a session that do not outlive its sign-out (those without offline_access).
func (tx *Tx) EndOnlineGrants(sessionID string, now idp.Time) error {
	_, err := tx.exec("UPDATE grants SET revoked_at = ?, revoke_reason = ? WHERE session_id = ? AND revoked_at = 0 AND ' ' || scope || ' ' NOT LIKE '% offline_access %'", now, idp.SessionOver, sessionID)
	return err
}
