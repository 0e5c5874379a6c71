//go:build tailnet

package e2e

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/control"
	"hearthkey/backend/idp"
	"hearthkey/backend/tunnel/tunneltest"

	"github.com/coreos/go-oidc/v3/oidc"
)

// until waits for a state of the provider that serves the data directory, as the window does: by its changes.
func until(t *testing.T, dir, what string, ok func(admin.Status) bool) admin.Status {
	t.Helper()
	client, err := control.Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var since int64
	for {
		s, err := client.Status(ctx)
		if err != nil {
			t.Fatalf("wait until %s: %v", what, err)
		}
		if ok(s) {
			return s
		}
		if since, err = client.WaitForChange(ctx, since); err != nil {
			t.Fatalf("wait until %s: %v; the state is %s, the tunnel %+v", what, err, s.State, s.Tunnel)
		}
	}
}

// online starts hearthkeyd on a tailnet that wants a login, as an owner does it: connect, log in, look at the name, fix it.
func online(t *testing.T, c *tunneltest.Cloud) *daemon {
	t.Helper()
	d := serve(t, t.TempDir(), c.Env(), "--no-trial", "--owner-username", "nora", "--owner-name", "Nora", "--owner-email", "nora@home.example")
	do[any](t, d.dir, "tailnet", "connect", "--host-name", "id")
	s := until(t, d.dir, "a login page is named", func(s admin.Status) bool { return s.Tunnel.LoginURL != "" })
	c.CompleteLogin(t, s.Tunnel.LoginURL)
	s = until(t, d.dir, "the name is known", func(s admin.Status) bool { return s.Tunnel.State == idp.TunnelNeedsName })
	if s.Pin.Mode != idp.ModeNone {
		t.Errorf("pinned %+v before the owner did", s.Pin)
	}
	do[any](t, d.dir, "tailnet", "pin", s.Tunnel.DNSName)
	s = until(t, d.dir, "it serves the internet", func(s admin.Status) bool { return s.State == admin.StatePublic })
	d.issuer = s.Pin.Issuer
	if want := "https://" + c.FQDN("id"); d.issuer != want {
		t.Fatalf("the issuer is %s and should be %s", d.issuer, want)
	}
	c.WaitFor(t, c.FQDN("id"))
	return d
}

// events lists the activity of a kind, newest first.
func events(t *testing.T, d *daemon, kind string) []admin.ActivityRow {
	t.Helper()
	return do[admin.ActivityPage](t, d.dir, "activity", "--kind", kind).Rows
}

// TestSignInThroughFunnel is the main job from the internet: a phone enrols and signs in to an app over https, through the edge.
func TestSignInThroughFunnel(t *testing.T) {
	c := tunneltest.Start(t, tunneltest.Options{Login: true})
	d := online(t, c)
	phone := netip.MustParseAddr("203.0.113.84")
	c.PublicSource(phone)
	b := newBrowser(t, c.ChromiumFlags(c.FQDN("id"))...)
	b.enrol(do[link](t, d.dir, "invite").URL)
	b.signOut(d.issuer)

	rp := newRelyingParty(t)
	rp.ctx = oidc.ClientContext(rp.ctx, c.Visitor(netip.MustParseAddrPort("198.51.100.20:40000")))
	rp.register(d.issuer, do[app](t, d.dir, "app", "add", "--name", "Photos", "--redirect-uri", rp.redirectURI(), "--everyone"))
	b.open(rp.base() + "/login")
	b.usePasskey()
	b.allow()
	if said := b.sees("#done"); said != "hello nora" {
		t.Fatalf("the app says %q", said)
	}
	mustClaim(t, rp.claims, "iss", d.issuer)
	if err := rp.refresh(); err != nil {
		t.Errorf("refresh: %v", err)
	}
	b.quiet()

	for _, kind := range []string{idp.EventPasskeyAdded, idp.EventSignedIn, idp.EventAuthorized} {
		rows := events(t, d, kind)
		if len(rows) == 0 {
			t.Fatalf("no event %s", kind)
		}
		if e := rows[0].Event; e.Network != idp.NetworkPublic || e.Detail["source"] != phone.String() {
			t.Errorf("%s is from %s %s and should be from public %s", kind, e.Network, e.Detail["source"], phone)
		}
	}
}

// TestTailnetMember: a request from another node carries its person, whatever headers say, and plain http leads to the issuer.
func TestTailnetMember(t *testing.T) {
	c := tunneltest.Start(t, tunneltest.Options{Login: true})
	d := online(t, c)
	client, login := c.Member(t, "alice-laptop")
	do[any](t, d.dir, "user", "add", "--name", "Alice", "--username", "alice")
	alice := newPerson(t, client, d.issuer)
	if err := alice.Enrol(do[link](t, d.dir, "invite", "alice").URL); err != nil {
		t.Fatal(err)
	}
	e := events(t, d, idp.EventPasskeyAdded)[0].Event
	if e.Network != idp.NetworkTailnet || e.Detail["node"] != "alice-laptop" || e.Detail["login"] != login {
		t.Errorf("the event is from %s, node %q, login %q and should be from tailnet, alice-laptop, %q", e.Network, e.Detail["node"], e.Detail["login"], login)
	}

	res, err := client.Get("http://" + c.FQDN("id") + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	if res.Request.URL.Scheme != "https" || res.StatusCode != http.StatusOK || !strings.Contains(string(body), `"issuer":"`+d.issuer+`"`) {
		t.Errorf("plain http ends at %s with %s", res.Request.URL, res.Status)
	}
}

// TestRestartKeepsTheNode: after a restart the provider is back under its name without a login, and what it told apps still holds.
func TestRestartKeepsTheNode(t *testing.T) {
	c := tunneltest.Start(t, tunneltest.Options{Login: true})
	dir := t.TempDir()
	d := start(t, dir, c.Env(), "--no-trial", "--owner-username", "nora")
	do[any](t, dir, "tailnet", "connect", "--host-name", "id")
	c.CompleteLogin(t, until(t, d.dir, "a login page is named", func(s admin.Status) bool { return s.Tunnel.LoginURL != "" }).Tunnel.LoginURL)
	s := until(t, d.dir, "the name is known", func(s admin.Status) bool { return s.Tunnel.State == idp.TunnelNeedsName })
	do[any](t, dir, "tailnet", "pin", s.Tunnel.DNSName)
	until(t, d.dir, "it serves the internet", func(s admin.Status) bool { return s.State == admin.StatePublic })
	d.stop()

	d = serve(t, dir, c.Env())
	again := until(t, d.dir, "it serves the internet again", func(s admin.Status) bool { return s.State == admin.StatePublic })
	if again.Pin.Issuer != "https://"+c.FQDN("id") {
		t.Errorf("the issuer is %s", again.Pin.Issuer)
	}
	c.WaitFor(t, c.FQDN("id"))
	res, err := c.Visitor(netip.AddrPort{}).Get(again.Pin.Issuer + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("discovery answers %s", res.Status)
	}
	for _, secret := range []string{"privkey:", "nodekey:"} { // the node's state is sealed in the database, and nowhere in clear
		assertAbsent(t, dir, secret)
	}
}

// assertAbsent fails if a file below dir holds the text.
func assertAbsent(t *testing.T, dir, text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(raw), text) {
			t.Errorf("%s holds %q in clear", path, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
