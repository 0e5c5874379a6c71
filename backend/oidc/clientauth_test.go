package oidc_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

func header(value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", value) }
}

func rawBasic(s string) func(*http.Request) {
	return header("Basic " + base64.StdEncoding.EncodeToString([]byte(s)))
}

// TestClientAuthentication presents an unknown code: invalid_grant shows that the app was authenticated, and burns nothing.
func TestClientAuthentication(t *testing.T) {
	h := newHome(t)
	public, _ := h.addApp(idp.Client{Name: "Public", Public: true})
	turned, turnedSecret := h.addApp(idp.Client{Name: "Turned public"})
	turned.Public = true
	h.write(func(tx *store.Tx) error { return tx.UpdateClient(turned) })
	other, otherSecret := h.addApp(idp.Client{Name: "Other"})
	second, expired, later := h.addSecret(h.app.ID, 0), h.addSecret(h.app.ID, h.now()), h.addSecret(h.app.ID, h.now()+1)
	none := func(*http.Request) {}
	for _, tt := range []struct {
		name   string
		auth   func(*http.Request)
		form   []string
		status int
		code   string
	}{
		{"basic", basic(h.app.ID, h.secret), nil, 400, "invalid_grant"},
		{"basic, second secret", basic(h.app.ID, second), nil, 400, "invalid_grant"}, // TK-17
		{"basic, secret that still lives", basic(h.app.ID, later), nil, 400, "invalid_grant"},
		{"basic, scheme in lower case", header("basic " + base64.StdEncoding.EncodeToString([]byte(h.app.ID+":"+h.secret))), nil, 400, "invalid_grant"},
		{"basic, form-encoded", rawBasic(strings.ReplaceAll(h.app.ID, "_", "%5F") + ":" + strings.ReplaceAll(h.secret, h.secret[:1], percent(h.secret[0]))), nil, 400, "invalid_grant"},
		{"basic and the same client_id", basic(h.app.ID, h.secret), []string{"client_id", h.app.ID}, 400, "invalid_grant"},
		{"post", none, []string{"client_id", h.app.ID, "client_secret", h.secret}, 400, "invalid_grant"},
		{"public", none, []string{"client_id", public.ID}, 400, "invalid_grant"},
		{"public, secret empty", none, []string{"client_id", public.ID, "client_secret", ""}, 400, "invalid_grant"},
		{"public, basic without a secret", basic(public.ID, ""), nil, 400, "invalid_grant"},

		{"nothing", none, nil, 401, "invalid_client"},
		{"unknown", basic("app_nope", h.secret), nil, 401, "invalid_client"},
		{"unknown, public", none, []string{"client_id", "app_nope"}, 401, "invalid_client"},
		{"wrong secret, basic", basic(h.app.ID, "bad"), nil, 401, "invalid_client"},                                  // TK-04
		{"wrong secret, post", none, []string{"client_id", h.app.ID, "client_secret", "bad"}, 401, "invalid_client"}, // TK-05
		{"secret cut", basic(h.app.ID, h.secret[:42]), nil, 401, "invalid_client"},
		{"secret of another app", basic(h.app.ID, otherSecret), nil, 401, "invalid_client"},
		{"expired secret", basic(h.app.ID, expired), nil, 401, "invalid_client"},
		{"confidential without a secret", none, []string{"client_id", h.app.ID}, 401, "invalid_client"}, // TK-07
		{"confidential, basic without a secret", basic(h.app.ID, ""), nil, 401, "invalid_client"},
		{"public with a secret", none, []string{"client_id", public.ID, "client_secret", "x"}, 401, "invalid_client"},
		{"public with its old secret", basic(turned.ID, turnedSecret), nil, 401, "invalid_client"},
		{"both ways", basic(h.app.ID, h.secret), []string{"client_secret", h.secret}, 400, "invalid_request"},
		{"both ways, two apps", basic(h.app.ID, h.secret), []string{"client_id", other.ID, "client_secret", otherSecret}, 400, "invalid_request"},
		{"basic and another client_id", basic(h.app.ID, h.secret), []string{"client_id", other.ID}, 400, "invalid_request"}, // CO-04
		{"assertion", none, []string{"client_id", h.app.ID, "client_assertion", "x", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, 401, "invalid_client"},
		{"assertion for a public app", none, []string{"client_id", public.ID, "client_assertion", "x"}, 401, "invalid_client"},
		{"assertion type for a public app", none, []string{"client_id", public.ID, "client_assertion_type", "x"}, 401, "invalid_client"},
		{"bearer", header("Bearer " + h.secret), []string{"client_id", h.app.ID, "client_secret", h.secret}, 401, "invalid_client"},
		{"no colon", rawBasic(h.app.ID), nil, 401, "invalid_client"}, // TK-09
		{"bad base64", header("Basic %%%"), nil, 401, "invalid_client"},
		{"scheme alone", header("Basic"), nil, 401, "invalid_client"},
		{"empty header", header(""), []string{"client_id", public.ID}, 401, "invalid_client"},
		{"bad percent in the secret", rawBasic(h.app.ID + ":%zz"), nil, 401, "invalid_client"},
		{"bad percent in the name", rawBasic("%z:" + h.secret), nil, 401, "invalid_client"},
		{"invalid UTF-8", rawBasic("\xff:\xfe"), nil, 401, "invalid_client"},
		{"no name", rawBasic(":" + h.secret), nil, 401, "invalid_client"},
		{"two headers", func(r *http.Request) {
			basic(h.app.ID, h.secret)(r)
			r.Header.Add("Authorization", r.Header.Get("Authorization"))
		}, nil, 401, "invalid_client"},
	} {
		form := url.Values{"grant_type": {"authorization_code"}, "code": {"nope"}, "redirect_uri": {callback}}
		set(form, tt.form)
		before := h.failures.Load()
		a := h.post(oidc.PathToken, form, tt.auth)
		if a.status != tt.status || a.text("error") != tt.code {
			t.Errorf("%s: %d %s, want %d %s", tt.name, a.status, a.raw, tt.status, tt.code)
		}
		if (a.status == 401) != strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ") {
			t.Errorf("%s: challenge %q", tt.name, a.header.Get("WWW-Authenticate"))
		}
		if counted := h.failures.Load() - before; (counted == 1) != (tt.code == "invalid_client") {
			t.Errorf("%s: counted %d failures", tt.name, counted)
		}
	}
}

