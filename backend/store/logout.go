package store

import (
	"context"

	"hearthkey/backend/idp"
)

const deliveryColumns = "id, client_id, user_id, session_id, created_at, due_at, attempts"

func scanDelivery(row scanner) (d idp.LogoutDelivery, err error) {
	err = row.Scan(&d.ID, &d.ClientID, &d.UserID, &d.SessionID, &d.CreatedAt, &d.DueAt, &d.Attempts)
	return d, err
}

// queueLogouts has every app that was given something in the sessions told that they ended (OIDC Back-Channel Logout §2.5). It stands where sessions end, so that no way of ending one forgets it. where selects rows of sessions s.
func (tx *Tx) queueLogouts(now idp.Time, where string, args ...any) error {
	pairs, err := all(context.Background(), tx.Reads, func(row scanner) (d idp.LogoutDelivery, err error) {
		err = row.Scan(&d.ClientID, &d.UserID, &d.SessionID)
		return d, err
	}, `SELECT DISTINCT g.client_id, s.user_id, s.id FROM sessions s JOIN grants g ON g.session_id = s.id JOIN clients c ON c.id = g.client_id
		WHERE c.backchannel_logout_uri <> '' AND c.disabled_at = 0 AND `+where, args...)
	if err != nil {
		return err
	}
	for _, d := range pairs {
		d.ID = idp.NewID(idp.PrefixLogout)
		_, err := tx.exec("INSERT INTO logout_deliveries ("+deliveryColumns+") VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (client_id, session_id) DO NOTHING", d.ID, d.ClientID, d.UserID, d.SessionID, now, now)
		if err != nil {
			return err
		}
	}
	return nil
}

// DueLogouts lists what is to be delivered now, and when the next after those is due (0 for none). The longest due of each app comes first, then the second of each, so that an app with many leaves room for the others.
func (r Reads) DueLogouts(ctx context.Context, now idp.Time, limit int) (due []idp.LogoutDelivery, next idp.Time, err error) {
	due, err = all(ctx, r, scanDelivery, `SELECT `+deliveryColumns+` FROM (SELECT *, row_number() OVER (PARTITION BY client_id ORDER BY due_at, id) AS turn FROM logout_deliveries WHERE due_at <= ?) AS due
		ORDER BY turn, due_at, id LIMIT ?`, now, limit)
	if err != nil {
		return nil, 0, err
	}
	n, err := r.number(ctx, "SELECT coalesce(min(due_at), 0) FROM logout_deliveries WHERE due_at > ?", now)
	return due, idp.Time(n), err
}

// AppsToTell names the apps that are still to be told that a session ended.
func (r Reads) AppsToTell(ctx context.Context, sessionID string) ([]string, error) {
	return all(ctx, r, scanString, "SELECT c.name FROM logout_deliveries d JOIN clients c ON c.id = d.client_id WHERE d.session_id = ? ORDER BY c.name, c.id", sessionID)
}

// PostponeLogout notes an attempt that failed, and when the next is due.
func (tx *Tx) PostponeLogout(id string, due idp.Time) error {
	_, err := tx.exec("UPDATE logout_deliveries SET attempts = attempts + 1, due_at = ? WHERE id = ?", due, id)
	return err
}

// EndLogout forgets a delivery that was made or given up, and answers whether it was still there.
func (tx *Tx) EndLogout(id string) (bool, error) {
	n, err := tx.changed("DELETE FROM logout_deliveries WHERE id = ?", id)
	return n == 1, err
}
