package tunnel

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/tunnel/tunneltest"

	"tailscale.com/ipn"
)

func TestApprovalGrantedWhileWaiting(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{Approval: true})
	h := newHouse(t)
	u := h.configure(t, Config{Funnel: true})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	s := wait(t, u, idp.TunnelNeedsApproval)
	if want := idp.Text("tunnel.needs_approval", "host", "id").String(); s.Problem != want || s.Online {
		t.Errorf("waits for approval: %+v", s)
	}
	cloud.Approve(t, "id")
	if s = wait(t, u, idp.TunnelOnline); s.Problem != "" {
		t.Errorf("approved: %+v", s)
	}
}

// TestMagicDNSNoticed: what the tailnet allows stands in the snapshot, and changes there by itself.
func TestMagicDNSNoticed(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{NoFunnel: true})
	h := newHouse(t)
	u := h.configure(t, Config{Funnel: true})
	start(t, u)
	n := wait(t, u, idp.TunnelNeedsFunnel).Node
	if !n.Known || !n.MagicDNS || !n.HTTPS || n.FunnelAttr || n.FunnelPort || n.Port != int(u.cfg.Port) || n.PortTaken {
		t.Errorf("told of %+v", n)
	}
	cloud.MagicDNS(t, "id", false)
	waitFor(t, u, "told that MagicDNS is off", func(s idp.Tunnel) bool { return s.Node.Known && !s.Node.MagicDNS })
	cloud.MagicDNS(t, "id", true)
	waitFor(t, u, "told that MagicDNS is on", func(s idp.Tunnel) bool { return s.Node.MagicDNS })
	cloud.Allow(t, "id", true, true)
	waitFor(t, u, "told that Funnel is allowed", func(s idp.Tunnel) bool { return s.Node.FunnelAttr && s.Node.FunnelPort })
}

// TestFunnelDeniedServesTheTailnet: what the policy denies the internet, it does not deny the tailnet.
func TestFunnelDeniedServesTheTailnet(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{NoFunnel: true})
	h := newHouse(t)
	h.configure(t, Config{Funnel: true})
	h.pin(cloud.FQDN("id"))
	start(t, h.Tunnel)
	s := waitFor(t, h.Tunnel, "serving the tailnet alone", func(s idp.Tunnel) bool { return s.State == idp.TunnelNeedsFunnel && s.CertExpiry != 0 })
	member, _ := cloud.Member(t, "alice-laptop")
	notServed(t, cloud)
	ask(t, member, s.URL)
	cloud.Allow(t, "id", true, true)
	wait(t, h.Tunnel, idp.TunnelOnline)
	cloud.WaitFor(t, cloud.FQDN("id"))
	ask(t, cloud.Visitor(from("203.0.113.7:1")), s.URL)
}

// TestRemovedByAnAdmin: a machine that is removed in the admin console stays Running for Tailscale's own client. Here it asks for a login, and comes back by it.
func TestRemovedByAnAdmin(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := online(t, cloud, Config{Funnel: true})
	cloud.Remove(t, "id")
	s := waitFor(t, h.Tunnel, "told to sign in again", func(s idp.Tunnel) bool { return s.State == idp.TunnelNeedsLogin && s.LoginURL != "" })
	if !s.LoggedOut || s.Problem != idp.Text("tunnel.logged_out").String() || s.Online {
		t.Errorf("removed: %+v", s)
	}
	cloud.CompleteLogin(t, s.LoginURL)
	if s = wait(t, h.Tunnel, idp.TunnelOnline); s.LoggedOut || s.Problem != "" {
		t.Errorf("back again: %+v", s)
	}
	cloud.WaitFor(t, cloud.FQDN("id"))
	ask(t, cloud.Visitor(from("203.0.113.7:1")), s.URL)
}

func TestRemovedWhileOff(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := online(t, cloud, Config{})
	h.Stop()
	cloud.Remove(t, "id")
	start(t, h.Tunnel)
	s := wait(t, h.Tunnel, idp.TunnelNeedsLogin)
	if !s.LoggedOut || s.Problem != idp.Text("tunnel.logged_out").String() {
		t.Errorf("removed: %+v", s)
	}
	cloud.CompleteLogin(t, s.LoginURL)
	wait(t, h.Tunnel, idp.TunnelOnline)
}

