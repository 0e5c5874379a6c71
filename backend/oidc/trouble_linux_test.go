package oidc_test

import (
	"net/http"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

// fullDisk makes every write of this process past the first bytes of a file fail until the function it answers is called.
func fullDisk(t *testing.T) (room func()) {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	room = func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(room)
	return room
}

// TestFullDisk wants 503 with Retry-After for what must be written, reads to go on, and nothing to be lost or given twice (RF-16, FT-04).
func TestFullDisk(t *testing.T) {
	h := newHome(t)
	unwanted := h.tokens()
	held, code := h.tokens(), h.code(h.app.ID)
	h.change(&h.app, func() { h.app.ClientCredentials, h.app.DeviceGrant = true, true })
	room := fullDisk(t)
	for name, a := range map[string]answer{
		"refresh": h.refresh(held.text("refresh_token")), "code": h.redeem(code), "client credentials": h.act(h.app, h.secret), "device": h.device(h.app, h.secret), "push": h.push(),
		"revoke": h.revoke(h.app.ID, h.secret, unwanted.text("access_token")), "revoke family": h.revoke(h.app.ID, h.secret, unwanted.text("refresh_token")), // RV-04
	} {
		if a.status != http.StatusServiceUnavailable || a.text("error") != "temporarily_unavailable" || a.header.Get("Retry-After") != "10" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s %v", name, a.status, a.raw, a.header)
		}
	}
	h.userInfo(held.text("access_token")).is(t, http.StatusOK, "")
	h.get(oidc.PathJWKS).is(t, http.StatusOK, "")
	for _, name := range []string{"access_token", "refresh_token"} {
		if in := h.introspect(h.app.ID, h.secret, unwanted.text(name)); in.status != http.StatusOK || in.body["active"] != true {
			t.Errorf("%s that could not be revoked: %d %s", name, in.status, in.raw)
		}
	}
	h.redeemAs(h.app.ID, "bad", "x").is(t, http.StatusUnauthorized, "invalid_client")
	room()
	if got := h.last(); got != idp.EventAuthorized {
		t.Errorf("last event %q", got)
	}
	h.refresh(held.text("refresh_token")).is(t, http.StatusOK, "")
	h.redeem(code).is(t, http.StatusOK, "")
	h.revoke(h.app.ID, h.secret, unwanted.text("refresh_token")).is(t, http.StatusOK, "")
	h.userInfo(unwanted.text("access_token")).is(t, http.StatusUnauthorized, "invalid_token")
	if !strings.Contains(h.log.String(), "cannot answer now") {
		t.Errorf("nothing in the log: %s", h.log.String())
	}
}
