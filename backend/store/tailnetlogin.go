package store

import (
	"context"

	"hearthkey/backend/idp"
)

const loginColumns = "tailscale_id, user_id, login, linked_at"

func scanLogin(row scanner) (l idp.TailnetLogin, err error) {
	err = row.Scan(&l.TailscaleID, &l.UserID, &l.Login, &l.LinkedAt)
	return l, err
}

// TailnetLogin reads whose a Tailscale login is; idp.NotFound when nobody's.
func (r Reads) TailnetLogin(ctx context.Context, tailscaleID int64) (idp.TailnetLogin, error) {
	return one(ctx, r, scanLogin, "tailnet.not_linked", "SELECT "+loginColumns+" FROM tailnet_logins WHERE tailscale_id = ?", tailscaleID)
}

// TailnetLogins lists all that are linked, by login.
func (r Reads) TailnetLogins(ctx context.Context) ([]idp.TailnetLogin, error) {
	return all(ctx, r, scanLogin, "SELECT "+loginColumns+" FROM tailnet_logins ORDER BY login, tailscale_id")
}

// LinkTailnetLogin makes a Tailscale login a person's; idp.Conflict when it is somebody's already.
func (tx *Tx) LinkTailnetLogin(l idp.TailnetLogin) error {
	_, err := tx.exec("INSERT INTO tailnet_logins ("+loginColumns+") VALUES (?, ?, ?, ?)", l.TailscaleID, l.UserID, l.Login, l.LinkedAt)
	if isUnique(err) {
		return idp.Fail(idp.Conflict, "tailnet.linked", "login", l.Login)
	}
	return err
}

// UnlinkTailnetLogin takes a Tailscale login from its person, and ends for good what came by it: sessions with all that hangs on them, and requests that it made. idp.NotFound when it is nobody's.
func (tx *Tx) UnlinkTailnetLogin(tailscaleID int64, now idp.Time) error {
	if err := tx.mustChange("tailnet.not_linked", "DELETE FROM tailnet_logins WHERE tailscale_id = ?", tailscaleID); err != nil {
		return err
	}
	if _, err := tx.RevokeSessionsOfLogin(tailscaleID, now); err != nil {
		return err
	}
	_, err := tx.exec("UPDATE approvals SET state = ?, decided_at = ? WHERE tailscale_id = ? AND state IN (?, ?)", idp.ApprovalDenied, now, tailscaleID, idp.ApprovalWaiting, idp.ApprovalApproved)
	return err
}

// UserByEmail reads the person whose e-mail address this is now, verified, however it is spelled; idp.NotFound for one that somebody only had before.
func (r Reads) UserByEmail(ctx context.Context, email string) (idp.User, error) {
	u, err := one(ctx, r, scanUser, "user.not_found", "SELECT "+userColumns+" FROM users WHERE id = (SELECT user_id FROM identifiers WHERE kind = 'email' AND fold = ?)", fold(email))
	if err == nil && (!u.EmailVerified || fold(u.Email) != fold(email)) {
		return idp.User{}, idp.Fail(idp.NotFound, "user.not_found")
	}
	return u, err
}
