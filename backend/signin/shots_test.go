//go:build e2e

package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store/storetest"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// shots are where the pictures go: looked at before a page is done, compared by nobody else.
const shots = "../../build/cache/screenshots/public"

// patient keeps the authenticator from answering the text field's offer by itself, which a person never does before they have touched it.
const patient = `var get = CredentialsContainer.prototype.get
CredentialsContainer.prototype.get = function (o) { return o.mediation === 'conditional' ? new Promise(() => {}) : get.call(this, o) }`

// camera is a Chromium with a passkey authenticator that takes pictures of pages.
type camera struct {
	*house
	ctx           context.Context
	authenticator webauthn.AuthenticatorID

	mu         sync.Mutex
	complaints []string // of the console
}

func newCamera(h *house) *camera {
	h.Helper()
	fonts := filepath.Join(h.TempDir(), "fonts.conf") // a face with the widths of people's system fonts
	must(os.WriteFile(fonts, []byte(`<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><include>/etc/fonts/fonts.conf</include>
<match target="pattern"><edit name="family" mode="prepend" binding="strong"><string>Liberation Sans</string></edit></match></fontconfig>`), 0o600))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(cmp.Or(os.Getenv("CHROMIUM"), "/usr/bin/chromium")), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(h.TempDir()), chromedp.Env("FONTCONFIG_FILE="+fonts),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("hide-scrollbars", true))...)
	ctx, end := chromedp.NewContext(alloc)
	c := &camera{house: h, ctx: ctx}
	h.Cleanup(func() { _ = chromedp.Cancel(ctx); end(); stop() })
	chromedp.ListenTarget(ctx, c.listen)
	must(chromedp.Run(ctx, cdplog.Enable(), runtime.Enable(), webauthn.Enable(), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		c.authenticator, err = webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}).Do(ctx)
		return err
	}), chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(patient).Do(ctx)
		return err
	})))
	must(os.MkdirAll(shots, 0o755))
	return c
}

func (c *camera) listen(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		if e.Entry.Source == cdplog.SourceSecurity || strings.Contains(e.Entry.Text, "Content Security Policy") {
			c.complaints = append(c.complaints, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		c.complaints = append(c.complaints, e.ExceptionDetails.Error())
	}
}

func (c *camera) do(actions ...chromedp.Action) {
	c.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, 20*time.Second)
	defer cancel()
	if err := steadily(ctx, actions...); err != nil {
		var at, text string
		_ = chromedp.Run(c.ctx, chromedp.Location(&at), chromedp.Evaluate("document.body.innerText", &text))
		c.Fatalf("%v\nat %s\n%s\n%v", err, at, text, c.complaints)
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

func (c *camera) open(path string)  { c.Helper(); c.do(chromedp.Navigate(c.issuer + path)) }
func (c *camera) click(what string) { c.Helper(); c.do(chromedp.Click(what, chromedp.ByQuery)) }
func (c *camera) see(what string)   { c.Helper(); c.do(chromedp.WaitVisible(what, chromedp.ByQuery)) }

func (c *camera) text(what string) (s string) {
	c.Helper()
	c.do(chromedp.WaitVisible(what, chromedp.ByQuery), chromedp.Text(what, &s, chromedp.ByQuery))
	return s
}

// before runs a script in each page that is opened from now on, before its own.
func (c *camera) before(script string) {
	c.Helper()
	c.do(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
		return err
	}))
}

func (c *camera) presence(on bool) {
	c.Helper()
	c.do(webauthn.SetAutomaticPresenceSimulation(c.authenticator, on))
}

// take photographs the page as it is: a phone, a narrow phone, a phone with its text at 200 %, and a desktop, light and dark. It fails for a page that scrolls sideways.
func (c *camera) take(name string) {
	c.Helper()
	for _, view := range []struct {
		name          string
		width, height int64
		text          int64 // size in px; media queries count in the browser's own, so large text comes with a low window
	}{{"390", 390, 844, 16}, {"320", 320, 640, 16}, {"200pc", 390, 470, 32}, {"1280", 1280, 800, 16}} {
		for _, scheme := range []string{"light", "dark"} {
			if (view.name == "320" || view.name == "200pc") && scheme == "dark" {
				continue
			}
			var png []byte
			var over int64
			c.do(emulation.SetDeviceMetricsOverride(view.width, view.height, 1.5, view.width < 600),
				emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}),
				chromedp.Evaluate(fmt.Sprintf("document.documentElement.style.fontSize = '%dpx'", view.text), nil),
				chromedp.Evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth", &over),
				chromedp.ActionFunc(func(ctx context.Context) (err error) {
					png, err = page.CaptureScreenshot().WithCaptureBeyondViewport(view.name == "200pc" || view.name == "320").Do(ctx)
					return err
				}),
				chromedp.Evaluate("document.documentElement.style.fontSize = ''", nil))
			if over > 0 {
				c.Errorf("%s at %s scrolls sideways by %d px", name, view.name, over)
			}
			must(os.WriteFile(filepath.Join(shots, name+"-"+view.name+"-"+scheme+".png"), png, 0o600))
		}
	}
}

