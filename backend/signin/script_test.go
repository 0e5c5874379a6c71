//go:build e2e

package signin

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"

	"github.com/chromedp/chromedp"
)

// deny makes the browser's own ceremony fail with an error of that name, after some milliseconds.
func deny(method, name string, after int) chromedp.Action {
	return chromedp.Evaluate(fmt.Sprintf(`Object.defineProperty(navigator.credentials, '%s', {configurable: true, value: (o) => new Promise((_, no) => o.mediation || setTimeout(() => no(new DOMException('', '%s')), %d))})`, method, name, after), nil)
}

const said = "#say:not([hidden])"

// Every way that a passkey can fail has its words, and the button works again.
func TestWordsForFailures(t *testing.T) {
	h := newHouse(t)
	h.clock.Set(idp.At(time.Now()))
	c := newCamera(h)
	_, secret := storetest.Invite(t, h.store, h.emil.ID, func(i *idp.Invite) { i.CreatedAt, i.ExpiresAt = h.clock.Now(), h.clock.Now().Add(idp.Day) })
	for _, tt := range []struct {
		path, method, name string
		after              int
		want               string
	}{
		{"/sign-in", "get", "NotAllowedError", 400, "The prompt was closed before it was done, so nothing happened. Try again. If this device has no passkey for Lindqvist home yet, ask Nora for an invite."},
		{"/sign-in", "get", "NotAllowedError", 0, "The browser ended this at once."},
		{"/sign-in", "get", "SecurityError", 0, "Passkeys work only at the true address. It is " + h.issuer},
		{"/sign-in", "get", "NotSupportedError", 0, "This device cannot do this yet."},
		{"/sign-in", "get", "UnknownError", 0, "That did not work, and nothing happened."},
		{"/invite/" + secret, "create", "NotAllowedError", 400, "so no passkey was made"},
		{"/invite/" + secret, "create", "NotAllowedError", 0, "The browser ended this at once, so no passkey was made."},
		{"/invite/" + secret, "create", "InvalidStateError", 0, "This device has your passkey already."},
		{"/invite/" + secret, "create", "ConstraintError", 0, "This device cannot do this yet."},
	} {
		t.Run(tt.method+" "+tt.name, func(t *testing.T) {
			h.T = t
			c.open(tt.path)
			c.do(deny(tt.method, tt.name, tt.after))
			for range 2 {
				c.click("#go")
				if text := c.text(said); !strings.Contains(text, tt.want) {
					t.Errorf("says %q", text)
				}
				var busy string
				c.do(chromedp.AttributeValue("#go", "aria-disabled", &busy, nil, chromedp.ByQuery))
				if busy != "false" {
					t.Error("the button stays busy")
				}
			}
		})
	}
}

func TestWordsForATimeout(t *testing.T) {
	c := newCamera(newHouse(t))
	c.open("/sign-in")
	c.do(chromedp.Evaluate(`Object.defineProperty(navigator.credentials, 'get', {value: (o) => new Promise((_, no) => {
		if (o.mediation) return
		const now = Date.now
		Date.now = () => now() + 299500
		no(new DOMException('', 'NotAllowedError'))
	})})`, nil))
	c.click("#go")
	if text := c.text(said); !strings.Contains(text, "The prompt waited too long") {
		t.Errorf("says %q", text)
	}
}

func TestWordsForALostConnection(t *testing.T) {
	h := newHouse(t)
	c := newCamera(h)
	c.enrolHere(h.emil)
	c.open("/sign-in")
	c.do(chromedp.Evaluate(`fetch = () => Promise.reject(new TypeError('offline'))`, nil))
	c.click("#go")
	if text := c.text(said); !strings.Contains(text, "The connection was lost") {
		t.Errorf("says %q", text)
	}
}

// enrolHere makes a passkey in the browser's authenticator and signs out again.
func (c *camera) enrolHere(u idp.User) {
	c.Helper()
	_, secret := storetest.Invite(c.T, c.store, u.ID, func(i *idp.Invite) { i.CreatedAt, i.ExpiresAt = c.clock.Now(), c.clock.Now().Add(idp.Day) })
	c.open("/invite/" + secret)
	c.click("#go")
	c.click(`form[action="/sign-out"] button`)
	c.see(`a[href="/sign-in"]`)
}

