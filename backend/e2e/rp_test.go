//go:build e2e || tailnet

package e2e

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// relyingParty is an app on coreos/go-oidc and x/oauth2: PKCE, state, nonce, and what comes back shown on a page.
type relyingParty struct {
	t        testing.TB
	srv      *httptest.Server
	provider *oidc.Provider
	config   oauth2.Config
	ctx      context.Context // carries the HTTP client that reaches the issuer
	mode     string          // response_mode, "" for the default
	onDone   string          // where the callback goes on to, "" to show the claims

	mu       sync.Mutex
	state    string
	nonce    string
	verifier string
	token    *oauth2.Token
	idToken  string
	claims   map[string]any
	failure  string
}

var donePage = template.Must(template.New("done").Parse(`<!doctype html><title>App</title><h1 id="done">{{.}}</h1>`))

// newRelyingParty starts the app before it is registered, so that its redirect URI is known.
func newRelyingParty(t testing.TB) *relyingParty {
	rp := &relyingParty{t: t, ctx: context.Background()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", rp.login)
	mux.HandleFunc("/callback", rp.callback)
	mux.HandleFunc("GET /goodbye", func(w http.ResponseWriter, r *http.Request) { _ = donePage.Execute(w, "goodbye "+r.FormValue("state")) })
	rp.srv = httptest.NewServer(mux)
	t.Cleanup(rp.srv.Close)
	return rp
}

// base is the app's origin. It is called localhost so that it differs from the issuer by port alone, as home apps do.
func (rp *relyingParty) base() string {
	return strings.Replace(rp.srv.URL, "127.0.0.1", "localhost", 1)
}

func (rp *relyingParty) redirectURI() string { return rp.base() + "/callback" }

// register reads discovery and takes the client's data, as an owner pastes them.
func (rp *relyingParty) register(issuer string, a app) {
	rp.t.Helper()
	var err error
	if rp.provider, err = oidc.NewProvider(rp.ctx, issuer); err != nil {
		rp.t.Fatal(err)
	}
	rp.config = oauth2.Config{
		ClientID: a.ID, ClientSecret: a.Secret, Endpoint: rp.provider.Endpoint(), RedirectURL: rp.redirectURI(),
		Scopes: []string{oidc.ScopeOpenID, "profile", "email", "groups", oidc.ScopeOfflineAccess},
	}
}

func (rp *relyingParty) login(w http.ResponseWriter, r *http.Request) {
	rp.mu.Lock()
	defer rp.mu.Unlock()
	rp.state, rp.nonce, rp.verifier = rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	opts := []oauth2.AuthCodeOption{oidc.Nonce(rp.nonce), oauth2.S256ChallengeOption(rp.verifier)}
	if rp.mode != "" {
		opts = append(opts, oauth2.SetAuthURLParam("response_mode", rp.mode))
	}
	for name, values := range r.URL.Query() {
		opts = append(opts, oauth2.SetAuthURLParam(name, values[0]))
	}
	http.Redirect(w, r, rp.config.AuthCodeURL(rp.state, opts...), http.StatusFound)
}

func (rp *relyingParty) callback(w http.ResponseWriter, r *http.Request) {
	rp.mu.Lock()
	defer rp.mu.Unlock()
	if rp.mode == "form_post" && (r.Method != http.MethodPost || r.URL.RawQuery != "") {
		rp.failure = "form_post came as " + r.Method + " " + r.URL.String()
	}
	if err := rp.exchange(r); err != "" {
		rp.failure = err
		w.WriteHeader(http.StatusBadRequest)
		_ = donePage.Execute(w, "failed: "+err)
		return
	}
	if rp.onDone != "" {
		http.Redirect(w, r, rp.onDone, http.StatusFound)
		return
	}
	_ = donePage.Execute(w, "hello "+rp.claims["preferred_username"].(string))
}

// exchange checks the answer and redeems the code; "" when all is well.
func (rp *relyingParty) exchange(r *http.Request) string {
	switch {
	case r.FormValue("state") != rp.state:
		return "state is " + r.FormValue("state")
	case r.FormValue("iss") != rp.issuer():
		return "iss is " + r.FormValue("iss")
	case r.FormValue("error") != "":
		return r.FormValue("error")
	}
	token, err := rp.config.Exchange(rp.ctx, r.FormValue("code"), oauth2.VerifierOption(rp.verifier))
	if err != nil {
		return err.Error()
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := rp.provider.Verifier(&oidc.Config{ClientID: rp.config.ClientID}).Verify(rp.ctx, raw)
	if err != nil {
		return err.Error()
	}
	if id.Nonce != rp.nonce {
		return "nonce is " + id.Nonce
	}
	if err := id.VerifyAccessToken(token.AccessToken); err != nil {
		return err.Error()
	}
	rp.token, rp.idToken, rp.claims = token, raw, map[string]any{}
	if err := id.Claims(&rp.claims); err != nil {
		return err.Error()
	}
	return ""
}

func (rp *relyingParty) issuer() string {
	var meta struct {
		Issuer string `json:"issuer"`
	}
	_ = rp.provider.Claims(&meta)
	return meta.Issuer
}

// refresh spends the refresh token and keeps the new pair.
func (rp *relyingParty) refresh() error {
	rp.mu.Lock()
	defer rp.mu.Unlock()
	token, err := rp.config.TokenSource(rp.ctx, &oauth2.Token{RefreshToken: rp.token.RefreshToken}).Token()
	if err == nil {
		rp.token = token
	}
	return err
}

// userInfo asks for the claims with the access token.
func (rp *relyingParty) userInfo() (map[string]any, error) {
	info, err := rp.provider.UserInfo(rp.ctx, oauth2.StaticTokenSource(rp.token))
	if err != nil {
		return nil, err
	}
	claims := map[string]any{}
	return claims, info.Claims(&claims)
}

// endSession is the address that signs the person out, with the ID token as the hint.
func (rp *relyingParty) endSession(state string) string {
	var meta struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := rp.provider.Claims(&meta); err != nil {
		rp.t.Fatal(err)
	}
	return meta.EndSession + "?" + url.Values{"id_token_hint": {rp.idToken}, "post_logout_redirect_uri": {rp.base() + "/goodbye"}, "state": {state}}.Encode()
}

// mustClaim fails the test unless a claim has the value.
func mustClaim(t testing.TB, claims map[string]any, name string, want any) {
	t.Helper()
	got, _ := json.Marshal(claims[name])
	expected, _ := json.Marshal(want)
	if string(got) != string(expected) {
		t.Errorf("claim %s is %s and should be %s", name, got, expected)
	}
}
