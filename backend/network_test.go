package backend_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
)

const connect = "Connect Tailscale first"

// homebody is somebody who may sign in from the tailnet only, with the rule of whoever makes it.
func homebody(p *backendtest.Provider) *backendtest.Person {
	return p.Person(func(in *admin.UserInput) { in.NetworkRule = idp.NetworkTailnetOnly })
}

// keep is the input that changes nothing of a person.
func keep(u idp.User) admin.UserInput {
	return admin.UserInput{UserName: u.UserName, Name: u.Name, GivenName: u.GivenName, FamilyName: u.FamilyName, Email: u.Email, NetworkRule: u.NetworkRule}
}

func restrict(p *backendtest.Provider, u idp.User) {
	p.Helper()
	in := keep(u)
	in.NetworkRule = idp.NetworkTailnetOnly
	if _, err := p.Admin.UpdateUser(context.Background(), u.ID, in); err != nil {
		p.Fatal(err)
	}
}

// abroad is how many sessions somebody has that began on the internet.
func abroad(d admin.UserDetail) (n int) {
	for _, s := range d.Sessions {
		if s.Network == idp.NetworkPublic {
			n++
		}
	}
	return n
}

// says looks for a page of a status that says something.
func says(t *testing.T, page *backendtest.Response, status int, text string) {
	t.Helper()
	if page == nil || page.StatusCode != status || !strings.Contains(page.Body, text) {
		t.Fatalf("want %d with %q, got %+v", status, text, page)
	}
}

// retry is where the page's "Try again" leads.
func retry(t *testing.T, page *backendtest.Response) string {
	t.Helper()
	_, rest, ok := strings.Cut(page.Body, `<a class="btn go" href="`)
	to, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("the page leads nowhere:\n%s", page.Body)
	}
	return strings.ReplaceAll(to, "&amp;", "&")
}

// TestSignInOfAHomebody: the passkey is good, and no session begins on the internet. The page leads back to the request once the browser is in the tailnet.
func TestSignInOfAHomebody(t *testing.T) {
	p := backendtest.Start(t)
	who, app := homebody(p), p.App()
	b := who.Browser(p).In(idp.NetworkPublic)
	a := b.Authorize(app)
	if a.Page == nil {
		t.Fatalf("the app gets %v", a.Params)
	}
	says(t, a.Page.Response, http.StatusForbidden, connect)
	if !a.Page.Close {
		t.Error("the browser keeps its connection through the internet")
	}
	if strings.Contains(a.Page.Body, who.UserName) || strings.Contains(a.Page.Body, who.Email) {
		t.Errorf("the page names somebody:\n%s", a.Page.Body)
	}
	if d, err := p.Admin.User(context.Background(), who.ID); err != nil || abroad(d) != 0 || d.SeenOnTailnet {
		t.Errorf("they have %+v, %v", d.Sessions, err)
	}
	refused := p.Events(idp.EventSignInRefused)
	if len(refused) != 1 || refused[0].Reason != string(idp.PersonNotThere) || refused[0].UserID != who.ID || refused[0].ClientID != app.ID || refused[0].Network != idp.NetworkPublic {
		t.Errorf("activity says %+v", refused)
	}
	if to := b.Get("/account").Location(); to != "/sign-in" {
		t.Errorf("somebody is signed in: /account leads to %q", to)
	}
	if a = b.In(idp.NetworkTailnet).Walk(retry(t, a.Page.Response)); a.Code == "" {
		t.Fatalf("from the tailnet: %v", a.Steps)
	}
	if d, _ := p.Admin.User(context.Background(), who.ID); !d.SeenOnTailnet {
		t.Error("nobody noticed that they were in the tailnet")
	}
}

