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
	"AZ-01": func(p *probe) { p.toApp("invalid_request", "response_type", backendtest.Omit) },
	"AZ-02": responseTypes,
	"AZ-03": responseModes,
	"AZ-05": scopes,
	"AZ-07": promptNoneAndMore,
	"AZ-08": consentOutstanding,
	"AZ-09": maxAge,
	"AZ-10": promptLoginSkipped,
	"AZ-11": requestObject,
	"AZ-13": func(p *probe) {
		p.toApp("registration_not_supported", "registration", `{"redirect_uris":["https://evil.example"]}`)
	},
	"AZ-14": foreignHints,
	"AZ-17": reflected,
	"AZ-19": neverRepeatsAPost,
	"AZ-21": nothingLeaks,
	"AZ-22": noAccess,
})

// toApp asks as a stranger and as a member: the app is told either way.
func (p *probe) toApp(want string, pairs ...string) {
	p.Helper()
	app := p.App()
	for who, b := range map[string]*backendtest.Browser{"a stranger": p.Browser(), "a member": p.signedIn()} {
		p.refusedToApp(who+" with "+strings.Join(pairs, " "), b.Authorize(app, pairs...), want)
	}
}

func responseTypes(p *probe) {
	for _, kind := range []string{"token", "id_token token", "code token", "id_token", "code id_token", "none", "CODE"} {
		p.toApp("unsupported_response_type", "response_type", kind)
	}
}

// responseModes: CSP has script-src 'self' and no nonce, since no page of ours has a script in it (the issue overrides the row).
func responseModes(p *probe) {
	p.toApp("invalid_request", "response_mode", "evil")
	app, b := p.App(), p.signedIn()
	hostile := `"><script>alert(1)</script>{{.}}&amp;'`
	a := b.Authorize(app, "response_mode", "form_post", "state", hostile)
	if a.State != hostile {
		p.Errorf("state came back as %q", a.State)
	}
	page := b.Get(authorizeURL(app, "response_mode", "form_post", "state", hostile))
	for page.Location() != "" {
		page = b.Get(page.Location())
	}
	if strings.Contains(page.Body, "<script>alert") || !strings.Contains(page.Body, "&lt;script&gt;") {
		p.Errorf("the form_post page does not escape the state:\n%s", page.Body)
	}
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe-inline") {
		p.Errorf("the policy of the form_post page is %q", csp)
	}
}

func scopes(p *probe) {
	p.toApp("invalid_scope", "scope", backendtest.Omit)
	p.toApp("invalid_scope", "scope", "profile email")
	app := p.App()
	if t := p.works("with an unknown scope", app.Redeem(p.signedIn().Authorize(app, "scope", "openid bogus"))); t.Scope != "openid" {
		p.Errorf("the granted scope is %q", t.Scope)
	}
}

func promptNoneAndMore(p *probe) {
	for _, more := range []string{"login", "consent", "select_account", "unknown"} {
		p.toApp("invalid_request", "prompt", "none "+more)
		p.toApp("invalid_request", "prompt", more+" none")
	}
}

func consentOutstanding(p *probe) {
	app, b := p.App(), p.signedIn()
	p.refusedToApp("before", b.Authorize(app, "prompt", "none"), "consent_required")
	if a := b.Authorize(app); a.Code == "" {
		p.Fatalf("no code after consent: %v", a.Params)
	}
	if a := b.Authorize(app, "prompt", "none"); a.Code == "" {
		p.Errorf("after consent prompt=none gets %v", a.Params)
	}
	p.refusedToApp("for more", b.Authorize(app, "prompt", "none", "scope", "openid email"), "consent_required")
}

