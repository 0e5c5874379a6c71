package oidc_test

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

func (h *home) introspect(id, secret, token string, change ...string) answer {
	h.Helper()
	form := url.Values{"token": {token}}
	set(form, change)
	return h.post(oidc.PathIntrospect, form, basic(id, secret))
}

// inactive is all that may be said of a token that is none (RFC 7662 §2.2, §4).
const inactive = `{"active":false}`

func TestIntrospect(t *testing.T) {
	h := newHome(t)
	a := h.tokens()
	number := func(n int64) float64 { return float64(n) }
	want := map[string]any{"active": true, "scope": fullScope, "client_id": h.app.ID, "username": "ann", "token_type": "Bearer", "sub": h.ann.ID, "aud": h.app.ID, "iss": h.issuer,
		"iat": number(start.Unix()), "exp": number(start.Unix() + 3600)}
	for _, hint := range []string{"", "access_token", "refresh_token", "bogus"} { // RFC 7662 §2.1
		in := h.introspect(h.app.ID, h.secret, a.text("access_token"), "token_type_hint", hint, "resource", "x")
		if in.status != http.StatusOK || !reflect.DeepEqual(in.body, want) || in.header.Get("Cache-Control") != "no-store" {
			t.Errorf("hint %q: %d %s", hint, in.status, in.raw)
		}
		in = h.introspect(h.app.ID, h.secret, a.text("refresh_token"), "token_type_hint", hint)
		ofRefresh := map[string]any{"active": true, "scope": fullScope, "client_id": h.app.ID, "username": "ann", "sub": h.ann.ID, "iss": h.issuer,
			"iat": number(start.Unix()), "exp": number(start.Add(idp.RefreshIdle).Unix())}
		if in.status != http.StatusOK || !reflect.DeepEqual(in.body, ofRefresh) {
			t.Errorf("refresh token, hint %q: %d %s", hint, in.status, in.raw)
		}
	}
	if in := h.introspect(h.app.ID, h.secret, h.tokens("scope", "openid email").text("access_token")); in.body["username"] != nil || in.body["scope"] != "openid email" {
		t.Errorf("a user name that nobody allowed: %s", in.raw)
	}
}

// TestIntrospectJWT takes a JWT for what is recorded of it, not for what it says.
func TestIntrospectJWT(t *testing.T) {
	h := newHome(t)
	h.change(&h.app, func() { h.app.AccessFormat, h.app.Audience = idp.FormatJWT, "https://api.example" })
	token := h.tokens().text("access_token")
	claims, _ := h.payload(token)
	in := h.introspect(h.app.ID, h.secret, token)
	if in.body["active"] != true || in.body["jti"] != claims["jti"] || in.body["aud"] != "https://api.example" || in.body["exp"] != claims["exp"] || in.body["exp"] != float64(start.Unix()+300) {
		t.Errorf("%s of %v", in.raw, claims)
	}
	for name, other := range map[string]string{"its jti": claims["jti"].(string), "changed": token[:len(token)-8] + "AAAAAAAA", "three parts": "a.b.c"} {
		if in := h.introspect(h.app.ID, h.secret, other); in.raw != inactive {
			t.Errorf("%s: %s", name, in.raw)
		}
	}
	h.revoke(h.app.ID, h.secret, token).is(t, http.StatusOK, "")
	if in := h.introspect(h.app.ID, h.secret, token); in.raw != inactive {
		t.Errorf("revoked: %s", in.raw)
	}
}

func TestIntrospectRefusals(t *testing.T) {
	h := newHome(t)
	public, _ := h.addApp(idp.Client{Name: "Public", Public: true})
	token := h.tokens().text("access_token")
	failures := h.failures.Load()
	h.post(oidc.PathIntrospect, url.Values{"token": {token}}).is(t, http.StatusUnauthorized, "invalid_client") // IN-01
	h.post(oidc.PathIntrospect, url.Values{"token": {token}, "client_id": {h.app.ID}}).is(t, http.StatusUnauthorized, "invalid_client")
	h.post(oidc.PathIntrospect, url.Values{"token": {token}, "client_id": {public.ID}}).is(t, http.StatusUnauthorized, "invalid_client")
	h.introspect(h.app.ID, "bad", token).is(t, http.StatusUnauthorized, "invalid_client")
	if got := h.failures.Load() - failures; got != 4 {
		t.Errorf("%d failures counted, want 4", got)
	}
	h.introspect(h.app.ID, h.secret, "").is(t, http.StatusBadRequest, "invalid_request")
	h.post(oidc.PathIntrospect, url.Values{"token": {token, token}}, basic(h.app.ID, h.secret)).is(t, http.StatusBadRequest, "invalid_request")
	h.get(oidc.PathIntrospect+"?token="+token).is(t, http.StatusMethodNotAllowed, "invalid_request")
}

