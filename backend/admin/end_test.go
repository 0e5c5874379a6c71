package admin

import (
	"errors"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// granted signs a person in to an app that everyone may use, and answers what is left of that later. From is the network of the browser, the internet where none is named.
func (h *home) granted(userID, clientID string, from ...idp.Network) (reason func() idp.Reason) {
	h.t.Helper()
	network := append(from, idp.NetworkPublic)[0]
	session := storetest.Session(h.t, h.Store, userID, func(s *idp.Session) { s.CreatedAt, s.AuthTime, s.SeenAt, s.Network = h.now, h.now, h.now, network })
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
		{"app narrowed to the tailnet",
			func(h *home, _ idp.User, _ idp.Group, d ClientDetail) error {
				return h.change(d, func(in *ClientInput) { in.NetworkRule = idp.NetworkTailnetOnly })
			},
			func(h *home, _ idp.User, _ idp.Group, d ClientDetail) error {
				return h.change(d, func(in *ClientInput) { in.NetworkRule = idp.NetworkAnywhere })
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

// TestTheTailnetKeepsWhatItHas: narrowing an app to the tailnet ends what other networks have, and nothing else.
func TestTheTailnetKeepsWhatItHas(t *testing.T) {
	h := newHome(t)
	u := h.user("Emil")
	d := h.client("Photos", Access{Everyone: true})
	reasons := map[idp.Network]func() idp.Reason{}
	for _, network := range []idp.Network{idp.NetworkPublic, idp.NetworkTailnet, idp.NetworkLocal} {
		reasons[network] = h.granted(u.ID, d.Client.ID, network)
	}
	h.must(h.change(d, func(in *ClientInput) { in.NetworkRule = idp.NetworkTailnetOnly }))
	for network, want := range map[idp.Network]idp.Reason{idp.NetworkPublic: idp.NotOnTailnet, idp.NetworkTailnet: idp.Allowed, idp.NetworkLocal: idp.Allowed} {
		if got := reasons[network](); got != want {
			t.Errorf("from %s it is %q, want %q", network, got, want)
		}
	}
}

// TestAnAppsOwnTokensStayEnded switches off what lets an app act for itself, and on again.
func TestAnAppsOwnTokensStayEnded(t *testing.T) {
	for name, off := range map[string]func(h *home, d ClientDetail) error{
		"client credentials off": func(h *home, d ClientDetail) error {
			return h.change(d, func(in *ClientInput) { in.ClientCredentials = false })
		},
		"app disabled": func(h *home, d ClientDetail) error {
			return errors.Join(h.SetClientDisabled(h.ctx, d.Client.ID, true), h.SetClientDisabled(h.ctx, d.Client.ID, false))
		},
		"another name": func(h *home, d ClientDetail) error {
			return h.change(d, func(in *ClientInput) { in.Name = "Pictures" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			in := goodClient()
			in.ClientCredentials = true
			made, err := h.CreateClient(h.ctx, in)
			h.must(err)
			hash := idp.Hash("token")
			storetest.Write(t, h.Store, func(tx *store.Tx) error {
				return tx.AddAccessToken(idp.AccessToken{Hash: hash, ClientID: made.Detail.Client.ID, CreatedAt: h.now, ExpiresAt: h.now.Add(idp.AccessLife)})
			})
			h.must(off(h, made.Detail))
			h.must(h.change(made.Detail, func(in *ClientInput) { in.ClientCredentials = true }))
			token, err := h.Store.AccessToken(h.ctx, hash, idp.FormatOpaque)
			h.must(err)
			if ended := token.RevokedAt != 0; ended != (name != "another name") {
				t.Errorf("after %s the token has ended: %v", name, ended)
			}
		})
	}
}

// change alters one setting of an app.
func (h *home) change(d ClientDetail, set func(*ClientInput)) error {
	in := InputOf(d)
	set(&in)
	_, err := h.UpdateClient(h.ctx, d.Client.ID, in)
	return err
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
