package probes

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
)

var _ = add(map[string]func(*probe){
	"UI-01": noToken,
	"UI-02": deadTokens,
	"UI-05": withoutOpenID,
	"UI-06": userInfoDisabled,
	"IN-01": introspectAnonymous,
	"IN-02": introspectDead,
	"IN-03": introspectDisabled,
	"RV-01": revokeUnknown,
	"RV-02": revokeBadAuth,
	"RV-06": revokeByGet,
})

func noToken(p *probe) {
	res := p.Get("/api/oidc/userinfo")
	if challenge := res.Header.Get("WWW-Authenticate"); res.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(challenge, "Bearer") || strings.Contains(challenge, "error") {
		p.Errorf("%d, %q", res.StatusCode, challenge)
	}
}

// invalidToken is RFC 6750 §3.1.
func (p *probe) invalidToken(what string, res *backendtest.Response) {
	p.Helper()
	if challenge := res.Header.Get("WWW-Authenticate"); res.StatusCode != http.StatusUnauthorized || !strings.Contains(challenge, `error="invalid_token"`) {
		p.Errorf("%s: %d, %q", what, res.StatusCode, challenge)
	}
}

func deadTokens(p *probe) {
	p = p.alone()
	app := p.App()
	p.invalidToken("garbage", app.UserInfo("x"))
	t := p.tokens(app)
	p.alive("a good one", app, t)
	if res := app.Post("/api/oidc/revoke", url.Values{"token": {t.AccessToken}}); res.StatusCode != http.StatusOK {
		p.Errorf("revocation answers %d", res.StatusCode)
	}
	p.invalidToken("revoked", app.UserInfo(t.AccessToken))
	next := p.works("the family, of which one token was revoked", app.Refresh(t.RefreshToken))
	p.Clock.Advance(idp.AccessLife - time.Second)
	p.alive("a second before its end", app, next)
	p.Clock.Advance(time.Second)
	p.invalidToken("expired", app.UserInfo(next.AccessToken))
}

// machine is an app that acts for itself, with its token.
func (p *probe) machine() (*backendtest.App, *backendtest.Tokens) {
	p.Helper()
	app := p.App(func(in *admin.ClientInput) { in.ClientCredentials = true })
	return app, p.works("client_credentials", app.Token("grant_type", "client_credentials", "scope", "openid profile"))
}

func withoutOpenID(p *probe) {
	app, t := p.machine()
	res := app.UserInfo(t.AccessToken)
	if res.StatusCode != http.StatusForbidden || !strings.Contains(res.Header.Get("WWW-Authenticate"), `error="insufficient_scope"`) {
		p.Errorf("%d, %q: %s", res.StatusCode, res.Header.Get("WWW-Authenticate"), res.Body)
	}
	if t.RefreshToken != "" || t.IDToken != "" {
		p.Errorf("an app that acts for itself gets more than an access token: %s", t.Body)
	}
	off := p.App()
	p.oauthError("an app that may not", off.Token("grant_type", "client_credentials"), http.StatusBadRequest, "unauthorized_client")
}

func userInfoDisabled(p *probe) {
	app := p.App()
	for what, end := range map[string]func(id string) error{
		"disabled": func(id string) error { return p.Admin.SetUserDisabled(context.Background(), id, true) },
		"deleted":  func(id string) error { return p.Admin.DeleteUser(context.Background(), id) },
	} {
		b := p.signedIn()
		t := p.works("sign in", app.Redeem(b.Authorize(app)))
		p.alive("before", app, t)
		p.must(end(b.Person.ID))
		p.invalidToken(what, app.UserInfo(t.AccessToken))
	}
}

func introspectAnonymous(p *probe) {
	app := p.App()
	t := p.tokens(app)
	for what, who := range map[string]*backendtest.App{"nobody": app.With(backendtest.NoAuth), "client_id alone": app.With(backendtest.None), "a wrong secret": bad(app, backendtest.Basic)} {
		if res := who.Post("/api/oidc/introspect", url.Values{"token": {t.AccessToken}}); res.StatusCode != http.StatusUnauthorized || strings.Contains(res.Body, "active") {
			p.Errorf("%s is told %d %s", what, res.StatusCode, res.Body)
		}
	}
}

