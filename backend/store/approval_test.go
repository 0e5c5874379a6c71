package store_test

import (
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// asked is a request that a node of a login makes at Start.
func asked(userID string, tailscaleID int64) idp.Approval {
	return idp.Approval{
		ID: idp.NewID(idp.PrefixApproval), Kind: idp.ApprovalEnrol, Hash: idp.Hash(idp.NewSecret()), UserID: userID, ClientID: "app_node", TailscaleID: tailscaleID, Login: "ann@example.com", Node: "phone",
		Network: idp.NetworkTailnet, Source: "100.64.0.7", UserAgent: "Testbrowser/1", CreatedAt: start, ExpiresAt: start.Add(idp.ApprovalLife), State: idp.ApprovalWaiting,
	}
}

func TestApprovals(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	ann := storetest.User(t, s)
	a := asked(ann.ID, 7)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.AddApproval(a) })
	same(t, "by hash", must(s.ApprovalByHash(ctx, a.Hash))(t), a)
	same(t, "waiting", must(s.Approvals(ctx, start))(t), []idp.Approval{a})
	same(t, "too late", must(s.CountApprovals(ctx, a.ExpiresAt))(t), 0)
	answer := func(from, to idp.ApprovalState, now idp.Time) error {
		return s.Write(ctx, func(tx *store.Tx) error {
			return tx.AnswerApproval(a.ID, from, to, now.Add(idp.ApprovalLife), now)
		})
	}
	refused(t, answer(idp.ApprovalApproved, idp.ApprovalUsed, start), idp.Expired, "approval.over") // not approved yet
	refused(t, answer(idp.ApprovalWaiting, idp.ApprovalApproved, a.ExpiresAt), idp.Expired, "approval.over")
	check(t, answer(idp.ApprovalWaiting, idp.ApprovalApproved, start+1))
	refused(t, answer(idp.ApprovalWaiting, idp.ApprovalDenied, start+2), idp.Expired, "approval.over")
	check(t, answer(idp.ApprovalApproved, idp.ApprovalUsed, start+3))
	refused(t, answer(idp.ApprovalApproved, idp.ApprovalUsed, start+4), idp.Expired, "approval.over") // used once
	same(t, "waiting", must(s.CountApprovals(ctx, start))(t), 0)
	_, err := s.Approval(ctx, "apr_none")
	refused(t, err, idp.NotFound, "approval.not_found")
}

// TestApprovalOfEarlierEpoch: a restore leaves no request open.
func TestApprovalOfEarlierEpoch(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	a := asked(storetest.User(t, s).ID, 7)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.AddApproval(a) })
	exec1(t, s, "INSERT INTO settings (key, value) VALUES ('epoch', '1')")
	same(t, "waiting", must(s.CountApprovals(ctx, start))(t), 0)
	err := s.Write(ctx, func(tx *store.Tx) error {
		return tx.AnswerApproval(a.ID, idp.ApprovalWaiting, idp.ApprovalApproved, start.Add(time.Hour), start)
	})
	refused(t, err, idp.Expired, "approval.over")
}

// TestApprovalsAreFew: of one person and one source a handful waits, and one person asks so often in an hour.
func TestApprovalsAreFew(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	ann, bob, eve := storetest.User(t, s), storetest.User(t, s), storetest.User(t, s)
	add := func(a idp.Approval) error { return s.Write(ctx, func(tx *store.Tx) error { return tx.AddApproval(a) }) }
	from := func(userID, source string, at idp.Time) idp.Approval {
		a := asked(userID, 7)
		a.Source, a.CreatedAt, a.ExpiresAt = source, at, at.Add(idp.ApprovalLife)
		return a
	}
	check(t, add(from(ann.ID, "100.64.0.1", start)))
	check(t, add(from(ann.ID, "100.64.0.2", start)))
	refused(t, add(from(ann.ID, "100.64.0.3", start)), idp.Unavailable, "approval.many")
	check(t, add(from(bob.ID, "100.64.0.1", start)))
	refused(t, add(from(eve.ID, "100.64.0.1", start)), idp.Unavailable, "approval.many")
	for i := range 4 { // each answered before the next
		a := from(bob.ID, "100.64.0.9", start+idp.Time(i))
		check(t, add(a))
		storetest.Write(t, s, func(tx *store.Tx) error {
			return tx.AnswerApproval(a.ID, idp.ApprovalWaiting, idp.ApprovalDenied, a.ExpiresAt, a.CreatedAt)
		})
	}
	check(t, add(from(bob.ID, "100.64.0.9", start.Add(30*time.Minute))))
	refused(t, add(from(bob.ID, "100.64.0.9", start.Add(50*time.Minute))), idp.Unavailable, "approval.many")
	check(t, add(from(bob.ID, "100.64.0.9", start.Add(time.Hour+time.Minute))))
}
