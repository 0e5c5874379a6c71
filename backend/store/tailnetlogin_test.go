package store_test

import (
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func link(t *testing.T, s *store.Store, id int64, userID string) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) error {
		return tx.LinkTailnetLogin(idp.TailnetLogin{TailscaleID: id, UserID: userID, Login: "ann@example.com", LinkedAt: start})
	})
}

func TestTailnetLogins(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	ann, bob := storetest.User(t, s), storetest.User(t, s)
	link(t, s, 7, ann.ID)
	link(t, s, 8, ann.ID)
	same(t, "login", must(s.TailnetLogin(ctx, 7))(t), idp.TailnetLogin{TailscaleID: 7, UserID: ann.ID, Login: "ann@example.com", LinkedAt: start})
	same(t, "of Ann", len(must(s.TailnetLogins(ctx))(t)), 2)
	err := s.Write(ctx, func(tx *store.Tx) error {
		return tx.LinkTailnetLogin(idp.TailnetLogin{TailscaleID: 7, UserID: bob.ID, Login: "x", LinkedAt: start})
	})
	refused(t, err, idp.Conflict, "tailnet.linked")
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteUser(ann.ID, start) })
	_, err = s.TailnetLogin(ctx, 7)
	refused(t, err, idp.NotFound, "tailnet.not_linked")
}

// TestUnlinkEndsWhatCameByIt: the sessions of that login end, those of another login of the same person and of a passkey go on.
func TestUnlinkEndsWhatCameByIt(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	ann := storetest.User(t, s)
	link(t, s, 7, ann.ID)
	link(t, s, 8, ann.ID)
	by := func(id int64) idp.Session {
		return storetest.Session(t, s, ann.ID, func(v *idp.Session) { v.ACR, v.TailscaleID, v.ClientID = idp.ACRTailnet, id, "app_node" })
	}
	seven, eight, passkey := by(7), by(8), storetest.Session(t, s, ann.ID)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.AddApproval(asked(ann.ID, 7)) })
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.UnlinkTailnetLogin(7, start+1) })
	for _, v := range []struct {
		id   string
		want string
	}{{seven.ID, idp.EndRevoked}, {eight.ID, ""}, {passkey.ID, ""}} {
		same(t, "end", must(s.Session(ctx, v.id))(t).EndReason, v.want)
	}
	same(t, "waiting", must(s.CountApprovals(ctx, start+1))(t), 0)
	refused(t, s.Write(ctx, func(tx *store.Tx) error { return tx.UnlinkTailnetLogin(7, start) }), idp.NotFound, "tailnet.not_linked")
}

// TestUserByEmail finds the person of today, however the address is spelled.
func TestUserByEmail(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	ann := storetest.User(t, s, func(u *idp.User) { u.Email = "ann@example.com" })
	same(t, "folded", must(s.UserByEmail(ctx, "ANN@Example.com"))(t).ID, ann.ID)
	ann.Email = "new@example.com"
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.UpdateUser(ann) })
	_, err := s.UserByEmail(ctx, "ann@example.com")
	refused(t, err, idp.NotFound, "user.not_found")
	storetest.User(t, s, func(u *idp.User) { u.Email, u.EmailVerified = "unproven@example.com", false })
	_, err = s.UserByEmail(ctx, "unproven@example.com")
	refused(t, err, idp.NotFound, "user.not_found")
}

// TestStandingLinked: the click counts while the login is this person's and the owner has said that there is no circle.
func TestStandingLinked(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	ann, bob := storetest.User(t, s), storetest.User(t, s)
	c := storetest.Client(t, s)
	link(t, s, 7, ann.ID)
	v := storetest.Session(t, s, ann.ID, func(v *idp.Session) { v.ACR, v.TailscaleID, v.ClientID = idp.ACRTailnet, 7, c.ID })
	linked := func(want bool) {
		t.Helper()
		same(t, "linked", must(s.Standing(ctx, ann.ID, c.ID, "", v.ID))(t).Linked, want)
	}
	answer := func(a string) {
		t.Helper()
		storetest.Write(t, s, func(tx *store.Tx) error { return tx.SetCarrier(ctx, a) })
	}
	linked(false)
	answer(store.CarrierNo)
	linked(true)
	answer(store.CarrierYes)
	linked(false)
	answer(store.CarrierNo)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.UnlinkTailnetLogin(7, start) })
	linked(false)
	link(t, s, 7, bob.ID)
	linked(false)
}
