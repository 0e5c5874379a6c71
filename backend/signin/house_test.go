package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/passkey"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
	"hearthkey/backend/vault"
	"hearthkey/frontend"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// house is a provider with its pages on a real server, with an owner, a member and an app.
type house struct {
	*testing.T
	store  *store.Store
	clock  *storetest.Clock
	oidc   *oidc.Provider
	pages  *Pages
	server *httptest.Server
	issuer string
	log    *lockedBuffer
	nora   idp.User // the owner
	emil   idp.User
	forge  idp.Client // everyone may use it
	secret string     // of forge
}

// prepared is a data directory with keys in it, made once: making an RSA key takes longer than most tests.
var prepared = sync.OnceValue(func() string {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "signin")
	must(err)
	s, err := store.Open(ctx, filepath.Join(dir, store.FileName))
	must(err)
	v, err := vault.Open(ctx, vault.Options{Dir: dir, Kind: vault.KindFile})
	must(err)
	_, err = oidc.OpenKeys(ctx, oidc.KeysConfig{Store: s, Vault: v, Clock: storetest.NewClock().Now, Log: slog.New(slog.DiscardHandler)})
	must(err)
	must(s.Close())
	return dir
})

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(prepared())
	os.Exit(code)
}

func newHouse(t *testing.T) *house {
	t.Helper()
	db := filepath.Join(t.TempDir(), store.FileName)
	raw, err := os.ReadFile(filepath.Join(prepared(), store.FileName))
	must(err)
	must(os.WriteFile(db, raw, 0o600))
	h := &house{T: t, clock: storetest.NewClock(), log: &lockedBuffer{}, store: storetest.OpenAt(t, db)}
	h.nora = storetest.User(t, h.store, func(u *idp.User) {
		u.UserName, u.Name, u.GivenName, u.FamilyName, u.Owner = "nora", "Nora Lindqvist", "Nora", "Lindqvist", true
		u.Email = "nora@lindqvist.example"
	})
	h.emil = storetest.User(t, h.store, func(u *idp.User) {
		u.UserName, u.Name, u.GivenName, u.FamilyName = "emil", "Emil Lindqvist", "Emil", "Lindqvist"
		u.Email = "emil@lindqvist.example"
	})
	h.forge = storetest.Client(t, h.store, func(c *idp.Client) {
		c.Name, c.LaunchURL = "Forgejo", "https://git.lindqvist.example"
		c.RedirectURIs = []string{"https://git.lindqvist.example/callback"}
		c.PostLogoutRedirectURIs = []string{"https://git.lindqvist.example/bye"}
	})
	h.secret = storetest.Secret(t, h.store, h.forge.ID)
	storetest.AllowEveryone(t, h.store, h.forge.ID)
	h.serve()
	return h
}

func (h *house) serve() {
	h.Helper()
	h.server = httptest.NewUnstartedServer(nil)
	_, port, _ := net.SplitHostPort(h.server.Listener.Addr().String())
	pin := idp.Trial(port, storetest.Start)
	h.issuer = pin.Issuer
	v, err := vault.Open(h.Context(), vault.Options{Dir: prepared(), Kind: vault.KindFile, HasWrappedData: true})
	must(err)
	keys, err := oidc.OpenKeys(h.Context(), oidc.KeysConfig{Store: h.store, Vault: v, Clock: h.clock.Now, Log: slog.New(slog.DiscardHandler)})
	must(err)
	h.oidc, err = oidc.New(oidc.Config{Store: h.store, Keys: keys, Clock: h.clock.Now, Pin: pin, Log: slog.New(slog.DiscardHandler)})
	must(err)
	h.pages = h.newPages(pin)
	h.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.routes().ServeHTTP(w, r) })
	h.server.Start()
	h.Cleanup(h.server.Close)
}