// What the server refuses is told in its words, and the page goes on with a fresh ceremony.
func TestServerRefusesThenAllows(t *testing.T) {
	h := newHouse(t)
	c := newCamera(h)
	c.enrolHere(h.emil)
	c.open(h.authorizeURL())
	h.clock.Advance(5 * time.Minute) // the ceremony of the page is over
	c.click("#go")
	if text := c.text(said); !strings.Contains(text, "That took too long or was answered before.") {
		t.Errorf("says %q", text)
	}
	c.click("#go")
	c.see("button[value=allow]")
}

// A page that stood open for long gets fresh options before it asks.
func TestOldOptionsAreRenewed(t *testing.T) {
	h := newHouse(t)
	c := newCamera(h)
	c.enrolHere(h.emil)
	c.open(h.authorizeURL())
	h.clock.Advance(5 * time.Minute)
	c.do(chromedp.Evaluate(`{ const now = Date.now; Date.now = () => now() + 300000 }`, nil))
	c.click("#go")
	c.see("button[value=allow]")
}

// After a restart the page leads back to the app.
func TestScriptAfterARestart(t *testing.T) {
	h := newHouse(t)
	c := newCamera(h)
	c.enrolHere(h.emil)
	c.open(h.authorizeURL())
	h.pages = h.newPages(h.pages.pin)
	c.click("#go")
	c.see(`a[href="https://git.lindqvist.example"]`)
}

func TestBrowserWithoutPasskeys(t *testing.T) {
	c := newCamera(newHouse(t))
	c.before(`delete window.PublicKeyCredential`)
	c.open("/sign-in")
	if text := c.text("#inside"); !strings.Contains(text, "This browser may have no passkeys") || !strings.Contains(text, "Copy the address of this page") {
		t.Errorf("says %q", text)
	}
	c.do(chromedp.WaitNotVisible("#go", chromedp.ByQuery))
	c.shot("sign-in-inside-app")
}

func TestTextFieldOnlyWhereItHelps(t *testing.T) {
	c := newCamera(newHouse(t))
	c.open("/sign-in")
	c.see("#autofill")
	c.before(`PublicKeyCredential.isConditionalMediationAvailable = async () => false`)
	c.open("/sign-in")
	c.see("#go")
	c.do(chromedp.WaitNotVisible("#autofill", chromedp.ByQuery))
	c.shot("sign-in-no-autofill")
}

// The text field's offer alone signs in, as with a person who picks a passkey there.
func TestTextFieldSignsIn(t *testing.T) {
	h := newHouse(t)
	c := newCamera(h)
	c.enrolHere(h.emil)
	c.before(`CredentialsContainer.prototype.get = get`) // this time the authenticator may answer by itself
	c.open(h.authorizeURL())
	c.see("button[value=allow]")
}

// The form_post page posts by itself, under a policy without form-action.
func TestFormPostPosts(t *testing.T) {
	h := newHouse(t)
	got := make(chan string, 1)
	h.server.Config.Handler = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/the-app" {
				got <- r.Method + " " + r.FormValue("error") + " " + r.FormValue("state")
				return
			}
			next.ServeHTTP(w, r)
		})
	}(h.server.Config.Handler)
	h.forge.RedirectURIs = []string{strings.Replace(h.issuer, "localhost", "127.0.0.1", 1) + "/the-app"}
	storetest.Write(t, h.store, func(tx *store.Tx) error { return tx.UpdateClient(h.forge) })
	c := newCamera(h)
	c.open(h.authorizeURL("response_mode", "form_post", "prompt", "none"))
	if posted := <-got; posted != "POST login_required s&1" {
		t.Errorf("the app got %q", posted)
	}
	if len(c.complaints) > 0 {
		t.Errorf("the console complains: %v", c.complaints)
	}
}
