//go:build e2e

package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

const issuerRel = "http://openid.net/specs/connect/1.0/issuer"

// web is the part of the internet that a sign-up at Tailscale needs, on one port under https: the issuer behind its owner's proxy, the domain of the addresses, and Tailscale.
type web struct {
	t      *testing.T
	addr   string
	spki   string
	client *http.Client
	hosts  sync.Map // http.Handler by host name
}

func newWeb(t *testing.T) *web {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"id.home.example", "home.example", "login.tailscale.com"}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: names, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	w := &web{t: t}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if h, ok := w.hosts.Load(r.Host); ok {
			h.(http.Handler).ServeHTTP(rw, r)
			return
		}
		http.NotFound(rw, r)
	}))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	w.addr = srv.Listener.Addr().String()
	sum := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	w.spki = base64.StdEncoding.EncodeToString(sum[:])
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	w.client = &http.Client{Timeout: patience, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, w.addr)
		},
	}}
	return w
}

// flags let Chromium find the hosts, and take their certificate.
func (w *web) flags() []string {
	rules := []string{}
	for _, host := range []string{"*.example", "login.tailscale.com"} {
		rules = append(rules, fmt.Sprintf("MAP %s:443 %s", host, w.addr))
	}
	return []string{"--host-resolver-rules=" + strings.Join(rules, ", "), "--ignore-certificate-errors-spki-list=" + w.spki}
}

// proxy passes requests on to the provider, as the owner's reverse proxy does, under the issuer's name.
func (w *web) proxy(to string) http.Handler {
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: to})
		r.Out.Host = "id.home.example"
		r.SetXForwarded()
		r.Out.Header.Set("X-Forwarded-For", "203.0.113.9")
	}}
}

// tailscale does what Tailscale's documents say of signing a tailnet up with a custom OIDC provider (kb/1240).
type tailscale struct {
	web          *web
	email        string
	clientID     string
	clientSecret string

	provider *oidc.Provider
	config   oauth2.Config
	ctx      context.Context
	state    string
	nonce    string
	claims   map[string]any
	alg      string
	failure  string
}