// newPages is a freshly started set of pages: requests in flight and ceremonies of an earlier one are forgotten.
func (h *house) newPages(pin idp.Pin) *Pages {
	h.Helper()
	relying, err := passkey.New(passkey.Config{Store: h.store, Clock: h.clock.Now, Pin: pin, Home: "Lindqvist home"})
	must(err)
	p, err := New(Config{
		Store: h.store, Clock: h.clock.Now, Pin: pin, Home: func() string { return "Lindqvist home" }, Passkey: relying, OIDC: h.oidc,
		Log: slog.New(slog.NewTextHandler(h.log, nil)), Files: frontend.Public,
	})
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// routes are the first-party ones with the headers they get in the product.
func (h *house) routes() http.Handler {
	p, mux := h.pages, http.NewServeMux()
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{$}": p.Home, "GET /sign-in": p.SignIn, "GET /away": p.Away, "POST /sign-in/options": p.SignInOptions, "POST /sign-in/passkey": p.SignInPasskey, "GET /renew": p.Renew,
		"POST /sign-in/tailnet": p.SignInTailnet, "POST /enrol/ask": p.EnrolAsk, "GET /enrol": p.Enrol, "GET /enrol/state": p.EnrolState,
		"POST /enrol/options": p.EnrolOptions, "POST /enrol/passkey": p.EnrolPasskey,
		"GET /authorize": p.Authorize, "POST /authorize": p.Authorize, "GET /authorize/continue": p.AuthorizeContinue,
		"POST /consent": p.Consent, "GET /select-account": p.Accounts, "POST /select-account": p.SelectAccount, "POST /account/apps/revoke": p.RevokeApp,
		"GET /device": p.Device, "POST /device": p.DeviceCode, "GET /device/confirm": p.DeviceConfirm,
		"POST /device/options": p.DeviceOptions, "POST /device/passkey": p.DevicePasskey, "POST /device/answer": p.DeviceAnswer,
		"GET /invite/{secret}": p.Invite, "POST /invite/{secret}/options": p.InviteOptions, "POST /invite/{secret}/passkey": p.InvitePasskey,
		"GET /account": p.Account, "POST /account/passkeys/options": p.AccountOptions, "POST /account/passkeys": p.AccountPasskey,
		"POST /account/step-up/options": p.AccountStepUpOptions, "POST /account/step-up": p.AccountStepUp, "POST /sign-out": p.SignOut,
		"GET /api/oidc/end-session": p.EndSession, "POST /api/oidc/end-session": p.EndSession,
		"GET /end-session/continue": p.EndSessionContinue, "POST /end-session/confirm": p.EndSessionConfirm, "GET /assets/{name}": p.Asset,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r = r.WithContext(idp.WithVisitor(r.Context(), visitorIn(r)))
			w.Header().Set("Content-Security-Policy", policy)
			w.Header().Set("Referrer-Policy", "same-origin")
			if err := handle(w, r); err != nil {
				p.ErrorPage(w, r, err)
			}
		})
	}
	mux.HandleFunc("POST /api/oidc/token", h.oidc.Token)
	mux.HandleFunc("GET /api/oidc/userinfo", h.oidc.UserInfo)
	mux.HandleFunc("POST /api/oidc/device/authorize", func(w http.ResponseWriter, r *http.Request) {
		h.oidc.DeviceAuthorize(w, r.WithContext(idp.WithVisitor(r.Context(), visitorIn(r))))
	})
	return mux
}

// visitorIn is where a request says that it comes from, as "network address" or as a whole visitor in JSON; on this machine when it says nothing. In the product listeners say it.
func visitorIn(r *http.Request) (v idp.Visitor) {
	if json.Unmarshal([]byte(r.Header.Get("Test-Place")), &v) == nil {
		return v
	}
	network, source, ok := strings.Cut(r.Header.Get("Test-Place"), " ")
	if !ok {
		network, source = string(idp.NetworkLocal), "127.0.0.1"
	}
	return idp.Visitor{Network: idp.Network(network), Source: netip.MustParseAddr(source)}
}

// authorizeURL is a request of forge; pairs of names and values replace or add parameters.
func (h *house) authorizeURL(pairs ...string) string {
	return "/authorize?" + h.authorizeForm(pairs...).Encode()
}

