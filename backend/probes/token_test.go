package probes

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
)

var _ = add(map[string]func(*probe){
	"TK-03": grantTypes,
	"TK-04": wrongBasic,
	"TK-05": wrongPost,
	"TK-07": methods,
	"TK-08": unknownAsWrong,
	"TK-09": malformedBasic,
	"TK-12": repeated,
	"TK-13": caching,
	"TK-15": cors,
	"TK-17": rotation,
})

func grantTypes(p *probe) {
	app := p.App()
	for _, kind := range []string{"password", "foo", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:token-exchange"} {
		p.oauthError(kind, app.Token("grant_type", kind, "username", "nora", "password", "x"), http.StatusBadRequest, "unsupported_grant_type")
	}
	p.oauthError("none", app.Token(), http.StatusBadRequest, "invalid_request")
	p.oauthError("empty", app.Token("grant_type", ""), http.StatusBadRequest, "invalid_request")
}

// invalidClient is RFC 6749 §5.2: 401, and by Basic the challenge for it.
func (p *probe) invalidClient(what string, t *backendtest.Tokens) {
	p.Helper()
	p.oauthError(what, t, http.StatusUnauthorized, "invalid_client")
	if !strings.HasPrefix(t.Header.Get("WWW-Authenticate"), "Basic ") {
		p.Errorf("%s: WWW-Authenticate is %q", what, t.Header.Get("WWW-Authenticate"))
	}
}

// bad is the app with another secret.
func bad(app *backendtest.App, auth backendtest.Auth) *backendtest.App {
	other := *app.With(auth)
	other.Secret = "wrong"
	return &other
}

func wrongBasic(p *probe) {
	app, b := p.App(), p.signedIn()
	a := b.Authorize(app)
	p.invalidClient("a wrong secret", bad(app, backendtest.Basic).Redeem(a))
	p.works("the right one, with the code that nobody burned", app.Redeem(a))
}

func wrongPost(p *probe) {
	app, b := p.App(), p.signedIn()
	a := b.Authorize(app)
	p.invalidClient("a wrong secret", bad(app, backendtest.Post).Redeem(a))
	p.works("the right one", app.With(backendtest.Post).Redeem(a))
}

// methods: basic and post are both right for every confidential app (the issue overrides the row); none is, for a public one alone.
func methods(p *probe) {
	app, public, b := p.App(), p.App(func(in *admin.ClientInput) { in.Public = true }), p.signedIn()
	p.works("basic", app.Redeem(b.Authorize(app)))
	p.works("post", app.With(backendtest.Post).Redeem(b.Authorize(app)))
	p.invalidClient("a confidential app without a secret", app.With(backendtest.None).Redeem(b.Authorize(app)))
	p.invalidClient("without any app", app.With(backendtest.NoAuth).Redeem(b.Authorize(app)))
	guess := *public
	guess.Secret = "a secret"
	for _, auth := range []backendtest.Auth{backendtest.Basic, backendtest.Post} {
		p.invalidClient("a public app with a secret", guess.With(auth).Redeem(b.Authorize(public)))
	}
	t := p.works("a public app", public.Redeem(b.Authorize(public, "scope", "openid offline_access", "prompt", "consent")))
	p.invalidClient("refresh by a public app with a secret", guess.With(backendtest.Post).Refresh(t.RefreshToken))

	both := app.Params()
	req := p.NewRequest(http.MethodPost, "/api/oidc/token", url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "client_id": {app.ID}, "client_secret": {app.Secret}}.Encode())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(app.ID, app.Secret)
	if res := app.Do(req); res.StatusCode != http.StatusBadRequest || !strings.Contains(res.Body, "invalid_request") {
		p.Errorf("two ways at once answer %d: %s %v", res.StatusCode, res.Body, both)
	}
}

