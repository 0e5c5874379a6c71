package oidc_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

func (h *home) revoke(id, secret, token string, change ...string) answer {
	h.Helper()
	form := url.Values{"token": {token}}
	set(form, change)
	if secret == "" {
		form.Set("client_id", id)
		return h.post(oidc.PathRevoke, form)
	}
	return h.post(oidc.PathRevoke, form, basic(id, secret))
}

func TestRevokeAccess(t *testing.T) {
	h := newHome(t)
	a := h.tokens()
	for _, hint := range []string{"access_token", "refresh_token", "bogus"} { // RFC 7009 §2.1: a hint is a hint
		r := h.revoke(h.app.ID, h.secret, a.text("access_token"), "token_type_hint", hint)
		if r.status != http.StatusOK || r.raw != "" || r.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %q %v", r.status, r.raw, r.header)
		}
		h.userInfo(a.text("access_token")).is(t, http.StatusUnauthorized, "invalid_token")
	}
	next := h.refresh(a.text("refresh_token")) // the grant stands
	next.is(t, http.StatusOK, "")
	h.userInfo(next.text("access_token")).is(t, http.StatusOK, "")
}

func TestRevokeFamily(t *testing.T) {
	h := newHome(t)
	public, _ := h.addApp(idp.Client{Name: "Phone", Public: true})
	pkce := []string{"code_challenge", challenge, "code_challenge_method", "S256"}
	for _, app := range []struct {
		idp.Client
		secret string
	}{{h.app, h.secret}, {public, ""}} {
		for name, pick := range map[string]func(first, last answer) string{
			"the last":  func(_, last answer) string { return last.text("refresh_token") },
			"a rotated": func(first, _ answer) string { return first.text("refresh_token") },
		} {
			h.session = h.signIn(h.ann)
			first := h.redeemAs(app.ID, app.secret, h.code(app.ID, pkce...), "code_verifier", verifier)
			first.is(t, http.StatusOK, "")
			second := h.post(oidc.PathToken, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.text("refresh_token")}, "client_id": {app.ID}, "client_secret": {app.secret}})
			second.is(t, http.StatusOK, "")
			token := pick(first, second)
			h.revoke(app.ID, app.secret, token, "token_type_hint", "access_token").is(t, http.StatusOK, "")
			if want := idp.EventTokenRevoked + " token_revoked"; h.last() != want {
				t.Errorf("%s, %s: event %q, want %q", app.Name, name, h.last(), want)
			}
			n := len(h.events())
			for _, a := range []answer{first, second} {
				h.userInfo(a.text("access_token")).is(t, http.StatusUnauthorized, "invalid_token")
				h.post(oidc.PathToken, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.text("refresh_token")}, "client_id": {app.ID}, "client_secret": {app.secret}}).is(t, http.StatusBadRequest, "invalid_grant")
			}
			h.revoke(app.ID, app.secret, token).is(t, http.StatusOK, "")
			if len(h.events()) != n {
				t.Errorf("%s, %s: a dead family fills the log", app.Name, name)
			}
		}
	}
}

func TestRevokeRefusals(t *testing.T) {
	h := newHome(t)
	other, otherSecret := h.addApp(idp.Client{Name: "Other"})
	a := h.tokens()
	n := len(h.events())
	for name, r := range map[string]answer{ // RV-01
		"garbage":                  h.revoke(h.app.ID, h.secret, "garbage"),
		"an ID token":              h.revoke(h.app.ID, h.secret, a.text("id_token")),
		"by another app":           h.revoke(other.ID, otherSecret, a.text("access_token")),
		"by another app, refresh ": h.revoke(other.ID, otherSecret, a.text("refresh_token")),
	} {
		if r.status != http.StatusOK || r.raw != "" {
			t.Errorf("%s: %d %q", name, r.status, r.raw)
		}
	}
	h.revoke(h.app.ID, "bad", a.text("refresh_token")).is(t, http.StatusUnauthorized, "invalid_client") // RV-02
	h.revoke(h.app.ID, "", a.text("refresh_token")).is(t, http.StatusUnauthorized, "invalid_client")
	h.revoke(h.app.ID, h.secret, "").is(t, http.StatusBadRequest, "invalid_request")
	h.get(oidc.PathRevoke+"?callback=x&token="+a.text("access_token")).is(t, http.StatusMethodNotAllowed, "invalid_request") // RV-06
	if len(h.events()) != n {
		t.Errorf("events: %v", h.events()[n:])
	}
	h.userInfo(a.text("access_token")).is(t, http.StatusOK, "")
	h.refresh(a.text("refresh_token")).is(t, http.StatusOK, "")
}

// TestRevokeRace revokes a family while it rotates: nothing of it survives.
func TestRevokeRace(t *testing.T) {
	h := newHome(t)
	for range 50 {
		a := h.tokens()
		var next answer
		var wg sync.WaitGroup
		wg.Go(func() { next = h.refresh(a.text("refresh_token")) })
		wg.Go(func() { h.revoke(h.app.ID, h.secret, a.text("refresh_token")).is(t, http.StatusOK, "") })
		wg.Wait()
		h.userInfo(a.text("access_token")).is(t, http.StatusUnauthorized, "invalid_token")
		if next.status == http.StatusOK {
			h.userInfo(next.text("access_token")).is(t, http.StatusUnauthorized, "invalid_token")
			h.refresh(next.text("refresh_token")).is(t, http.StatusBadRequest, "invalid_grant")
		}
	}
}
