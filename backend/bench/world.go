package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
)

const (
	verifier = "bench-bench-bench-bench-bench-bench-bench-bench"
	scope    = "openid profile email groups offline_access"
	people   = 8
	browsers = 64 // signed-in browsers, as many as there are workers at most
	appsEach = 30 // of each algorithm: an app may do 3,000 requests a minute
)

// app is a registered confidential app.
type app struct{ id, secret, redirect string }

// world is what the load is made with: people who are signed in, and apps that they have allowed.
type world struct {
	issuer   string
	browsers []*http.Client
	apps     map[string][]app // by the algorithm of their ID tokens
	plain    *http.Client     // of the apps' servers
}

var sources atomic.Uint32

// newClient comes from an address of 127.0.0.0/8 that nobody has used before: the limits count by source.
func newClient(jar http.CookieJar) *http.Client {
	n := sources.Add(1) + 256
	from := netip.AddrFrom4([4]byte{127, byte(n >> 16), byte(n >> 8), byte(n)})
	dialer := &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
	return &http.Client{
		Jar: jar,
		Transport: &http.Transport{MaxIdleConnsPerHost: browsers, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, strings.Replace(address, "localhost", "127.0.0.1", 1))
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// build makes people, apps and browsers through the owner's operations and over HTTP.
func build(ctx context.Context, d *daemon) (*world, error) {
	w := &world{issuer: d.issuer, apps: map[string][]app{}, plain: newClient(nil)}
	for _, alg := range []string{idp.RS256, idp.ES256} {
		for i := range appsEach {
			in := admin.ClientInput{
				Name: fmt.Sprintf("Bench %s %d", alg, i), IDTokenAlgorithm: alg, ClientCredentials: true, Access: admin.Access{Everyone: true},
				RedirectURIs: []string{fmt.Sprintf("https://app%d.example.com/callback", i)},
			}
			made, err := d.api.CreateClient(ctx, in)
			if err != nil {
				return nil, fmt.Errorf("register an app: %w", err)
			}
			w.apps[alg] = append(w.apps[alg], app{made.Detail.Client.ID, made.Secret, in.RedirectURIs[0]})
		}
	}
	for i := range people {
		if err := w.addPerson(ctx, d, i); err != nil {
			return nil, fmt.Errorf("enrol a person: %w", err)
		}
	}
	return w, nil
}

// addPerson enrols one person, signs them in in their share of the browsers and allows every app once.
func (w *world) addPerson(ctx context.Context, d *daemon, i int) error {
	name := fmt.Sprintf("bench%d", i)
	u, err := d.api.CreateUser(ctx, admin.UserInput{UserName: name, Name: "Bench " + name, GivenName: "Bench", FamilyName: name, Email: name + "@example.com"})
	if err != nil {
		return err
	}
	invite, err := d.api.Invite(ctx, u.ID)
	if err != nil {
		return err
	}
	authenticator := passkeytest.New(passkeytest.ES256)
	if err := (&backendtest.Script{Client: withCookies(), Issuer: w.issuer, Authenticator: authenticator}).Enrol(invite.URL); err != nil {
		return err
	}
	var b *http.Client
	for range browsers / people {
		b = withCookies()
		if err := (&backendtest.Script{Client: b, Issuer: w.issuer, Authenticator: authenticator}).SignIn(); err != nil {
			return err
		}
		w.browsers = append(w.browsers, b)
	}
	for _, apps := range w.apps {
		for _, a := range apps {
			if err := w.consent(b, a); err != nil {
				return fmt.Errorf("allow an app: %w", err)
			}
		}
	}
	return nil
}

func withCookies() *http.Client {
	jar, _ := cookiejar.New(nil) // fails for no options
	return newClient(jar)
}

// moved is a browser with the cookies of another, at a new address.
func moved(b *http.Client) *http.Client { return newClient(b.Jar) }

// consent sends a browser to the provider and presses Allow.
func (w *world) consent(b *http.Client, a app) error {
	b = moved(b)
	defer b.CloseIdleConnections()
	res, _, err := get(b, w.authorizeURL(a))
	if err != nil {
		return err
	}
	to := res.Header.Get("Location")
	res, _, err = get(b, w.issuer+strings.TrimPrefix(to, w.issuer))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s instead of the consent page", to, res.Status)
	}
	at, err := url.Parse(to)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, w.issuer+"/consent", strings.NewReader(url.Values{"tx": {at.Query().Get("tx")}, "decision": {"allow"}}.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", w.issuer)
	if res, _, err = do(b, req); err == nil && res.StatusCode >= 400 {
		err = fmt.Errorf("the consent page answers %s", res.Status)
	}
	return err
}

func (w *world) authorizeURL(a app) string {
	challenge := sha256.Sum256([]byte(verifier))
	return w.issuer + "/authorize?" + url.Values{
		"client_id": {a.id}, "redirect_uri": {a.redirect}, "response_type": {"code"}, "scope": {scope}, "state": {"0123456789abcdef"}, "nonce": {"fedcba9876543210"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode()
}

func get(c *http.Client, address string) (*http.Response, []byte, error) {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	return do(c, req)
}

func do(c *http.Client, req *http.Request) (*http.Response, []byte, error) {
	res, err := c.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return res, body, err
}

// authorize is what a browser does whose person is signed in and has allowed the app: from the app's link to the code.
func (w *world) authorize(b *http.Client, a app) (string, error) {
	to := w.authorizeURL(a)
	for range 3 {
		res, body, err := get(b, to)
		if err != nil {
			return "", err
		}
		at, err := res.Location()
		if err != nil {
			return "", fmt.Errorf("%s: %.300s", res.Status, body)
		}
		if code := at.Query().Get("code"); code != "" {
			return code, nil
		}
		to = at.String()
	}
	return "", errors.New("no code")
}

// tokens are an answer of the token endpoint.
type tokens struct {
	app     app
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
}

// token asks the token endpoint.
func (w *world) token(a app, form url.Values) (t tokens, err error) {
	req, err := http.NewRequest(http.MethodPost, w.issuer+"/api/oidc/token", strings.NewReader(form.Encode()))
	if err != nil {
		return t, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(a.id), url.QueryEscape(a.secret))
	res, body, err := do(w.plain, req)
	if err != nil {
		return t, err
	}
	if res.StatusCode != http.StatusOK {
		return t, fmt.Errorf("%s: %s", res.Status, body)
	}
	t.app = a
	return t, json.Unmarshal(body, &t)
}

func (w *world) exchange(a app, code string) (tokens, error) {
	return w.token(a, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {a.redirect}, "code_verifier": {verifier}})
}

func (w *world) refresh(t tokens) (tokens, error) {
	return w.token(t.app, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t.Refresh}})
}

// ask gets an address that must answer 200, with a bearer token unless it is "".
func (w *world) ask(path, bearer string) error {
	req, err := http.NewRequest(http.MethodGet, w.issuer+path, nil)
	if err != nil {
		return err
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, body, err := do(w.plain, req)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, body)
	}
	return err
}