func maxAge(p *probe) {
	p = p.alone()
	app := p.App()
	b := p.signedIn()
	b.Authorize(app)
	p.Clock.Advance(2 * time.Minute)
	for _, age := range []string{"60", "0"} {
		p.refusedToApp("prompt=none, max_age="+age, b.Authorize(app, "max_age", age, "prompt", "none"), "login_required")
	}
	if a := b.Authorize(app, "max_age", "10000", "prompt", "none"); a.Code == "" {
		p.Errorf("a session younger than max_age gets %v", a.Params)
	}
	for _, age := range []string{"60", "0"} {
		p.Clock.Advance(2 * time.Minute)
		asked := p.Clock.Now().Unix()
		a := b.Authorize(app, "max_age", age)
		if !contains(a.Steps, "sign-in") {
			p.Errorf("max_age=%s shows no sign-in page: %v", age, a.Steps)
		}
		if at, _ := p.works("max_age", app.Redeem(a)).Claims()["auth_time"].(float64); int64(at) < asked {
			p.Errorf("max_age=%s: auth_time %v is before the request at %d", age, at, asked)
		}
	}
	for _, age := range []string{"-1", "1e99", "x", "1.5", "99999999999999999999"} {
		p.refusedToApp("max_age="+age, b.Authorize(app, "max_age", age), "invalid_request")
	}
}

// promptLoginSkipped goes on without the passkey that was asked for.
func promptLoginSkipped(p *probe) {
	p = p.alone()
	app := p.App()
	b := p.signedIn()
	first := p.works("sign in", app.Redeem(b.Authorize(app))).Claims()["auth_time"]
	p.Clock.Advance(time.Minute)
	who := b.Person
	b.Person = nil // the dialog is cancelled
	a := b.Authorize(app, "prompt", "login")
	if a.Page == nil || a.Page.Kind != "sign-in" {
		p.Fatalf("prompt=login does not ask for a passkey: %v", a.Params)
	}
	tx := a.Page.Request.URL.Query().Get("tx")
	for _, resume := range []string{"/authorize/continue?tx=" + url.QueryEscape(tx), "/sign-in?tx=" + url.QueryEscape(tx)} {
		if again := b.Walk(resume); again.Code != "" || again.Page == nil || again.Page.Kind != "sign-in" {
			p.Errorf("%s without a new assertion gets %v", resume, again.Params)
		}
	}
	b.Person = who
	if got := p.works("the old session", app.Redeem(b.Authorize(app, "prompt", "none"))).Claims()["auth_time"]; got != first {
		p.Errorf("auth_time went from %v to %v without a passkey", first, got)
	}
	if got := p.works("after a passkey", app.Redeem(b.Authorize(app, "prompt", "login"))).Claims()["auth_time"]; got == first {
		p.Error("auth_time is the old one after a new passkey")
	}
}

func requestObject(p *probe) {
	object := unsigned(map[string]any{"redirect_uri": "https://evil.example/cb", "client_id": "x", "response_type": "code"})
	p.toApp("request_not_supported", "request", object)
	p.toApp("request_uri_not_supported", "request_uri", "https://evil.example/request.jwt")
}

// foreignHints: a hint that is well-formed and not ours names nobody; one that is no token at all is the app's mistake.
func foreignHints(p *probe) {
	app := p.App()
	b, other := p.signedIn(), p.signedIn()
	mine := p.works("sign in", app.Redeem(b.Authorize(app)))
	theirs := p.works("the other", app.Redeem(other.Authorize(app)))
	for what, hint := range map[string]string{
		"alg none": unsigned(map[string]any{"iss": p.Issuer, "sub": b.Person.ID, "aud": app.ID}), "another key": forged(mine.IDToken), "somebody else's": theirs.IDToken,
	} {
		p.refusedToApp(what, b.Authorize(app, "prompt", "none", "id_token_hint", hint), "login_required")
		if a := p.Browser().Authorize(app, "prompt", "none", "id_token_hint", hint); a.Code != "" {
			p.Errorf("%s signs a stranger in", what)
		}
	}
	p.refusedToApp("no token", b.Authorize(app, "prompt", "none", "id_token_hint", "garbage"), "invalid_request")
	if a := b.Authorize(app, "prompt", "none", "id_token_hint", mine.IDToken); a.Code == "" {
		p.Errorf("the own hint gets %v", a.Params)
	}
}

// reflected: what an app or an owner says stands on pages as text. The pages' policy, without inline script, is the second lock.
func reflected(p *probe) {
	const hostile = `"><script>alert(1)</script>`
	app := p.App(func(in *admin.ClientInput) { in.Name = hostile })
	b := p.Browser()
	for what, address := range map[string]string{
		"sign-in":     authorizeURL(app, "login_hint", hostile, "ui_locales", hostile, "state", hostile, "display", hostile, "acr_values", hostile),
		"redirect":    authorizeURL(app, "redirect_uri", "https://evil.example/?"+hostile),
		"description": "/api/oidc/end-session?client_id=" + url.QueryEscape(app.ID) + "&state=" + url.QueryEscape(hostile) + "&post_logout_redirect_uri=" + url.QueryEscape(hostile),
	} {
		page := b.Get(address)
		for page.Location() != "" {
			page = b.Get(page.Location())
		}
		if strings.Contains(page.Body, "<script>alert") {
			p.Errorf("%s reflects it:\n%s", what, page.Body)
		}
		if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			p.Errorf("%s: the policy is %q", what, csp)
		}
	}
}

