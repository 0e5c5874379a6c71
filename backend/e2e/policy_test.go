//go:build tailnet

package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// enrolled invites Alice, who makes her passkey on her laptop.
func (h *home) enrolled() *surfer {
	h.Helper()
	s := newSurfer(h.T, h.laptop, h.d.issuer)
	if err := s.Enrol(do[link](h, h.d.dir, "invite", "alice").URL); err != nil {
		h.Fatal(err)
	}
	return s
}

// visit goes to an app in a new browser with the authenticator of s, and uses the passkey.
func (h *home) visit(rp *relyingParty, s *surfer, by *http.Client) *surfer {
	h.Helper()
	on := newSurfer(h.T, by, h.d.issuer)
	on.Authenticator = s.Authenticator
	return on.open(rp.base() + "/login").usePasskey()
}

const connectFirst = "Connect Tailscale first"

// TestTailnetOnly: an app, and then a person, that the owner keeps to the tailnet. From the internet there is a page that says what to do, on a device in the tailnet all goes on.
func TestTailnetOnly(t *testing.T) {
	h := newHome(t)
	alice := h.enrolled()
	safe := h.app("Safe", "--network", "tailnet")
	h.visit(h.photos, alice, h.public).shows(http.StatusOK, "hello alice")
	refused := h.visit(safe, alice, h.public).shows(http.StatusForbidden, connectFirst, "Safe")
	if e := events(t, h.d, idp.EventAccessDenied); len(e) != 1 || e[0].Event.Reason != string(idp.NotOnTailnet) || e[0].Event.Network != idp.NetworkPublic {
		t.Errorf("the events are %+v", e)
	}
	if safe.claims != nil {
		t.Errorf("the app has learned %v", safe.claims)
	}
	refused.moveTo(h.laptop) // as by switching Tailscale on, and trying again
	refused.open(safe.base()+"/login").shows(http.StatusOK, "hello alice")
	if err := safe.refresh(); err != nil { // by the app's own server, which comes from the internet
		t.Errorf("refresh: %v", err)
	}

	h.visit(h.photos, alice, h.public)
	do[any](t, h.d.dir, "user", "change", "alice", "--network", "tailnet")
	if err := h.photos.refresh(); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("a refresh of what was given on the internet is answered %v", err)
	}
	h.photos.claims = nil
	far := newSurfer(t, h.public, h.d.issuer)
	far.Authenticator = alice.Authenticator
	c := far.open(h.photos.base() + "/login").ceremony()
	answer, err := c.Answer(far.Authenticator, h.d.issuer)
	if err != nil {
		t.Fatal(err)
	}
	var next struct{ Next string }
	if err := far.Post(c.Finish, answer, &next); err != nil {
		t.Fatal(err)
	}
	far.open(next.Next).shows(http.StatusForbidden, connectFirst)
	if h.photos.claims != nil {
		t.Errorf("the app has learned %v", h.photos.claims)
	}
	h.visit(h.photos, alice, h.laptop).shows(http.StatusOK, "hello alice")
}

// stands waits until the state is so, and reads it in the words of hearthkeyd status too.
func (h *home) stands(state string) admin.Status {
	h.Helper()
	s := until(h.T, h.d.dir, "the state is "+state, func(s admin.Status) bool { return s.State == state })
	if again := do[admin.Status](h, h.d.dir, "status"); again.State != state {
		h.Errorf("status --json says %s and should say %s", again.State, state)
	}
	if said := command(h, h.d.dir, "status").stdout; !strings.HasPrefix(said, "State:           "+state+"\n") {
		h.Errorf("in the state %s status says:\n%s", state, said)
	}
	return s
}

// TestStates: a pause, a node key that ended and leaving the tailnet, each told as what it is, and each over when it is.
func TestStates(t *testing.T) {
	h := newHome(t)
	alice := h.enrolled()
	h.visit(h.photos, alice, h.public).shows(http.StatusOK, "hello alice")
	h.stands(admin.StatePublic)
	h.paused(alice)

	h.c.ExpireKey(t, "id", time.Now().Add(-time.Minute))
	until(t, h.d.dir, "a login page is named", func(s admin.Status) bool { return s.Tunnel.State == idp.TunnelKeyExpired && s.Tunnel.LoginURL != "" })
	s := h.stands(admin.StateAttention)
	if said := command(t, h.d.dir, "status").stdout; !strings.Contains(said, s.Tunnel.LoginURL) || s.Problem == "" {
		t.Errorf("with the key expired the problem is %q, and status says:\n%s", s.Problem, said)
	}
	h.c.ExpireKey(t, "id", time.Now().Add(180*24*time.Hour))
	h.c.CompleteLogin(t, s.Tunnel.LoginURL)
	h.stands(admin.StatePublic)

	do[admin.LogOutEffects](t, h.d.dir, "tailnet", "log-out")
	h.stands(admin.StatePublic) // it was only asked
	do[any](t, h.d.dir, "tailnet", "log-out", "--yes")
	if s := h.stands(admin.StateStopped); s.Tunnel.State != idp.TunnelOff || s.Problem != "" {
		t.Errorf("after leaving, the tunnel is %+v, the problem %q", s.Tunnel, s.Problem)
	}
}

// paused: who comes from the internet begins nothing. What apps have goes on, and so does the tailnet.
func (h *home) paused(alice *surfer) {
	h.Helper()
	do[admin.Status](h, h.d.dir, "pause", "--minutes", "0")
	h.stands(admin.StatePaused)
	far := newSurfer(h.T, h.public, h.d.issuer).open(h.photos.base()+"/login").shows(http.StatusServiceUnavailable, "Sign-in from the internet is paused", "Nora")
	if err := h.photos.refresh(); err != nil {
		h.Errorf("refresh while paused: %v", err)
	}
	if _, err := h.photos.userInfo(); err != nil {
		h.Errorf("userinfo while paused: %v", err)
	}
	far.open("/.well-known/openid-configuration").shows(http.StatusOK, h.d.issuer)
	h.visit(h.photos, alice, h.laptop).shows(http.StatusOK, "hello alice")
	do[admin.Status](h, h.d.dir, "resume")
	h.stands(admin.StatePublic)
	far.Authenticator = alice.Authenticator
	far.open(h.photos.base()+"/login").usePasskey().shows(http.StatusOK, "hello alice")
}