// TestFirstLoginIsNoLogout: a node that never was a member was not logged out, however often it starts.
func TestFirstLoginIsNoLogout(t *testing.T) {
	tunneltest.Start(t, tunneltest.Options{Login: true})
	h := newHouse(t)
	u := h.configure(t, Config{})
	for range 2 {
		start(t, u)
		if s := wait(t, u, idp.TunnelNeedsLogin); s.LoggedOut || s.Problem != "" {
			t.Errorf("before the first login: %+v", s)
		}
		u.Stop()
	}
}

func TestTagNotOwned(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{AuthKey: "tskey-auth-good"})
	cloud.OwnTags()
	h := newHouse(t)
	u := h.configure(t, Config{AuthKey: "tskey-auth-good", Tags: []string{"tag:id"}})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	s := wait(t, u, idp.TunnelNeedsLogin)
	if !says(s.Problem, "tunnel.tags_refused") || !strings.Contains(s.Problem, "tag:id") || s.AskedTags != "tag:id" {
		t.Errorf("tag refused: %+v", s)
	}
	cloud.OwnTags("tag:id") // the node asks again by itself
	wait(t, u, idp.TunnelOnline)
}

func TestOAuthClientSecret(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{AuthKey: "tskey-auth-made"})
	var made struct {
		Capabilities struct {
			Devices struct{ Create map[string]any }
		}
	}
	granted := false
	api := http.NewServeMux()
	api.HandleFunc("POST /api/v2/oauth/token", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("client_secret") != "tskey-client-good" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, `{"message":"API token invalid"}`)
			return
		}
		_, _ = fmt.Fprint(w, `{"access_token":"granted","token_type":"Bearer"}`)
	})
	api.HandleFunc("POST /api/v2/tailnet/-/keys", func(w http.ResponseWriter, r *http.Request) {
		granted = r.Header.Get("Authorization") == "Bearer granted"
		_ = json.NewDecoder(r.Body).Decode(&made)
		_, _ = fmt.Fprint(w, `{"key":"tskey-auth-made"}`)
	})
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	h := newHouse(t)
	u := h.configure(t, Config{AuthKey: "tskey-client-bad?baseURL=" + server.URL, Tags: []string{"tag:id"}})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	s := waitFor(t, u, "refused", func(s idp.Tunnel) bool { return s.Problem != "" })
	if want := idp.Text("tunnel.auth_key_refused", "reason", "API token invalid").String(); s.Problem != want {
		t.Errorf("wrong secret: %q, want %q", s.Problem, want)
	}
	u.Stop()
	u = h.configure(t, Config{AuthKey: "tskey-client-good?baseURL=" + server.URL, Tags: []string{"tag:id"}})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	wait(t, u, idp.TunnelOnline)
	create := made.Capabilities.Devices.Create
	if !granted || create["ephemeral"] != false || create["reusable"] != false || fmt.Sprint(create["tags"]) != "[tag:id]" {
		t.Errorf("asked for a key that is %v", create)
	}
}

func TestControlUnreachable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	tunneltest.Start(t, tunneltest.Options{})
	h := newHouse(t)
	u := h.configure(t, Config{ControlURL: server.URL})
	start(t, u)
	s := waitFor(t, u, "told that Tailscale does not answer", func(s idp.Tunnel) bool { return s.Problem != "" })
	if s.State != idp.TunnelStarting || s.Problem != idp.Text("tunnel.no_control").String() {
		t.Errorf("without control: %+v", s)
	}
}

// TestCollision: another machine has the name, so nobody is told to use the other without being told who has it; it is taken back as soon as it is free.
func TestCollision(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	cloud.AddMachine(t, "id", "windows")
	h := newHouse(t)
	u := h.configure(t, Config{Funnel: true})
	checkError(t, u.TakeBackName(t.Context()), idp.Unavailable, "tunnel.not_joined")
	start(t, u)
	s := wait(t, u, idp.TunnelNeedsName)
	if s.DNSName != cloud.FQDN("id-1") || s.Collision.Name != cloud.FQDN("id") || s.Collision.OS != "windows" || s.TakingBack {
		t.Errorf("collision: %+v", s)
	}
	if err := u.TakeBackName(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, u, "waiting for the name", func(s idp.Tunnel) bool { return s.TakingBack && s.DNSName == cloud.FQDN("id-1") })
	cloud.Rename(t, "id", "old-id")
	s = waitFor(t, u, "called id", func(s idp.Tunnel) bool {
		return s.DNSName == cloud.FQDN("id") && s.State == idp.TunnelNeedsName && !s.TakingBack
	})
	if s.Collision.Name != "" {
		t.Errorf("name taken back: %+v", s)
	}
	h.pin(s.DNSName)
	u.Refresh()
	wait(t, u, idp.TunnelOnline)
}

