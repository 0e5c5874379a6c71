package admin

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// home is an Admin on a real database, with a clock and a tailnet that the test moves.
type home struct {
	*Admin
	t      *testing.T
	ctx    context.Context
	now    idp.Time
	tunnel idp.Tunnel
	ways   []idp.Reach
	pauses int // how often the pause was read anew
	served int // how often the pin was served
	asked  int // how often the tailnet was asked for the name
	former map[string]idp.Reach
}

func newHome(t *testing.T) *home {
	t.Helper()
	h := &home{t: t, ctx: t.Context(), now: idp.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	db, err := store.Open(h.ctx, filepath.Join(t.TempDir(), store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	h.Admin = New(Config{
		Store: db, Clock: func() idp.Time { return h.now }, Version: "test", DataDir: t.TempDir(),
		KeyStorage: func() (string, string) { return "file", "The key lies in a file." },
		Reach: Reach{
			Trial: func(ctx context.Context, _ int) error {
				return db.Write(ctx, func(tx *store.Tx) error { return tx.SetPin(idp.Trial("1411", h.now)) })
			},
			Connect: func(ctx context.Context, wish store.TunnelWish, _ string) error {
				return db.Write(ctx, func(tx *store.Tx) error { return tx.SetTunnelWish(wish) })
			},
			Repin:    func(context.Context) error { h.served++; return nil },
			Pause:    func(context.Context) error { h.pauses++; return nil },
			LogOut:   func(context.Context) error { return nil },
			TakeBack: func(context.Context) error { h.asked++; return nil },
			Former:   func(host string) idp.Reach { return h.former[host] },
			Tunnel:   func() idp.Tunnel { return h.tunnel },
			Problem:  func() string { return "" },
			Ways:     func() []idp.Reach { return h.ways },
			Look:     func(context.Context) error { return nil },
		},
	})
	return h
}

func (h *home) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *home) user(name string) idp.User {
	h.t.Helper()
	u, err := h.CreateUser(h.ctx, UserInput{Name: name, UserName: strings.ToLower(name)})
	h.must(err)
	return u
}

func (h *home) client(name string, access Access) ClientDetail {
	h.t.Helper()
	c, err := h.CreateClient(h.ctx, ClientInput{Name: name, RedirectURIs: []string{"https://app.example/cb"}, Access: access})
	h.must(err)
	return c.Detail
}

// kinds lists the kinds of all events, oldest first.
func (h *home) kinds() []string {
	h.t.Helper()
	page, err := h.Activity(h.ctx, ActivityQuery{Limit: maxPage})
	h.must(err)
	var out []string
	for _, row := range slices.Backward(page.Rows) {
		out = append(out, row.Event.Kind)
	}
	return out
}

// refused fails the test unless err is an idp.Error of that code about that field.
func refused(t *testing.T, err error, code idp.Code, field string) {
	t.Helper()
	var e *idp.Error
	if !errors.As(err, &e) {
		t.Errorf("got %v and want an idp.Error %s of %q", err, code, field)
		return
	}
	if e.Code != code || e.Field != field {
		t.Errorf("got %s of %q (%s) and want %s of %q", e.Code, e.Field, e, code, field)
	}
	if !idp.Known(e.Message.Key) {
		t.Errorf("the catalogue has no text %s", e.Message.Key)
	}
}

func TestUserInput(t *testing.T) {
	good := UserInput{Name: "Nora Lindqvist", UserName: "nora.l", Email: "nora@home.example", Claims: `{"room":"kitchen"}`}
	for _, c := range []struct {
		name   string
		change func(*UserInput)
		field  string // "" when it is good
	}{
		{"good", func(*UserInput) {}, ""},
		{"no e-mail", func(in *UserInput) { in.Email = "" }, ""},
		{"other scripts", func(in *UserInput) { in.Name, in.UserName = "Ольга", "ольга" }, ""},
		{"no name", func(in *UserInput) { in.Name = "  " }, "name"},
		{"name of two lines", func(in *UserInput) { in.Name = "a\nb" }, "name"},
		{"name of 201 characters", func(in *UserInput) { in.Name = strings.Repeat("å", 201) }, "name"},
		{"name of 200 characters", func(in *UserInput) { in.Name = strings.Repeat("å", 200) }, ""},
		{"no user name", func(in *UserInput) { in.UserName = "" }, "userName"},
		{"user name with a space", func(in *UserInput) { in.UserName = "nora l" }, "userName"},
		{"user name that begins with a dot", func(in *UserInput) { in.UserName = ".nora" }, "userName"},
		{"two at signs", func(in *UserInput) { in.Email = "a@b@home.example" }, "email"},
		{"e-mail with a name", func(in *UserInput) { in.Email = "Nora <nora@home.example>" }, "email"},
		{"e-mail that ends in a dot", func(in *UserInput) { in.Email = "nora@home.example." }, "email"},
		{"claims that are a list", func(in *UserInput) { in.Claims = "[]" }, "claims"},
		{"claims that are null", func(in *UserInput) { in.Claims = "null" }, "claims"},
		{"claims that are no JSON", func(in *UserInput) { in.Claims = "{" }, "claims"},
		{"claims that set sub", func(in *UserInput) { in.Claims = `{"sub":"x"}` }, "claims"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHome(t)
			in := good
			c.change(&in)
			u, err := h.CreateUser(h.ctx, in)
			if c.field != "" {
				refused(t, err, idp.Invalid, c.field)
				if len(h.kinds()) != 0 {
					t.Error("something was recorded")
				}
				return
			}
			h.must(err)
			if u.EmailVerified != (in.Email != "") {
				t.Errorf("EmailVerified is %v for %q", u.EmailVerified, in.Email)
			}
		})
	}
}

func TestNamesAreTakenForGood(t *testing.T) {
	h := newHome(t)
	nora := h.user("Nora")
	_, err := h.CreateUser(h.ctx, UserInput{Name: "N", UserName: "ＮＯＲＡ"})
	refused(t, err, idp.Conflict, "userName")
	h.must(h.DeleteUser(h.ctx, nora.ID))
	_, err = h.CreateUser(h.ctx, UserInput{Name: "N", UserName: "nora"})
	refused(t, err, idp.Conflict, "userName")
	if !strings.Contains(err.Error(), "deleted") {
		t.Errorf("the sentence is %q", err)
	}
}

func TestOwnerIsSetUpOnceAndStays(t *testing.T) {
	h := newHome(t)
	in := SetUp{Home: "Lindqvist home", Name: "Nora", UserName: "nora"}
	first, err := h.SetUp(h.ctx, in)
	h.must(err)
	in.UserName = "nora.l"
	again, err := h.SetUp(h.ctx, in)
	h.must(err)
	if again.ID != first.ID || again.UserName != "nora.l" || !again.Owner {
		t.Errorf("the second set-up made %+v of %+v", again, first)
	}
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.AddPasskey(passkeyOf(first.ID, "localhost")) }))
	_, err = h.SetUp(h.ctx, in)
	refused(t, err, idp.Conflict, "")
	refused(t, h.DeleteUser(h.ctx, first.ID), idp.Conflict, "")
}

