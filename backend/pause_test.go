package backend_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

const pausedPage = "Sign-in from the internet is paused"

// pause pauses the provider through a restart: a trial, which tests run on, has no internet to pause.
func pause(p *backendtest.Provider, for_ time.Duration) {
	p.Helper()
	p.Stop()
	s, err := store.Open(context.Background(), p.Database())
	if err != nil {
		p.Fatal(err)
	}
	wish := idp.Pause{On: true}
	if for_ > 0 {
		wish.Until = p.Clock.Now().Add(for_)
	}
	if err := s.Write(context.Background(), func(tx *store.Tx) error { return tx.SetPause(wish) }); err != nil {
		p.Fatal(err)
	}
	if err := s.Close(); err != nil {
		p.Fatal(err)
	}
	p.Open()
}

// TestPausedPages: from the internet each step of a sign-in is the page that says so; from the tailnet nothing has changed.
func TestPausedPages(t *testing.T) {
	p := backendtest.Start(t)
	who, app := p.Person(), p.App()
	b := who.Browser(p).In(idp.NetworkPublic)
	b.SignIn()
	tokens := app.Redeem(b.Authorize(app, "scope", "openid offline_access"))
	link, err := p.Admin.Invite(context.Background(), who.ID)
	if err != nil {
		t.Fatal(err)
	}
	pause(p, 15*time.Minute)

	stranger := p.Browser().In(idp.NetworkPublic)
	request := "/authorize?" + app.Params().Encode()
	for _, path := range []string{"/", "/sign-in", request, strings.TrimPrefix(link.URL, p.Issuer), "/device", "/device/confirm?tx=none", "/select-account?tx=none"} {
		page := stranger.Get(path)
		says(t, page, http.StatusServiceUnavailable, pausedPage)
		if retry(t, page) != path || page.Header.Get("Retry-After") != "900" || !strings.Contains(page.Body, `<time data-minutes`) || !strings.Contains(page.Body, "Nora has paused it") {
			t.Errorf("%s: Retry-After %s, and it leads to %s", path, page.Header.Get("Retry-After"), retry(t, page))
		}
		if home := p.Browser().In(idp.NetworkTailnet).Get(path); home.StatusCode == http.StatusServiceUnavailable {
			t.Errorf("%s is paused on the tailnet too", path)
		}
	}
	for _, form := range []string{"/consent", "/select-account", "/device", "/device/answer"} {
		says(t, stranger.PostForm(form, url.Values{"tx": {"none"}, "decision": {"allow"}}), http.StatusServiceUnavailable, pausedPage)
	}
	if a := b.Authorize(app); a.Page == nil { // signed in and allowed, and still a new sign-in
		t.Errorf("the app gets %v", a.Params)
	}
	if a := b.Authorize(app, "prompt", "none"); a.Error != "temporarily_unavailable" || a.State != a.SentState || a.Issuer != p.Issuer {
		t.Errorf("silent: %v", a.Params)
	}
	if a := b.AuthorizePost(app, "prompt", "none"); a.Error != "temporarily_unavailable" {
		t.Errorf("silent by a form: %v", a.Params)
	}
	if a := b.Authorize(app, "redirect_uri", "https://other.example/"); a.Page == nil || a.Page.StatusCode != http.StatusBadRequest {
		t.Errorf("a wrong redirect URI: %v", a.Steps)
	}
	goesOn(t, p, b, app, tokens)

	p.Clock.Advance(15 * time.Minute)
	if a := who.Browser(p).In(idp.NetworkPublic).Walk(request); a.Code == "" {
		t.Errorf("when it is over: %v", a.Steps)
	}
}