// targets fails for anything to press that is lower than 44 px on a phone.
func (c *camera) targets(name string) {
	c.Helper()
	var raw string
	c.do(emulation.SetDeviceMetricsOverride(390, 844, 1, true), chromedp.Evaluate(`JSON.stringify([...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]
		.filter((e) => e.checkVisibility()).map((e) => [e.textContent.trim(), e.getBoundingClientRect().height]).filter(([, h]) => h < 44))`, &raw))
	var small [][]any
	must(json.Unmarshal([]byte(raw), &small))
	for _, s := range small {
		c.Errorf("%s: %v is %v px high", name, s[0], s[1])
	}
}

// accessible fails for what axe finds, light and dark. Without the npm packages it looks at nothing.
func (c *camera) accessible(name string) {
	c.Helper()
	axe, err := os.ReadFile("../../frontend/node_modules/axe-core/axe.min.js")
	if os.IsNotExist(err) {
		return
	}
	must(err)
	for _, scheme := range []string{"light", "dark"} {
		var found []string
		c.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}),
			chromedp.Evaluate(string(axe)+"\n;undefined", nil),
			chromedp.Evaluate(`axe.run({resultTypes: ['violations']}).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' ')))`, &found,
				func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
		for _, f := range found {
			c.Errorf("%s, %s: %s", name, scheme, f)
		}
	}
}

func (c *camera) shot(name string) {
	c.Helper()
	c.take(name)
	c.targets(name)
	c.accessible(name)
}

func TestPictures(t *testing.T) {
	h := newHouse(t)
	storetest.Group(t, h.store, "Family", h.emil.ID)
	h.clock.Set(idp.At(time.Now()))
	_, secret := storetest.Invite(t, h.store, h.emil.ID, func(i *idp.Invite) { i.CreatedAt, i.ExpiresAt = h.clock.Now(), h.clock.Now().Add(idp.Day) })
	c := newCamera(h)

	c.open("/invite/" + secret)
	c.see("#go")
	c.shot("invite")
	c.click("#go")
	c.see(".say.ok")
	c.shot("account-welcome")
	c.open("/invite/" + secret)
	c.shot("invite-used")

	c.open("/account")
	c.click("#go") // confirm
	c.see(".say.ok")
	c.shot("account-confirmed")
	c.click("#go") // this authenticator has one already
	c.see("#say:not([hidden])")
	c.shot("account-known")
	c.click(`form[action="/sign-out"] button`)
	c.see(`a[href="/sign-in"]`)
	c.shot("signed-out")

	c.presence(false)
	c.open(h.authorizeURL("scope", "openid profile email groups offline_access"))
	c.see("#go")
	c.shot("sign-in-app")
	c.click("summary")
	c.shot("sign-in-trouble")
	c.click("#go")
	c.see(".spin:not([hidden])")
	c.shot("sign-in-busy")
	c.open("/")
	c.presence(true)
	c.shot("sign-in-home")
	c.do(chromedp.Evaluate(`Object.defineProperty(navigator.credentials, 'get', {value: (o) => new Promise((_, no) => o.mediation || setTimeout(() => no(new DOMException('', 'NotAllowedError')), 400))})`, nil))
	c.click("#go")
	c.see("#say:not([hidden])")
	c.shot("sign-in-cancelled")

	c.open(h.authorizeURL("scope", "openid profile email groups offline_access"))
	c.click("#go")
	c.see(`button[value=allow]`)
	c.shot("consent")
	c.open(h.authorizeURL("scope", "openid profile", "prompt", "select_account"))
	c.see(".pick")
	c.shot("accounts")

	storetest.Allow(t, h.store, h.forge.ID)
	c.open(h.authorizeURL())
	c.see(`button[value=deny]`)
	c.shot("no-access")
	storetest.AllowEveryone(t, h.store, h.forge.ID)

	c.open("/api/oidc/end-session?client_id=" + h.forge.ID)
	c.see(`button[value=stay]`)
	c.shot("end-session")
	c.open("/authorize/continue?tx=tx_gone&app=" + h.forge.ID)
	c.shot("lost")
	c.open("/authorize?client_id=nobody")
	c.shot("error-request")

	c.devices()

	shelf := storetest.Client(t, h.store, func(a *idp.Client) {
		a.Name, a.Native, a.Public, a.SkipConsent, a.RedirectURIs = "Audiobookshelf", true, true, true, []string{"audiobookshelf://oauth"}
	})
	storetest.AllowEveryone(t, h.store, shelf.ID)
	c.open(h.authorizeURL("client_id", shelf.ID, "redirect_uri", shelf.RedirectURIs[0], "code_challenge", strings.Repeat("A", 43), "code_challenge_method", "S256"))
	c.see("#leave")
	c.shot("leaving")

	c.mu.Lock()
	defer c.mu.Unlock()
	for _, complaint := range c.complaints {
		t.Errorf("the console complains: %s", complaint)
	}
}
