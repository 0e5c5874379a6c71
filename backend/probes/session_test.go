package probes

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
	"hearthkey/backend/webfinger"
)

var _ = add(map[string]func(*probe){
	"SE-03": foreignPosts,
	"SE-04": framing,
	"SE-06": spoofedSource,
	"SE-07": spoofedIdentity,
	"SE-09": surface,
	"SE-10": enumeration,
	"SE-11": confusion,
	"SE-12": openRedirect,
	"SE-16": canonical,
})

// firstParty are the POSTs of our own pages, each of which changes something in the name of who is signed in.
var firstParty = []string{
	"/consent", "/select-account", "/sign-in/options", "/sign-in/passkey", "/account/passkeys/options", "/account/passkeys", "/account/step-up/options", "/account/step-up", "/sign-out", "/end-session/confirm",
	"/device", "/device/options", "/device/passkey", "/device/answer",
}

// foreignPosts: every node of the tailnet is same-site with us, so cookies come along; Origin tells.
func foreignPosts(p *probe) {
	app, b := p.App(), p.signedIn()
	b.Decision = ""
	a := b.Authorize(app)
	form := url.Values{"tx": {a.Page.Request.URL.Query().Get("tx")}, "decision": {"allow"}}
	for _, path := range firstParty {
		for _, from := range []map[string]string{
			{"Origin": "https://evil.tail1234.ts.net"}, {"Origin": "null"}, {}, {"Origin": p.Issuer, "Sec-Fetch-Site": "same-site"}, {"Origin": p.Issuer, "Sec-Fetch-Site": "cross-site"},
			{"Origin": strings.Replace(p.Issuer, "localhost", "127.0.0.1", 1)}, {"Origin": p.Issuer + "/"},
		} {
			req := p.NewRequest(http.MethodPost, path, form.Encode())
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for name, value := range from {
				req.Header.Set(name, value)
			}
			if res := b.Do(req); res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusUnauthorized { // 401 where passkeys are answered: one answer for whatever is wrong there
				p.Errorf("%s from %v answers %d", path, from, res.StatusCode)
			}
		}
	}
	if done := b.Press(a, "allow"); done.Code == "" {
		p.Errorf("from our own page the consent gets %v", done.Params)
	}
	victim := p.Browser() // somebody else's good answer signs nobody in from another page
	req := p.json(signIn.finish, p.answerTo(p.begin(victim, signIn), b.Person.Authenticator, signIn))
	req.Header.Set("Origin", "https://evil.tail1234.ts.net")
	p.refused("a passkey's answer from another page", victim, victim.Do(req))
}

func framing(p *probe) {
	app, b := p.App(), p.signedIn()
	b.Decision = ""
	for what, page := range map[string]*backendtest.Response{
		"sign-in": p.Get("/sign-in"), "consent": b.Authorize(app).Page.Response, "device": b.Get("/device"), "logout": b.EndSession().Page.Response,
		"error": p.Get(authorizeURL(app, "client_id", "nope")), "account": b.Get("/account"), "invite": p.Get("/invite/x"), "not found": p.Get("/nope"),
	} {
		if what == "not found" {
			continue // text, with nothing to click
		}
		if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || page.Header.Get("X-Frame-Options") != "DENY" {
			p.Errorf("%s can be framed: %q, %q", what, csp, page.Header.Get("X-Frame-Options"))
		}
	}
}

// spoofedSource: what a visitor says of its address counts for nothing, neither in activity nor for the limits.
func spoofedSource(p *probe) {
	b := p.Person().Browser(p.Provider)
	headers := map[string]string{"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7", "Forwarded": "for=203.0.113.7", "True-Client-IP": "203.0.113.7", "CF-Connecting-IP": "203.0.113.7"}
	in := p.answerTo(p.begin(b, signIn), b.Person.Authenticator, signIn)
	req := p.json(signIn.finish, in)
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	p.accepted("sign-in", b.Do(req))
	for _, e := range p.Events(idp.EventSignedIn) {
		if e.UserID == b.Person.ID {
			if e.Detail["source"] != b.Source.String() {
				p.Errorf("activity says that %s signed in from %q", b.Source, e.Detail["source"])
			}
			break // the newest; before it they enrolled from elsewhere
		}
	}
	one := p.Browser()
	for i := range 200 {
		req := p.NewRequest(http.MethodGet, "/sign-in", "")
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
		if one.Do(req).StatusCode == http.StatusTooManyRequests {
			return
		}
	}
	p.Error("a source that names another address each time is not held up")
}

