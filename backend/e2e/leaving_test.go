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

// TestLeavingToACustomScheme: a native app's private-use scheme (RFC 8252 §7.1). No program takes it here, so what counts is the page with a link that a person can press.
func TestLeavingToACustomScheme(t *testing.T) {
	d := serve(t, t.TempDir(), nil, "--port", freePort(t), "--owner-username", "nora")
	b := newBrowser(t)
	b.enrol(d.invite)
	rp := newRelyingParty(t)
	a := do[app](t, d.dir, "app", "add", "--name", "Shelf", "--redirect-uri", "audiobookshelf://oauth", "--native", "--public", "--everyone")
	rp.register(d.issuer, a)
	rp.config.RedirectURL = "audiobookshelf://oauth"
	b.open(rp.base() + "/login")
	b.allow()
	b.sees("#leave")
	var href string
	b.do("read the link", chromedp.AttributeValue("#leave", "href", &href, nil, chromedp.ByQuery))
	if !strings.HasPrefix(href, "audiobookshelf://oauth?") || !strings.Contains(href, "code=") || !strings.Contains(href, "iss=") || !strings.Contains(href, "state=") {
		t.Errorf("the link is %s", href)
	}
	b.quiet()
}