// TestInactive is every way in which a token is none (IN-02, IN-03), and nothing else is said of it.
func TestInactive(t *testing.T) {
	h := newHome(t)
	other, otherSecret := h.addApp(idp.Client{Name: "Other"})
	ann := func(fn func(u *idp.User)) {
		h.write(func(tx *store.Tx) error { fn(&h.ann); return tx.UpdateUser(h.ann) })
	}
	for _, tt := range []struct {
		name       string
		do, undo   func(a answer)
		refreshToo bool
	}{
		{name: "revoked session", do: func(answer) {
			h.write(func(tx *store.Tx) error { _, err := tx.EndSession(h.session.ID, idp.EndRevoked, h.now()); return err })
		}, refreshToo: true},
		{name: "disabled person", do: func(answer) { ann(func(u *idp.User) { u.DisabledAt = h.now() }) }, undo: func(answer) { ann(func(u *idp.User) { u.DisabledAt = 0 }) }, refreshToo: true},
		{name: "access lost", do: func(answer) { h.write(func(tx *store.Tx) error { return tx.SetAccess(h.app.ID, nil) }) },
			undo: func(answer) {
				h.write(func(tx *store.Tx) error {
					return tx.SetAccess(h.app.ID, []idp.Access{{ClientID: h.app.ID, Kind: idp.AccessEveryone}})
				})
			}, refreshToo: true},
		{name: "app disabled", do: func(answer) { h.change(&h.app, func() { h.app.DisabledAt = h.now() }) }, undo: func(answer) { h.change(&h.app, func() { h.app.DisabledAt = 0 }) }, refreshToo: true},
		{name: "app for the tailnet only", do: func(answer) { h.change(&h.app, func() { h.app.NetworkRule = idp.NetworkTailnetOnly }) },
			undo: func(answer) { h.change(&h.app, func() { h.app.NetworkRule = idp.NetworkAnywhere }) }, refreshToo: true},
		{name: "access token expired", do: func(answer) { h.pass(time.Hour) }},
		{name: "refresh token idle", do: func(answer) { h.pass(idp.RefreshIdle) }, refreshToo: true},
	} {
		h.session = h.signIn(h.ann)
		a := h.tokens()
		read := func() (access, refresh string) {
			return h.introspect(h.app.ID, h.secret, a.text("access_token")).raw, h.introspect(h.app.ID, h.secret, a.text("refresh_token")).raw
		}
		if access, refresh := read(); access == inactive || refresh == inactive {
			t.Fatalf("%s: inactive before: %s %s", tt.name, access, refresh)
		}
		tt.do(a)
		if access, refresh := read(); access != inactive || (refresh == inactive) != tt.refreshToo {
			t.Errorf("%s: %s %s", tt.name, access, refresh)
		}
		if tt.undo != nil {
			tt.undo(a)
		}
	}
	h.session = h.signIn(h.ann)
	a := h.tokens()
	next := h.refresh(a.text("refresh_token"))
	for name, in := range map[string]answer{
		"garbage":            h.introspect(h.app.ID, h.secret, "garbage"),
		"an ID token":        h.introspect(h.app.ID, h.secret, a.text("id_token")),
		"a code":             h.introspect(h.app.ID, h.secret, h.code(h.app.ID)),
		"consumed":           h.introspect(h.app.ID, h.secret, a.text("refresh_token")),
		"another app's":      h.introspect(other.ID, otherSecret, next.text("access_token")),
		"another's, refresh": h.introspect(other.ID, otherSecret, next.text("refresh_token")),
	} {
		if in.status != http.StatusOK || in.raw != inactive {
			t.Errorf("%s: %d %s", name, in.status, in.raw)
		}
	}
	h.refresh(next.text("refresh_token")).is(t, http.StatusOK, "") // asking changed nothing
}
