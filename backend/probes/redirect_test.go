package probes

import (
	"context"
	"net/url"
	"strings"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
)

var _ = add(map[string]func(*probe){
	"RU-01": redirectUnregistered,
	"RU-04": func(p *probe) {
		p.redirects("https://rp.example.com/cb", "https://rp.example.com@evil.com/cb", "https://rp.example.com:443@evil.com/cb", "https://rp.example.com%40evil.com/cb")
	},
	"RU-05": func(p *probe) {
		p.redirects("https://rp.example.com/cb", "https://rp.example.com/cb/../evil", "https://rp.example.com/cb/..%2fevil", "https://rp.example.com/cb%252f..%252fevil",
			"https://rp.example.com/cb/..;/evil", "https://rp.example.com/cb/./", "https://rp.example.com/cb//", "https://rp.example.com/x/../cb", "https://rp.example.com/cb/")
	},
	"RU-07": func(p *probe) {
		p.redirects("https://rp.example.com/cb?foo=bar", "https://rp.example.com/cb?foo=baz", "https://rp.example.com/cb?foo=bar&x=1", "https://rp.example.com/cb", "https://rp.example.com/cb?foo=bar&foo=bar")
	},
	"RU-09": redirectResponseParameters,
	"RU-10": redirectSchemes,
	"RU-11": redirectControl,
	"RU-13": redirectMissing,
	"RU-15": redirectClient,
	"RU-16": redirectPromptNone,
	"RU-17": func(p *probe) {
		p.redirects("https://rp.example.com/cb", "https://rp.еxample.com/cb", "https://rp.xn--xample-2of.com/cb", "https://xn--rp-.example.com/cb", "https://RP.example.com/cb", "https://rp.example.com./cb")
	},
})

// redirects asks with addresses beside the registered one, before and after signing in, and wants a page each time; the registered one itself must work.
func (p *probe) redirects(registered string, others ...string) {
	p.Helper()
	app := p.App(func(in *admin.ClientInput) { in.RedirectURIs = []string{registered} })
	stranger, member := p.Browser(), p.signedIn()
	for _, uri := range others {
		p.refusedByPage(uri, stranger.Get(authorizeURL(app, "redirect_uri", uri)))
		p.refusedByPage(uri+", signed in", member.Get(authorizeURL(app, "redirect_uri", uri)))
		p.refusedByPage(uri+", as it is", stranger.Get(raw(app, "redirect_uri", strings.ReplaceAll(strings.ReplaceAll(uri, "&", "%26"), "#", "%23"))))
	}
	if a := member.Authorize(app); a.Code == "" {
		p.Errorf("%s gets no code, and is registered", registered)
	}
}

func redirectUnregistered(p *probe) {
	p.redirects("https://rp.example.com/cb", "https://unregistered.example/cb", "https://rp.example.com/cb2", "http://rp.example.com/cb", "https://rp.example.com:444/cb", "https://sub.rp.example.com/cb", "HTTPS://rp.example.com/cb")
}

// redirectResponseParameters: an address that brings its own answer can neither be used nor be registered.
func redirectResponseParameters(p *probe) {
	const evil = "https://rp.example.com/cb?code=evil&state=evil&iss=https://evil"
	p.redirects("https://rp.example.com/cb", evil)
	for _, name := range []string{"code", "state", "iss", "error", "response", "id_token", "access_token"} {
		p.notRegistered("https://rp.example.com/cb?" + name + "=evil")
	}
	p.notRegistered(evil)
}

// notRegistered wants the owner's input refused, with the field that is wrong.
func (p *probe) notRegistered(uri string) {
	p.Helper()
	_, err := p.Admin.CreateClient(context.Background(), admin.ClientInput{Name: "Evil", RedirectURIs: []string{uri}, Native: true, AllowHTTP: true})
	if idp.CodeOf(err) != idp.Invalid {
		p.Errorf("%q can be registered: %v", uri, err)
	}
}

func redirectSchemes(p *probe) {
	app := p.App()
	for _, uri := range []string{"javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:msgbox(1)", "file:///etc/passwd", "blob:https://rp.example.com/1", "about:blank", "https://*", "https://*.example.com/cb", "https://rp.example.com/*"} {
		p.notRegistered(uri)
		p.refusedByPage(uri, p.Browser().Get(authorizeURL(app, "redirect_uri", uri)))
	}
}

func redirectControl(p *probe) {
	app := p.App(func(in *admin.ClientInput) { in.RedirectURIs = []string{"https://rp.example.com/cb"} })
	for _, uri := range []string{
		"https://rp.example.com%5C@evil.com/cb", "https://rp.example.com%09/cb", "https://rp.example.com/cb%0d%0aSet-Cookie:x=1", "https://rp.example.com/cb%00", "%00https://rp.example.com/cb", "https://rp.example.com/cb%0a", "%20https://rp.example.com/cb", "https://rp.example.com/cb%20",
	} {
		res := p.Browser().Get(raw(app, "redirect_uri", uri))
		p.refusedByPage(uri, res)
		for _, c := range res.Cookies() {
			if c.Name == "x" {
				p.Errorf("%s sets a cookie of its own", uri)
			}
		}
	}
}

func redirectMissing(p *probe) {
	for _, uris := range [][]string{{"https://rp.example.com/cb"}, {"https://rp.example.com/cb", "https://rp.example.com/cb2"}} {
		app := p.App(func(in *admin.ClientInput) { in.RedirectURIs = uris })
		p.refusedByPage("none sent", p.Browser().Get(authorizeURL(app, "redirect_uri", backendtest.Omit)))
		p.refusedByPage("empty", p.Browser().Get(authorizeURL(app, "redirect_uri", "")))
	}
}

// redirectClient: an unknown app and a disabled one get the same page.
func redirectClient(p *probe) {
	app, off := p.App(), p.App()
	p.must(p.Admin.SetClientDisabled(context.Background(), off.ID, true))
	var bodies []string
	for what, id := range map[string]string{"unknown": "app_nope", "disabled": off.ID, "markup": "<svg onload=alert(1)>", "long": strings.Repeat("a", 10<<10)} {
		res := p.Browser().Get(authorizeURL(app, "client_id", id))
		p.refusedByPage(what, res)
		if strings.Contains(res.Body, "<svg onload") {
			p.Errorf("%s: the page says it unescaped", what)
		}
		if what == "unknown" || what == "disabled" {
			bodies = append(bodies, res.Body)
		}
	}
	if bodies[0] != bodies[1] {
		p.Errorf("the pages for an unknown and a disabled app differ:\n%s\n%s", bodies[0], bodies[1])
	}
}

// redirectPromptNone: the page has no script that could go anywhere by itself, and no link to the address.
func redirectPromptNone(p *probe) {
	app := p.App()
	for _, b := range []*backendtest.Browser{p.Browser(), p.signedIn()} {
		res := b.Get(authorizeURL(app, "prompt", "none", "redirect_uri", "https://evil.example/"))
		p.refusedByPage("prompt=none", res)
		if strings.Contains(res.Body, `href="https://evil.example`) || strings.Contains(res.Body, url.QueryEscape("https://evil.example/")) {
			p.Errorf("the page leads to the address:\n%s", res.Body)
		}
	}
}
