package oidc_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

// act asks for a token of the app itself.
func (h *home) act(c idp.Client, secret string, change ...string) answer {
	h.Helper()
	form := url.Values{"grant_type": {"client_credentials"}}
	set(form, change)
	if secret == "" {
		form.Set("client_id", c.ID)
		return h.post(oidc.PathToken, form)
	}
	return h.post(oidc.PathToken, form, basic(c.ID, secret))
}

// change writes an app anew.
func (h *home) change(c *idp.Client, fn func()) {
	h.Helper()
	fn()
	h.write(func(tx *store.Tx) error { return tx.UpdateClient(*c) })
}

func TestClientCredentials(t *testing.T) {
	h := newHome(t)
	robot, secret := h.addApp(idp.Client{Name: "Robot", ClientCredentials: true})
	h.write(func(tx *store.Tx) error { return tx.SetAccess(robot.ID, nil) }) // nobody may use it: it acts for itself
	for name, a := range map[string]answer{
		"plain":        h.act(robot, secret),
		"for a person": h.act(robot, secret, "scope", "openid profile email groups offline_access read", "resource", "https://api.example"),
		"in the form":  h.act(robot, "", "client_secret", secret),
	} {
		a.is(t, http.StatusOK, "")
		if a.text("token_type") != "Bearer" || a.body["expires_in"] != 3600.0 || a.text("scope") != "" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s", name, a.raw)
		}
		for _, never := range []string{"refresh_token", "id_token"} { // RFC 6749 §4.4.3
			if _, there := a.body[never]; there {
				t.Errorf("%s: %s", name, a.raw)
			}
		}
		h.userInfo(a.text("access_token")).is(t, http.StatusForbidden, "insufficient_scope") // UI-05
	}
	public, _ := h.addApp(idp.Client{Name: "Public", Public: true, ClientCredentials: true})
	off, offSecret := h.addApp(idp.Client{Name: "Off", ClientCredentials: true, DisabledAt: start})
	h.act(h.app, h.secret).is(t, http.StatusBadRequest, "unauthorized_client") // off by default
	h.act(public, "").is(t, http.StatusBadRequest, "unauthorized_client")      // RFC 6749 §4.4
	h.act(off, offSecret).is(t, http.StatusBadRequest, "unauthorized_client")
	h.act(robot, "bad").is(t, http.StatusUnauthorized, "invalid_client")
	h.act(robot, "").is(t, http.StatusUnauthorized, "invalid_client")
}

// TestClientTokenJWT wants RFC 9068 with the app as its own subject.
func TestClientTokenJWT(t *testing.T) {
	h := newHome(t)
	robot, secret := h.addApp(idp.Client{Name: "Robot", ClientCredentials: true, AccessFormat: idp.FormatJWT, Audience: "https://api.example"})
	a := h.act(robot, secret)
	a.is(t, http.StatusOK, "")
	claims, header := h.payload(a.text("access_token"))
	if header.ExtraHeaders["typ"] != "at+jwt" || claims["sub"] != robot.ID || claims["client_id"] != robot.ID || claims["aud"] != "https://api.example" || claims["iss"] != h.issuer || claims["auth_time"] != nil {
		t.Errorf("%v %v", header, claims)
	}
	h.userInfo(a.text("access_token")).is(t, http.StatusForbidden, "insufficient_scope")
	if in := h.introspect(robot.ID, secret, a.text("access_token")); in.body["active"] != true || in.body["jti"] != claims["jti"] || in.body["sub"] != robot.ID || in.body["aud"] != "https://api.example" {
		t.Errorf("introspected as %s", in.raw)
	}
}

// TestActedOnce is one line of activity for an hour of an app that asks all the time.
func TestActedOnce(t *testing.T) {
	h := newHome(t)
	robot, secret := h.addApp(idp.Client{Name: "Robot", ClientCredentials: true})
	count := func() (n int) {
		for _, e := range h.events() {
			if e == idp.EventAppActed {
				n++
			}
		}
		return n
	}
	for i, want := range []int{1, 1, 1, 2} {
		h.act(robot, secret).is(t, http.StatusOK, "")
		if got := count(); got != want {
			t.Errorf("after call %d: %d events, want %d", i+1, got, want)
		}
		h.pass(20 * time.Minute)
	}
	if events := h.events(); slices.Contains(events, idp.EventTokensIssued) {
		t.Errorf("tokens of somebody: %v", events)
	}
}

// TestClientTokenEnds: what the owner switches off ends the tokens at their next use.
func TestClientTokenEnds(t *testing.T) {
	h := newHome(t)
	robot, secret := h.addApp(idp.Client{Name: "Robot", ClientCredentials: true})
	token := h.act(robot, secret).text("access_token")
	active := func(want bool) {
		t.Helper()
		if in := h.introspect(robot.ID, secret, token); in.status != http.StatusOK || in.body["active"] != want {
			t.Errorf("%d %s, want active %v", in.status, in.raw, want)
		}
	}
	active(true)
	h.change(&robot, func() { robot.ClientCredentials = false })
	active(false)
	h.userInfo(token).is(t, http.StatusUnauthorized, "invalid_token")
	h.change(&robot, func() { robot.ClientCredentials, robot.DisabledAt = true, h.now() })
	active(false)
	h.change(&robot, func() { robot.DisabledAt = 0 })
	active(true)
	h.revoke(robot.ID, secret, token).is(t, http.StatusOK, "")
	active(false)
	token = h.act(robot, secret).text("access_token")
	h.pass(time.Hour - time.Millisecond)
	active(true)
	h.pass(time.Millisecond)
	active(false)
}