// TestRoaming: a session begun on the tailnet is good for nothing on the internet, and good again at home. What it gave to apps there goes on.
func TestRoaming(t *testing.T) {
	p := backendtest.Start(t)
	who, app, other := homebody(p), p.App(), p.App()
	b := who.Browser(p).In(idp.NetworkTailnet)
	b.SignIn()
	tokens := app.Redeem(b.Authorize(app, "scope", "openid offline_access"))
	b.In(idp.NetworkPublic)
	says(t, b.Get("/account"), http.StatusForbidden, connect)
	if res := b.PostJSON("/account/step-up/options", map[string]any{}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a step-up answers %s", res.Status)
	}
	if res := b.PostForm("/account/apps/revoke", url.Values{"app": {app.ID}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("withdrawing answers %s", res.Status)
	}
	if a := b.Authorize(app, "prompt", "none"); a.Error != "access_denied" {
		t.Errorf("silent: %v", a.Params)
	}
	for _, prompt := range []string{"consent", "select_account", "login", backendtest.Omit} {
		a := b.Authorize(other, "prompt", prompt)
		if a.Page == nil {
			t.Fatalf("prompt=%s: the app gets %v", prompt, a.Params)
		}
		says(t, a.Page.Response, http.StatusForbidden, connect)
	}
	if tokens = app.Refresh(tokens.RefreshToken); app.UserInfo(tokens.AccessToken).StatusCode != http.StatusOK {
		t.Errorf("what was given at home has ended: %s", tokens.Error)
	}
	if a := b.In(idp.NetworkTailnet).Authorize(app, "prompt", "none", "scope", "openid offline_access"); a.Code == "" {
		t.Errorf("at home again: %v", a.Params)
	}
}

// TestConsentElsewhere: the page was shown at home and answered on the internet.
func TestConsentElsewhere(t *testing.T) {
	p := backendtest.Start(t)
	who, app := homebody(p), p.App()
	b := who.Browser(p).In(idp.NetworkTailnet)
	b.SignIn()
	b.Decision = ""
	a := b.Authorize(app)
	b.In(idp.NetworkPublic)
	if a = b.Press(a, "allow"); a.Page == nil {
		t.Fatalf("the app gets %v", a.Params)
	}
	says(t, a.Page.Response, http.StatusForbidden, connect)
	if d, _ := p.Admin.User(context.Background(), who.ID); len(d.Consents) != 0 {
		t.Errorf("it was remembered: %v", d.Consents)
	}
	if a = b.In(idp.NetworkTailnet).Walk(retry(t, a.Page.Response)); a.Page == nil || a.Page.Kind != "consent" {
		t.Errorf("at home again: %v", a.Steps)
	}
}

func TestInviteOfAHomebody(t *testing.T) {
	p := backendtest.Start(t)
	who := homebody(p)
	link, err := p.Admin.Invite(context.Background(), who.ID)
	if err != nil {
		t.Fatal(err)
	}
	b := p.Browser().In(idp.NetworkPublic)
	page := b.Get(link.URL)
	says(t, page, http.StatusForbidden, connect)
	path := strings.TrimPrefix(link.URL, p.Issuer)
	if retry(t, page) != path {
		t.Errorf("it leads to %s", retry(t, page))
	}
	for _, step := range []string{"/options", "/passkey"} {
		if res := b.PostJSON(path+step, map[string]any{}); res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s answers %s", step, res.Status)
		}
	}
	says(t, b.In(idp.NetworkTailnet).Get(link.URL), http.StatusOK, "passkey")
}