// percent is the form encoding of one byte.
func percent(b byte) string {
	const hex = "0123456789ABCDEF"
	return "%" + string(hex[b>>4]) + string(hex[b&15])
}

// TestUnknownClientLooksWrong wants the same answer for an unknown app and a wrong secret (TK-08).
func TestUnknownClientLooksWrong(t *testing.T) {
	h := newHome(t)
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}}
	a, b := h.post(oidc.PathToken, form, basic(h.app.ID, "bad")), h.post(oidc.PathToken, form, basic("app_nope", "bad"))
	a.header.Del("Date")
	b.header.Del("Date")
	if a.status != b.status || a.raw != b.raw || len(a.header) != len(b.header) {
		t.Errorf("known %d %s %v, unknown %d %s %v", a.status, a.raw, a.header, b.status, b.raw, b.header)
	}
}

// TestFailedClientLimit wants a source with too many failures to be told to wait, and an app with the right secret to go on.
func TestFailedClientLimit(t *testing.T) {
	h := newHome(t)
	h.blocked.Store(true)
	a := h.redeemAs(h.app.ID, "bad", "x")
	a.is(t, http.StatusTooManyRequests, "invalid_client")
	if a.header.Get("Retry-After") != "6" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	h.redeem(h.code(h.app.ID)).is(t, http.StatusOK, "")
}

// TestSecretLastUse is noted to the hour.
func TestSecretLastUse(t *testing.T) {
	h := newHome(t)
	used := func() idp.Time {
		secrets, err := h.store.ClientSecrets(context.Background(), h.app.ID)
		if err != nil || len(secrets) != 1 {
			t.Fatal(secrets, err)
		}
		return secrets[0].LastUsedAt
	}
	if used() != 0 {
		t.Errorf("used at %d before any use", used())
	}
	token := h.tokens().text("refresh_token")
	if used() != start {
		t.Errorf("used at %d, want %d", used(), start)
	}
	h.pass(59 * time.Minute)
	token = h.refresh(token).text("refresh_token")
	if used() != start {
		t.Errorf("noted again after 59 minutes")
	}
	h.pass(time.Minute)
	h.refresh(token).is(t, http.StatusOK, "")
	if used() != h.now() {
		t.Errorf("not noted after an hour")
	}
	h.redeemAs(h.app.ID, "bad", "x")
	if used() != h.now() {
		t.Errorf("a wrong secret changed it")
	}
}

// FuzzBasic looks for an Authorization header that crashes the endpoint or passes without the secret.
func FuzzBasic(f *testing.F) {
	h := newHome(f)
	for _, s := range []string{"Basic Og==", "Basic YTpi", "Basic", "Bearer x", "basic  YTpi", "Basic " + base64.StdEncoding.EncodeToString([]byte("%:%")), "Basic " + base64.StdEncoding.EncodeToString([]byte(h.app.ID+":")), "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r, w := tokenRequest("grant_type=authorization_code&code=x")
		r.Header["Authorization"] = []string{value}
		h.provider.Token(w, r)
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "invalid_client") {
			t.Fatalf("%q: %d %s", value, w.Code, w.Body)
		}
	})
}
