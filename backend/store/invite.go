package store

import (
	"context"

	"hearthkey/backend/idp"
)

const inviteColumns = "id, user_id, created_at, expires_at, used_at, revoked_at, epoch"

func scanInvite(row scanner) (i idp.Invite, err error) {
	err = row.Scan(&i.ID, &i.UserID, &i.CreatedAt, &i.ExpiresAt, &i.UsedAt, &i.RevokedAt, &i.Epoch)
	return i, err
}

// InviteByHash reads the invite of a link's secret; idp.NotFound. Whether it can still be used, Invite.Check says.
func (r Reads) InviteByHash(ctx context.Context, hash []byte) (idp.Invite, error) {
	return one(ctx, r, scanInvite, "invite.not_found", "SELECT "+inviteColumns+" FROM invites WHERE hash = ?", hash)
}

// OpenInvite is when a person's open invite ends, 0 when there is none.
func (r Reads) OpenInvite(ctx context.Context, userID string, now idp.Time) (idp.Time, error) {
	n, err := r.number(ctx, `SELECT coalesce(max(expires_at), 0) FROM invites WHERE user_id = ? AND used_at = 0 AND revoked_at = 0 AND expires_at > ?
		AND epoch = coalesce((SELECT value FROM settings WHERE key = 'epoch'), 0)`, userID, now)
	return idp.Time(n), err
}

// CreateInvite keeps a new invite under the hash of its link's secret.
func (tx *Tx) CreateInvite(i idp.Invite, hash []byte) error {
	_, err := tx.exec("INSERT INTO invites (hash, "+inviteColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)", hash, i.ID, i.UserID, i.CreatedAt, i.ExpiresAt, i.UsedAt, i.RevokedAt, i.Epoch)
	return err
}

// RevokeInvites ends a person's open links and answers how many there were.
func (tx *Tx) RevokeInvites(userID string, now idp.Time) (int64, error) {
	return tx.changed("UPDATE invites SET revoked_at = ? WHERE user_id = ? AND used_at = 0 AND revoked_at = 0", now, userID)
}

// ConsumeInvite uses a link up, once: idp.Expired when it was used, revoked or is too old, idp.NotFound when there is none. The enrolment belongs in the same transaction, so that a failing one leaves the link good.
func (tx *Tx) ConsumeInvite(hash []byte, now idp.Time) (idp.Invite, error) {
	ctx := context.Background()
	i, err := tx.InviteByHash(ctx, hash)
	if err != nil {
		return i, err
	}
	epoch, err := tx.Epoch(ctx)
	if err != nil {
		return i, err
	}
	if err := i.Check(now, epoch); err != nil {
		return i, err
	}
	n, err := tx.changed("UPDATE invites SET used_at = ? WHERE hash = ? AND used_at = 0 AND revoked_at = 0", now, hash)
	if err == nil && n == 0 {
		err = idp.Fail(idp.Expired, "invite.used")
	}
	i.UsedAt = now
	return i, err
}
