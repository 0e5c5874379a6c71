package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

func TestUserInfo(t *testing.T) {
	h := newHome(t)
	tokens := h.tokens()
	token, idToken := tokens.text("access_token"), tokens.text("id_token")
	const form = "application/x-www-form-urlencoded"
	inBody := url.Values{"access_token": {token}}.Encode()
	for _, tt := range []struct {
		name, method, query, body, kind string
		auth                            []string
		status                          int
		code                            string
	}{
		{name: "GET, header", method: "GET", auth: []string{"Bearer " + token}, status: 200},
		{name: "GET, scheme in lower case", method: "GET", auth: []string{"bearer " + token}, status: 200},
		{name: "POST, header", method: "POST", auth: []string{"Bearer " + token}, status: 200},
		{name: "POST, header and an empty form", method: "POST", kind: form, auth: []string{"Bearer " + token}, status: 200},
		{name: "POST, form", method: "POST", body: inBody, kind: form, status: 200},
		{name: "POST, form with a charset", method: "POST", body: inBody, kind: form + ";charset=utf-8", status: 200},

		{name: "no token", method: "GET", status: 401}, // UI-01
		{name: "no token, POST", method: "POST", kind: form, status: 401},
		{name: "another scheme", method: "GET", auth: []string{"Basic " + token}, status: 401},
		{name: "query", method: "GET", query: "?access_token=" + token, status: 401},
		{name: "form of a GET", method: "GET", body: inBody, kind: form, status: 401},
		{name: "form under another type", method: "POST", body: inBody, kind: "text/plain", status: 401},
		{name: "garbage", method: "GET", auth: []string{"Bearer x"}, status: 401, code: "invalid_token"}, // UI-02
		{name: "empty", method: "GET", auth: []string{"Bearer "}, status: 401, code: "invalid_token"},
		{name: "cut", method: "GET", auth: []string{"Bearer " + token[:42]}, status: 401, code: "invalid_token"}, // CO-07
		{name: "longer", method: "GET", auth: []string{"Bearer " + token + "A"}, status: 401, code: "invalid_token"},
		{name: "ID token", method: "GET", auth: []string{"Bearer " + idToken}, status: 401, code: "invalid_token"}, // JW-08
		{name: "refresh token", method: "GET", auth: []string{"Bearer " + tokens.text("refresh_token")}, status: 401, code: "invalid_token"},
		{name: "garbage in the form", method: "POST", body: "access_token=x", kind: form, status: 401, code: "invalid_token"},
		{name: "header and form", method: "POST", body: inBody, kind: form, auth: []string{"Bearer " + token}, status: 400, code: "invalid_request"},
		{name: "two headers", method: "GET", auth: []string{"Bearer " + token, "Bearer " + token}, status: 400, code: "invalid_request"},
		{name: "twice in the form", method: "POST", body: inBody + "&" + inBody, kind: form, status: 400, code: "invalid_request"},
		{name: "PUT", method: "PUT", auth: []string{"Bearer " + token}, status: 405, code: "invalid_request"},
	} {
		r, err := http.NewRequest(tt.method, h.endpoint(oidc.PathUserInfo)+tt.query, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", tt.kind)
		r.Header["Authorization"] = tt.auth
		a := h.do(r)
		if a.status != tt.status || a.text("error") != tt.code || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s, want %d %s", tt.name, a.status, a.raw, tt.status, tt.code)
		}
		if a.status == 200 && a.text("sub") != h.ann.ID || a.status != 200 && strings.Contains(a.raw, h.ann.ID) {
			t.Errorf("%s: %s", tt.name, a.raw)
		}
		challenge := a.header.Get("WWW-Authenticate")
		if bearer := strings.HasPrefix(challenge, "Bearer "); bearer != (tt.status == 400 || tt.status == 401) || strings.Contains(challenge, "error=") != (bearer && tt.code != "") {
			t.Errorf("%s: challenge %q", tt.name, challenge)
		}
	}
}

func TestAccessTokenExpiry(t *testing.T) {
	h := newHome(t)
	token := h.tokens().text("access_token")
	h.pass(time.Hour - time.Millisecond)
	h.userInfo(token).is(t, http.StatusOK, "")
	h.pass(time.Millisecond)
	h.userInfo(token).is(t, http.StatusUnauthorized, "invalid_token")
	h.pass(-time.Hour) // a clock that is set back does show it again, as long as the row is there
	if life := idp.AccessLife; life != time.Hour {
		t.Errorf("expires_in says an hour, the token lives %v", life)
	}
}

// TestUserInfoOfApp tells nothing to a token that an app got for itself, and says why while the token is good.
func TestUserInfoOfApp(t *testing.T) {
	h := newHome(t)
	app, _ := h.addApp(idp.Client{Name: "Robot", ClientCredentials: true})
	token := idp.NewSecret()
	h.write(func(tx *store.Tx) error {
		return tx.AddAccessToken(idp.AccessToken{Hash: idp.Hash(token), ClientID: app.ID, Scope: "openid", CreatedAt: h.now(), ExpiresAt: h.now().Add(time.Hour)})
	})
	h.userInfo(token).is(t, http.StatusForbidden, "insufficient_scope")
	for _, switchOff := range []func(*idp.Client){func(c *idp.Client) { c.ClientCredentials = false }, func(c *idp.Client) { c.DisabledAt = h.now() }} {
		changed := app
		switchOff(&changed)
		h.write(func(tx *store.Tx) error { return tx.UpdateClient(changed) })
		h.userInfo(token).is(t, http.StatusUnauthorized, "invalid_token")
	}
	h.write(func(tx *store.Tx) error { return tx.UpdateClient(app) })
	h.userInfo(token).is(t, http.StatusForbidden, "insufficient_scope")
	h.pass(time.Hour)
	h.userInfo(token).is(t, http.StatusUnauthorized, "invalid_token")
}