func (h *house) authorizeForm(pairs ...string) url.Values {
	q := url.Values{
		"client_id": {h.forge.ID}, "redirect_uri": {h.forge.RedirectURIs[0]}, "response_type": {"code"}, "scope": {"openid profile email"}, "state": {"s&1"}, "nonce": {"n"},
	}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q
}

// visitor is one browser with its cookies. It follows no redirect by itself.
type visitor struct {
	*house
	client *http.Client
	agent  string
	place  string // as visitorIn reads it

	accessToken  string // that idTokenOf got
	refreshToken string // that redeem got
}

func (h *house) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	must(err)
	address := h.server.Listener.Addr().String()
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return &visitor{house: h, agent: "Testbrowser/1", client: &http.Client{
		Jar: jar, Transport: &http.Transport{DialContext: dial},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// reply is an answer, read.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (v *visitor) do(method, path, kind, body string) reply {
	v.Helper()
	if !strings.HasPrefix(path, "http") {
		path = v.issuer + path
	}
	r, err := http.NewRequestWithContext(v.Context(), method, path, strings.NewReader(body))
	must(err)
	r.Header.Set("User-Agent", v.agent)
	r.Header.Set("Test-Place", v.place)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", v.issuer)
	}
	answer, err := v.client.Do(r)
	if err != nil {
		v.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	must(err)
	return reply{v.T, answer.StatusCode, answer.Header, string(raw)}
}

func (v *visitor) get(path string) reply { v.Helper(); return v.do("GET", path, "", "") }

func (v *visitor) post(path string, form url.Values) reply {
	v.Helper()
	return v.do("POST", path, "application/x-www-form-urlencoded", form.Encode())
}

func (v *visitor) send(path string, in any) reply {
	v.Helper()
	raw, err := json.Marshal(in)
	must(err)
	return v.do("POST", path, "application/json", string(raw))
}

// follow gets pages until one is no redirect, or leaves the issuer.
func (v *visitor) follow(path string) reply {
	v.Helper()
	for range 8 {
		r := v.get(path)
		path = r.header.Get("Location")
		if r.status != http.StatusSeeOther || strings.HasPrefix(path, "http") {
			return r
		}
	}
	v.Fatal("too many redirects")
	return reply{}
}

// want checks status and texts of a page.
func (r reply) want(status int, texts ...string) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d\nLocation: %s\n%s", r.status, status, r.header.Get("Location"), r.body)
	}
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(r.body), text) {
			r.t.Fatalf("the page does not say %q:\n%s", text, r.body)
		}
	}
	return r
}

// location checks for a 303 whose address begins with prefix, and answers its parameters.
func (r reply) location(prefix string) url.Values {
	r.t.Helper()
	to := r.header.Get("Location")
	if r.status != http.StatusSeeOther || !strings.HasPrefix(to, prefix) {
		r.t.Fatalf("status %d to %q, want a 303 to %s\n%s", r.status, to, prefix, r.body)
	}
	u, err := url.Parse(to)
	must(err)
	return u.Query()
}

var (
	refreshTag = regexp.MustCompile(`<meta http-equiv="refresh" content="0; url=([^"]*)">`)
	leaveLink  = regexp.MustCompile(`id="leave" href="([^"]*)"`)
	configTag  = regexp.MustCompile(`(?s)<script type="application/json" id="ceremony">(.*?)</script>`)
	txField    = regexp.MustCompile(`name="tx" value="([^"]*)"`)
)

// leaving checks for the leaving page, and answers the address it leads to.
func (r reply) leaving() *url.URL {
	r.t.Helper()
	r.want(http.StatusOK)
	refresh, link := refreshTag.FindStringSubmatch(r.body), leaveLink.FindStringSubmatch(r.body)
	if refresh == nil || link == nil {
		r.t.Fatalf("no leaving page:\n%s", r.body)
	}
	if refresh[1] != link[1] {
		r.t.Fatalf("the page goes to %s and its link to %s", refresh[1], link[1])
	}
	u, err := url.Parse(html.UnescapeString(link[1]))
	must(err)
	return u
}

