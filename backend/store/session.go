package store

import (
	"context"
	"time"

	"hearthkey/backend/idp"
)

const (
	browserColumns = "id, session_id, user_agent, created_at, seen_at"
	sessionColumns = "id, browser_id, user_id, created_at, auth_time, seen_at, acr, amr, passkey_id, network, source, user_agent, ended_at, end_reason, epoch, client_id, tailscale_id"
)

func scanBrowser(row scanner) (b idp.Browser, err error) {
	err = row.Scan(&b.ID, &b.SessionID, &b.UserAgent, &b.CreatedAt, &b.SeenAt)
	return b, err
}

// sessionFields are the fields behind the columns.
func sessionFields(s *idp.Session) []any {
	return []any{&s.ID, &s.BrowserID, &s.UserID, &s.CreatedAt, &s.AuthTime, &s.SeenAt, &s.ACR, &s.AMR, &s.PasskeyID, &s.Network, &s.Source, &s.UserAgent, &s.EndedAt, &s.EndReason, &s.Epoch, &s.ClientID, &s.TailscaleID}
}

func scanSession(row scanner) (s idp.Session, err error) {
	err = row.Scan(sessionFields(&s)...)
	return s, err
}

// BrowserByHash reads the browser of a cookie; idp.NotFound for one that never signed in, or whose cookie was replaced.
func (r Reads) BrowserByHash(ctx context.Context, hash []byte) (idp.Browser, error) {
	return recall(r, label{of: ofBrowser, a: string(hash)}, func() (idp.Browser, error) {
		return one(ctx, r, scanBrowser, "session.no_browser", "SELECT "+browserColumns+" FROM browsers WHERE hash = ?", hash)
	})
}

// Session reads one session, ended or not; idp.NotFound.
func (r Reads) Session(ctx context.Context, id string) (idp.Session, error) {
	return recall(r, label{of: ofSession, a: id}, func() (idp.Session, error) {
		return one(ctx, r, scanSession, "session.not_found", "SELECT "+sessionColumns+" FROM sessions WHERE id = ?", id)
	})
}