func passkeyOf(userID, rpID string) idp.Passkey {
	id := idp.NewID(idp.PrefixPasskey)
	return idp.Passkey{ID: id, UserID: userID, Name: "Phone", CredentialID: []byte(id), PublicKey: []byte{1}, Algorithm: -7, AAGUID: make([]byte, 16), RPID: rpID, Origin: "http://localhost:1411"}
}

func TestInvites(t *testing.T) {
	h := newHome(t)
	emil := h.user("Emil")
	_, err := h.Invite(h.ctx, emil.ID)
	refused(t, err, idp.Unavailable, "") // no issuer to invite to
	_, err = h.StartTrial(h.ctx, 0)
	h.must(err)

	first, err := h.Invite(h.ctx, emil.ID)
	h.must(err)
	if life := first.Invite.ExpiresAt.Sub(h.now); life != 24*time.Hour || first.Phone {
		t.Errorf("a first invite lives %s, phone %v", life, first.Phone)
	}
	if !strings.HasPrefix(first.URL, "http://localhost:1411/invite/") {
		t.Errorf("the link is %s", first.URL)
	}
	second, err := h.Invite(h.ctx, emil.ID)
	h.must(err)
	hash := func(l InviteLink) []byte { return idp.Hash(l.URL[strings.LastIndexByte(l.URL, '/')+1:]) }
	consume := func(l InviteLink) error {
		return h.Store.Write(h.ctx, func(tx *store.Tx) error {
			_, err := tx.ConsumeInvite(hash(l), h.now)
			return err
		})
	}
	refused(t, consume(first), idp.Expired, "")
	h.must(consume(second))
	refused(t, consume(second), idp.Expired, "")

	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.AddPasskey(passkeyOf(emil.ID, "localhost")) }))
	third, err := h.Invite(h.ctx, emil.ID)
	h.must(err)
	if life := third.Invite.ExpiresAt.Sub(h.now); life != time.Hour {
		t.Errorf("an invite for one who has a passkey lives %s", life)
	}
	h.must(h.RevokeInvites(h.ctx, emil.ID))
	refused(t, consume(third), idp.Expired, "")

	h.must(h.SetUserDisabled(h.ctx, emil.ID, true))
	_, err = h.Invite(h.ctx, emil.ID)
	refused(t, err, idp.Conflict, "")
}

