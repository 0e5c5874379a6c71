package oidc_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
	"hearthkey/backend/vault"
)

// home is a running provider with one person, Ann, signed in, and one app that she may use.
type home struct {
	testing.TB
	dir      string
	store    *store.Store
	keys     *oidc.Keys
	provider *oidc.Provider
	server   *httptest.Server
	issuer   string
	log      strings.Builder
	clock    atomic.Int64
	failures atomic.Int64 // failed client authentications that were counted
	blocked  atomic.Bool

	wrongCode func(v idp.Visitor, wrong bool) bool // nil counts nothing

	ann     idp.User
	session idp.Session
	app     idp.Client // confidential, PKCE optional, offline_access as asked
	secret  string
}

const (
	callback  = "https://rp.example.com/cb"
	callback2 = "https://rp.example.com/cb2"
	start     = idp.Time(1767225600000) // 2026-01-01
	fullScope = "openid profile email groups offline_access"
)

var visitor = idp.Visitor{Network: idp.NetworkPublic, Source: netip.MustParseAddr("203.0.113.7")}

func newHome(t testing.TB) *home {
	t.Helper()
	h := &home{TB: t, dir: t.TempDir()}
	h.clock.Store(int64(start))
	h.open()
	h.ann = h.addUser("ann", `{"badge":{"n":12345678901234567890},"email_verified":true,"sub":"evil"}`)
	h.session = h.signIn(h.ann)
	h.app, h.secret = h.addApp(idp.Client{Name: "Notes"})
	return h
}

// open starts the provider on the data that is there.
func (h *home) open() {
	h.Helper()
	ctx := context.Background()
	var err error
	if h.store, err = store.Open(ctx, filepath.Join(h.dir, store.FileName)); err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { _ = h.store.Close() })
	h.server = httptest.NewUnstartedServer(nil)
	h.issuer = "http://" + h.server.Listener.Addr().String()
	h.keys = h.openKeys()
	h.provider = h.makeProvider()
	mux := http.NewServeMux()
	mux.HandleFunc(oidc.PathDiscovery, h.provider.Discovery)
	mux.HandleFunc(oidc.PathMetadata, h.provider.Discovery)
	mux.HandleFunc(oidc.PathJWKS, h.provider.JWKS)
	mux.HandleFunc(oidc.PathToken, h.provider.Token)
	mux.HandleFunc(oidc.PathUserInfo, h.provider.UserInfo)
	mux.HandleFunc(oidc.PathPAR, h.provider.PAR)
	mux.HandleFunc(oidc.PathIntrospect, h.provider.Introspect)
	mux.HandleFunc(oidc.PathRevoke, h.provider.Revoke)
	for _, path := range []string{oidc.PathToken, oidc.PathUserInfo, oidc.PathPAR, oidc.PathRevoke, oidc.PathDeviceAuthorize} {
		mux.HandleFunc("OPTIONS "+path, h.provider.Preflight)
	}
	for _, path := range []string{oidc.PathDiscovery, oidc.PathMetadata, oidc.PathJWKS} {
		mux.HandleFunc("OPTIONS "+path, h.provider.PublicPreflight)
	}
	mux.HandleFunc(oidc.PathDeviceAuthorize, h.provider.DeviceAuthorize)
	mux.HandleFunc(oidc.PathAuthorize, h.authorize)
	h.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(idp.WithVisitor(r.Context(), visitor)))
	})
	h.server.Start()
	h.Cleanup(h.server.Close)
}