// TestGroupsAreStrict: the strictest of all their groups wins, at the next call, and what was begun elsewhere ends for good.
func TestGroupsAreStrict(t *testing.T) {
	p := backendtest.Start(t)
	ctx := context.Background()
	who, beside, app := p.Person(), p.Person(), p.App()
	out, home, else_ := who.Browser(p).In(idp.NetworkPublic), who.Browser(p).In(idp.NetworkTailnet), beside.Browser(p).In(idp.NetworkPublic)
	given := map[string]*backendtest.Tokens{}
	for name, b := range map[string]*backendtest.Browser{"out": out, "home": home, "else": else_} {
		given[name] = app.Redeem(b.Authorize(app, "scope", "openid offline_access"))
	}
	away := p.App() // that somebody opened abroad, signed in at home
	given["abroad"] = away.Redeem(home.In(idp.NetworkPublic).Authorize(away))
	home.In(idp.NetworkTailnet)
	group := admin.GroupInput{Name: "children", MemberIDs: []string{who.ID}, NetworkRule: idp.NetworkTailnetOnly}
	g, err := p.Admin.CreateGroup(ctx, group)
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		for name, want := range map[string]int{"out": http.StatusUnauthorized, "home": http.StatusOK, "abroad": http.StatusUnauthorized, "else": http.StatusOK} {
			if got := app.UserInfo(given[name].AccessToken).StatusCode; got != want {
				t.Errorf("%s, userinfo of %s answers %d, want %d", when, name, got, want)
			}
		}
		if d, _ := p.Admin.User(ctx, who.ID); abroad(d) != 0 {
			t.Errorf("%s, they have %+v", when, d.Sessions)
		}
	}
	check("narrowed")
	if got := app.Refresh(given["out"].RefreshToken).Error; got != "invalid_grant" {
		t.Errorf("a refresh answers %q", got)
	}
	out.Person = nil
	if a := out.Authorize(app); a.Page == nil || a.Page.Kind != "sign-in" {
		t.Errorf("the session of before goes on: %v", a.Steps)
	}
	group.NetworkRule = ""
	if _, err := p.Admin.UpdateGroup(ctx, g.ID, group); err != nil {
		t.Fatal(err)
	}
	check("given back")
	out.Person = who
	if a := out.Authorize(app, "scope", "openid offline_access"); a.Code == "" {
		t.Errorf("given back, a new sign-in ends at %v", a.Steps)
	}
}

// TestOwnRule: the rule is the person's own, and holds at the next call too.
func TestOwnRule(t *testing.T) {
	p := backendtest.Start(t)
	who, app := p.Person(), p.App()
	b := who.Browser(p).In(idp.NetworkPublic)
	tokens := app.Redeem(b.Authorize(app))
	restrict(p, who.User)
	if got := app.UserInfo(tokens.AccessToken).StatusCode; got != http.StatusUnauthorized {
		t.Errorf("userinfo answers %d", got)
	}
	a := b.Authorize(app)
	if a.Page == nil {
		t.Fatalf("the app gets %v", a.Params)
	}
	says(t, a.Page.Response, http.StatusForbidden, connect)
	changed := p.Events(idp.EventUserChanged)
	if len(changed) != 1 || changed[0].Detail["networkRule"] != string(idp.NetworkTailnetOnly) {
		t.Errorf("activity says %+v", changed)
	}
	if _, err := p.Admin.UpdateUser(context.Background(), who.ID, admin.UserInput{Name: "Emil", UserName: who.UserName, NetworkRule: "garden"}); idp.CodeOf(err) != idp.Invalid {
		t.Errorf("a rule that is none: %v", err)
	}
}

// TestDeviceOfAHomebody: a device is confirmed at home, though the person was signed in when they left.
func TestDeviceOfAHomebody(t *testing.T) {
	p := backendtest.Start(t)
	who := homebody(p)
	app := p.App(func(in *admin.ClientInput) { in.DeviceGrant, in.DeviceAnywhere = true, true })
	b := who.Browser(p).In(idp.NetworkTailnet)
	b.SignIn()
	var d struct {
		User string `json:"user_code"`
		Code string `json:"device_code"`
	}
	app.Post("/api/oidc/device/authorize", url.Values{"scope": {"openid"}}).Decode(&d)
	b.In(idp.NetworkPublic)
	res := b.PostForm("/device", url.Values{"code": {d.User}})
	for res.Location() != "" {
		res = b.Get(res.Location())
	}
	says(t, res, http.StatusForbidden, connect)
	says(t, b.In(idp.NetworkTailnet).Get(retry(t, res)), http.StatusOK, "Did you just start")
	if got := app.Token("grant_type", "urn:ietf:params:oauth:grant-type:device_code", "device_code", d.Code).Error; got != "authorization_pending" {
		t.Errorf("meanwhile the device hears %q", got)
	}
}