// A stolen passkey that is removed leaves nothing behind, also where its thief has signed out and kept a refresh token.
func TestRemovingAPasskeyEndsAllItGave(t *testing.T) {
	h := newHome(t)
	emil, c := h.user("Emil"), h.client("Photos", Access{Everyone: true})
	stolen, own := passkeyOf(emil.ID, "localhost"), passkeyOf(emil.ID, "localhost")
	grant := func(p idp.Passkey) string {
		b := idp.Browser{ID: idp.NewID(idp.PrefixBrowser), CreatedAt: h.now, SeenAt: h.now}
		s := idp.Session{ID: idp.NewID(idp.PrefixSession), BrowserID: b.ID, UserID: emil.ID, PasskeyID: p.ID, CreatedAt: h.now, AuthTime: h.now, SeenAt: h.now}
		g := idp.Grant{ID: idp.NewID(idp.PrefixGrant), UserID: emil.ID, ClientID: c.Client.ID, SessionID: s.ID, Scope: "openid offline_access", CreatedAt: h.now}
		h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error {
			return errors.Join(tx.AddPasskey(p), tx.CreateBrowser(b, idp.Hash(b.ID)), tx.CreateSession(s), tx.CreateGrant(g))
		}))
		h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { _, err := tx.EndSession(s.ID, idp.EndSignedOut, h.now); return err }))
		return g.ID
	}
	lost, kept := grant(stolen), grant(own)
	h.must(h.RemovePasskey(h.ctx, stolen.ID))
	for id, want := range map[string]idp.Reason{lost: idp.SessionRevoked, kept: idp.Allowed} {
		h.must(h.Store.View(h.ctx, func(r store.Reads) error {
			st, err := r.Standing(h.ctx, "", "", id, "")
			if got := idp.MayUse(st, h.now); got != want {
				t.Errorf("a grant reads %q, want %q", got, want)
			}
			return err
		}))
	}
}