// next checks for the script's answer, and gives the address in it.
func (r reply) next() string {
	r.t.Helper()
	var out struct{ Next string }
	r.want(http.StatusOK)
	if err := json.Unmarshal([]byte(r.body), &out); err != nil || out.Next == "" {
		r.t.Fatalf("no next in %s", r.body)
	}
	return out.Next
}

// failure checks for an error in JSON, with its key.
func (r reply) failure(status int, key string) {
	r.t.Helper()
	var out struct{ Key, Message string }
	if err := json.Unmarshal([]byte(r.body), &out); err != nil || r.status != status || out.Key != key || out.Message == "" {
		r.t.Fatalf("status %d, %s; want %d, %s", r.status, r.body, status, key)
	}
}

// ceremony reads what the script would.
func (r reply) ceremony() (c ceremony) {
	r.t.Helper()
	found := configTag.FindStringSubmatch(r.body)
	if found == nil {
		r.t.Fatalf("no ceremony in\n%s", r.body)
	}
	if err := json.Unmarshal([]byte(found[1]), &c); err != nil {
		r.t.Fatalf("%v in %s", err, found[1])
	}
	return c
}

// tx is the request that a form of the page belongs to.
func (r reply) tx() string {
	r.t.Helper()
	found := txField.FindStringSubmatch(r.body)
	if found == nil {
		r.t.Fatalf("no request in\n%s", r.body)
	}
	return found[1]
}

// answer runs a page's ceremony with an authenticator, as the script does.
func (v *visitor) answer(page reply, key *passkeytest.Authenticator) reply {
	v.Helper()
	c := page.ceremony()
	return v.send(c.Finish, v.response(c, key))
}

func (v *visitor) response(c ceremony, key *passkeytest.Authenticator) answered {
	v.Helper()
	with := key.Get
	if c.Create {
		with = key.Create
	}
	raw, err := with(c.Options, v.issuer)
	if err != nil {
		v.Fatal(err)
	}
	return answered{Ceremony: c.ID, TX: c.TX, App: c.App, Response: raw}
}

// enrol makes a passkey for a person by an invite, and leaves them signed in.
func (v *visitor) enrol(u idp.User) *passkeytest.Authenticator {
	v.Helper()
	_, secret := storetest.Invite(v.T, v.store, u.ID, func(i *idp.Invite) { i.CreatedAt, i.ExpiresAt = v.clock.Now(), v.clock.Now().Add(idp.Day) })
	key := passkeytest.New(passkeytest.ES256)
	v.answer(v.get("/invite/"+secret).want(http.StatusOK), key).want(http.StatusOK)
	return key
}

// signIn signs in at the sign-in page, for no app.
func (v *visitor) signIn(key *passkeytest.Authenticator) {
	v.Helper()
	if next := v.answer(v.get("/sign-in").want(http.StatusOK), key).next(); next != "/account" {
		v.Fatalf("next is %q", next)
	}
}

// member is a browser in which a person with a passkey is signed in.
func (h *house) member(u idp.User) (*visitor, *passkeytest.Authenticator) {
	h.Helper()
	key := h.visitor().enrol(u)
	v := h.visitor()
	v.signIn(key)
	return v, key
}

// cookie is the browser's secret, "" without one.
func (v *visitor) cookie() string {
	u, err := url.Parse(v.issuer)
	must(err)
	for _, c := range v.client.Jar.Cookies(u) {
		return c.Value
	}
	return ""
}

// session is the one that acts in this browser.
func (v *visitor) session() idp.Session {
	v.Helper()
	b, err := v.store.BrowserByHash(v.Context(), idp.Hash(v.cookie()))
	if err != nil {
		v.Fatal(err)
	}
	s, err := v.store.Session(v.Context(), b.SessionID)
	if err != nil {
		v.Fatal(err)
	}
	return s
}

// events are those of a kind, newest first.
func (h *house) events(kind string) []idp.Event {
	h.Helper()
	all, err := h.store.Events(h.Context(), store.EventQuery{Kind: kind, Limit: 100})
	must(err)
	return all
}

func (h *house) write(fn func(*store.Tx) error) { h.Helper(); storetest.Write(h.T, h.store, fn) }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
