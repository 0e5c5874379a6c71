package store_test

import (
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestRevokeGrant(t *testing.T) {
	s, g, other := granted(t)
	same(t, "grant", must(s.Grant(t.Context(), g.ID))(t), g)
	for i, want := range []bool{true, false} {
		storetest.Write(t, s, func(tx *store.Tx) error {
			live, err := tx.RevokeGrant(g.ID, idp.RedemptionReuse, start+idp.Time(i)+1)
			same(t, "was live", live, want)
			return err
		})
	}
	g.RevokedAt, g.RevokeReason = start+1, string(idp.RedemptionReuse)
	same(t, "revoked", must(s.Grant(t.Context(), g.ID))(t), g)
	same(t, "standing", standing(t, s, g.ID, start+2), idp.GrantRevoked)
	same(t, "the other", standing(t, s, other.ID, start+2), idp.Allowed)
	_, err := s.Grant(t.Context(), "gnt_none")
	refused(t, err, idp.NotFound, "grant.not_found")
}

func TestEndOnlineGrants(t *testing.T) {
	s, online, offline := granted(t)
	v := must(s.Session(t.Context(), online.SessionID))(t)
	scoped := func(scope string) string {
		return storetest.Grant(t, s, v, online.ClientID, func(g *idp.Grant) { g.Scope = scope }).ID
	}
	elsewhere := storetest.Session(t, s, online.UserID)
	reused := scoped("x")
	storetest.Write(t, s, func(tx *store.Tx) error { _, err := tx.RevokeGrant(reused, idp.RefreshReuse, start); return err })
	for id, want := range map[string]string{
		online.ID: "session_over", offline.ID: "", scoped("offline_access"): "", scoped("openid offline_access email"): "",
		scoped("openid offline_access_not offline"): "session_over", storetest.Grant(t, s, elsewhere, online.ClientID).ID: "",
	} {
		storetest.Write(t, s, func(tx *store.Tx) error { return tx.EndOnlineGrants(v.ID, start+1) })
		if g := must(s.Grant(t.Context(), id))(t); g.RevokeReason != want || (g.RevokedAt != 0) != (want != "") {
			t.Errorf("%q: ended %d by %q, want %q", g.Scope, g.RevokedAt, g.RevokeReason, want)
		}
	}
	if got := value(t, s, "SELECT count(*) FROM grants WHERE revoke_reason = 'refresh_reused'"); got != "1" {
		t.Error("the reason of an earlier end was overwritten")
	}
}

// TestStanding reads what MayUse looks at and what is nil when something is gone.
func TestStanding(t *testing.T) {
	s, g, _ := granted(t)
	ctx := t.Context()
	exec1(t, s, "INSERT INTO settings (key, value) VALUES ('epoch', '4')")
	u, c, v := must(s.User(ctx, g.UserID))(t), must(s.Client(ctx, g.ClientID))(t), must(s.Session(ctx, g.SessionID))(t)
	full := idp.Standing{User: &u, Rule: idp.NetworkAnywhere, Client: &c, Access: true, Session: &v, Epoch: 4}
	withGrant := full
	withGrant.Grant = &g
	for _, tt := range []struct {
		name                        string
		user, client, grant, sessid string
		want                        idp.Standing
	}{
		{"at authorize", u.ID, c.ID, "", v.ID, full},
		{"by a grant", "", "", g.ID, "", withGrant},
		{"a grant names its own", "usr_x", "app_x", g.ID, "ses_x", withGrant},
		{"no session", u.ID, c.ID, "", "ses_none", idp.Standing{User: &u, Rule: idp.NetworkAnywhere, Client: &c, Access: true, Epoch: 4}},
		{"no person", "usr_none", c.ID, "", v.ID, idp.Standing{Client: &c, Session: &v}},
		{"no app", u.ID, "app_none", "", v.ID, idp.Standing{User: &u, Rule: idp.NetworkAnywhere, Session: &v, Epoch: 4}},
		{"a grant that is gone", u.ID, c.ID, "gnt_none", v.ID, idp.Standing{User: &u, Rule: idp.NetworkAnywhere, Client: &c, Access: true, Epoch: 4}},
	} {
		same(t, tt.name, must(s.Standing(ctx, tt.user, tt.client, tt.grant, tt.sessid))(t), tt.want)
	}
	if got := idp.MayUse(must(s.Standing(ctx, u.ID, c.ID, "gnt_none", v.ID))(t), start); got == idp.Allowed {
		t.Error("a grant that is gone allows")
	}
}

// TestDeletionEndsEverything: with the person or the app everything goes that came from them.
func TestDeletionEndsEverything(t *testing.T) {
	for name, remove := range map[string]func(*store.Tx, idp.Grant) error{
		"person": func(tx *store.Tx, g idp.Grant) error { return tx.DeleteUser(g.UserID, 0) },
		"app":    func(tx *store.Tx, g idp.Grant) error { return tx.DeleteClient(g.ClientID) },
	} {
		s, g, _ := granted(t)
		storetest.Code(t, s, g)
		storetest.Refresh(t, s, g)
		_, text := storetest.Access(t, s, g)
		storetest.Write(t, s, func(tx *store.Tx) error {
			return tx.SaveConsent(idp.Consent{UserID: g.UserID, ClientID: g.ClientID, Scope: "openid", GrantedAt: start})
		})
		storetest.Write(t, s, func(tx *store.Tx) error { return remove(tx, g) })
		_, err := s.AccessToken(t.Context(), idp.Hash(text), idp.FormatOpaque)
		refused(t, err, idp.NotFound, "token.not_found")
		for _, table := range []string{"grants", "codes", "access_tokens", "refresh_tokens", "consents"} {
			if n := value(t, s, "SELECT count(*) FROM "+table); n != "0" {
				t.Errorf("%s: %s rows left in %s", name, n, table)
			}
		}
		check(t, s.Check(t.Context()))
	}
}
