package store_test

import (
	"fmt"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestClients(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	c := storetest.Client(t, s, func(c *idp.Client) {
		c.Name, c.RedirectURIs = "wiki", []string{"https://b.example.com/", "https://a.example.com/", "https://c.example.com/"}
		c.PostLogoutRedirectURIs = []string{"https://b.example.com/bye"}
	})
	forge := storetest.Client(t, s)
	same(t, "clients", must(s.Clients(ctx, ""))(t), []idp.Client{forge, c})
	same(t, "by name", must(s.Clients(ctx, "IKI"))(t), []idp.Client{c})
	same(t, "by ID", must(s.Clients(ctx, forge.ID[6:]))(t), []idp.Client{forge})
	same(t, "by a mark", must(s.Clients(ctx, "%"))(t), []idp.Client{})
	c = idp.Client{
		ID: c.ID, Name: "Wiki", Public: true, Native: true, AllowHTTP: true, RequirePKCE: true, RequirePAR: true, SkipConsent: true, Reauthenticate: true, AlwaysRefresh: true,
		ClientCredentials: true, DeviceGrant: true, DeviceAnywhere: true, UserInfoOnly: true, IDTokenAlgorithm: idp.EdDSA, AccessFormat: idp.FormatJWT, Audience: "https://api.example.com/",
		AccessLife: 1, IDTokenLife: 2, RefreshIdle: 3, RefreshAbsolute: 4, NetworkRule: idp.NetworkTailnetOnly, LaunchURL: "https://wiki.example.com/",
		InitiateLoginURI: "https://wiki.example.com/start", BackchannelLogoutURI: "https://wiki.example.com/out", BackchannelInward: true,
		RedirectURIs: []string{"com.example:/"}, PostLogoutRedirectURIs: []string{}, CreatedAt: c.CreatedAt, UpdatedAt: start + 1, DisabledAt: start + 2,
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.UpdateClient(c) })
	same(t, "changed", must(s.Client(ctx, c.ID))(t), c)
	plain := idp.Client{ID: c.ID, RedirectURIs: []string{}, PostLogoutRedirectURIs: []string{}, CreatedAt: c.CreatedAt}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.UpdateClient(plain) })
	plain.IDTokenAlgorithm, plain.AccessFormat, plain.NetworkRule = idp.RS256, idp.FormatOpaque, idp.NetworkAnywhere
	same(t, "one that says nothing", must(s.Client(ctx, c.ID))(t), plain)
	storetest.Secret(t, s, c.ID)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteClient(c.ID) })
	_, err := s.Client(ctx, c.ID)
	refused(t, err, idp.NotFound, "client.not_found")
	for _, fn := range []func(*store.Tx) error{func(tx *store.Tx) error { return tx.UpdateClient(c) }, func(tx *store.Tx) error { return tx.DeleteClient(c.ID) }} {
		refused(t, s.Write(ctx, fn), idp.NotFound, "client.not_found")
	}
	same(t, "what hung on it", value(t, s, "SELECT (SELECT count(*) FROM client_uris) || ' ' || (SELECT count(*) FROM client_secrets)"), "1 0")
}

func TestClientSecrets(t *testing.T) {
	s, ctx, clock := storetest.Open(t), t.Context(), storetest.NewClock()
	c, other := storetest.Client(t, s), storetest.Client(t, s)
	first := storetest.Secret(t, s, c.ID)
	second := storetest.Secret(t, s, c.ID, func(v *idp.ClientSecret) { v.Name, v.CreatedAt, v.ExpiresAt = "second", start+1, start.Add(idp.Day) })
	storetest.Secret(t, s, other.ID)
	for secret, name := range map[string]string{first: "first", second: "second"} {
		same(t, "by its hash", must(s.SecretByHash(ctx, c.ID, idp.Hash(secret)))(t).Name, name)
		_, err := s.SecretByHash(ctx, other.ID, idp.Hash(secret))
		refused(t, err, idp.NotFound, "client.secret_not_found")
	}
	_, err := s.SecretByHash(ctx, c.ID, idp.Hash("none"))
	refused(t, err, idp.NotFound, "client.secret_not_found")
	list := must(s.ClientSecrets(ctx, c.ID))(t)
	same(t, "newest first", list[0].Name, "second")
	id := list[0].ID
	for _, step := range []struct {
		pass time.Duration
		want idp.Time
	}{{0, start}, {time.Hour - time.Millisecond, start}, {time.Millisecond, start.Add(time.Hour)}} {
		clock.Advance(step.pass)
		storetest.Write(t, s, func(tx *store.Tx) error { return tx.TouchClientSecret(id, clock.Now()) })
		same(t, "last use", must(s.ClientSecret(ctx, id))(t).LastUsedAt, step.want)
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.ExpireClientSecret(id, start+9) })
	same(t, "its end", must(s.ClientSecret(ctx, id))(t).ExpiresAt, start+9)
	same(t, "the other's", must(s.ClientSecret(ctx, list[1].ID))(t).ExpiresAt, 0)
	refused(t, s.Write(ctx, func(tx *store.Tx) error { return tx.ExpireClientSecret("sec_none", start) }), idp.NotFound, "client.secret_not_found")
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.RemoveClientSecret(list[1].ID) })
	same(t, "left", len(must(s.ClientSecrets(ctx, c.ID))(t)), 1)
	same(t, "of the other app", len(must(s.ClientSecrets(ctx, other.ID))(t)), 1)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.RemoveClientSecret(id) })
	refused(t, s.Write(ctx, func(tx *store.Tx) error { return tx.RemoveClientSecret(id) }), idp.NotFound, "client.secret_not_found")
	_, err = s.ClientSecret(ctx, id)
	refused(t, err, idp.NotFound, "client.secret_not_found")
}