// unknownAsWrong: an unknown app and a wrong secret get the same answer, and the same things are counted for them. Their times are compared by the bench.
func unknownAsWrong(p *probe) {
	app := p.App()
	unknown := *app
	unknown.ID, unknown.Secret = "app_nobody", "wrong"
	off := p.App()
	p.must(p.Admin.SetClientDisabled(context.Background(), off.ID, true))
	want := bad(app, backendtest.Basic).Token("grant_type", "authorization_code", "code", "x")
	p.invalidClient("a wrong secret", want)
	for what, other := range map[string]*backendtest.App{"unknown": &unknown, "disabled, wrong secret": bad(off, backendtest.Basic)} {
		got := other.Token("grant_type", "authorization_code", "code", "x")
		if got.StatusCode != want.StatusCode || got.Body != want.Body || got.Header.Get("WWW-Authenticate") != want.Header.Get("WWW-Authenticate") {
			p.Errorf("%s: %d %s, a known app gets %d %s", what, got.StatusCode, got.Body, want.StatusCode, want.Body)
		}
	}
	for i := range 12 { // a source with too many failures waits, whomever it named
		who := bad(app, backendtest.Basic)
		if i%2 == 0 {
			who = &unknown
		}
		if got := who.Token("grant_type", "authorization_code", "code", "x"); got.StatusCode == http.StatusTooManyRequests {
			return
		}
	}
	p.Error("failed attempts are not counted together")
}

func malformedBasic(p *probe) {
	encode := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, header := range []string{
		encode("no colon"), "Basic %%%", "Basic", "Basic ", encode("app:%zz"), encode("%zz:secret"), encode("app:\xff\xfe"), encode("\xff:x"), encode(":"), encode(":secret"),
		encode("app:" + strings.Repeat("x", 8<<10)), "Bearer x", "Negotiate x",
	} {
		req := p.NewRequest(http.MethodPost, "/api/oidc/token", "grant_type=authorization_code&code=x")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Authorization", header)
		if res := p.Browser().Do(req); res.StatusCode != http.StatusUnauthorized || !strings.Contains(res.Body, `"invalid_client"`) {
			p.Errorf("%.40q answers %d: %s", header, res.StatusCode, res.Body)
		}
	}
	req := p.NewRequest(http.MethodPost, "/api/oidc/token", "grant_type=authorization_code&code=x")
	req.Header.Set("Authorization", encode("app:"+strings.Repeat("x", 100<<10)))
	if res := p.Browser().Do(req); res.StatusCode != http.StatusRequestHeaderFieldsTooLarge { // 100 KB is more than any header may have here
		p.Errorf("100 KB of header answer %d", res.StatusCode)
	}
}

func repeated(p *probe) {
	app, b := p.App(), p.signedIn()
	a := b.Authorize(app)
	good := url.Values{"grant_type": {"authorization_code"}, "code": {a.Code}, "redirect_uri": {app.RedirectURI}, "code_verifier": {a.Verifier}, "client_id": {app.ID}}
	for _, name := range []string{"code", "grant_type", "client_id", "redirect_uri", "code_verifier", "unknown"} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form[name] = append(append([]string{}, good[name]...), "x")
		if name == "unknown" {
			form[name] = []string{"x", "x"}
		}
		t := &backendtest.Tokens{Response: app.Post("/api/oidc/token", form)}
		t.Decode(t)
		p.oauthError(name+" twice", t, http.StatusBadRequest, "invalid_request")
	}
	p.works("once each, with the code that nobody burned", app.Redeem(a))
}

func caching(p *probe) {
	app, b := p.App(), p.signedIn()
	for what, t := range map[string]*backendtest.Tokens{"success": p.works("redeem", app.Redeem(b.Authorize(app))), "error": app.Token("grant_type", "foo")} {
		for name, want := range map[string]string{"Cache-Control": "no-store", "Content-Type": "application/json;charset=UTF-8", "X-Content-Type-Options": "nosniff"} {
			if got := t.Header.Get(name); got != want {
				p.Errorf("%s: %s is %q", what, name, got)
			}
		}
	}
}

