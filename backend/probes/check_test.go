package probes

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"hearthkey/backend/backendtest"
)

// refusedByPage: status 400 and HTML that nobody can frame, no Location, and nothing of a code (RFC 6749 §4.1.2.1).
func (p *probe) refusedByPage(what string, res *backendtest.Response) {
	p.Helper()
	h := res.Header
	switch {
	case res.StatusCode != http.StatusBadRequest:
		p.Errorf("%s: status %d, want 400", what, res.StatusCode)
	case !strings.HasPrefix(h.Get("Content-Type"), "text/html"):
		p.Errorf("%s: the page is %q", what, h.Get("Content-Type"))
	case len(h.Values("Location")) > 0:
		p.Errorf("%s: leads to %q", what, h.Get("Location"))
	case !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'"):
		p.Errorf("%s: the page can be framed", what)
	case strings.Contains(res.Body, "http-equiv=\"refresh\""):
		p.Errorf("%s: the page leads away:\n%s", what, res.Body)
	}
}

// refusedToApp: the app is told by a redirect that no browser repeats as a POST, with its own state and the issuer, and without a code (RFC 6749 §4.1.2.1, RFC 9207 §2).
func (p *probe) refusedToApp(what string, a *backendtest.Answer, want string) {
	p.Helper()
	switch {
	case a.Page != nil:
		p.Errorf("%s: there is the page %q (%s), want the error %s to the app", what, a.Page.Kind, a.Page.Status, want)
	case a.Error != want:
		p.Errorf("%s: error %q, want %q", what, a.Error, want)
	case a.State != a.SentState:
		p.Errorf("%s: state %q came back as %q", what, a.SentState, a.State)
	case a.Issuer != p.Issuer:
		p.Errorf("%s: iss is %q", what, a.Issuer)
	case a.Code != "":
		p.Errorf("%s: a code came with the error", what)
	}
}

// oauthError: a JSON error that no cache keeps, with no token in it (RFC 6749 §5.2). wants are the errors that the row takes.
func (p *probe) oauthError(what string, t *backendtest.Tokens, status int, wants ...string) {
	p.Helper()
	switch {
	case t.StatusCode != status:
		p.Errorf("%s: status %d, want %d: %s", what, t.StatusCode, status, t.Body)
	case !contains(wants, t.Error):
		p.Errorf("%s: error %q, want %v", what, t.Error, wants)
	case t.Header.Get("Cache-Control") != "no-store":
		p.Errorf("%s: Cache-Control is %q", what, t.Header.Get("Cache-Control"))
	case !strings.HasPrefix(t.Header.Get("Content-Type"), "application/json"):
		p.Errorf("%s: Content-Type is %q", what, t.Header.Get("Content-Type"))
	case t.AccessToken != "" || t.RefreshToken != "" || t.IDToken != "":
		p.Errorf("%s: a token came with the error", what)
	}
}

func (p *probe) invalidGrant(what string, t *backendtest.Tokens) {
	p.Helper()
	p.oauthError(what, t, http.StatusBadRequest, "invalid_grant")
}

// works fails the probe at once when what it stands on does not.
func (p *probe) works(what string, t *backendtest.Tokens) *backendtest.Tokens {
	p.Helper()
	if t.StatusCode != http.StatusOK || t.AccessToken == "" {
		p.Fatalf("%s: status %d: %s", what, t.StatusCode, t.Body)
	}
	return t
}

// dead: what these tokens gave is over.
func (p *probe) dead(what string, app *backendtest.App, t *backendtest.Tokens) {
	p.Helper()
	if res := app.UserInfo(t.AccessToken); res.StatusCode != http.StatusUnauthorized {
		p.Errorf("%s: the access token still answers %d", what, res.StatusCode)
	}
	if t.RefreshToken != "" {
		p.invalidGrant(what+", refresh", app.Refresh(t.RefreshToken))
	}
}

// alive: these tokens work, so that a probe does not pass because nothing does.
func (p *probe) alive(what string, app *backendtest.App, t *backendtest.Tokens) {
	p.Helper()
	if res := app.UserInfo(t.AccessToken); res.StatusCode != http.StatusOK {
		p.Fatalf("%s: userinfo answers %d: %s", what, res.StatusCode, res.Body)
	}
}

// signedIn is a browser of somebody new, signed in.
func (p *probe) signedIn() *backendtest.Browser {
	p.Helper()
	b := p.Person().Browser(p.Provider)
	b.SignIn()
	return b
}

// tokens are what an app gets for somebody new; with offline_access, so that there is a refresh token.
func (p *probe) tokens(app *backendtest.App) *backendtest.Tokens {
	p.Helper()
	return p.works("sign in", app.Redeem(p.signedIn().Authorize(app, "scope", "openid profile offline_access", "prompt", "consent")))
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

// authorizeURL is an authorization request, with parameters as App.Params takes them.
func authorizeURL(app *backendtest.App, pairs ...string) string {
	return "/authorize?" + app.Params(pairs...).Encode()
}

// raw is an authorization request with a query that no encoder would write: the parameter is put there as it is.
func raw(app *backendtest.App, name, value string) string {
	form := app.Params(name, backendtest.Omit)
	return "/authorize?" + form.Encode() + "&" + url.QueryEscape(name) + "=" + value
}

func (p *probe) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// encodeJSON is of values made here.
func encodeJSON(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}