// neverRepeatsAPost: no answer to a form asks the browser to post it again elsewhere (RFC 9700 §4.12).
func neverRepeatsAPost(p *probe) {
	app, b := p.App(), p.signedIn()
	b.Decision = ""
	a := b.Authorize(app)
	if a.Page == nil || a.Page.Kind != "consent" {
		p.Fatalf("no consent page: %v", a.Params)
	}
	form := url.Values{"tx": {a.Page.Request.URL.Query().Get("tx")}, "decision": {"allow"}}
	for what, res := range map[string]*backendtest.Response{
		"consent": b.PostForm("/consent", form), "sign-out": b.PostForm("/sign-out", url.Values{}), "authorize by POST": p.Browser().PostFrom("https://app.example", "/authorize", app.Params()),
	} {
		if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusSeeOther {
			p.Errorf("%s answers %d", what, res.StatusCode)
		}
	}
}

func nothingLeaks(p *probe) {
	app, b := p.App(), p.signedIn()
	b.Decision = ""
	pages := map[string]*backendtest.Response{
		"sign-in": p.Browser().Get("/sign-in"), "error": p.Browser().Get(authorizeURL(app, "client_id", "nope")), "consent": b.Authorize(app).Page.Response,
		"redirect": p.Browser().Get(authorizeURL(app, "prompt", "none")), "account": b.Get("/account"),
	}
	for what, page := range pages {
		if got := page.Header.Get("Referrer-Policy"); got != "same-origin" && got != "no-referrer" {
			p.Errorf("%s: Referrer-Policy is %q", what, got)
		}
		if got := page.Header.Get("Cache-Control"); got != "no-store" {
			p.Errorf("%s: Cache-Control is %q", what, got)
		}
		for _, tag := range []string{`src="http`, `src="//`, `rel="stylesheet" href="http`, `@import`} {
			if strings.Contains(page.Body, tag) {
				p.Errorf("%s loads something from elsewhere", what)
			}
		}
	}
}

// noAccess: the page "No access" stands where a person could be told (the issue overrides the row), and leads back with access_denied.
func noAccess(p *probe) {
	group, err := p.Admin.CreateGroup(context.Background(), admin.GroupInput{Name: "AZ-22"})
	p.must(err)
	app := p.App(func(in *admin.ClientInput) { in.Access = admin.Access{GroupIDs: []string{group.ID}} })
	fresh, member := p.Person().Browser(p.Provider), p.signedIn()
	for who, b := range map[string]*backendtest.Browser{"a fresh sign-in": fresh, "a session": member} {
		a := b.Authorize(app)
		if a.Page == nil || a.Page.Kind != "no-access" && a.Page.StatusCode != http.StatusForbidden {
			p.Fatalf("%s gets %v", who, a.Params)
		}
		p.refusedToApp(who+", going back", b.Press(a, "deny"), "access_denied")
	}
	p.refusedToApp("prompt=none", member.Authorize(app, "prompt", "none"), "access_denied")
	refused := 0
	for _, e := range p.Events(idp.EventAccessDenied) {
		if e.ClientID == app.ID {
			refused++
		}
	}
	if refused < 2 {
		p.Errorf("activity has %d refusals", refused)
	}

	in := admin.GroupInput{Name: "AZ-22", MemberIDs: []string{member.Person.ID}}
	_, err = p.Admin.UpdateGroup(context.Background(), group.ID, in)
	p.must(err)
	t := p.works("as a member", app.Redeem(member.Authorize(app, "scope", "openid offline_access", "prompt", "consent")))
	in.MemberIDs = nil
	_, err = p.Admin.UpdateGroup(context.Background(), group.ID, in)
	p.must(err)
	p.dead("out of the group again", app, t)
}