// spoofedIdentity: nothing that a visitor says of who they are counts.
func spoofedIdentity(p *probe) {
	b := p.Browser()
	for _, name := range []string{"Tailscale-User-Login", "Tailscale-User-Name", "X-Webauth-User", "Remote-User", "X-Forwarded-User"} {
		req := p.NewRequest(http.MethodGet, "/account", "")
		req.Header.Set(name, "nora")
		if res := b.Do(req); res.StatusCode == http.StatusOK && strings.Contains(res.Body, `action="/sign-out"`) {
			p.Errorf("%s signs somebody in", name)
		}
	}
	if a := b.Authorize(p.App(), "prompt", "none"); a.Error != "login_required" {
		p.Errorf("a stranger gets %v", a.Params)
	}
}

func (p *probe) json(path string, in any) *http.Request {
	p.Helper()
	req := p.NewRequest(http.MethodPost, path, encodeJSON(in))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", p.Issuer)
	return req
}

// surface: nothing that administers, measures or debugs is there, and all that is not there answers alike.
func surface(p *probe) {
	want := p.Get("/nothing-like-this")
	if want.StatusCode != http.StatusNotFound {
		p.Fatalf("an unknown path answers %d", want.StatusCode)
	}
	b := p.signedIn()
	for _, path := range []string{
		"/admin", "/api/admin", "/api/users", "/api/clients", "/api/oidc/clients", "/setup", "/debug/pprof/", "/debug/vars", "/metrics", "/localapi/v0/status", "/api/v1/status", "/wails/ipc.js", "/wails/runtime.js", "/bindings",
		"/call", "/.env", "/.git/config", "/hearthkey.db", "/assets/", "/pages/layout.html", "/api", "/status", "/api/oidc", "/graphql", "/swagger.json",
	} {
		for who, browser := range map[string]*backendtest.Browser{"a stranger": p.Browser(), "a member": b} {
			if res := browser.Get(path); res.StatusCode != http.StatusNotFound || res.Body != want.Body {
				p.Errorf("%s for %s answers %d %.80q", path, who, res.StatusCode, res.Body)
			}
		}
	}
}

// enumeration: whom a hint names makes no difference, and neither does whom WebFinger is asked for, which the trial has not got.
func enumeration(p *probe) {
	app := p.App()
	known := p.Person()
	first := p.Browser().Authorize(app, "login_hint", known.UserName)
	second := p.Browser().Authorize(app, "login_hint", "nobody-here")
	clean := func(a *backendtest.Answer, hint string) string {
		body := strings.ReplaceAll(a.Page.Body, hint, "HINT")
		for _, secret := range []string{a.Page.Ceremony().ID, a.Page.Ceremony().TX, string(a.Page.Ceremony().Options)} {
			body = strings.ReplaceAll(body, secret, "X")
		}
		return strings.ReplaceAll(body, url.QueryEscape(a.Page.Request.URL.Query().Get("tx")), "TX")
	}
	if one, two := clean(first, known.UserName), clean(second, "nobody-here"); first.Page.StatusCode != second.Page.StatusCode || one != two {
		p.Errorf("the pages for a known and an unknown hint differ:\n%s\n%s", one, two)
	}
	one, two := p.Get("/.well-known/webfinger?resource=acct:"+known.Email), p.Get("/.well-known/webfinger?resource=acct:nobody@home.example")
	if one.StatusCode != two.StatusCode || one.Body != two.Body {
		p.Errorf("WebFinger tells %d %s for one and %d %s for another", one.StatusCode, one.Body, two.StatusCode, two.Body)
	}
	p.alone().enumerateByWebFinger()
}

// enumerateByWebFinger asks an issuer on a name of the owner's own, in the place of its proxy, for people who are there, who was switched off, and who never was.
func (p *probe) enumerateByWebFinger() {
	known, off := p.Person(), p.Person()
	p.must(p.Admin.SetUserDisabled(p.Context(), off.ID, true))
	domain := webfinger.NameOf(known.Email)
	_, err := p.Admin.AddWebFingerDomain(p.Context(), admin.WebFingerInput{Domain: domain})
	p.must(err)
	_, err = p.Admin.PinDomain(p.Context(), admin.DomainInput{HostName: "id.home.example", Proxies: []string{"127.0.0.0/8"}})
	p.must(err)
	door, err := p.Admin.Domain(p.Context())
	p.must(err)
	ask := func(email string) (status int, body string) {
		req := p.NewRequest(http.MethodGet, "http://"+door.Listen+"/.well-known/webfinger?resource=acct:"+email, "")
		req.Host = "id.home.example"
		req.Header.Set("X-Forwarded-For", "203.0.113.7")
		req.Header.Set("X-Forwarded-Proto", "https")
		res := p.Browser().Do(req)
		return res.StatusCode, strings.ReplaceAll(res.Body, email, "ACCOUNT")
	}
	status, body := ask("nobody-at-all@" + domain)
	if status != http.StatusOK || !strings.Contains(body, "https://id.home.example") {
		p.Errorf("for nobody WebFinger answers %d %s", status, body)
	}
	for _, email := range []string{known.Email, off.Email, "nora@" + domain, "admin@" + domain} {
		if s, b := ask(email); s != status || b != body {
			p.Errorf("for %s WebFinger answers %d %s, and for nobody %d %s", email, s, b, status, body)
		}
	}
}