// getIssuer is the button Get OIDC Issuer: WebFinger at the domain of the address, then discovery, whose issuer must be the same byte for byte.
func (ts *tailscale) getIssuer() string {
	t := ts.web.t
	t.Helper()
	_, domain, _ := strings.Cut(ts.email, "@")
	res, err := ts.web.client.Get("https://" + domain + "/.well-known/webfinger?" + url.Values{"resource": {"acct:" + ts.email}, "rel": {issuerRel}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var jrd struct {
		Subject string
		Links   []struct{ Rel, Href string }
	}
	if err := json.NewDecoder(res.Body).Decode(&jrd); err != nil || res.StatusCode != http.StatusOK || jrd.Subject != "acct:"+ts.email {
		t.Fatalf("WebFinger answers %d with %+v: %v", res.StatusCode, jrd, err)
	}
	i := slices.IndexFunc(jrd.Links, func(l struct{ Rel, Href string }) bool { return l.Rel == issuerRel })
	if i < 0 {
		t.Fatalf("WebFinger names no issuer: %+v", jrd)
	}
	issuer := jrd.Links[i].Href
	ts.ctx = oidc.ClientContext(context.Background(), ts.web.client)
	if ts.provider, err = oidc.NewProvider(ts.ctx, issuer); err != nil { // compares the issuer of discovery
		t.Fatal(err)
	}
	endpoint := ts.provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	ts.config = oauth2.Config{ClientID: ts.clientID, ClientSecret: ts.clientSecret, Endpoint: endpoint, RedirectURL: "https://login.tailscale.com/a/oauth_response", Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}
	return issuer
}

// signIn is where Tailscale sends the browser: no PKCE, the prompt consent, no other.
func (ts *tailscale) signIn() string {
	ts.state, ts.nonce, ts.claims, ts.failure = rand.Text(), rand.Text(), nil, ""
	return ts.config.AuthCodeURL(ts.state, oidc.Nonce(ts.nonce), oauth2.SetAuthURLParam("prompt", "consent"))
}

// ServeHTTP is Tailscale's address for answers.
func (ts *tailscale) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	said := "welcome"
	if ts.failure = ts.take(r); ts.failure != "" {
		said = ts.failure
	}
	_ = donePage.Execute(w, said)
}

func (ts *tailscale) take(r *http.Request) string {
	if r.URL.Path != "/a/oauth_response" || r.FormValue("state") != ts.state || r.FormValue("error") != "" {
		return "answered with " + r.URL.String()
	}
	token, err := ts.config.Exchange(ts.ctx, r.FormValue("code"))
	if err != nil {
		return err.Error()
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := ts.provider.Verifier(&oidc.Config{ClientID: ts.clientID, SupportedSigningAlgs: []string{"RS256", "ES256"}}).Verify(ts.ctx, raw)
	if err != nil {
		return err.Error()
	}
	if id.Nonce != ts.nonce {
		return "the nonce differs"
	}
	var head struct{ Alg string }
	first, _, _ := strings.Cut(raw, ".")
	body, _ := base64.RawURLEncoding.DecodeString(first)
	if err := json.Unmarshal(body, &head); err != nil {
		return err.Error()
	}
	ts.alg = head.Alg
	if err := id.Claims(&ts.claims); err != nil {
		return err.Error()
	}
	if ts.claims["email"] != ts.email || ts.claims["email_verified"] != true {
		return fmt.Sprintf("the address is %v, verified %v", ts.claims["email"], ts.claims["email_verified"])
	}
	return ""
}

// smallKeys lists RSA keys below 2048 bits, which Tailscale does not take.
func (ts *tailscale) smallKeys() (small []string) {
	ts.web.t.Helper()
	var discovery struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := ts.provider.Claims(&discovery); err != nil {
		ts.web.t.Fatal(err)
	}
	res, err := ts.web.client.Get(discovery.JWKS)
	if err != nil {
		ts.web.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var set struct {
		Keys []struct{ Kid, Kty, N string }
	}
	if err := json.NewDecoder(res.Body).Decode(&set); err != nil {
		ts.web.t.Fatal(err)
	}
	for _, k := range set.Keys {
		if n, _ := base64.RawURLEncoding.DecodeString(k.N); k.Kty == "RSA" && len(n)*8 < 2048 {
			small = append(small, k.Kid)
		}
	}
	return small
}

// TestSignUpToTailscale takes an owner from an e-mail address to a tailnet, out, and in again.
func TestSignUpToTailscale(t *testing.T) {
	w := newWeb(t)
	d := serve(t, t.TempDir(), nil, "--port", freePort(t), "--owner-username", "nora", "--owner-name", "Nora Lindqvist", "--home", "Lindqvist home")
	if r := command(t, d.dir, "tailscale", "sign-up", "nora@home.example"); r.code != 1 || !strings.Contains(r.stderr, "Leave the trial") {
		t.Fatalf("in the trial a sign-up ends with %d: %s", r.code, r.stderr)
	}
	listen := "127.0.0.1:" + freePort(t)
	d.issuer = do[admin.Status](t, d.dir, "domain", "pin", "id.home.example", "--listen", listen).Pin.Issuer
	w.hosts.Store("id.home.example", w.proxy(listen))
	w.hosts.Store("home.example", w.proxy(listen)) // its web server passes /.well-known/webfinger on
	b := newBrowser(t, w.flags()...)
	b.enrol(do[link](t, d.dir, "invite").URL)

	s := do[admin.SignUp](t, d.dir, "tailscale", "sign-up", "nora@home.example")
	do[idp.User](t, d.dir, "user", "add", "--name", "Emil", "--username", "emil", "--email", "emil@elsewhere.example")
	if r := command(t, d.dir, "tailscale", "people", "emil"); r.code != 1 || !strings.Contains(r.stderr, "Emil") {
		t.Errorf("somebody from elsewhere may join: %d %s", r.code, r.stderr)
	}
	type form struct {
		Fields []admin.SignUpField `json:"fields"`
		Secret string              `json:"client_secret"`
	}
	filled := do[form](t, d.dir, "tailscale", "fields")
	value := map[string]string{}
	for _, f := range filled.Fields {
		value[f.Key] = f.Value
	}
	ts := &tailscale{web: w, email: value["email"], clientID: value["client_id"], clientSecret: filled.Secret}
	w.hosts.Store("login.tailscale.com", ts)
	if issuer := ts.getIssuer(); issuer != value["issuer"] || issuer != d.issuer {
		t.Fatalf("Get OIDC Issuer shows %s, and the form says %s", issuer, value["issuer"])
	}
	if small := ts.smallKeys(); len(small) > 0 {
		t.Errorf("keys that Tailscale refuses: %v", small)
	}

	b.open(ts.signIn()) // signed in here since the enrolment: consent alone is asked for
	b.allow()
	if said := b.sees("#done"); said != "welcome" {
		t.Fatalf("Tailscale says %s", said)
	}
	if ts.alg != "RS256" && ts.alg != "ES256" {
		t.Errorf("the ID token is signed with %s", ts.alg)
	}
	mustClaim(t, ts.claims, "iss", d.issuer)
	mustClaim(t, ts.claims, "sub", s.UserID)
	if s = do[admin.SignUp](t, d.dir, "tailscale", "show"); s.SignedInAt == 0 || s.VerifiedAt != 0 {
		t.Errorf("after the first sign-in: at %d, verified %d", s.SignedInAt, s.VerifiedAt)
	}

	// What the tailnet hangs on stays.
	for _, args := range [][]string{{"user", "change", "nora", "--email", "n@home.example"}, {"app", "delete", s.ClientID}, {"webfinger", "remove", "home.example"}} {
		if r := command(t, d.dir, args...); r.code != 1 || !strings.Contains(r.stderr, "Forget the tailnet first") {
			t.Errorf("%v ends with %d: %s", args, r.code, r.stderr)
		}
	}

	// Out and in again: the second time a passkey is asked for.
	do[admin.SignUp](t, d.dir, "tailscale", "sign-out")
	b.open(ts.signIn())
	b.usePasskey()
	b.allow()
	if said := b.sees("#done"); said != "welcome" {
		t.Fatalf("Tailscale says %s", said)
	}
	if s = do[admin.SignUp](t, d.dir, "tailscale", "show"); s.VerifiedAt == 0 {
		t.Error("the second sign-in is not seen as the proof")
	}
	b.quiet()
}
