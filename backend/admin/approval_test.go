package admin

import (
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// waits keeps a request of a user.
func (h *home) waits(u idp.User) idp.Approval {
	h.t.Helper()
	a := idp.Approval{
		ID: idp.NewID(idp.PrefixApproval), Kind: idp.ApprovalEnrol, Hash: idp.Hash(idp.NewSecret()), UserID: u.ID, ClientID: "app_gone", TailscaleID: 7, Login: "emil@example.com", Node: "laptop",
		Network: idp.NetworkTailnet, Source: "100.64.0.7", CreatedAt: h.now, ExpiresAt: h.now.Add(idp.ApprovalLife), State: idp.ApprovalWaiting,
	}
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.AddApproval(a) }))
	return a
}

func TestApprove(t *testing.T) {
	h, _, emil := inTailnet(t)
	a := h.waits(emil)
	rows, err := h.Approvals(h.ctx)
	h.must(err)
	if len(rows) != 1 || rows[0].ID != a.ID || rows[0].UserName != "Emil" || rows[0].Node != "laptop" || h.status().Approvals != 1 {
		t.Fatalf("rows %+v", rows)
	}
	h.now += 60_000
	h.must(h.Approve(h.ctx, a.ID))
	h.refuses(h.Approve(h.ctx, a.ID), idp.Expired, "approval.over")
	h.refuses(h.Deny(h.ctx, a.ID), idp.Expired, "approval.over")
	h.refuses(h.Deny(h.ctx, "apr_none"), idp.NotFound, "approval.not_found")
	now, err := h.Store.Approval(h.ctx, a.ID)
	h.must(err)
	if now.State != idp.ApprovalApproved || now.ExpiresAt != h.now.Add(idp.ApprovalLife) || h.status().Approvals != 0 {
		t.Errorf("approved %+v", now)
	}
	page, err := h.Activity(h.ctx, ActivityQuery{Kind: idp.EventApprovalGiven})
	h.must(err)
	if len(page.Rows) != 1 || page.Rows[0].Event.ObjectID != a.ID || page.Rows[0].Event.Actor != idp.ActorOwner || page.Rows[0].Event.Detail["login"] != "emil@example.com" {
		t.Errorf("events %+v", page.Rows)
	}
}

func TestApproveNever(t *testing.T) {
	h, _, emil := inTailnet(t)
	denied := h.waits(emil)
	h.must(h.Deny(h.ctx, denied.ID))
	h.refuses(h.Approve(h.ctx, denied.ID), idp.Expired, "approval.over")
	late := h.waits(emil)
	h.now = late.ExpiresAt
	h.refuses(h.Approve(h.ctx, late.ID), idp.Expired, "approval.over")
	off := h.waits(emil)
	h.must(h.SetUserDisabled(h.ctx, emil.ID, true))
	h.refuses(h.Approve(h.ctx, off.ID), idp.Conflict, "approval.disabled")
	h.must(h.SetUserDisabled(h.ctx, emil.ID, false))
	h.refuses(h.Approve(h.ctx, off.ID), idp.Expired, "approval.over") // switching somebody off ended it
	if h.status().Approvals != 0 {
		t.Error("a request waits still")
	}
}

func TestEnrolAtOnce(t *testing.T) {
	h, _, _ := inTailnet(t)
	for _, on := range []bool{false, true, true, false} {
		h.must(h.SetEnrolAtOnce(h.ctx, on))
		out, err := h.TailnetPeople(h.ctx)
		h.must(err)
		if out.EnrolAtOnce != on {
			t.Errorf("%v, want %v", out.EnrolAtOnce, on)
		}
	}
	page, err := h.Activity(h.ctx, ActivityQuery{Kind: idp.EventApprovalSetting})
	h.must(err)
	if len(page.Rows) != 2 { // what changes nothing is no event
		t.Errorf("events %+v", page.Rows)
	}
}
