package probes

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
)

var _ = add(map[string]func(*probe){
	"LO-02": logoutByOthers,
	"LO-03": logoutBadHint,
	"LO-05": logoutState,
	"LO-07": logoutToken,
	"LO-08": logoutHang,
})

// goodbye is the app's address after a sign-out.
func goodbye(app *backendtest.App) string { return app.Input.PostLogoutRedirectURIs[0] }

// stillSignedIn: a silent sign-in works, or does not.
func (p *probe) stillSignedIn(what string, b *backendtest.Browser, app *backendtest.App, want bool) {
	p.Helper()
	if a := b.Authorize(app, "prompt", "none"); (a.Code != "") != want {
		p.Errorf("%s: a silent sign-in gets %v", what, a.Params)
	}
}

// logoutByOthers: a page that makes the browser ask for a sign-out gets a question on the screen, and no sign-out.
func logoutByOthers(p *probe) {
	app, b := p.App(), p.signedIn()
	b.Authorize(app)
	for what, walk := range map[string]func() *backendtest.Answer{
		"a picture": func() *backendtest.Answer { return b.EndSession() },
		"a picture with the app": func() *backendtest.Answer {
			return b.EndSession("client_id", app.ID, "post_logout_redirect_uri", goodbye(app))
		},
		"a form": func() *backendtest.Answer {
			return b.Walk(b.PostFrom("https://evil.example", "/api/oidc/end-session", url.Values{"client_id": {app.ID}}).Location())
		},
	} {
		a := walk()
		if a.Page == nil || a.Page.Kind != "end-session" {
			p.Errorf("%s: no question: %v", what, a.Params)
		}
		p.stillSignedIn(what, b, app, true)
	}
	own := b.PostFrom("https://evil.example", "/sign-out", url.Values{})
	if own.StatusCode != http.StatusForbidden {
		p.Errorf("the own sign-out by another origin answers %d", own.StatusCode)
	}
	p.stillSignedIn("the own sign-out by another origin", b, app, true)
	b.Press(b.EndSession(), "sign-out")
	p.stillSignedIn("after saying yes", b, app, false)
}

func logoutBadHint(p *probe) {
	app, b := p.App(), p.signedIn()
	t := p.works("sign in", app.Redeem(b.Authorize(app)))
	parts := strings.Split(t.IDToken, ".")
	claims := headerOf(parts[1])
	claims["sub"] = "usr_other"
	for what, hint := range map[string]string{
		"alg none": unsigned(headerOf(parts[1])), "altered": parts[0] + "." + segment(claims) + "." + parts[2], "another key": forged(t.IDToken), "garbage": "x",
		"cut": t.IDToken[:len(t.IDToken)-4],
	} {
		a := b.EndSession("id_token_hint", hint, "post_logout_redirect_uri", goodbye(app), "state", "s")
		if a.Request != nil {
			p.Errorf("%s leads to %s", what, a.Request.URL)
		}
		p.stillSignedIn(what, b, app, true)
	}
	if a := b.EndSession("id_token_hint", t.IDToken, "post_logout_redirect_uri", goodbye(app), "state", "s"); a.Request == nil || a.State != "s" {
		p.Errorf("the good hint leads nowhere: %v", a.Params)
	}
	p.stillSignedIn("the good hint", b, app, false)
}

func logoutState(p *probe) {
	app := p.App()
	for _, state := range []string{"a\r\nSet-Cookie: x=1", `"><script>alert(1)</script>`, "a&post_logout_redirect_uri=https://evil.example"} {
		b := p.signedIn()
		t := p.works("sign in", app.Redeem(b.Authorize(app)))
		a := b.EndSession("id_token_hint", t.IDToken, "post_logout_redirect_uri", goodbye(app), "state", state)
		if a.Request == nil || a.Params.Get("state") != state || len(a.Params) != 1 {
			p.Errorf("state %q came back as %v", state, a.Params)
		}
		alone := p.signedIn().EndSession("state", state)
		if alone.Request != nil || strings.Contains(alone.Page.Body, state) {
			p.Errorf("state %q without an address is repeated", state)
		}
		for _, c := range alone.Page.Cookies() {
			if c.Name == "x" {
				p.Errorf("state %q sets a cookie", state)
			}
		}
	}
}

// listener is an app's back channel. What it gets stands in got; answer says what it does with it.
func (p *probe) listener(answer func(http.ResponseWriter, *http.Request)) (address string, got chan url.Values) {
	got = make(chan url.Values, 16)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		got <- r.PostForm
		answer(w, r)
	}))
	p.Cleanup(srv.Close)
	return srv.URL + "/logout", got
}

// patience bounds what a probe waits for; it is a limit, not a wait.
const patience = 30 * time.Second

