//go:build e2e || tailnet

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// patience bounds a step in the browser; it is a limit, not a wait.
const patience = 30 * time.Second

// browser is one Chromium with a phone's passkey authenticator, on one page.
type browser struct {
	t             testing.TB
	ctx           context.Context
	authenticator webauthn.AuthenticatorID
	noAutofill    page.ScriptIdentifier

	mu         sync.Mutex
	complaints []string // of the console, as a refused script or style
}

// newBrowser starts Chromium with an empty profile.
func newBrowser(t testing.TB, flags ...string) *browser {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.WindowSize(390, 844))
	for _, f := range flags {
		name, value, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		opts = append(opts, chromedp.Flag(name, value))
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, end := chromedp.NewContext(alloc)
	b := &browser{t: t, ctx: ctx}
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); end(); stop() })
	chromedp.ListenTarget(ctx, b.listen)
	b.do("start", log.Enable(), runtime.Enable(), b.autofill(false), webauthn.Enable(), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		b.authenticator, err = webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}).Do(ctx)
		return err
	}))
	return b
}

// autofill says whether the browser offers passkeys in text fields. A virtual authenticator picks one there at once, which takes the button away from under the test; so it is off until a test is about it.
func (b *browser) autofill(on bool) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		if b.noAutofill != "" {
			if err := page.RemoveScriptToEvaluateOnNewDocument(b.noAutofill).Do(ctx); err != nil {
				return err
			}
			b.noAutofill = ""
		}
		if on {
			return nil
		}
		id, err := page.AddScriptToEvaluateOnNewDocument("PublicKeyCredential.isConditionalMediationAvailable = async () => false").Do(ctx)
		b.noAutofill = id
		return err
	})
}

func chromium() string {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	return "/usr/bin/chromium"
}

// within lets a subtest take the steps, and fail by them.
func (b *browser) within(t *testing.T) {
	before := b.t
	b.t = t
	t.Cleanup(func() { b.t = before })
}

// listen keeps what the console complains of: our pages must give it no reason.
func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Source == log.SourceSecurity || strings.Contains(e.Entry.Text, "Content Security Policy") {
			b.complaints = append(b.complaints, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, e.ExceptionDetails.Error())
	case *page.EventJavascriptDialogOpening:
		b.complaints = append(b.complaints, "dialog: "+e.Message)
	}
}

// do carries out actions, or ends the test with the page it stood on.
func (b *browser) do(what string, actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if what == "start" { // the first Run starts the process, and its context must outlive this call
		ctx = b.ctx
	}
	if err := steadily(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.where())
	}
}

// steadily carries out actions, and again where the page went on under them (Chromium's error -32000): they name things that the next page may have too.
func steadily(ctx context.Context, actions ...chromedp.Action) error {
	for {
		err := chromedp.Run(ctx, actions...)
		var gone *cdproto.Error
		if !errors.As(err, &gone) || gone.Code != -32000 || ctx.Err() != nil {
			return err
		}
	}
}

// where says what the browser shows, for a failed test.
func (b *browser) where() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	var url, text string
	_ = chromedp.Run(ctx, chromedp.Location(&url), chromedp.Evaluate("document.body ? document.body.innerText : ''", &text))
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprintf("at %s\n%s\nconsole: %s", url, text, strings.Join(b.complaints, "\n"))
}

// open goes to an address.
func (b *browser) open(url string) {
	b.t.Helper()
	b.do("open "+url, chromedp.Navigate(url))
}

// click presses what the selector names once it can be seen.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.do("click "+selector, chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.Click(selector, chromedp.ByQuery))
}

// sees waits until what the selector names can be seen, and answers its text.
func (b *browser) sees(selector string) (text string) {
	b.t.Helper()
	b.do("wait for "+selector, chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.Text(selector, &text, chromedp.ByQuery))
	return text
}

// url is where the browser stands.
func (b *browser) url() (url string) {
	b.t.Helper()
	b.do("read the address", chromedp.Location(&url))
	return url
}

// quiet fails the test if the console complained.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Errorf("the console complains: %s", c)
	}
}

// The steps that people take on our pages.

func (b *browser) enrol(invite string) {
	b.t.Helper()
	b.open(invite)
	b.click("#go")
	b.sees(`form[action="/sign-out"] button`) // the account page, signed in
}

func (b *browser) signOut(issuer string) {
	b.t.Helper()
	b.open(issuer + "/account")
	b.click(`form[action="/sign-out"] button`)
	b.sees(`a[href="/sign-in"]`)
}

func (b *browser) usePasskey() {
	b.t.Helper()
	b.click("#go")
}

func (b *browser) allow() {
	b.t.Helper()
	b.click(`button[name=decision][value=allow]`)
}

// forget makes it a browser in which nobody has signed in, with the same passkey.
func (b *browser) forget() {
	b.t.Helper()
	b.do("forget all cookies", network.ClearBrowserCookies())
}

// typed puts a text into a field.
func typed(selector, text string) chromedp.Action {
	return chromedp.Tasks{chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.SendKeys(selector, text, chromedp.ByQuery)}
}

// allowDevice confirms, with a passkey, that another device is signed in.
func (b *browser) allowDevice() {
	b.t.Helper()
	b.click("#go")
	b.sees("span.portrait")
}