// goesOn looks at what a pause leaves alone.
func goesOn(t *testing.T, p *backendtest.Provider, b *backendtest.Browser, app *backendtest.App, tokens *backendtest.Tokens) {
	t.Helper()
	if got := b.Get("/"); got.Location() != "/account" {
		t.Errorf("the front door leads to %q", got.Location())
	}
	if got := b.Get("/account"); got.StatusCode != http.StatusOK {
		t.Errorf("the account page answers %s", got.Status)
	}
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/jwks.json", "/healthz"} {
		if got := p.Browser().In(idp.NetworkPublic).Get(path); got.StatusCode >= 300 {
			t.Errorf("%s answers %s", path, got.Status)
		}
	}
	tokens = app.Refresh(tokens.RefreshToken)
	if got := app.UserInfo(tokens.AccessToken); got.StatusCode != http.StatusOK {
		t.Errorf("userinfo answers %s", got.Status)
	}
	if got := app.Post("/api/oidc/introspect", url.Values{"token": {tokens.AccessToken}}).JSON(); got["active"] != true {
		t.Errorf("introspection says %v", got)
	}
	if got := app.Post("/api/oidc/revoke", url.Values{"token": {tokens.RefreshToken}}); got.StatusCode != http.StatusOK {
		t.Errorf("revocation answers %s", got.Status)
	}
	if a := b.EndSession("client_id", app.ID); a.Page == nil || a.Page.Kind != "end-session" || b.Press(a, "sign-out").Page.StatusCode != http.StatusOK {
		t.Errorf("a sign-out ends at %v", a.Steps)
	}
}

// TestPausedCeremony: a passkey prompt that was open when the pause began ends at the page, and leaves no session.
func TestPausedCeremony(t *testing.T) {
	p := backendtest.Start(t)
	who, app := p.Person(), p.App()
	pause(p, 0)
	b := who.Browser(p).In(idp.NetworkTailnet) // the page is loaded before
	page := b.Person
	b.Person = nil
	a := b.Authorize(app)
	b.Person = page
	c := a.Page.Ceremony()
	answer, err := c.Answer(who.Authenticator, p.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	b.In(idp.NetworkPublic)
	var next struct{ Next string }
	for path, in := range map[string]any{c.Finish: answer, c.Begin: map[string]string{"tx": c.TX, "app": c.App}} {
		b.PostJSON(path, in).Decode(&next)
		says(t, b.Get(next.Next), http.StatusServiceUnavailable, "Until Nora ends the pause")
	}
	if got := p.Events(idp.EventSignedIn); len(got) != 1 { // by the invite
		t.Errorf("signed in %d times", len(got))
	}
	if _, err := p.Admin.ResumePublic(context.Background()); err != nil {
		t.Fatal(err)
	}
	if a := b.Walk(next.Next); a.Code == "" {
		t.Errorf("resumed, it goes on at %v", a.Steps)
	}
	if got := p.Events(idp.EventPublicResumed); len(got) != 1 || got[0].Actor != idp.ActorOwner {
		t.Errorf("activity says %+v", got)
	}
}

// TestPauseOfADevice: confirming waits, the device's own questions go on.
func TestPauseOfADevice(t *testing.T) {
	p := backendtest.Start(t)
	app := p.App(func(in *admin.ClientInput) { in.DeviceGrant = true })
	pause(p, 0)
	var d struct {
		Code string `json:"device_code"`
	}
	app.Post("/api/oidc/device/authorize", url.Values{"scope": {"openid"}}).Decode(&d)
	if got := app.Token("grant_type", "urn:ietf:params:oauth:grant-type:device_code", "device_code", d.Code).Error; got != "authorization_pending" {
		t.Errorf("the device hears %q", got)
	}
}

// TestPauseEndsByTheClock also where nobody was there when it did.
func TestPauseEndsByTheClock(t *testing.T) {
	p := backendtest.Start(t)
	pause(p, 15*time.Minute)
	p.Clock.Advance(16 * time.Minute)
	p.Restart()
	change, err := p.Admin.WaitForChange(context.Background(), 0)
	for len(p.Events(idp.EventPublicResumed)) == 0 && err == nil { // it is noted beside everything else
		change, err = p.Admin.WaitForChange(context.Background(), change)
	}
	if got := p.Events(idp.EventPublicResumed); err != nil || len(got) != 1 || got[0].Actor != idp.ActorSystem {
		t.Errorf("activity says %+v, %v", got, err)
	}
	if _, err := p.Admin.PausePublic(context.Background(), 15); idp.CodeOf(err) != idp.Conflict {
		t.Errorf("a trial can be paused: %v", err)
	}
	if _, err := p.Admin.PausePublic(context.Background(), -1); idp.CodeOf(err) != idp.Invalid {
		t.Errorf("for a negative time: %v", err)
	}
}
