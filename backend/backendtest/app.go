package backendtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"hearthkey/backend/admin"
)

// Omit as the value of a pair leaves the parameter out.
const Omit = "\x00omit"

// Auth is how an app proves who it is.
type Auth int

// The ways of RFC 6749 §2.3. Basic is a confidential app's at first, and None a public one's.
const (
	Basic  Auth = iota // client_secret_basic
	Post               // client_secret_post
	None               // client_id alone
	NoAuth             // not even that
)

// App is a registered app. It calls from an address of its own.
type App struct {
	ID, Secret  string
	RedirectURI string // the first of its own
	Auth        Auth
	Input       admin.ClientInput // as it was registered

	p        *Provider
	client   *http.Client
	verifier string
}

// App registers an app that everyone may use. The functions change its settings before.
func (p *Provider) App(change ...func(*admin.ClientInput)) *App {
	p.Helper()
	n := p.made.Add(1)
	place := fmt.Sprintf("https://app%d.home.example", n)
	in := admin.ClientInput{
		Name: fmt.Sprintf("Photos %d", n), RedirectURIs: []string{place + "/callback"}, PostLogoutRedirectURIs: []string{place + "/goodbye"}, Access: admin.Access{Everyone: true},
	}
	for _, c := range change {
		c(&in)
	}
	made, err := p.Admin.CreateClient(context.Background(), in)
	p.must(err)
	app := &App{ID: made.Detail.Client.ID, Secret: made.Secret, RedirectURI: in.RedirectURIs[0], Input: in, p: p, client: p.Client(p.Address()), verifier: rand.Text() + rand.Text()}
	if in.Public {
		app.Auth = None
	}
	return app
}

// Change changes the app's settings.
func (app *App) Change(change func(*admin.ClientInput)) {
	app.p.Helper()
	change(&app.Input)
	_, err := app.p.Admin.UpdateClient(context.Background(), app.ID, app.Input)
	app.p.must(err)
}

// With is the same app, proving itself in another way.
func (app *App) With(a Auth) *App {
	other := *app
	other.Auth = a
	return &other
}

// For is the same app for another test, such as a subtest.
func (app *App) For(t *Provider) *App {
	other := *app
	other.p = t
	return &other
}

// Params are a good authorization request of the app's: with state, nonce and PKCE. pairs of names and values replace parameters or add to them.
func (app *App) Params(pairs ...string) url.Values {
	challenge := sha256.Sum256([]byte(app.verifier))
	return with(url.Values{
		"client_id": {app.ID}, "redirect_uri": {app.RedirectURI}, "response_type": {"code"}, "scope": {"openid"}, "state": {rand.Text()}, "nonce": {rand.Text()},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}, pairs)
}

func with(form url.Values, pairs []string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == Omit {
			form.Del(pairs[i])
		} else {
			form.Set(pairs[i], pairs[i+1])
		}
	}
	return form
}

// expects is what the app keeps until the answer to its request comes.
func (app *App) expects(params url.Values) *Answer {
	a := &Answer{SentState: params.Get("state"), SentNonce: params.Get("nonce"), redirectURI: params.Get("redirect_uri")}
	if params.Has("code_challenge") {
		a.Verifier = app.verifier
	}
	return a
}

// Tokens are an answer of the token endpoint, or its refusal.
type Tokens struct {
	*Response    `json:"-"`
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	Scope        string `json:"scope"`
	Error        string `json:"error"`
	Description  string `json:"error_description"`
}

// Claims are those of the ID token. Nothing is verified.
func (t *Tokens) Claims() map[string]any {
	t.p.Helper()
	parts := strings.Split(t.IDToken, ".")
	if len(parts) != 3 {
		t.p.Fatalf("there is no ID token in %s", t.Body)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	t.p.must(err)
	out := map[string]any{}
	t.p.must(json.Unmarshal(raw, &out))
	return out
}

// Token asks the token endpoint, with parameters in pairs.
func (app *App) Token(pairs ...string) *Tokens {
	app.p.Helper()
	t := &Tokens{Response: app.Post("/api/oidc/token", with(url.Values{}, pairs))}
	t.Decode(t)
	return t
}

// Redeem exchanges the code of an answer. pairs replace parameters or add to them.
func (app *App) Redeem(a *Answer, pairs ...string) *Tokens {
	app.p.Helper()
	if a.Code == "" {
		app.p.Fatal(a.why())
	}
	uri := a.redirectURI
	if uri == "" { // it came by Walk
		uri = app.RedirectURI
	}
	first := []string{"grant_type", "authorization_code", "code", a.Code, "redirect_uri", uri}
	if a.Verifier != "" {
		first = append(first, "code_verifier", a.Verifier)
	}
	return app.Token(append(first, pairs...)...)
}

// why says how a walk ended that gave no code.
func (a *Answer) why() string {
	if a.Page == nil {
		return fmt.Sprintf("no code, and the app gets %v", a.Params)
	}
	return fmt.Sprintf("no code: after %v there is the page %s, %q", a.Steps, a.Page.Status, a.Page.Heading())
}

// Refresh spends a refresh token.
func (app *App) Refresh(token string, pairs ...string) *Tokens {
	app.p.Helper()
	return app.Token(append([]string{"grant_type", "refresh_token", "refresh_token", token}, pairs...)...)
}

// Post sends a form to an endpoint of the provider's, proving who the app is.
func (app *App) Post(path string, form url.Values) *Response {
	app.p.Helper()
	body := url.Values{}
	for name, values := range form {
		body[name] = values
	}
	switch app.Auth {
	case Post:
		body.Set("client_id", app.ID)
		body.Set("client_secret", app.Secret)
	case None:
		body.Set("client_id", app.ID)
	}
	req := app.p.NewRequest(http.MethodPost, path, body.Encode())
	req.Header.Set("Content-Type", formType)
	if app.Auth == Basic {
		req.SetBasicAuth(url.QueryEscape(app.ID), url.QueryEscape(app.Secret)) // RFC 6749 §2.3.1
	}
	return app.Do(req)
}

// Do sends a request as it is, from the app's address.
func (app *App) Do(req *http.Request) *Response {
	app.p.Helper()
	return app.p.send(app.client, req)
}

// UserInfo asks the userinfo endpoint, by GET with the token in the header.
func (app *App) UserInfo(access string) *Response {
	app.p.Helper()
	req := app.p.NewRequest(http.MethodGet, "/api/oidc/userinfo", "")
	req.Header.Set("Authorization", "Bearer "+access)
	return app.Do(req)
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "null"
	}
	return u.Scheme + "://" + u.Host
}
