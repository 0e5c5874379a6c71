//go:build e2e

package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestLeavingAfterConsent: browsers hold a page's form-action against every hop after a form post, so the answer must not be a redirect from the consent form. The app's callback goes on to another origin.
func TestLeavingAfterConsent(t *testing.T) {
	d := serve(t, t.TempDir(), nil, "--port", freePort(t), "--owner-username", "nora")
	b := newBrowser(t)
	b.enrol(d.invite)
	second := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _ = donePage.Execute(w, "second origin") }))
	t.Cleanup(second.Close)
	for _, mode := range []string{"query", "form_post"} {
		t.Run(mode, func(t *testing.T) {
			b.within(t)
			rp := newRelyingParty(t)
			rp.mode, rp.onDone = mode, second.URL+"/home"
			rp.register(d.issuer, do[app](t, d.dir, "app", "add", "--name", "App by "+mode, "--redirect-uri", rp.redirectURI(), "--everyone"))
			b.open(rp.base() + "/login")
			b.allow()
			if said := b.sees("#done"); said != "second origin" {
				t.Errorf("the browser ended on %q", said)
			}
			if rp.failure != "" {
				t.Error(rp.failure)
			}
			if !strings.HasPrefix(b.url(), second.URL) {
				t.Errorf("the browser is at %s", b.url())
			}
			b.quiet()
		})
	}
}

// TestLeavingToACustomScheme: a native app's private-use scheme (RFC 8252 §7.1). No program takes it here, so what counts is what a person can press: a link, or the button of the form.
func TestLeavingToACustomScheme(t *testing.T) {
	d := serve(t, t.TempDir(), nil, "--port", freePort(t), "--owner-username", "nora")
	b := newBrowser(t)
	b.enrol(d.invite)
	const scheme = "audiobookshelf://oauth"
	for _, c := range []struct{ mode, button, control, attribute string }{{"query", "#leave", "#leave", "href"}, {"form_post", "#post button", "#post", "action"}} {
		t.Run(c.mode, func(t *testing.T) {
			b.within(t)
			rp := newRelyingParty(t)
			rp.mode = c.mode
			rp.register(d.issuer, do[app](t, d.dir, "app", "add", "--name", "Shelf by "+c.mode, "--redirect-uri", scheme, "--native", "--public", "--everyone"))
			rp.config.RedirectURL = scheme
			b.open(rp.base() + "/login")
			b.allow()
			b.sees(c.button)
			var target, fields string
			b.do("read where it leads", chromedp.AttributeValue(c.control, c.attribute, &target, nil, chromedp.ByQuery),
				chromedp.Evaluate(`[...document.querySelectorAll("#post input")].map((i) => i.name + "=" + i.value).join("&")`, &fields))
			if c.mode == "form_post" {
				target += "?" + fields
			}
			for _, part := range []string{"code=", "state=" + rp.state, "iss="} {
				if !strings.HasPrefix(target, scheme+"?") || !strings.Contains(target, part) {
					t.Errorf("it leads to %s, without %s", target, part)
				}
			}
			b.quiet()
		})
	}
}