func TestClientInput(t *testing.T) {
	good := ClientInput{Name: "Photos", RedirectURIs: []string{"https://photos.example/cb"}}
	for _, c := range []struct {
		name   string
		change func(*ClientInput)
		field  string
	}{
		{"good", func(*ClientInput) {}, ""},
		{"no name", func(in *ClientInput) { in.Name = "" }, "name"},
		{"no redirect URI", func(in *ClientInput) { in.RedirectURIs = []string{" "} }, "redirectUris"},
		{"script as redirect URI", func(in *ClientInput) { in.RedirectURIs = []string{"javascript:alert(1)"} }, "redirectUris"},
		{"http to another machine", func(in *ClientInput) { in.RedirectURIs = []string{"http://nas.home/cb"} }, "redirectUris"},
		{"http to another machine, ticked", func(in *ClientInput) { in.RedirectURIs, in.AllowHTTP = []string{"http://nas.home/cb"}, true }, ""},
		{"private scheme", func(in *ClientInput) { in.RedirectURIs = []string{"app.immich:///oauth-callback"} }, "redirectUris"},
		{"private scheme of a native app", func(in *ClientInput) { in.RedirectURIs, in.Native = []string{"app.immich:///oauth-callback"}, true }, ""},
		{"post-logout with a fragment", func(in *ClientInput) { in.PostLogoutRedirectURIs = []string{"https://photos.example/#x"} }, "postLogoutRedirectUris"},
		{"launch address that is none", func(in *ClientInput) { in.LaunchURL = "photos" }, "launchUrl"},
		{"launch address that runs script", func(in *ClientInput) { in.LaunchURL = "javascript:alert(1)" }, "launchUrl"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHome(t)
			in := good
			c.change(&in)
			out, err := h.CreateClient(h.ctx, in)
			if c.field != "" {
				refused(t, err, idp.Invalid, c.field)
				return
			}
			h.must(err)
			if len(out.Secret) != 43 || len(out.Detail.Secrets) != 1 {
				t.Errorf("the secret is %q, of %d", out.Secret, len(out.Detail.Secrets))
			}
			if out.Detail.People != 0 || out.Detail.Access.Everyone {
				t.Errorf("a new app lets %d people in", out.Detail.People)
			}
		})
	}
}

func TestSecretsAreKeptAsHashesOnly(t *testing.T) {
	h := newHome(t)
	c, err := h.CreateClient(h.ctx, ClientInput{Name: "Photos", RedirectURIs: []string{"https://photos.example/cb"}})
	h.must(err)
	second, err := h.AddSecret(h.ctx, c.Detail.Client.ID, SecretInput{OthersHours: -1})
	h.must(err)
	for _, value := range []string{c.Secret, second.Value} {
		if _, err := h.Store.SecretByHash(h.ctx, c.Detail.Client.ID, idp.Hash(value)); err != nil {
			t.Errorf("after a rotation that keeps the first, a secret is not known by its hash: %v", err)
		}
		if _, err := h.Store.SecretByHash(h.ctx, c.Detail.Client.ID, []byte(value)); idp.CodeOf(err) != idp.NotFound {
			t.Errorf("a secret is stored in clear: %v", err)
		}
	}
	_, err = h.AddSecret(h.ctx, c.Detail.Client.ID, SecretInput{})
	h.must(err)
	if got, want := h.kinds(), []string{"app_created", "app_secret_added", "app_secret_added", "app_secret_added", "app_secret_removed", "app_secret_removed"}; !slices.Equal(got, want) {
		t.Errorf("recorded\n%v\nwant\n%v", got, want)
	}
	left, err := h.Store.ClientSecrets(h.ctx, c.Detail.Client.ID)
	h.must(err)
	if len(left) != 1 {
		t.Fatalf("there are %d secrets after a rotation that ends the others", len(left))
	}
	h.must(h.RemoveSecret(h.ctx, left[0].ID))
	refused(t, h.RemoveSecret(h.ctx, left[0].ID), idp.NotFound, "")

	public, err := h.CreateClient(h.ctx, ClientInput{Name: "Native", Public: true, RedirectURIs: []string{"https://native.example/cb"}})
	h.must(err)
	if public.Secret != "" {
		t.Error("a public app got a secret")
	}
	_, err = h.AddSecret(h.ctx, public.Detail.Client.ID, SecretInput{})
	refused(t, err, idp.Conflict, "")
	_, err = h.UpdateClient(h.ctx, public.Detail.Client.ID, ClientInput{Name: "Native", RedirectURIs: []string{"https://native.example/cb"}})
	refused(t, err, idp.Invalid, "public")
}

