package store

import (
	"context"
	"time"

	"hearthkey/backend/idp"
)

const approvalColumns = "id, kind, hash, user_id, client_id, tailscale_id, login, node, network, source, user_agent, created_at, expires_at, state, decided_at, epoch"

func scanApproval(row scanner) (a idp.Approval, err error) {
	err = row.Scan(&a.ID, &a.Kind, &a.Hash, &a.UserID, &a.ClientID, &a.TailscaleID, &a.Login, &a.Node, &a.Network, &a.Source, &a.UserAgent, &a.CreatedAt, &a.ExpiresAt, &a.State, &a.DecidedAt, &a.Epoch)
	return a, err
}

// Approval reads one request, open or not; idp.NotFound.
func (r Reads) Approval(ctx context.Context, id string) (idp.Approval, error) {
	return one(ctx, r, scanApproval, "approval.not_found", "SELECT "+approvalColumns+" FROM approvals WHERE id = ?", id)
}

// ApprovalByHash reads the request of the browser that holds a secret; idp.NotFound.
func (r Reads) ApprovalByHash(ctx context.Context, hash []byte) (idp.Approval, error) {
	return one(ctx, r, scanApproval, "approval.not_found", "SELECT "+approvalColumns+" FROM approvals WHERE hash = ?", hash)
}

const approvalWaits = "state = 'waiting' AND expires_at > ? AND epoch = coalesce((SELECT value FROM settings WHERE key = 'epoch'), 0)"

// Approvals lists the requests that wait for the owner, oldest first.
func (r Reads) Approvals(ctx context.Context, now idp.Time) ([]idp.Approval, error) {
	return all(ctx, r, scanApproval, "SELECT "+approvalColumns+" FROM approvals WHERE "+approvalWaits+" ORDER BY created_at, id", now)
}

// CountApprovals is how many requests wait for the owner.
func (r Reads) CountApprovals(ctx context.Context, now idp.Time) (int64, error) {
	return r.number(ctx, "SELECT count(*) FROM approvals WHERE "+approvalWaits, now)
}

// approvalBounds keep the owner's list short: so many may wait of one person, of one source and in all, and one login may ask so often in an hour, whatever became of it.
const (
	approvalsOfPerson = 2
	approvalsOfSource = 2
	approvalsInAll    = 20
	asksInAnHour      = 6
)

// AddApproval keeps a new request. idp.Unavailable when too many wait already.
func (tx *Tx) AddApproval(a idp.Approval) error {
	ctx := context.Background()
	for _, bound := range []struct {
		most  int64
		where string
		args  []any
	}{
		{approvalsOfPerson, approvalWaits + " AND user_id = ?", []any{a.CreatedAt, a.UserID}},
		{approvalsOfSource, approvalWaits + " AND source = ?", []any{a.CreatedAt, a.Source}},
		{approvalsInAll, approvalWaits, []any{a.CreatedAt}},
		{asksInAnHour, "user_id = ? AND created_at > ?", []any{a.UserID, a.CreatedAt.Add(-time.Hour)}},
	} {
		n, err := tx.number(ctx, "SELECT count(*) FROM approvals WHERE "+bound.where, bound.args...)
		if err != nil {
			return err
		}
		if n >= bound.most {
			return idp.Fail(idp.Unavailable, "approval.many")
		}
	}
	_, err := tx.exec("INSERT INTO approvals ("+approvalColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		a.ID, a.Kind, a.Hash, a.UserID, a.ClientID, a.TailscaleID, a.Login, a.Node, a.Network, a.Source, a.UserAgent, a.CreatedAt, a.ExpiresAt, a.State, a.DecidedAt, a.Epoch)
	return err
}

// AnswerApproval moves an open request on from one state to the next, once. idp.Expired when it is not in that state any more, or too old.
func (tx *Tx) AnswerApproval(id string, from, to idp.ApprovalState, expires, now idp.Time) error {
	n, err := tx.changed(`UPDATE approvals SET state = ?1, expires_at = ?2, decided_at = ?3 WHERE id = ?4 AND state = ?5 AND expires_at > ?3
		AND epoch = coalesce((SELECT value FROM settings WHERE key = 'epoch'), 0)`, to, expires, now, id, from)
	if err == nil && n == 0 {
		err = idp.Fail(idp.Expired, "approval.over")
	}
	return err
}

// EndApprovalsOf ends the open requests of a person.
func (tx *Tx) EndApprovalsOf(userID string, now idp.Time) error {
	_, err := tx.exec("UPDATE approvals SET state = ?, decided_at = ? WHERE user_id = ? AND state IN (?, ?)", idp.ApprovalDenied, now, userID, idp.ApprovalWaiting, idp.ApprovalApproved)
	return err
}

// approvalRules are the owner's choices about requests.
type approvalRules struct {
	EnrolAtOnce bool `json:"enrolAtOnce"`
}

// EnrolAtOnce says whether people with a linked Tailscale login make their first passkey without waiting for the owner. It is off until the owner switches it on.
func (r Reads) EnrolAtOnce(ctx context.Context) (bool, error) {
	rules, err := setting[approvalRules](ctx, r, "approvals")
	return rules.EnrolAtOnce, err
}

// SetEnrolAtOnce keeps the owner's choice.
func (tx *Tx) SetEnrolAtOnce(on bool) error { return setSetting(tx, "approvals", approvalRules{on}) }
