package oidc_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// tokenRequest is a request to the token endpoint without a network, for fuzzing.
func tokenRequest(body string) (*http.Request, *httptest.ResponseRecorder) {
	r := httptest.NewRequest(http.MethodPost, oidc.PathToken, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r.WithContext(idp.WithVisitor(r.Context(), visitor)), httptest.NewRecorder()
}

// relyingParty is x/oauth2 and go-oidc, configured by discovery.
type relyingParty struct {
	oauth    oauth2.Config
	provider *goidc.Provider
	verifier *goidc.IDTokenVerifier
}

func (h *home) relyingParty(c idp.Client, secret string) relyingParty {
	h.Helper()
	p, err := goidc.NewProvider(context.Background(), h.issuer)
	if err != nil {
		h.Fatal(err)
	}
	return relyingParty{
		oauth:    oauth2.Config{ClientID: c.ID, ClientSecret: secret, Endpoint: p.Endpoint(), RedirectURL: callback, Scopes: strings.Fields(fullScope)},
		provider: p,
		verifier: p.Verifier(&goidc.Config{ClientID: c.ID, Now: h.std}),
	}
}

// follow sends the browser to the authorization URL and gives what comes back to the app.
func (h *home) follow(address string) url.Values {
	h.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		h.Fatal(err)
	}
	a := h.do(r)
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != http.StatusSeeOther || !strings.HasPrefix(u.String(), callback) {
		h.Fatalf("%d to %s: %s", a.status, u, a.raw)
	}
	return u.Query()
}

// TestRelyingParty signs in with x/oauth2 and go-oidc, refreshes, and asks userinfo.
func TestRelyingParty(t *testing.T) {
	h := newHome(t)
	public, _ := h.addApp(idp.Client{Name: "Public", Public: true})
	for _, app := range []struct {
		idp.Client
		secret string
	}{{h.app, h.secret}, {public, ""}} {
		rp, ctx := h.relyingParty(app.Client, app.secret), context.Background()
		verifier := oauth2.GenerateVerifier()
		back := h.follow(rp.oauth.AuthCodeURL("state-1", oauth2.S256ChallengeOption(verifier), goidc.Nonce("nonce-1")))
		if back.Get("state") != "state-1" || back.Get("iss") != h.issuer {
			t.Errorf("%s: back with %v", app.Name, back)
		}
		token, err := rp.oauth.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatalf("%s: %v", app.Name, err)
		}
		first := verify(t, rp, token, "nonce-1")
		token.Expiry = time.Now().Add(-time.Hour)
		h.pass(time.Minute)
		refreshed, err := rp.oauth.TokenSource(ctx, token).Token()
		if err != nil {
			t.Fatalf("%s: refresh: %v", app.Name, err)
		}
		again := verify(t, rp, refreshed, "") // OIDC Core §12.2: no nonce
		if again.Subject != first.Subject || !again.IssuedAt.After(first.IssuedAt) || refreshed.AccessToken == token.AccessToken || refreshed.RefreshToken == token.RefreshToken {
			t.Errorf("%s: refresh gave %+v after %+v", app.Name, again, first)
		}
		info, err := rp.provider.UserInfo(ctx, oauth2.StaticTokenSource(refreshed))
		if err != nil || info.Subject != h.ann.ID || info.Email != "ann@example.com" {
			t.Errorf("%s: userinfo %+v, %v", app.Name, info, err)
		}
	}
}

func verify(t *testing.T, rp relyingParty, token *oauth2.Token, nonce string) *goidc.IDToken {
	t.Helper()
	raw, _ := token.Extra("id_token").(string)
	id, err := rp.verifier.Verify(context.Background(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := id.VerifyAccessToken(token.AccessToken); err != nil {
		t.Error(err)
	}
	if id.Nonce != nonce {
		t.Errorf("nonce %q, want %q", id.Nonce, nonce)
	}
	return id
}

// payload verifies a token with go-jose against the published keys and gives its claims and header.
func (h *home) payload(token string) (map[string]any, jose.Header) {
	h.Helper()
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(h.get(oidc.PathJWKS).raw), &keys); err != nil {
		h.Fatal(err)
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		h.Fatal(err)
	}
	raw, err := jws.Verify(&keys)
	if err != nil {
		h.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		h.Fatal(err)
	}
	return claims, jws.Signatures[0].Protected
}

func TestIDToken(t *testing.T) {
	h := newHome(t)
	h.pass(90 * time.Second) // the session is older than the token
	a := h.tokens()
	claims, head := h.payload(a.text("id_token"))
	if head.KeyID == "" || head.Algorithm != "RS256" || head.ExtraHeaders["typ"] != "JWT" {
		t.Errorf("header %+v", head)
	}
	sum := sha256.Sum256([]byte(a.text("access_token")))
	now := float64(h.now().Unix())
	want := map[string]any{
		"iss": h.issuer, "sub": h.ann.ID, "aud": h.app.ID, "iat": now, "exp": now + 3600, "auth_time": float64(start.Unix()), "nonce": "n-1",
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]), "acr": idp.ACRPasskey, "amr": []any{"hwk", "user"}, "sid": h.session.ID,
		"name": "ANN", "given_name": "ann", "family_name": "Example", "preferred_username": "ann", "locale": "en", "updated_at": float64(start.Unix()),
		"email": "ann@example.com", "email_verified": false, "groups": []any{}, "badge": map[string]any{"n": 12345678901234567890.0},
	}
	if !reflect.DeepEqual(claims, want) {
		t.Errorf("claims %v\nwant   %v", claims, want)
	}
	claims, _ = h.payload(h.tokens("scope", "openid", "-nonce", "").text("id_token"))
	for _, name := range []string{"nonce", "name", "email", "groups", "badge"} {
		if _, ok := claims[name]; ok {
			t.Errorf("%s without its scope", name)
		}
	}
}