func (h *home) makeProvider() *oidc.Provider {
	h.Helper()
	p, err := oidc.New(oidc.Config{Store: h.store, Keys: h.keys, Clock: h.now, Pin: idp.Pin{Issuer: h.issuer}, Log: h.logger(),
		FailedClient: func(source string) (time.Duration, bool) {
			if source != visitor.SourceKey() {
				h.Errorf("failure counted for %q", source)
			}
			h.failures.Add(1)
			return 6 * time.Second, h.blocked.Load()
		},
		WrongCode: func(v idp.Visitor, wrong bool) bool { return h.wrongCode != nil && h.wrongCode(v, wrong) },
	})
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// openKeys opens the keys, or makes them on fresh data.
func (h *home) openKeys() *oidc.Keys {
	h.Helper()
	ctx := context.Background()
	sealed, err := h.store.HasSealed(ctx)
	if err != nil {
		h.Fatal(err)
	}
	v, err := vault.Open(ctx, vault.Options{Dir: h.dir, Kind: vault.KindFile, HasWrappedData: sealed})
	if err != nil {
		h.Fatal(err)
	}
	keys, err := oidc.OpenKeys(ctx, oidc.KeysConfig{Store: h.store, Vault: v, Clock: h.now, Log: h.logger()})
	if err != nil {
		h.Fatal(err)
	}
	return keys
}

func (h *home) logger() *slog.Logger     { return slog.New(slog.NewTextHandler(&h.log, nil)) }
func (h *home) now() idp.Time            { return idp.Time(h.clock.Load()) }
func (h *home) pass(d time.Duration)     { h.clock.Add(d.Milliseconds()) }
func (h *home) std() time.Time           { return h.now().Std() }
func (h *home) endpoint(p string) string { return h.issuer + p }

// write runs fn in the store, as the owner's window or a page would.
func (h *home) write(fn func(tx *store.Tx) error) {
	h.Helper()
	if err := h.store.Write(context.Background(), fn); err != nil {
		h.Fatal(err)
	}
}

func (h *home) addUser(name, claims string) idp.User {
	h.Helper()
	u := idp.User{ID: idp.NewID(idp.PrefixUser), UserName: name, Name: strings.ToUpper(name), GivenName: name, FamilyName: "Example", Email: name + "@example.com",
		EmailVerified: false, Locale: "en", Claims: claims, CreatedAt: h.now(), UpdatedAt: h.now()}
	h.write(func(tx *store.Tx) error { return tx.CreateUser(u) })
	return u
}

// signIn gives a person a browser and a session in it.
func (h *home) signIn(u idp.User) idp.Session {
	h.Helper()
	b := idp.Browser{ID: idp.NewID(idp.PrefixBrowser), CreatedAt: h.now(), SeenAt: h.now()}
	s := idp.Session{ID: idp.NewID(idp.PrefixSession), BrowserID: b.ID, UserID: u.ID, CreatedAt: h.now(), AuthTime: h.now(), SeenAt: h.now(),
		ACR: idp.ACRPasskey, AMR: "hwk user", Network: idp.NetworkPublic}
	h.write(func(tx *store.Tx) error {
		if err := tx.CreateBrowser(b, idp.Hash(idp.NewSecret())); err != nil {
			return err
		}
		return tx.CreateSession(s)
	})
	return s
}

// addApp registers an app that everyone may use, without consent, which is the pages' matter but for TestIssueCodeWantsConsent; what c leaves empty is filled.
func (h *home) addApp(c idp.Client) (idp.Client, string) {
	h.Helper()
	c.SkipConsent = true
	c.ID, c.CreatedAt, c.UpdatedAt = idp.NewID(idp.PrefixClient), h.now(), h.now()
	if c.RedirectURIs == nil {
		c.RedirectURIs = []string{callback, callback2}
	}
	secret := ""
	h.write(func(tx *store.Tx) error {
		if err := tx.CreateClient(c); err != nil {
			return err
		}
		return tx.SetAccess(c.ID, []idp.Access{{ClientID: c.ID, Kind: idp.AccessEveryone}})
	})
	if !c.Public {
		secret = h.addSecret(c.ID, 0)
	}
	return c, secret
}

func (h *home) addSecret(clientID string, expires idp.Time) string {
	h.Helper()
	secret := idp.NewSecret()
	h.write(func(tx *store.Tx) error {
		return tx.AddClientSecret(idp.ClientSecret{ID: idp.NewID(idp.PrefixSecret), ClientID: clientID, CreatedAt: h.now(), ExpiresAt: expires}, idp.Hash(secret))
	})
	return secret
}

// authorize stands in for the browser front channel: the person is signed in and has agreed.
func (h *home) authorize(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	form := r.Form
	req, err := h.provider.ParseAuthorize(r.Context(), form)
	if err == nil {
		var code string
		var reason idp.Reason
		if code, reason, err = h.provider.IssueCode(r.Context(), req, h.session, visitor); err == nil && reason == idp.Allowed {
			http.Redirect(w, r, h.provider.Success(req, code).URL, http.StatusSeeOther)
			return
		} else if err == nil {
			err = &oidc.AppError{Request: req, Code: "access_denied", Description: string(reason)}
		}
	}
	if told := new(oidc.AppError); errors.As(err, &told) {
		http.Redirect(w, r, h.provider.Failure(told.Request, told.Code, told.Description).URL, http.StatusSeeOther)
		return
	}
	http.Error(w, err.Error(), http.StatusBadRequest)
}

// request is a good authorization request of an app, changed by pairs of name and value; a name with a "-" before it is left out.
func request(clientID string, change ...string) url.Values {
	v := url.Values{"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {callback}, "scope": {fullScope}, "state": {"s t&=ä"}, "nonce": {"n-1"}}
	for i := 0; i+1 < len(change); i += 2 {
		if name, out := strings.CutPrefix(change[i], "-"); out {
			v.Del(name)
		} else {
			v.Set(change[i], change[i+1])
		}
	}
	return v
}

// code gets a code for Ann's session.
func (h *home) code(clientID string, change ...string) string {
	h.Helper()
	return h.codeFor(h.session, clientID, change...)
}

func (h *home) codeFor(s idp.Session, clientID string, change ...string) string {
	h.Helper()
	req, err := h.provider.ParseAuthorize(context.Background(), request(clientID, change...))
	if err != nil {
		h.Fatal(err)
	}
	code, reason, err := h.provider.IssueCode(context.Background(), req, s, visitor)
	if err != nil || reason != idp.Allowed {
		h.Fatalf("no code: %v %v", reason, err)
	}
	return code
}

// answer is what an endpoint said.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (a answer) text(name string) string { s, _ := a.body[name].(string); return s }

// is fails the test unless the answer has this status and error code ("" for none).
func (a answer) is(t testing.TB, status int, code string) {
	t.Helper()
	if a.status != status || a.text("error") != code {
		t.Errorf("got %d %s, want %d %q", a.status, a.raw, status, code)
	}
}

func (h *home) do(r *http.Request) answer {
	h.Helper()
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		h.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		h.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &a.body)
	return a
}

func (h *home) post(path string, form url.Values, change ...func(*http.Request)) answer {
	h.Helper()
	r, err := http.NewRequest(http.MethodPost, h.endpoint(path), strings.NewReader(form.Encode()))
	if err != nil {
		h.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range change {
		c(r)
	}
	return h.do(r)
}

// basic authenticates by header, form-encoded as RFC 6749 §2.3.1 wants.
func basic(id, secret string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret)) }
}

