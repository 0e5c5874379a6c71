package admin

import (
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store/storetest"
)

// granted signs a person in to an app that everyone may use, and answers what is left of that later.
func (h *home) granted(userID, clientID string) (reason func() idp.Reason) {
	h.t.Helper()
	session := storetest.Session(h.t, h.Store, userID, func(s *idp.Session) { s.CreatedAt, s.AuthTime, s.SeenAt = h.now, h.now, h.now })
	g := storetest.Grant(h.t, h.Store, session, clientID, func(g *idp.Grant) { g.Scope = "openid offline_access" })
	return func() idp.Reason {
		h.t.Helper()
		st, err := h.Store.Standing(h.ctx, "", "", g.ID, "")
		h.must(err)
		return idp.MayUse(st, h.now)
	}
}

// TestWhatEndedStaysEnded takes something away and gives it back: the tokens of before are dead for good.
func TestWhatEndedStaysEnded(t *testing.T) {
	for _, c := range []struct {
		name          string
		away, andBack func(h *home, u idp.User, g idp.Group, d ClientDetail) error
	}{
		{"app disabled",
			func(h *home, _ idp.User, _ idp.Group, d ClientDetail) error {
				return h.SetClientDisabled(h.ctx, d.Client.ID, true)
			},
			func(h *home, _ idp.User, _ idp.Group, d ClientDetail) error {
				return h.SetClientDisabled(h.ctx, d.Client.ID, false)
			}},
		{"person disabled",
			func(h *home, u idp.User, _ idp.Group, _ ClientDetail) error {
				return h.SetUserDisabled(h.ctx, u.ID, true)
			},
			func(h *home, u idp.User, _ idp.Group, _ ClientDetail) error {
				return h.SetUserDisabled(h.ctx, u.ID, false)
			}},
		{"access taken from the group",
			func(h *home, _ idp.User, _ idp.Group, d ClientDetail) error { return h.access(d, Access{}) },
			func(h *home, _ idp.User, g idp.Group, d ClientDetail) error {
				return h.access(d, Access{GroupIDs: []string{g.ID}})
			}},
		{"person taken out of the group",
			func(h *home, _ idp.User, g idp.Group, _ ClientDetail) error { return h.members(g) },
			func(h *home, u idp.User, g idp.Group, _ ClientDetail) error { return h.members(g, u.ID) }},
		{"groups taken from the person",
			func(h *home, u idp.User, _ idp.Group, _ ClientDetail) error { return h.groups(u) },
			func(h *home, u idp.User, g idp.Group, _ ClientDetail) error { return h.groups(u, g.ID) }},
		{"group deleted, access given to the person",
			func(h *home, _ idp.User, g idp.Group, _ ClientDetail) error { return h.DeleteGroup(h.ctx, g.ID) },
			func(h *home, u idp.User, _ idp.Group, d ClientDetail) error {
				return h.access(d, Access{UserIDs: []string{u.ID}})
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHome(t)
			u, other := h.user("Emil"), h.user("Nora")
			g, err := h.CreateGroup(h.ctx, GroupInput{Name: "family", MemberIDs: []string{u.ID}})
			h.must(err)
			d := h.client("Photos", Access{GroupIDs: []string{g.ID}})
			everyone := h.client("Wiki", Access{Everyone: true})
			reason, beside := h.granted(u.ID, d.Client.ID), h.granted(other.ID, everyone.Client.ID)
			if got := reason(); got != idp.Allowed {
				t.Fatalf("before, it is %s", got)
			}
			h.must(c.away(h, u, g, d))
			h.must(c.andBack(h, u, g, d))
			if got := reason(); got != idp.GrantRevoked && got != idp.SessionRevoked {
				t.Errorf("afterwards the tokens are %q", got)
			}
			if got := beside(); got != idp.Allowed {
				t.Errorf("somebody else's tokens for another app are %q", got)
			}
		})
	}
}

func (h *home) access(d ClientDetail, a Access) error {
	_, err := h.UpdateClient(h.ctx, d.Client.ID, ClientInput{Name: d.Client.Name, RedirectURIs: d.Client.RedirectURIs, Access: a})
	return err
}

func (h *home) members(g idp.Group, ids ...string) error {
	_, err := h.UpdateGroup(h.ctx, g.ID, GroupInput{Name: g.Name, MemberIDs: ids})
	return err
}

func (h *home) groups(u idp.User, ids ...string) error {
	_, err := h.UpdateUser(h.ctx, u.ID, UserInput{Name: u.Name, UserName: u.UserName, GroupIDs: ids})
	return err
}

// TestAnotherIssuerEndsSignIns: an app must not see the issuer change in the middle of what it was given.
func TestAnotherIssuerEndsSignIns(t *testing.T) {
	h := newHome(t)
	_, err := h.StartTrial(h.ctx, 0)
	h.must(err)
	u := h.user("Emil")
	reason := h.granted(u.ID, h.client("Photos", Access{Everyone: true}).Client.ID)
	h.tunnel = idp.Tunnel{State: idp.TunnelNeedsName, DNSName: "id.tail1234.ts.net", Funnel: true}
	_, err = h.PinHostName(h.ctx, "id.tail1234.ts.net")
	h.must(err)
	if got := reason(); got != idp.SessionRevoked {
		t.Errorf("after the trial its tokens are %q", got)
	}
}