// next is what an app gets next.
func (p *probe) next(got chan url.Values) url.Values {
	p.Helper()
	select {
	case form := <-got:
		return form
	case <-time.After(patience):
		p.Fatal("the app got nothing")
		return nil
	}
}

// logoutToken is what an app gets by the back channel (OIDC Back-Channel Logout §2.4).
func logoutToken(p *probe) {
	p = p.alone()
	address, got := p.listener(func(http.ResponseWriter, *http.Request) {})
	app := p.App(func(in *admin.ClientInput) { in.BackchannelLogoutURI, in.AllowHTTP = address, true })
	b := p.signedIn()
	t := p.works("sign in", app.Redeem(b.Authorize(app)))
	b.EndSession("id_token_hint", t.IDToken)
	form := p.next(got)
	parts := strings.Split(form.Get("logout_token"), ".")
	if len(parts) != 3 {
		p.Fatalf("the app got %v", form)
	}
	header, claims := headerOf(parts[0]), headerOf(parts[1])
	if header["typ"] != "logout+jwt" || header["alg"] != "RS256" {
		p.Errorf("the header is %v", header)
	}
	for name, want := range map[string]any{"iss": p.Issuer, "aud": app.ID, "sub": b.Person.ID, "sid": t.Claims()["sid"]} {
		if claims[name] != want {
			p.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	events, _ := claims["events"].(map[string]any)
	if e, ok := events["http://schemas.openid.net/event/backchannel-logout"].(map[string]any); !ok || len(e) != 0 {
		p.Errorf("events are %v", claims["events"])
	}
	if claims["nonce"] != nil || claims["jti"] == nil {
		p.Errorf("nonce %v, jti %v", claims["nonce"], claims["jti"])
	}
	iat, _ := claims["iat"].(float64)
	exp, _ := claims["exp"].(float64)
	if life := time.Duration(exp-iat) * time.Second; life <= 0 || life > 2*time.Minute {
		p.Errorf("it lives for %s", life)
	}
	p.isOurs(form.Get("logout_token"), header["kid"])
	if a := p.Browser().Authorize(app, "prompt", "none", "id_token_hint", form.Get("logout_token")); a.Code != "" {
		p.Error("a logout token signs somebody in")
	}
}

// isOurs checks the signature by the published key of that kid, with the standard library alone.
func (p *probe) isOurs(token string, kid any) {
	p.Helper()
	var set struct {
		Keys []struct{ Kid, N, E, Alg string }
	}
	p.Get("/.well-known/jwks.json").Decode(&set)
	for _, k := range set.Keys {
		if k.Kid != kid {
			continue
		}
		if !verified(token, k.N, k.E) {
			p.Error("the signature is not by the key it names")
		}
		return
	}
	p.Errorf("the kid %v is not published", kid)
}

// logoutHang: an app that answers nothing delays nobody's sign-out, and its delivery ends in activity.
func logoutHang(p *probe) {
	p = p.alone()
	release := make(chan struct{})
	address, got := p.listener(func(http.ResponseWriter, *http.Request) { <-release })
	p.Cleanup(func() { close(release) }) // before the listener is closed, which waits for it
	app := p.App(func(in *admin.ClientInput) { in.BackchannelLogoutURI, in.AllowHTTP = address, true })
	reset, _ := p.listener(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	})
	other := p.App(func(in *admin.ClientInput) { in.BackchannelLogoutURI, in.AllowHTTP = reset, true })
	fine, told := p.listener(func(http.ResponseWriter, *http.Request) {})
	third := p.App(func(in *admin.ClientInput) { in.BackchannelLogoutURI, in.AllowHTTP = fine, true })
	b := p.signedIn()
	t := p.works("sign in", app.Redeem(b.Authorize(app)))
	b.Authorize(other)
	b.Authorize(third)
	b.EndSession("id_token_hint", t.IDToken) // answers while the first app still holds its request
	p.stillSignedIn("the sign-out", b, app, false)
	p.next(got)
	p.next(told)
	p.waitFor(idp.EventLogoutDelivered, third)
}

// waitFor returns once activity has an event of an app.
func (p *probe) waitFor(kind string, app *backendtest.App) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), patience)
	defer cancel()
	since := int64(0)
	for ctx.Err() == nil {
		for _, e := range p.Events(kind) {
			if e.ClientID == app.ID {
				return
			}
		}
		var err error
		since, err = p.Admin.WaitForChange(ctx, since)
		p.must(err)
	}
	p.Fatalf("no %s of %s", kind, app.ID)
}

// decoded is a number of a JWK.
func decoded(s string) []byte {
	raw, _ := base64.RawURLEncoding.DecodeString(s)
	return raw
}
