package oidc_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// party is an app on coreos/go-oidc and golang.org/x/oauth2, with the browser of somebody who may use it.
type party struct {
	*testing.T
	plan    *plan
	app     *backendtest.App
	who     *backendtest.Person
	browser *backendtest.Browser

	ctx      context.Context // carries the HTTP client
	provider *goidc.Provider
	config   oauth2.Config

	state, nonce, verifier string // of the last request
}

// newParty registers an app and reads discovery, as an app does when it starts.
func newParty(t *testing.T, run *plan, change ...func(*admin.ClientInput)) *party {
	t.Helper()
	r := &party{T: t, plan: run, app: run.App(change...), who: run.Person()}
	r.browser = r.who.Browser(run.Provider)
	r.ctx = goidc.ClientContext(context.Background(), run.Client(run.Address()))
	var err error
	if r.provider, err = goidc.NewProvider(r.ctx, run.Issuer); err != nil { // compares the issuer
		t.Fatal(err)
	}
	r.config = oauth2.Config{ClientID: r.app.ID, ClientSecret: r.app.Secret, Endpoint: r.provider.Endpoint(), RedirectURL: r.app.RedirectURI, Scopes: []string{"openid"}}
	r.config.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return r
}

// request is the address of an authorization request with fresh state and nonce. pairs are as in backendtest.App.Params.
func (r *party) request(pairs ...string) string {
	r.Helper()
	r.state, r.nonce, r.verifier = rand.Text(), rand.Text(), ""
	address, err := url.Parse(r.config.AuthCodeURL(r.state, goidc.Nonce(r.nonce)))
	if err != nil {
		r.Fatal(err)
	}
	q := address.Query()
	if r.plan.mode != "" {
		q.Set("response_mode", r.plan.mode)
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == backendtest.Omit {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	address.RawQuery = q.Encode()
	return address.String()
}

// ask sends the browser to the provider and checks how it comes back, if it does.
func (r *party) ask(pairs ...string) *backendtest.Answer {
	r.Helper()
	return r.came(r.browser.Walk(r.request(pairs...)))
}

// came checks what every answer to an app has: the state, the issuer (RFC 9207), and the response mode.
func (r *party) came(a *backendtest.Answer) *backendtest.Answer {
	r.Helper()
	if a.Request == nil {
		return a
	}
	if a.State != r.state || a.Issuer != r.plan.Issuer {
		r.Errorf("state %q and iss %q came back, for %q and %q", a.State, a.Issuer, r.state, r.plan.Issuer)
	}
	to := *a.Request.URL
	query := to.Query()
	to.RawQuery = ""
	if to.String() != r.app.RedirectURI {
		r.Errorf("it came to %s and should come to %s", to.String(), r.app.RedirectURI)
	}
	method := http.MethodGet
	if r.plan.mode == "form_post" {
		method = http.MethodPost
		if len(query) > 0 {
			r.Errorf("form_post brings parameters in the query: %v", query)
		}
		if kind := a.Request.Header.Get("Content-Type"); kind != "application/x-www-form-urlencoded" {
			r.Errorf("form_post is of the type %q", kind)
		}
	}
	if a.Request.Method != method {
		r.Errorf("it came by %s and should come by %s", a.Request.Method, method)
	}
	return a
}

// login asks and must get a code.
func (r *party) login(pairs ...string) *backendtest.Answer {
	r.Helper()
	a := r.ask(pairs...)
	switch {
	case a.Page != nil:
		r.Fatalf("after the pages %v there is %s, %q", a.Steps, a.Page.Status, a.Page.Heading())
	case a.Code == "" || a.Error != "":
		r.Fatalf("the app gets %v", a.Params)
	}
	return a
}

// refused asks and must get that error.
func (r *party) refused(code string, pairs ...string) {
	r.Helper()
	a := r.ask(pairs...)
	if a.Request == nil || a.Error != code || a.Params.Has("code") {
		r.Errorf("the app gets %v after the pages %v, and should get %s", a.Params, a.Steps, code)
	}
}

// session is what an app holds after a sign-in.
type session struct {
	token  *oauth2.Token
	raw    string // the ID token
	id     *goidc.IDToken
	claims map[string]any // of the ID token
}

// signIn asks, redeems the code and verifies what it gets.
func (r *party) signIn(pairs ...string) session {
	r.Helper()
	return r.redeem(r.login(pairs...))
}

// redeem exchanges the code of an answer and verifies what it gets: signature, iss, aud, exp, at_hash, nonce.
func (r *party) redeem(a *backendtest.Answer) session {
	r.Helper()
	var opts []oauth2.AuthCodeOption
	if r.verifier != "" {
		opts = append(opts, oauth2.VerifierOption(r.verifier))
	}
	token, err := r.config.Exchange(r.ctx, a.Code, opts...)
	if err != nil {
		r.Fatal(err)
	}
	s := r.verify(token)
	if s.id.Nonce != r.nonce {
		r.Errorf("nonce is %q and should be %q", s.id.Nonce, r.nonce)
	}
	return s
}

func (r *party) now() time.Time { return r.plan.Clock.Now().Std() }

// verify reads the ID token of an answer and checks it with go-oidc.
func (r *party) verify(token *oauth2.Token) session {
	r.Helper()
	s := session{token: token, claims: map[string]any{}}
	s.raw, _ = token.Extra("id_token").(string)
	var err error
	if s.id, err = r.provider.Verifier(&goidc.Config{ClientID: r.app.ID, Now: r.now}).Verify(r.ctx, s.raw); err != nil {
		r.Fatal(err)
	}
	if err := s.id.VerifyAccessToken(token.AccessToken); err != nil {
		r.Error(err)
	}
	if err := s.id.Claims(&s.claims); err != nil {
		r.Fatal(err)
	}
	if s.id.Subject != r.who.ID {
		r.Errorf("sub is %q and should be %q", s.id.Subject, r.who.ID)
	}
	return s
}

// userInfo asks with go-oidc, which compares nothing: sub is compared here (OIDC Core §5.3.2).
func (r *party) userInfo(s session) map[string]any {
	r.Helper()
	info, err := r.provider.UserInfo(r.ctx, oauth2.StaticTokenSource(s.token))
	if err != nil {
		r.Fatal(err)
	}
	claims := map[string]any{}
	if err := info.Claims(&claims); err != nil {
		r.Fatal(err)
	}
	if info.Subject != s.id.Subject {
		r.Errorf("userinfo has the sub %q and the ID token %q", info.Subject, s.id.Subject)
	}
	return claims
}

// authTime is auth_time of the ID token; the test fails without one.
func (r *party) authTime(s session) int64 {
	r.Helper()
	at, ok := s.claims["auth_time"].(float64)
	if !ok {
		r.Fatalf("auth_time is %v", s.claims["auth_time"])
	}
	return int64(at)
}