func TestTokenAnswer(t *testing.T) {
	h := newHome(t)
	a := h.tokens()
	if a.text("token_type") != "Bearer" || a.body["expires_in"] != 3600.0 || a.text("scope") != fullScope || len(a.text("access_token")) != 43 || len(a.text("refresh_token")) != 43 || len(a.body) != 6 {
		t.Errorf("answer %s", a.raw)
	}
	for _, answer := range []answer{a, h.redeem("nope")} { // TK-13
		for name, want := range map[string]string{"Content-Type": "application/json;charset=UTF-8", "Cache-Control": "no-store", "Pragma": "no-cache", "X-Content-Type-Options": "nosniff"} {
			if got := answer.header.Get(name); got != want {
				t.Errorf("%d: %s %q, want %q", answer.status, name, got, want)
			}
		}
	}
	always, secret := h.addApp(idp.Client{Name: "Always", AlwaysRefresh: true})
	for _, tt := range []struct {
		id, secret, scope string
		refresh           bool
	}{
		{h.app.ID, h.secret, "openid", false}, // RF-15
		{h.app.ID, h.secret, "openid offline_access", true},
		{always.ID, secret, "openid", true},
	} {
		a := h.redeemAs(tt.id, tt.secret, h.code(tt.id, "scope", tt.scope+" bogus"))
		if a.text("scope") != tt.scope || (a.text("refresh_token") != "") != tt.refresh {
			t.Errorf("%s: %s", tt.scope, a.raw)
		}
	}
}

func TestTokenRequestForm(t *testing.T) {
	h := newHome(t)
	auth := basic(h.app.ID, h.secret)
	send := func(body, kind string, change ...func(*http.Request)) answer {
		r, err := http.NewRequest(http.MethodPost, h.endpoint(oidc.PathToken), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		auth(r)
		for _, c := range change {
			c(r)
		}
		return h.do(r)
	}
	const form = "application/x-www-form-urlencoded"
	const good = "grant_type=authorization_code&code=nope&redirect_uri=" + callback
	var parts bytes.Buffer
	m := multipart.NewWriter(&parts)
	_ = m.WriteField("grant_type", "authorization_code")
	_ = m.Close()
	for _, tt := range []struct {
		name, body, kind string
		status           int
		code             string
	}{
		{"good", good, form, 400, "invalid_grant"},
		{"charset", good, form + "; charset=UTF-8", 400, "invalid_grant"},
		{"resource twice", good + "&resource=a&resource=b", form, 400, "invalid_grant"},
		{"unknown parameter", good + "&foo=bar", form, 400, "invalid_grant"},
		{"JSON", `{"grant_type":"authorization_code"}`, "application/json", 400, "invalid_request"},
		{"no type", good, "", 400, "invalid_request"},
		{"multipart", parts.String(), m.FormDataContentType(), 400, "invalid_request"},
		{"code twice", good + "&code=nope", form, 400, "invalid_request"}, // TK-12
		{"grant_type twice", good + "&grant_type=refresh_token", form, 400, "invalid_request"},
		{"client_id twice", good + "&client_id=a&client_id=b", form, 400, "invalid_request"},
		{"unknown twice", good + "&foo=a&foo=b", form, 400, "invalid_request"},
		{"bad percent", good + "&x=%zz", form, 400, "invalid_request"},
		{"semicolon", "grant_type=authorization_code;code=x", form, 400, "invalid_request"},
		{"not UTF-8", good + "&x=\xff", form, 400, "invalid_request"},
		{"too large", good + "&x=" + strings.Repeat("x", 64<<10), form, 413, "invalid_request"},
		{"password", "grant_type=password&username=a&password=b", form, 400, "unsupported_grant_type"}, // TK-03
		{"unknown grant", "grant_type=foo", form, 400, "unsupported_grant_type"},
		{"client_credentials", "grant_type=client_credentials", form, 400, "unauthorized_client"},
		{"no grant_type", "code=x", form, 400, "invalid_request"},
		{"empty grant_type", "grant_type=&code=x", form, 400, "invalid_request"},
		{"no code", "grant_type=authorization_code", form, 400, "invalid_request"},
		{"no refresh_token", "grant_type=refresh_token", form, 400, "invalid_request"},
	} {
		if a := send(tt.body, tt.kind); a.status != tt.status || a.text("error") != tt.code || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s, want %d %s", tt.name, a.status, a.raw, tt.status, tt.code)
		}
	}
	code := h.code(h.app.ID)
	inQuery := send("", form, func(r *http.Request) {
		r.URL.RawQuery = url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}.Encode()
	})
	inQuery.is(t, 400, "invalid_request")
	a := send("grant_type=authorization_code&redirect_uri="+callback+"&code="+code, form, func(r *http.Request) { r.URL.RawQuery = "grant_type=password&code=nope&client_secret=x" })
	a.is(t, 200, "")
	r, _ := http.NewRequest(http.MethodGet, h.endpoint(oidc.PathToken)+"?"+good, nil)
	auth(r)
	if a := h.do(r); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "POST" {
		t.Errorf("GET: %d %v", a.status, a.header)
	}
}