// active asks about a token, and wants nothing but the one field for one that is dead (RFC 7662 §2.2).
func (p *probe) active(what string, app *backendtest.App, token string, want bool) {
	p.Helper()
	res := app.Post("/api/oidc/introspect", url.Values{"token": {token}})
	told := res.JSON()
	switch {
	case res.StatusCode != http.StatusOK || told["active"] != want:
		p.Errorf("%s: %d %s", what, res.StatusCode, res.Body)
	case !want && len(told) != 1:
		p.Errorf("%s: more than that it is dead is told: %s", what, res.Body)
	case want && (told["sub"] == nil || told["client_id"] != app.ID || told["exp"] == nil):
		p.Errorf("%s: too little is told: %s", what, res.Body)
	}
}

func introspectDead(p *probe) {
	p = p.alone()
	app, other := p.App(), p.App()
	p.active("garbage", app, "x", false)
	t := p.tokens(app)
	p.active("a good access token", app, t.AccessToken, true)
	p.active("a good refresh token", app, t.RefreshToken, true)
	p.active("another app's", other, t.AccessToken, false)
	p.active("another app's refresh token", other, t.RefreshToken, false)
	next := p.works("refresh", app.Refresh(t.RefreshToken))
	p.active("a spent refresh token", app, t.RefreshToken, false)
	p.Clock.Advance(idp.AccessLife)
	p.active("an expired one", app, next.AccessToken, false)
}

func introspectDisabled(p *probe) {
	app, b := p.App(), p.signedIn()
	t := p.works("sign in", app.Redeem(b.Authorize(app, "scope", "openid offline_access", "prompt", "consent")))
	p.active("before", app, t.AccessToken, true)
	p.must(p.Admin.SetUserDisabled(context.Background(), b.Person.ID, true))
	p.active("disabled", app, t.AccessToken, false)
	p.active("disabled, refresh token", app, t.RefreshToken, false)
}

func revokeUnknown(p *probe) {
	app, other := p.App(), p.App()
	t := p.tokens(app)
	for what, token := range map[string]string{"garbage": "garbage", "another app's": t.AccessToken, "another app's refresh token": t.RefreshToken} {
		if res := other.Post("/api/oidc/revoke", url.Values{"token": {token}}); res.StatusCode != http.StatusOK || res.Body != "" {
			p.Errorf("%s: %d %q", what, res.StatusCode, res.Body)
		}
	}
	p.alive("what another app asked to revoke", app, t)
	if res := app.Post("/api/oidc/revoke", url.Values{}); res.StatusCode != http.StatusBadRequest {
		p.Errorf("no token at all: %d", res.StatusCode)
	}
}

func revokeBadAuth(p *probe) {
	app := p.App()
	t := p.tokens(app)
	for what, who := range map[string]*backendtest.App{"a wrong secret": bad(app, backendtest.Basic), "none": app.With(backendtest.None), "nobody": app.With(backendtest.NoAuth)} {
		if res := who.Post("/api/oidc/revoke", url.Values{"token": {t.RefreshToken}}); res.StatusCode != http.StatusUnauthorized || !strings.Contains(res.Body, "invalid_client") {
			p.Errorf("%s: %d %s", what, res.StatusCode, res.Body)
		}
	}
	p.alive("afterwards", app, t)
}

func revokeByGet(p *probe) {
	app := p.App()
	t := p.tokens(app)
	if res := p.Get("/api/oidc/revoke?callback=x&token=" + url.QueryEscape(t.AccessToken) + "&client_id=" + app.ID + "&client_secret=" + app.Secret); res.StatusCode != http.StatusMethodNotAllowed {
		p.Errorf("GET answers %d", res.StatusCode)
	}
	p.alive("afterwards", app, t)
}
