package probes

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"hearthkey/backend/backendtest"
)

var _ = add(map[string]func(*probe){
	"CO-01": func(p *probe) { codeReplay(p, 0) },
	"CO-02": func(p *probe) { codeReplay(p.alone(), 30*time.Second) }, // by the clock that tests move
	"CO-04": codeOfAnother,
	"CO-05": codeRedirect,
	"CO-07": mangled,
	"CO-09": dump,
	"CO-10": hijack,
	"CO-12": interactionOfAnother,
})

func codeReplay(p *probe, after time.Duration) {
	app, b := p.App(), p.signedIn()
	a := b.Authorize(app, "scope", "openid offline_access", "prompt", "consent")
	t := p.works("the first use", app.Redeem(a))
	p.alive("the first use", app, t)
	if after > 0 {
		p.Clock.Advance(after)
	}
	p.invalidGrant("the second use", app.Redeem(a))
	p.dead("what the first gave", app, t)
}

func codeOfAnother(p *probe) {
	mine, evil, b := p.App(), p.App(), p.signedIn()
	a := b.Authorize(mine)
	p.invalidGrant("by another app", evil.Redeem(a))
	p.invalidGrant("by its own app after that", mine.Redeem(a))

	a = b.Authorize(mine)
	p.oauthError("with another client_id in the body", mine.Redeem(a, "client_id", evil.ID), http.StatusBadRequest, "invalid_request", "invalid_grant")
	p.works("the code, which a malformed request did not burn", mine.Redeem(a))

	theirs := b.Authorize(evil)
	p.invalidGrant("the right app, and another's code", mine.Redeem(theirs, "redirect_uri", mine.RedirectURI))
}

func codeRedirect(p *probe) {
	app, b := p.App(), p.signedIn()
	p.invalidGrant("another address", app.Redeem(b.Authorize(app), "redirect_uri", app.RedirectURI+"2"))
	p.oauthError("none", app.Redeem(b.Authorize(app), "redirect_uri", backendtest.Omit), http.StatusBadRequest, "invalid_grant", "invalid_request")
}

// mangled: nothing near a code or token is one.
func mangled(p *probe) {
	app, b := p.App(), p.signedIn()
	a := b.Authorize(app, "scope", "openid offline_access", "prompt", "consent")
	for _, code := range variants(a.Code) {
		p.invalidGrant("code "+code, app.Redeem(a, "code", code))
	}
	t := p.works("the code itself, which none of those burned", app.Redeem(a))
	for _, token := range variants(t.AccessToken) {
		if res := app.UserInfo(token); res.StatusCode != http.StatusUnauthorized {
			p.Errorf("the token %q answers %d", token, res.StatusCode)
		}
	}
	for _, token := range variants(t.RefreshToken) {
		p.invalidGrant("refresh token "+token, app.Refresh(token))
	}
	p.works("the refresh token itself", app.Refresh(t.RefreshToken))
}

// variants are a secret cut, lengthened, and with each eighth byte turned.
func variants(secret string) []string {
	out := []string{secret[:len(secret)-1], secret[:len(secret)/2], secret[1:], secret + "A", "A" + secret, secret + "=", strings.ToLower(secret), secret + "." + secret}
	for i := 0; i < len(secret); i += 8 {
		turned := []byte(secret)
		turned[i] ^= 1
		if turned[i] > 0x20 && turned[i] < 0x7f {
			out = append(out, string(turned))
		}
	}
	return out
}

// dump: whoever reads the database has nothing that can be presented.
func dump(p *probe) {
	p = p.alone()
	app, b := p.App(), p.signedIn()
	a := b.Authorize(app, "scope", "openid offline_access", "prompt", "consent")
	t := p.works("sign in", app.Redeem(a))
	waiting := b.Authorize(app)
	secrets := map[string]string{"code": waiting.Code, "access token": t.AccessToken, "refresh token": t.RefreshToken, "client secret": app.Secret}
	for _, c := range b.Cookies() {
		secrets["cookie "+c.Name] = c.Value
	}
	p.Stop()
	var all string
	for _, suffix := range []string{"", "-wal"} {
		raw, _ := os.ReadFile(p.Database() + suffix) // the log is gone after a clean stop
		all += string(raw)
	}
	if !strings.Contains(all, app.ID) {
		p.Fatal("this is not the database")
	}
	for what, secret := range secrets {
		forms := []string{secret}
		if raw, err := base64.RawURLEncoding.DecodeString(secret); err == nil {
			forms = append(forms, string(raw), hex.EncodeToString(raw))
		}
		for _, form := range forms {
			if strings.Contains(all, form) {
				p.Errorf("the %s stands in the database", what)
			}
		}
	}
	p.Open()
	p.works("the code is good", app.Redeem(waiting))
}

// hijack: what one browser began, no other goes on with (RFC 9700 §4.7).
func hijack(p *probe) {
	app := p.App()
	first, second := p.signedIn(), p.signedIn()
	first.Decision, second.Decision = "", ""
	a := first.Authorize(app)
	if a.Page == nil || a.Page.Kind != "consent" {
		p.Fatalf("no consent page: %v", a.Params)
	}
	tx := a.Page.Request.URL.Query().Get("tx")
	form := url.Values{"tx": {tx}, "decision": {"allow"}}
	for what, res := range map[string]*backendtest.Response{"opened": second.Get("/authorize/continue?tx=" + tx), "approved": second.PostForm("/consent", form), "signed in to": second.Get("/sign-in?tx=" + tx)} {
		if res.StatusCode < 400 || res.StatusCode > 499 || res.Location() != "" {
			p.Errorf("%s in another browser it answers %d and leads to %q", what, res.StatusCode, res.Location())
		}
	}
	if done := first.Press(a, "allow"); done.Code == "" {
		p.Errorf("the browser that began it gets %v", done.Params)
	}
}

// interactionOfAnother: the request's own app is answered, whatever app the address names.
func interactionOfAnother(p *probe) {
	mine, evil, b := p.App(), p.App(), p.signedIn()
	b.Decision = ""
	a := b.Authorize(mine)
	tx := a.Page.Request.URL.Query().Get("tx")
	res := b.PostForm("/consent?app="+url.QueryEscape(evil.ID)+"&client_id="+url.QueryEscape(evil.ID), url.Values{"tx": {tx}, "decision": {"allow"}, "app": {evil.ID}, "client_id": {evil.ID}})
	if strings.Contains(res.Body, evil.RedirectURI) || strings.Contains(res.Location(), evil.RedirectURI) {
		p.Errorf("the answer goes to the other app:\n%s", res.Body)
	}
	if ask := b.Authorize(evil); ask.Page == nil || ask.Page.Kind != "consent" {
		p.Errorf("the other app was given consent: %v", ask.Params)
	}
}