func TestAccess(t *testing.T) {
	h := newHome(t)
	nora, emil := h.user("Nora"), h.user("Emil")
	family, err := h.CreateGroup(h.ctx, GroupInput{Name: "family", MemberIDs: []string{nora.ID}})
	h.must(err)
	c := h.client("Photos", Access{})
	change := func(a Access) ClientDetail {
		t.Helper()
		d, err := h.UpdateClient(h.ctx, c.Client.ID, ClientInput{Name: "Photos", RedirectURIs: c.Client.RedirectURIs, Access: a})
		h.must(err)
		return d
	}
	rows := func() string {
		t.Helper()
		list, err := h.Clients(h.ctx, "")
		h.must(err)
		return list[0].AccessText
	}
	for _, step := range []struct {
		access Access
		people int
		text   string
	}{
		{Access{}, 0, "Nobody"},
		{Access{GroupIDs: []string{family.ID}}, 1, "family"},
		{Access{GroupIDs: []string{family.ID}, UserIDs: []string{emil.ID}}, 2, "family, Emil"},
		{Access{Everyone: true}, 2, "Everyone"},
	} {
		if d := change(step.access); d.People != step.people || rows() != step.text {
			t.Errorf("%+v lets %d people in and reads %q; want %d, %q", step.access, d.People, rows(), step.people, step.text)
		}
	}
	change(Access{GroupIDs: []string{family.ID}, UserIDs: []string{emil.ID}})
	h.must(h.DeleteGroup(h.ctx, family.ID))
	h.must(h.DeleteUser(h.ctx, emil.ID))
	if got := rows(); got != "Nobody" {
		t.Errorf("after group and person were deleted it reads %q", got)
	}
	_, err = h.UpdateClient(h.ctx, c.Client.ID, ClientInput{Name: "Photos", RedirectURIs: c.Client.RedirectURIs, Access: Access{GroupIDs: []string{"grp_x"}}})
	refused(t, err, idp.NotFound, "")
}

func TestEveryChangeIsRecorded(t *testing.T) {
	h := newHome(t)
	u := h.user("Nora")
	_, err := h.UpdateUser(h.ctx, u.ID, UserInput{Name: "Nora L", UserName: "nora"})
	h.must(err)
	h.must(h.SetUserDisabled(h.ctx, u.ID, true))
	h.must(h.SetUserDisabled(h.ctx, u.ID, true)) // no change, no event
	h.must(h.SetUserDisabled(h.ctx, u.ID, false))
	g, err := h.CreateGroup(h.ctx, GroupInput{Name: "family"})
	h.must(err)
	_, err = h.UpdateGroup(h.ctx, g.ID, GroupInput{Name: "Family"})
	h.must(err)
	h.must(h.DeleteGroup(h.ctx, g.ID))
	c := h.client("Photos", Access{})
	_, err = h.UpdateClient(h.ctx, c.Client.ID, ClientInput{Name: "Photos", RedirectURIs: c.Client.RedirectURIs, Access: Access{Everyone: true}})
	h.must(err)
	h.must(h.SetClientDisabled(h.ctx, c.Client.ID, true))
	h.must(h.DeleteClient(h.ctx, c.Client.ID))
	h.must(h.DeleteUser(h.ctx, u.ID))
	want := []string{"user_created", "user_changed", "user_disabled", "user_enabled", "group_created", "group_changed", "group_deleted",
		"app_created", "app_secret_added", "app_access", "app_changed", "app_disabled", "app_deleted", "user_deleted"}
	if got := h.kinds(); !slices.Equal(got, want) {
		t.Errorf("recorded\n%v\nwant\n%v", got, want)
	}
	report, err := h.VerifyActivity(h.ctx)
	h.must(err)
	if !report.OK || report.Events != int64(len(want)) {
		t.Errorf("the chain reads %+v", report)
	}
	page, err := h.Activity(h.ctx, ActivityQuery{Limit: 1})
	h.must(err)
	if !page.More || page.Rows[0].Text != "Nora L was deleted" {
		t.Errorf("the newest event reads %q, more %v", page.Rows[0].Text, page.More)
	}
}

