package backendtest_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
)

func TestWalk(t *testing.T) {
	p := backendtest.Start(t)
	for name, algorithm := range map[string]int64{"ES256": passkeytest.ES256, "EdDSA": passkeytest.EdDSA, "RS256": passkeytest.RS256} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := p.For(t)
			who, app := p.PersonWith(algorithm), p.App()
			b := who.Browser(p)
			answer := b.Authorize(app, "scope", "openid email")
			if !slices.Equal(answer.Steps, []string{"sign-in", "consent", "leaving"}) {
				t.Errorf("the pages were %v", answer.Steps)
			}
			if answer.State != answer.SentState || answer.Issuer != p.Issuer || !strings.HasPrefix(answer.Request.URL.String(), app.RedirectURI+"?") {
				t.Errorf("the app gets %s", answer.Request.URL)
			}
			tokens := app.Redeem(answer)
			if tokens.Claims()["sub"] != who.ID || tokens.Claims()["nonce"] != answer.SentNonce {
				t.Errorf("the ID token says %v", tokens.Claims())
			}
			if info := app.UserInfo(tokens.AccessToken).JSON(); info["email"] != who.Email {
				t.Errorf("userinfo says %v", info)
			}
			silent := b.Authorize(app, "scope", "openid email", "prompt", "none")
			if silent.Code == "" || silent.Steps != nil {
				t.Errorf("silent: %v after %v", silent.Params, silent.Steps)
			}
		})
	}
}

func TestModes(t *testing.T) {
	p := backendtest.Start(t)
	who, app := p.Person(), p.App()
	b := who.Browser(p)
	for mode, method := range map[string]string{"query": "GET", "fragment": "GET", "form_post": "POST"} {
		for name, authorize := range map[string]func(*backendtest.App, ...string) *backendtest.Answer{"GET": b.Authorize, "POST": b.AuthorizePost} {
			answer := authorize(app, "response_mode", mode)
			if answer.Code == "" || answer.Request.Method != method || answer.State != answer.SentState {
				t.Errorf("%s by %s: the browser sends %s with %v", mode, name, answer.Request.Method, answer.Params)
			}
			if app.Redeem(answer).AccessToken == "" {
				t.Errorf("%s by %s: no token", mode, name)
			}
		}
	}
}

// A walk stops where nothing is known to be done, and can be carried on.
func TestStops(t *testing.T) {
	p := backendtest.Start(t)
	who, app := p.Person(), p.App()
	if a := p.Browser().Authorize(app); a.Page == nil || a.Page.Kind != "sign-in" || a.Request != nil {
		t.Errorf("without a passkey: %+v", a)
	}
	b := who.Browser(p)
	b.Decision = ""
	a := b.Authorize(app)
	if a.Page == nil || a.Page.Kind != "consent" {
		t.Fatalf("undecided: %v", a.Steps)
	}
	if a = b.Press(a, "deny"); a.Error != "access_denied" || a.State != a.SentState {
		t.Errorf("denied: %v", a.Params)
	}
	nobody := p.App(func(in *admin.ClientInput) { in.Access = admin.Access{} })
	if a = b.Authorize(nobody); a.Page == nil || a.Page.Kind != "no-access" {
		t.Errorf("no access: %v", a.Steps)
	}
	if a = b.Authorize(app, "redirect_uri", "https://other.example/"); a.Page == nil || a.Page.StatusCode != http.StatusBadRequest {
		t.Errorf("a wrong redirect URI: %v", a.Steps)
	}
}

func TestTwoPeopleInOneBrowser(t *testing.T) {
	p := backendtest.Start(t)
	emil, frida, app := p.Person(), p.Person(), p.App()
	b := emil.Browser(p)
	b.SignIn()
	b.Person = frida
	b.SignIn()
	b.Person = emil
	a := b.Authorize(app, "prompt", "select_account")
	if got := app.Redeem(a).Claims()["sub"]; got != emil.ID || a.Steps[0] != "accounts" {
		t.Errorf("%v was chosen after %v", got, a.Steps)
	}
}

func TestSignOut(t *testing.T) {
	p := backendtest.Start(t)
	app, b := p.App(), p.Person().Browser(p)
	hint := app.Redeem(b.Authorize(app)).IDToken
	a := b.EndSession("client_id", app.ID)
	if a.Page == nil || a.Page.Kind != "end-session" {
		t.Fatalf("without a hint: %v", a.Steps)
	}
	a = b.EndSession("id_token_hint", hint, "post_logout_redirect_uri", app.Input.PostLogoutRedirectURIs[0], "state", "bye")
	if a.Page != nil || a.State != "bye" {
		t.Errorf("with a hint: %v", a.Steps)
	}
	if a = b.Authorize(app, "prompt", "none"); a.Error != "login_required" {
		t.Errorf("after the sign-out: %v", a.Params)
	}
}

// What is on disk lasts, and the clock stays where it was put.
func TestRestart(t *testing.T) {
	p := backendtest.Start(t)
	app, b := p.App(), p.Owner().Browser(p)
	tokens := app.Redeem(b.Authorize(app, "scope", "openid offline_access"))
	p.Clock.Advance(2 * time.Hour)
	p.Restart()
	if got := app.UserInfo(tokens.AccessToken); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("an old access token: %s", got.Status)
	}
	tokens = app.Refresh(tokens.RefreshToken)
	if got := app.UserInfo(tokens.AccessToken); got.StatusCode != http.StatusOK {
		t.Errorf("a fresh access token: %s %s", got.Status, got.Body)
	}
	if a := b.Authorize(app, "scope", "openid offline_access", "prompt", "none"); a.Code == "" {
		t.Errorf("the session is gone: %v", a.Params)
	}
	if len(p.Events(idp.EventSignedIn)) != 2 {
		t.Errorf("signed in %d times", len(p.Events(idp.EventSignedIn)))
	}
	if raw, err := os.ReadFile(p.Database()); err != nil || !strings.HasPrefix(string(raw), "SQLite format 3") {
		t.Errorf("no database at %s: %v", p.Database(), err)
	}
}

// Limits count by address: many browsers at once are held up by none.
func TestManyAddresses(t *testing.T) {
	p := backendtest.Start(t)
	app, who := p.App(), p.Person()
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			if a := who.Browser(p).Authorize(app); a.Code == "" {
				t.Errorf("no code: %v", a.Params)
			}
		})
	}
	all.Wait()
	one := p.Browser()
	limited := false
	for range 200 {
		limited = limited || one.Get("/sign-in").StatusCode == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("one address alone is never held up")
	}
}
