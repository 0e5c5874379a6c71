//go:build tailnet

package e2e

import (
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
	"hearthkey/backend/tunnel/tunneltest"
)

var fromAfar = netip.MustParseAddrPort("203.0.113.84:40000")

// TestMoveOnPurpose: the tailnet calls the node otherwise; the name comes back and everything goes on; the second time the owner moves, and a member makes a new passkey by the link of the list, through the edge.
func TestMoveOnPurpose(t *testing.T) {
	c := tunneltest.Start(t, tunneltest.Options{Login: true})
	d := online(t, c)
	do[any](t, d.dir, "user", "add", "--name", "Alice", "--username", "alice")
	alice := newPerson(t, c.Visitor(fromAfar), d.issuer)
	if err := alice.Enrol(do[link](t, d.dir, "invite", "alice").URL); err != nil {
		t.Fatal(err)
	}
	mismatch := func(s admin.Status) bool { return s.Mismatch != nil }
	c.Rename(t, "id", "id-1")
	m := until(t, d.dir, "the other name is noticed", mismatch).Mismatch
	if m.Host != c.FQDN("id") || m.Name != c.FQDN("id-1") || m.Kind != "suffix" || m.Passkeys != 1 || m.People != 1 {
		t.Errorf("the mismatch is %+v", m)
	}
	if res, err := c.Visitor(fromAfar).Get("https://" + c.FQDN("id-1") + "/"); err == nil {
		_ = res.Body.Close()
		t.Errorf("the other name is served: %s", res.Status)
	}
	c.Rename(t, "id-1", "id")
	until(t, d.dir, "it serves again under the old name", func(s admin.Status) bool { return s.Mismatch == nil && s.Tunnel.State == idp.TunnelOnline })

	c.Rename(t, "id", "oak")
	until(t, d.dir, "the new name is noticed", mismatch)
	if plan := do[admin.MovePlan](t, d.dir, "tailnet", "move-plan"); len(plan.People) != 1 || plan.People[0].UserName != "alice" || plan.To.HostName != c.FQDN("oak") {
		t.Errorf("the plan is %+v", plan)
	}
	moved := do[admin.Moved](t, d.dir, "tailnet", "move", c.FQDN("oak"), "--confirm", c.FQDN("oak"), "--days", "7")
	s := until(t, d.dir, "it serves under the new name", func(s admin.Status) bool {
		return s.Tunnel.State == idp.TunnelOnline && s.Tunnel.DNSName == c.FQDN("oak")
	})
	if s.Pin.Issuer != "https://"+c.FQDN("oak") || len(moved.Invites) != 1 {
		t.Fatalf("the issuer is %s, the invites are %+v", s.Pin.Issuer, moved.Invites)
	}
	c.WaitFor(t, c.FQDN("oak"))
	alice = newPerson(t, c.Visitor(fromAfar), s.Pin.Issuer)
	if err := alice.Enrol(moved.Invites[0].URL); err != nil {
		t.Fatal(err)
	}
	s = until(t, d.dir, "the old name is found to lead elsewhere", func(s admin.Status) bool { return len(s.Former) == 1 && s.Former[0].State == idp.ReachDown })
	if f := s.Former[0]; f.Host != c.FQDN("id") || f.Passkeys != 1 || f.People != 0 || s.Stranded != 0 {
		t.Errorf("the former host is %+v, %d people are stranded", f, s.Stranded)
	}
}

// TestFormerHostThroughFunnel: after a move to a domain of the owner's own the node goes on under its name, and says where its passkeys may be used, and nothing else.
func TestFormerHostThroughFunnel(t *testing.T) {
	c := tunneltest.Start(t, tunneltest.Options{Login: true})
	d := online(t, c)
	do[admin.Moved](t, d.dir, "tailnet", "move", "id.example.com", "--confirm", "id.example.com", "--listen", "127.0.0.1:"+freePort(t))
	s := until(t, d.dir, "the former host is found to lead here", func(s admin.Status) bool { return len(s.Former) == 1 && s.Former[0].State == idp.ReachUp })
	if s.Pin.Issuer != "https://id.example.com" || s.Former[0].Host != c.FQDN("id") {
		t.Fatalf("the issuer is %s, the former hosts are %+v", s.Pin.Issuer, s.Former)
	}
	visitor := c.Visitor(fromAfar)
	visitor.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	get := func(path string) (*http.Response, string) {
		res, err := visitor.Get("https://" + c.FQDN("id") + path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, _ := io.ReadAll(res.Body)
		return res, string(body)
	}
	if res, body := get("/.well-known/webauthn"); body != `{"origins":["https://id.example.com"]}` || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		t.Errorf("the related origins are %s: %s", res.Status, body)
	}
	if res, _ := get("/account"); res.Header.Get("Location") != "https://id.example.com/account" {
		t.Errorf("a person is sent to %q by %s", res.Header.Get("Location"), res.Status)
	}
	for _, path := range []string{"/.well-known/openid-configuration", "/healthz", "/api/oidc/userinfo", "/select-account"} {
		if res, _ := get(path); res.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s answers %s", path, res.Status)
		}
	}
}