// cors: metadata and keys are for all; the rest is for the origins of public apps, each for its own answers.
func cors(p *probe) {
	const own = "https://board.home.example"
	public := p.App(func(in *admin.ClientInput) { in.Public, in.RedirectURIs = true, []string{own + "/callback"} })
	confidential := p.App()
	b := p.signedIn()
	allowed := func(app *backendtest.App, origin, method, path string, form url.Values, bearer string) string {
		p.Helper()
		if form != nil && app.Auth == backendtest.None {
			form.Set("client_id", app.ID)
		}
		req := p.NewRequest(method, path, form.Encode())
		if form != nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if app.Auth == backendtest.Basic && form != nil {
			req.SetBasicAuth(app.ID, app.Secret)
		}
		if bearer != "" {
			req.Header.Set("Authorization", "Bearer "+bearer)
		}
		if method == http.MethodOptions {
			req.Header.Set("Access-Control-Request-Method", "POST")
			req.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
		}
		req.Header.Set("Origin", origin)
		res := app.Do(req)
		if got := res.Header.Get("Access-Control-Allow-Credentials"); got != "" {
			p.Errorf("%s %s allows credentials", method, path)
		}
		return res.Header.Get("Access-Control-Allow-Origin")
	}
	t := p.works("sign in", public.Redeem(b.Authorize(public, "scope", "openid offline_access", "prompt", "consent")))
	of := p.works("sign in", confidential.Redeem(b.Authorize(confidential)))
	other := "https://evil.example"
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json"} {
		if got := allowed(public, other, http.MethodGet, path, nil, ""); got != "*" {
			p.Errorf("%s is for %q and should be for all", path, got)
		}
	}
	for _, origin := range []string{other, "null", own + ".evil.example", "http://board.home.example", "https://board.home.example:444"} {
		for _, path := range []string{"/api/oidc/token", "/api/oidc/userinfo", "/api/oidc/revoke"} {
			if got := allowed(public, origin, http.MethodOptions, path, nil, ""); got != "" {
				p.Errorf("%s asks about %s and is told %q", origin, path, got)
			}
		}
		if got := allowed(public, origin, http.MethodPost, "/api/oidc/token", url.Values{"grant_type": {"foo"}}, ""); got != "" {
			p.Errorf("%s reads token answers: %q", origin, got)
		}
		if got := allowed(public, origin, http.MethodGet, "/api/oidc/userinfo", nil, t.AccessToken); got != "" {
			p.Errorf("%s reads userinfo: %q", origin, got)
		}
	}
	for _, path := range []string{"/api/oidc/token", "/api/oidc/userinfo", "/api/oidc/revoke"} {
		if got := allowed(public, own, http.MethodOptions, path, nil, ""); got != own {
			p.Errorf("the app's own origin asks about %s and is told %q", path, got)
		}
	}
	if got := allowed(public, own, http.MethodPost, "/api/oidc/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t.RefreshToken}}, ""); got != own {
		p.Errorf("the app's own origin reads token answers: %q", got)
	}
	if got := allowed(public, own, http.MethodGet, "/api/oidc/userinfo", nil, t.AccessToken); got != own {
		p.Errorf("the app's own origin reads userinfo: %q", got)
	}
	if got := allowed(public, own, http.MethodGet, "/api/oidc/userinfo", nil, of.AccessToken); got != "" {
		p.Errorf("one app's origin reads another's userinfo: %q", got)
	}
	if got := allowed(confidential, own, http.MethodPost, "/api/oidc/token", url.Values{"grant_type": {"foo"}}, ""); got != "" {
		p.Errorf("one app's origin reads another's token answers: %q", got)
	}
}

// rotation: the old secret goes on for as long as the owner said, and not longer.
func rotation(p *probe) {
	p = p.alone()
	app := p.App()
	b := p.signedIn()
	added, err := p.Admin.AddSecret(context.Background(), app.ID, admin.SecretInput{OthersHours: 2})
	p.must(err)
	next := *app
	next.Secret = added.Value
	p.Clock.Advance(2*time.Hour - time.Minute)
	p.works("the old secret within its time", app.Redeem(b.Authorize(app)))
	p.works("the new secret", next.Redeem(b.Authorize(app)))
	p.Clock.Advance(time.Minute)
	p.invalidClient("the old secret after its time", app.Redeem(b.Authorize(app)))
	p.works("the new secret", next.Redeem(b.Authorize(app)))
}