// TestOtherNameOnPurpose: an owner may go on with the name that the tailnet gave.
func TestOtherNameOnPurpose(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	cloud.AddMachine(t, "id", "linux")
	h := newHouse(t)
	u := h.configure(t, Config{Funnel: true})
	start(t, u)
	s := wait(t, u, idp.TunnelNeedsName)
	h.pin(s.DNSName)
	u.Refresh()
	wait(t, u, idp.TunnelOnline)
	cloud.WaitFor(t, s.DNSName)
	if got := ask(t, cloud.Visitor(from("203.0.113.7:1")), s.URL); got.Host != cloud.FQDN("id-1") {
		t.Errorf("visitor sees %+v", got)
	}
}

// TestNumberedNameHolds: what a node reports of itself moves neither the name that it was given nor what its certificates are for, or it would shut its doors at each report.
func TestNumberedNameHolds(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	cloud.AddMachine(t, "id", "linux")
	h := newHouse(t)
	u := h.configure(t, Config{})
	start(t, u)
	wait(t, u, idp.TunnelNeedsName)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	node := u.node.Load().client
	bus, err := node.WatchIPNBus(ctx, ipn.NotifyNoNetMap)
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	for i := range 10 {
		shields := i%2 == 0 // one of many things that a node reports
		if _, err := node.EditPrefs(ctx, &ipn.MaskedPrefs{ShieldsUpSet: true, Prefs: ipn.Prefs{ShieldsUp: shields}}); err != nil {
			t.Fatal(err)
		}
		for reported := false; !reported; {
			n, err := bus.Next()
			if err != nil {
				t.Fatal(err)
			}
			if n.SelfChange == nil {
				continue
			}
			self := n.SelfChange.View()
			if label := self.Hostinfo().Hostname(); fqdn(self.Name()) != cloud.FQDN("id-1") || label != "id-1" {
				t.Fatalf("report %d: called %s, with certificates for %s", i, self.Name(), label)
			}
			reported = self.Hostinfo().ShieldsUp() == shields
		}
	}
}

func TestCertificateLimited(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	cloud.LimitCertificates(3 * 3600)
	h := newHouse(t)
	u := h.configure(t, Config{certFetch: 2 * time.Second})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	s := waitFor(t, u, "told of the limit", func(s idp.Tunnel) bool { return s.Problem != "" })
	wait := time.Until(s.CertRetry.Std())
	if s.State != idp.TunnelFetchingCertificate || !says(s.Problem, "tunnel.certificate_limited") || wait < 2*time.Hour || wait > 3*time.Hour {
		t.Errorf("limited for %v: %+v", wait, s)
	}
	cloud.GrantCertificates()
	u.Refresh()
	waitFor(t, u, "online", func(s idp.Tunnel) bool { return s.State == idp.TunnelOnline && s.CertRetry == 0 })
}

func TestCertificateRefused(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	cloud.RefuseCertificates()
	h := newHouse(t)
	u := h.configure(t, Config{})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	s := waitFor(t, u, "told of the refusal", func(s idp.Tunnel) bool { return s.Problem != "" })
	if !says(s.Problem, "tunnel.certificate_failed") || !strings.Contains(s.Problem, "forbidden by policy") {
		t.Errorf("refused: %+v", s)
	}
	cloud.GrantCertificates()
	u.Refresh()
	waitFor(t, u, "online", func(s idp.Tunnel) bool { return s.State == idp.TunnelOnline })
}

// TestPortTaken: another program has the UDP port; the node takes a free one and says so.
func TestPortTaken(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := newHouse(t)
	u := h.configure(t, Config{})
	occupy(t, u.cfg.Port)
	h.pin(cloud.FQDN("id"))
	start(t, u)
	if n := wait(t, u, idp.TunnelOnline).Node; !n.PortTaken || n.Port == 0 || n.Port == int(u.cfg.Port) {
		t.Errorf("with the port taken: %+v", n)
	}
}