// TestClaims wants groups, custom claims of groups and of the person, and nothing that fakes what this provider says.
func TestClaims(t *testing.T) {
	h := newHome(t)
	family := idp.Group{ID: idp.NewID(idp.PrefixGroup), Name: "family", Claims: `{"quota":1,"role":"guest","email":"evil@example.com"}`}
	zoo := idp.Group{ID: idp.NewID(idp.PrefixGroup), Name: "Zoo", Claims: `{"quota":2}`}
	u := h.ann
	u.Claims = `{"role":["owner",null],"sub":"evil","iss":"evil","groups":["admin"],"email_verified":true,"nbf":1}`
	u.GivenName, u.Locale = "", ""
	h.write(func(tx *store.Tx) error {
		for _, g := range []idp.Group{family, zoo} {
			if err := tx.CreateGroup(g); err != nil {
				return err
			}
		}
		if err := tx.SetGroupsOf(u.ID, []string{zoo.ID, family.ID}); err != nil {
			return err
		}
		return tx.UpdateUser(u)
	})
	for scope, want := range map[string]map[string]any{
		"openid":         {},
		"openid groups":  {"groups": []any{"family", "Zoo"}},
		"openid email":   {"email": "ann@example.com", "email_verified": false},
		"openid profile": {"name": "ANN", "family_name": "Example", "preferred_username": "ann", "updated_at": float64(start.Unix()), "quota": 2.0, "role": []any{"owner", nil}},
	} {
		a := h.tokens("scope", scope)
		want["sub"] = h.ann.ID
		if info := h.userInfo(a.text("access_token")); !reflect.DeepEqual(info.body, want) {
			t.Errorf("userinfo of %s: %s\nwant %v", scope, info.raw, want)
		}
		claims, _ := h.payload(a.text("id_token"))
		for _, name := range []string{"iss", "aud", "iat", "exp", "auth_time", "nonce", "at_hash", "acr", "amr", "sid"} {
			delete(claims, name)
		}
		if !reflect.DeepEqual(claims, want) {
			t.Errorf("ID token of %s: %v\nwant %v", scope, claims, want)
		}
	}
	for name, want := range map[string]bool{"sub": true, "groups": true, "email_verified": true, "azp": true, "roles": false, "department": false} {
		if oidc.Reserved(name) != want {
			t.Errorf("Reserved(%q) = %v", name, !want)
		}
	}
}

// FuzzToken looks for a body that crashes the endpoint or gets tokens.
func FuzzToken(f *testing.F) {
	h := newHome(f)
	client := "&client_id=" + h.app.ID + "&client_secret=" + h.secret
	for _, s := range []string{"grant_type=authorization_code&code=x" + client, "grant_type=refresh_token&refresh_token=x&scope=openid" + client, "grant_type=&=%ff;" + client, "a=1&a=2", "grant_type=authorization_code&code=x&code_verifier=" + strings.Repeat("a", 43) + client} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r, w := tokenRequest(body)
		h.provider.Token(w, r)
		var out map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || out["error"] == "" || w.Code < 400 || w.Code >= 500 {
			t.Fatalf("%q: %d %s", body, w.Code, w.Body)
		}
	})
}