// TestOrigins: those of enabled public apps, as they stand now.
func TestOrigins(t *testing.T) {
	s := storetest.Open(t)
	c := storetest.Client(t, s, func(c *idp.Client) {
		c.Public, c.RedirectURIs = true, []string{"https://App.example.com/a", "https://app.example.com:443/b", "https://app.example.com:8443/c", "com.example.app:/back"}
	})
	storetest.Client(t, s, func(c *idp.Client) { c.RedirectURIs = []string{"https://secret.example.com/"} })
	is := func(want string) {
		t.Helper()
		got := ""
		for _, origin := range []string{"https://app.example.com", "https://app.example.com:8443", "https://new.example.com", "https://secret.example.com", "http://app.example.com", "com.example.app:", "null", ""} {
			if must(s.IsOrigin(t.Context(), origin))(t) {
				got += origin + " "
			}
		}
		same(t, "origins", got, want)
	}
	update := func() { storetest.Write(t, s, func(tx *store.Tx) error { return tx.UpdateClient(c) }) }
	is("https://app.example.com https://app.example.com:8443 ")
	c.DisabledAt = start
	update()
	is("")
	c.DisabledAt, c.RedirectURIs = 0, []string{"https://new.example.com/"}
	update()
	is("https://new.example.com ")
	c.Public = false
	update()
	is("")
	c.Public = true
	update()
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteClient(c.ID) })
	is("")
}

// TestAccess asks for each kind of row whom it lets in, in every place that answers.
func TestAccess(t *testing.T) {
	s := storetest.Open(t)
	c, elsewhere := storetest.Client(t, s), storetest.Client(t, s)
	member, named, stranger := storetest.User(t, s), storetest.User(t, s), storetest.User(t, s)
	group, empty := storetest.Group(t, s, "family", member.ID), storetest.Group(t, s, "empty")
	storetest.User(t, s, func(u *idp.User) { u.DisabledAt = start }) // counted nowhere
	storetest.AllowEveryone(t, s, elsewhere.ID)
	of := func(kind idp.AccessKind, subject string) idp.Access { return idp.Access{Kind: kind, Subject: subject} }
	for _, tt := range []struct {
		name                    string
		rows                    []idp.Access
		member, named, stranger bool
	}{
		{"nobody", nil, false, false, false},
		{"everyone", []idp.Access{of(idp.AccessEveryone, "")}, true, true, true},
		{"group", []idp.Access{of(idp.AccessGroup, group.ID)}, true, false, false},
		{"empty group", []idp.Access{of(idp.AccessGroup, empty.ID)}, false, false, false},
		{"person", []idp.Access{of(idp.AccessUser, named.ID)}, false, true, false},
		{"group and person", []idp.Access{of(idp.AccessGroup, group.ID), of(idp.AccessUser, named.ID)}, true, true, false},
		{"twice", []idp.Access{of(idp.AccessUser, named.ID), of(idp.AccessUser, named.ID)}, false, true, false},
		{"everyone and person", []idp.Access{of(idp.AccessEveryone, ""), of(idp.AccessUser, named.ID)}, true, true, true},
		{"nobody again", nil, false, false, false},
	} {
		storetest.Allow(t, s, c.ID, tt.rows...)
		count := int64(0)
		for _, p := range []struct {
			user idp.User
			want bool
		}{{member, tt.member}, {named, tt.named}, {stranger, tt.stranger}} {
			allowed := must(s.HasAccess(t.Context(), p.user.ID, c.ID))(t)
			listed := len(must(s.ClientsFor(t.Context(), p.user.ID))(t)) == 2 // beside the app that everyone may use
			if allowed != p.want || listed != p.want {
				t.Errorf("%s: %s allowed %v, listed %v, want %v", tt.name, p.user.ID, allowed, listed, p.want)
			}
			if p.want {
				count++
			}
		}
		if got := must(s.CountPeople(t.Context(), c.ID))(t); got != count {
			t.Errorf("%s: %d people, want %d", tt.name, got, count)
		}
	}
	if must(s.HasAccess(t.Context(), "usr_none", c.ID))(t) || must(s.HasAccess(t.Context(), member.ID, "app_none"))(t) {
		t.Error("somebody or something that does not exist has access")
	}
}