// SessionsOfBrowser lists the sessions of a browser that have not ended, newest sign-in first; the slice is shared, and not to be changed. Whether one still lives, Session.Live says.
func (r Reads) SessionsOfBrowser(ctx context.Context, browserID string) ([]idp.Session, error) {
	return recall(r, label{of: ofSessions, a: browserID}, func() ([]idp.Session, error) {
		return all(ctx, r, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE browser_id = ? AND ended_at = 0 ORDER BY auth_time DESC, id", browserID)
	})
}

// SessionsOfUser lists a person's sessions that have not ended, newest sign-in first.
func (r Reads) SessionsOfUser(ctx context.Context, userID string) ([]idp.Session, error) {
	return all(ctx, r, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE user_id = ? AND ended_at = 0 ORDER BY auth_time DESC, id", userID)
}

// LastSignIn is when a person last signed in, 0 for never.
func (r Reads) LastSignIn(ctx context.Context, userID string) (idp.Time, error) {
	n, err := r.number(ctx, "SELECT coalesce(max(auth_time), 0) FROM sessions WHERE user_id = ?", userID)
	return idp.Time(n), err
}

// CreateBrowser keeps a browser under the hash of its cookie.
func (tx *Tx) CreateBrowser(b idp.Browser, hash []byte) error {
	_, err := tx.exec("INSERT INTO browsers (hash, "+browserColumns+") VALUES (?, ?, ?, ?, ?, ?)", hash, b.ID, b.SessionID, b.UserAgent, b.CreatedAt, b.SeenAt)
	return err
}

// RotateBrowser gives a browser another cookie and makes sessionID the one that acts; the old cookie is worth nothing from then on.
func (tx *Tx) RotateBrowser(id string, hash []byte, sessionID, userAgent string, now idp.Time) error {
	return tx.mustChange("session.no_browser", "UPDATE browsers SET hash = ?, session_id = ?, user_agent = ?, seen_at = ? WHERE id = ?", hash, sessionID, userAgent, now, id)
}

// ActSession makes sessionID, "" for none, the one that acts in a browser.
func (tx *Tx) ActSession(browserID, sessionID string) error {
	return tx.mustChange("session.no_browser", "UPDATE browsers SET session_id = ? WHERE id = ?", sessionID, browserID)
}

// CreateSession keeps a new session.
func (tx *Tx) CreateSession(s idp.Session) error {
	_, err := tx.exec("INSERT INTO sessions ("+sessionColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		s.ID, s.BrowserID, s.UserID, s.CreatedAt, s.AuthTime, s.SeenAt, s.ACR, s.AMR, s.PasskeyID, s.Network, s.Source, s.UserAgent, s.EndedAt, s.EndReason, s.Epoch, s.ClientID, s.TailscaleID)
	return err
}

// TouchSession notes that a session was used, at most every five minutes, so that most uses write nothing.
func (tx *Tx) TouchSession(id string, now idp.Time) error {
	_, err := tx.exec("UPDATE sessions SET seen_at = ?1 WHERE id = ?2 AND ended_at = 0 AND seen_at < ?3", now, id, now.Add(-5*time.Minute))
	return err
}

// Reauthenticate notes a fresh passkey within a session (a step-up), and what it proves.
func (tx *Tx) Reauthenticate(id, passkeyID, amr string, now idp.Time) error {
	return tx.mustChange("session.not_found", "UPDATE sessions SET auth_time = ?1, seen_at = ?1, passkey_id = ?2, acr = ?3, amr = ?4 WHERE id = ?5 AND ended_at = 0", now, passkeyID, idp.ACRPasskey, amr, id)
}

// ClickAgain notes a click of ACRTailnet within the session that an earlier one began, from where it came now.
func (tx *Tx) ClickAgain(s idp.Session) error {
	return tx.mustChange("session.not_found", "UPDATE sessions SET auth_time = ?, seen_at = ?, network = ?, source = ?, user_agent = ? WHERE id = ? AND acr = ? AND ended_at = 0", s.AuthTime, s.SeenAt, s.Network, s.Source, s.UserAgent, s.ID, idp.ACRTailnet)
}

// EndSession ends a session and answers whether it changed anything. A session that was signed out can still be revoked afterwards, which then ends its offline grants too.
func (tx *Tx) EndSession(id, reason string, now idp.Time) (bool, error) {
	if err := tx.queueLogouts(now, "s.id = ? AND s.ended_at = 0", id); err != nil {
		return false, err
	}
	n, err := tx.changed("UPDATE sessions SET ended_at = CASE ended_at WHEN 0 THEN ?1 ELSE ended_at END, end_reason = ?2 WHERE id = ?3 AND (ended_at = 0 OR (?2 = 'revoked' AND end_reason <> 'revoked'))", now, reason, id)
	if err != nil {
		return false, err
	}
	_, err = tx.exec("UPDATE browsers SET session_id = '' WHERE session_id = ?1 AND id = (SELECT browser_id FROM sessions WHERE id = ?1)", id)
	return n == 1, err
}

// RevokeEverySession revokes the sessions of everybody, with all that came from them, as when the issuer changes. Apps are told of none of it, nor of what they were still to be told: the new issuer cannot speak for the old.
func (tx *Tx) RevokeEverySession(now idp.Time) error {
	if _, err := tx.exec("UPDATE sessions SET ended_at = CASE ended_at WHEN 0 THEN ? ELSE ended_at END, end_reason = 'revoked' WHERE end_reason <> 'revoked'", now); err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM logout_deliveries"); err != nil {
		return err
	}
	_, err := tx.exec("UPDATE browsers SET session_id = ''")
	return err
}

// RevokeSessions revokes all sessions of a person, ended ones too, with all that came from them, and answers how many it changed.
func (tx *Tx) RevokeSessions(userID string, now idp.Time) (int64, error) {
	return tx.revokeSessionsWhere("s.user_id = ?1", userID, now)
}

// RevokeSessionsOfPasskey is RevokeSessions for those that a passkey signed in.
func (tx *Tx) RevokeSessionsOfPasskey(passkeyID string, now idp.Time) (int64, error) {
	return tx.revokeSessionsWhere("s.passkey_id = ?1", passkeyID, now)
}

// RevokeSessionsOfLogin is RevokeSessions for those that clicks on the nodes of a Tailscale login began.
func (tx *Tx) RevokeSessionsOfLogin(tailscaleID int64, now idp.Time) (int64, error) {
	return tx.revokeSessionsWhere("s.tailscale_id = ?1", tailscaleID, now)
}

// RevokeClicks is RevokeSessions for those that clicks began at one app.
func (tx *Tx) RevokeClicks(clientID string, now idp.Time) (int64, error) {
	return tx.revokeSessionsWhere("s.client_id = ?1 AND s.tailscale_id <> 0", clientID, now)
}

// RevokeEveryClick is RevokeSessions for those that clicks began anywhere.
func (tx *Tx) RevokeEveryClick(now idp.Time) error {
	_, err := tx.revokeSessionsWhere("s.tailscale_id <> ?1", 0, now)
	return err
}

// revokeSessionsWhere ends the sessions s that a condition selects by ?1.
func (tx *Tx) revokeSessionsWhere(condition string, value any, now idp.Time) (int64, error) {
	if err := tx.queueLogouts(now, condition+" AND s.ended_at = 0", value); err != nil {
		return 0, err
	}
	n, err := tx.changed("UPDATE sessions AS s SET ended_at = CASE ended_at WHEN 0 THEN ?2 ELSE ended_at END, end_reason = 'revoked' WHERE "+condition+" AND end_reason <> 'revoked'", value, now)
	if err != nil {
		return 0, err
	}
	_, err = tx.exec("UPDATE browsers SET session_id = '' WHERE (id, session_id) IN (SELECT s.browser_id, s.id FROM sessions s WHERE "+condition+")", value)
	return n, err
}