func TestPinningAHostName(t *testing.T) {
	h := newHome(t)
	_, err := h.PinHostName(h.ctx, "id.tail1234.ts.net")
	refused(t, err, idp.Unavailable, "") // not joined
	refused(t, h.ConnectTailnet(h.ctx, ConnectTailnet{HostName: "my id"}), idp.Invalid, "hostName")
	h.must(h.ConnectTailnet(h.ctx, ConnectTailnet{HostName: "ID", Funnel: true}))
	h.tunnel = idp.Tunnel{State: idp.TunnelNeedsName, DNSName: "id-1.tail1234.ts.net", Funnel: true}
	_, err = h.PinHostName(h.ctx, "id.tail1234.ts.net")
	refused(t, err, idp.Invalid, "name") // the tailnet gave another name than the owner saw
	if pin, err := h.Store.Pin(h.ctx); err != nil || pin.Mode != idp.ModeNone {
		t.Errorf("pinned %+v (%v)", pin, err)
	}
	h.tunnel.DNSName = "id.tail1234.ts.net"
	s, err := h.PinHostName(h.ctx, "id.tail1234.ts.net.")
	h.must(err)
	if s.Pin.Issuer != "https://id.tail1234.ts.net" || s.Pin.RPID != "id.tail1234.ts.net" || s.Pin.Mode != idp.ModeFunnel || h.served != 1 {
		t.Errorf("pinned %+v, served %d times", s.Pin, h.served)
	}
	h.tunnel.DNSName = "other.tail1234.ts.net"
	_, err = h.PinHostName(h.ctx, "other.tail1234.ts.net")
	refused(t, err, idp.Conflict, "")
	_, err = h.StartTrial(h.ctx, 0)
	refused(t, err, idp.Conflict, "")
	refused(t, h.ConnectTailnet(h.ctx, ConnectTailnet{HostName: "other"}), idp.Invalid, "hostName")
}

func TestLeavingTheTrialKeepsAllButPasskeys(t *testing.T) {
	h := newHome(t)
	owner, err := h.SetUp(h.ctx, SetUp{Home: "Home", Name: "Nora", UserName: "nora"})
	h.must(err)
	_, err = h.StartTrial(h.ctx, 0)
	h.must(err)
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.AddPasskey(passkeyOf(owner.ID, "localhost")) }))
	h.client("Photos", Access{Everyone: true})
	h.ways = []idp.Reach{{Network: idp.NetworkLocal, State: idp.ReachUp}}
	s, err := h.Status(h.ctx)
	h.must(err)
	if !s.OwnerReady || s.State != StateTrial || s.PhoneInvite {
		t.Errorf("in the trial the status is %+v", s)
	}
	h.tunnel = idp.Tunnel{State: idp.TunnelOnline, DNSName: "id.tail1234.ts.net", Funnel: true}
	h.ways = []idp.Reach{{Network: idp.NetworkPublic, State: idp.ReachUp}}
	s, err = h.PinHostName(h.ctx, "id.tail1234.ts.net")
	h.must(err)
	if s.OwnerReady || s.TrialOnly != 1 || s.Users != 1 || s.Clients != 1 || s.State != StatePublic || !s.PhoneInvite {
		t.Errorf("after the trial the status is %+v", s)
	}
	d, err := h.User(h.ctx, owner.ID)
	h.must(err)
	if !d.Passkeys[0].TrialOnly {
		t.Error("the trial's passkey is not marked")
	}
	keys := []string{}
	for _, todo := range s.Todo {
		keys = append(keys, todo.Key)
	}
	if !slices.Contains(keys, "owner_passkey") || !slices.Contains(keys, "trial_passkeys") || !slices.Contains(keys, "key_file") {
		t.Errorf("to do is %v", keys)
	}
}