func TestAccessGoesWithWhatItNames(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	c, ann := storetest.Client(t, s), storetest.User(t, s)
	group := storetest.Group(t, s, "family", ann.ID)
	rows := []idp.Access{{ClientID: c.ID, Kind: idp.AccessGroup, Subject: group.ID}, {ClientID: c.ID, Kind: idp.AccessUser, Subject: ann.ID}}
	storetest.Allow(t, s, c.ID, rows...)
	same(t, "rows", must(s.Access(ctx, c.ID))(t), rows)
	same(t, "apps of the group", must(s.ClientsOfGroup(ctx, group.ID))(t)[0].ID, c.ID)
	for _, bad := range []struct {
		row idp.Access
		key string
	}{{idp.Access{Kind: idp.AccessGroup, Subject: "grp_none"}, "group.not_found"}, {idp.Access{Kind: idp.AccessUser, Subject: "usr_none"}, "user.not_found"}} {
		refused(t, s.Write(ctx, func(tx *store.Tx) error { return tx.SetAccess(c.ID, []idp.Access{bad.row}) }), idp.NotFound, bad.key)
	}
	same(t, "rows stay", must(s.Access(ctx, c.ID))(t), rows)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteGroup(group.ID) })
	same(t, "without the group", must(s.Access(ctx, c.ID))(t), rows[1:])
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteUser(ann.ID, 0) })
	same(t, "without the person", must(s.Access(ctx, c.ID))(t), []idp.Access{})
	storetest.AllowEveryone(t, s, c.ID)
	storetest.Write(t, s, func(tx *store.Tx) error {
		c.DisabledAt = start
		return tx.UpdateClient(c)
	})
	bob := storetest.User(t, s)
	same(t, "a disabled app is not offered", fmt.Sprint(must(s.ClientsFor(ctx, bob.ID))(t)), "[]")
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteClient(c.ID) })
	same(t, "without the app", value(t, s, "SELECT count(*) FROM access"), "0")
}

func TestConsent(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	ann, c := storetest.User(t, s), storetest.Client(t, s)
	session := storetest.Session(t, s, ann.ID)
	grant, done := storetest.Grant(t, s, session, c.ID), storetest.Grant(t, s, session, c.ID)
	elsewhere := storetest.Grant(t, s, session, storetest.Client(t, s).ID)
	_, err := s.Consent(ctx, ann.ID, c.ID)
	refused(t, err, idp.NotFound, "consent.not_found")
	yes := idp.Consent{UserID: ann.ID, ClientID: c.ID, Scope: "openid", GrantedAt: start}
	for _, scope := range []string{"openid", "openid email"} {
		yes.Scope, yes.GrantedAt = scope, yes.GrantedAt+1
		storetest.Write(t, s, func(tx *store.Tx) error { return tx.SaveConsent(yes) })
		same(t, "consents", must(s.Consents(ctx, ann.ID))(t), []idp.Consent{yes})
	}
	storetest.Write(t, s, func(tx *store.Tx) error {
		_, err := tx.RevokeGrant(done.ID, idp.RedemptionReuse, start)
		return err
	})
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.RevokeConsent(ann.ID, c.ID, start+5) })
	for id, want := range map[string]string{grant.ID: string(idp.ConsentRevoked), done.ID: string(idp.RedemptionReuse), elsewhere.ID: ""} {
		same(t, "reason", must(s.Grant(ctx, id))(t).RevokeReason, want)
	}
	refused(t, s.Write(ctx, func(tx *store.Tx) error { return tx.RevokeConsent(ann.ID, c.ID, start) }), idp.NotFound, "consent.not_found")
}