// confusion sends what an HTTP client would not.
func confusion(p *probe) {
	b := p.signedIn()
	app := p.App()
	query := "?" + app.Params().Encode()
	for _, line := range []string{
		"TRACE /authorize", "TRACK /authorize", "DELETE /account", "PUT /consent", "PROPFIND /", "CONNECT /account", "GET //authorize" + query, "GET /%2e%2e/authorize" + query, "GET /x/../authorize" + query, "GET /AUTHORIZE" + query,
		"GET /authorize;jsessionid=1" + query, "GET /authorize/" + query, "GET /%61uthorize" + query, "GET /authorize%00" + query, "GET /account/..;/admin", "GET /.//account", "GET /account%2f",
	} {
		status := p.wire(b, line, "")
		if status < 400 || status > 499 {
			p.Errorf("%s answers %d", line, status)
		}
	}
	for _, name := range []string{"X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"} {
		if status := p.wire(b, "GET /sign-out", name+": POST\r\n"); status != http.StatusMethodNotAllowed {
			p.Errorf("%s makes GET /sign-out answer %d", name, status)
		}
	}
	p.stillSignedIn("afterwards", b, p.App(func(in *admin.ClientInput) { in.SkipConsent = true }), true)
}

// wire sends a request line as it stands, with the browser's cookies, and answers the status.
func (p *probe) wire(b *backendtest.Browser, line, headers string) int {
	p.Helper()
	conn, err := net.Dial("tcp", strings.Replace(strings.TrimPrefix(p.Issuer, "http://"), "localhost", "127.0.0.1", 1))
	p.must(err)
	defer func() { _ = conn.Close() }()
	cookies := ""
	for _, c := range b.Cookies() {
		cookies += c.Name + "=" + c.Value + "; "
	}
	_, err = fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n%sConnection: close\r\n\r\n", line, strings.TrimPrefix(p.Issuer, "http://"), cookies, headers)
	p.must(err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	p.must(err)
	_ = res.Body.Close()
	return res.StatusCode
}

// openRedirect: no parameter of ours sends a browser elsewhere.
func openRedirect(p *probe) {
	b := p.signedIn()
	stranger := p.Browser()
	for _, to := range []string{"//evil.example", `/\evil.example`, "https:evil.example", "/\t/evil.example", "javascript:alert(1)", "https://evil.example"} {
		for _, name := range []string{"next", "back", "returnTo", "redirect", "url", "continue", "rd", "tx", "app"} {
			for _, path := range []string{"/", "/sign-in", "/account", "/authorize/continue", "/end-session/continue", "/device"} {
				for who, browser := range map[string]*backendtest.Browser{"a member": b, "a stranger": stranger} {
					p.Clock.Advance(1000) // so that no limit of these browsers fills up
					res := browser.Get(path + "?" + url.Values{name: {to}}.Encode())
					if at := res.Location(); at != "" && !strings.HasPrefix(at, "/") || strings.HasPrefix(at, "//") || strings.HasPrefix(at, `/\`) {
						p.Errorf("%s?%s=%s sends %s to %q", path, name, to, who, at)
					}
					if strings.Contains(res.Body, `href="`+to) || strings.Contains(res.Body, `url=`+to) {
						p.Errorf("%s?%s=%s leads %s away", path, name, to, who)
					}
				}
			}
		}
	}
}

// canonical: a name or address in another spelling is the same person's, and nobody else gets it.
func canonical(p *probe) {
	ctx := context.Background()
	who := p.Person(func(in *admin.UserInput) { in.UserName, in.Email = "Ädel", "Adel@Home.example" })
	for _, in := range []admin.UserInput{
		{UserName: "ädel", Name: "X"}, {UserName: "A\u0308del", Name: "X"}, {UserName: "ＡＤＥＬ", Name: "X", Email: "adel@home.example"}, {UserName: "x1", Name: "X", Email: "ADEL@HOME.EXAMPLE"},
		{UserName: "x2", Name: "X", Email: "adel@home.example."}, {UserName: "x3", Name: "X", Email: "adel@home.example@evil.example"}, {UserName: "x4", Name: "X", Email: "adel@home.example,evil@evil.example"},
	} {
		_, err := p.Admin.CreateUser(ctx, in)
		if code := idp.CodeOf(err); code != idp.Conflict && code != idp.Invalid {
			p.Errorf("%q <%s> is made beside %q <%s>: %v", in.UserName, in.Email, who.UserName, who.Email, err)
		}
	}
}