// redeem sends a code as the home's app, with pairs changed as in request.
func (h *home) redeem(code string, change ...string) answer {
	h.Helper()
	return h.redeemAs(h.app.ID, h.secret, code, change...)
}

func (h *home) redeemAs(id, secret, code string, change ...string) answer {
	h.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}
	set(form, change)
	if secret == "" {
		form.Set("client_id", id)
		return h.post(oidc.PathToken, form)
	}
	return h.post(oidc.PathToken, form, basic(id, secret))
}

func (h *home) refresh(token string, change ...string) answer {
	h.Helper()
	return h.refreshAs(h.app.ID, h.secret, token, change...)
}

func (h *home) refreshAs(id, secret, token string, change ...string) answer {
	h.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	set(form, change)
	return h.post(oidc.PathToken, form, basic(id, secret))
}

func set(form url.Values, change []string) {
	for i := 0; i+1 < len(change); i += 2 {
		if name, out := strings.CutPrefix(change[i], "-"); out {
			form.Del(name)
		} else {
			form.Set(change[i], change[i+1])
		}
	}
}

// tokens signs in and redeems, which must go well.
func (h *home) tokens(change ...string) answer {
	h.Helper()
	a := h.redeem(h.code(h.app.ID, change...))
	if a.status != http.StatusOK {
		h.Fatalf("no tokens: %d %s", a.status, a.raw)
	}
	return a
}

func (h *home) userInfo(token string) answer {
	h.Helper()
	r, err := http.NewRequest(http.MethodGet, h.endpoint(oidc.PathUserInfo), nil)
	if err != nil {
		h.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return h.do(r)
}

// events lists kind and reason of what happened, oldest first.
func (h *home) events() []string {
	h.Helper()
	events, err := h.store.Events(context.Background(), store.EventQuery{Limit: 10000})
	if err != nil {
		h.Fatal(err)
	}
	out := make([]string, len(events))
	for i, e := range events {
		out[len(events)-1-i] = strings.TrimSpace(e.Kind + " " + e.Reason)
	}
	return out
}

// last is the newest event.
func (h *home) last() string {
	h.Helper()
	events := h.events()
	if len(events) == 0 {
		return ""
	}
	return events[len(events)-1]
}
