//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

// TestSignInToAnApp is the main job: invite, passkey, sign out, sign in to an app, refresh, userinfo, sign out at the app.
func TestSignInToAnApp(t *testing.T) {
	d := serve(t, t.TempDir(), nil, "--port", freePort(t), "--owner-username", "nora", "--owner-name", "Nora Lindqvist", "--owner-email", "nora@home.example", "--home", "Lindqvist home")
	owner := do[[]struct{ User idp.User }](t, d.dir, "user", "list", "nora")[0].User
	b := newBrowser(t)
	b.enrol(d.invite)
	b.signOut(d.issuer)

	rp := newRelyingParty(t)
	a := do[app](t, d.dir, "app", "add", "--name", "Photos", "--redirect-uri", rp.redirectURI(), "--post-logout-redirect-uri", rp.base()+"/goodbye", "--everyone")
	rp.register(d.issuer, a)
	b.open(rp.base() + "/login")
	if title := b.sees("h1"); !strings.Contains(title, "Photos") {
		t.Errorf("the sign-in page does not name the app: %q", title)
	}
	b.usePasskey()
	b.allow()
	if said := b.sees("#done"); said != "hello nora" {
		t.Fatalf("the app says %q", said)
	}
	for name, want := range map[string]any{
		"sub": owner.ID, "iss": d.issuer, "aud": a.ID, "name": "Nora Lindqvist", "preferred_username": "nora", "email": "nora@home.example", "email_verified": true,
		"groups": []string{}, "acr": idp.ACRPasskey,
	} {
		mustClaim(t, rp.claims, name, want)
	}

	first := rp.token.AccessToken
	if err := rp.refresh(); err != nil {
		t.Fatalf("refresh: %v", err)
	}
	if rp.token.AccessToken == first {
		t.Error("refresh gave the same access token")
	}
	info, err := rp.userInfo()
	if err != nil {
		t.Fatalf("userinfo: %v", err)
	}
	mustClaim(t, info, "sub", owner.ID)
	mustClaim(t, info, "email", "nora@home.example")

	// Signed in already: the second time is silent, as consent is remembered.
	b.open(rp.base() + "/login?prompt=none")
	b.sees("#done")

	b.open(rp.endSession("see you"))
	if said := b.sees("#done"); said != "goodbye see you" {
		t.Errorf("after the sign-out the app says %q", said)
	}
	b.open(rp.base() + "/login?prompt=none")
	if said := b.sees("#done"); said != "failed: login_required" {
		t.Errorf("after the sign-out a silent sign-in says %q", said)
	}
	b.quiet()
}

// TestInviteWorksOnce opens a used link again, in another browser.
func TestInviteWorksOnce(t *testing.T) {
	d := serve(t, t.TempDir(), nil, "--port", freePort(t))
	do[idp.User](t, d.dir, "user", "add", "--name", "Emil", "--username", "emil", "--email", "emil@home.example")
	invite := do[link](t, d.dir, "invite", "emil").URL
	newBrowser(t).enrol(invite)
	other := newBrowser(t)
	other.open(invite)
	if text := other.sees("main"); !strings.Contains(text, "was used already") {
		t.Errorf("a used invite shows %q", text)
	}
}

// TestNobodyMayUseANewApp signs in a person whom no access row names, then lets them in.
func TestNobodyMayUseANewApp(t *testing.T) {
	d := serve(t, t.TempDir(), nil, "--port", freePort(t), "--owner-username", "nora")
	b := newBrowser(t)
	b.enrol(d.invite)
	rp := newRelyingParty(t)
	a := do[app](t, d.dir, "app", "add", "--name", "Photos", "--redirect-uri", rp.redirectURI())
	rp.register(d.issuer, a)
	b.open(rp.base() + "/login")
	if text := b.sees("main"); !strings.Contains(text, "Photos") {
		t.Errorf("the page does not name the app: %q", text)
	}
	if strings.HasPrefix(b.url(), rp.base()) {
		t.Fatalf("nobody may use the app, and the browser is at %s", b.url())
	}
	do[any](t, d.dir, "group", "add", "family", "--member", "nora")
	do[any](t, d.dir, "app", "change", a.ID, "--group", "family")
	b.open(rp.base() + "/login")
	b.allow()
	if said := b.sees("#done"); said != "hello nora" {
		t.Errorf("the app says %q", said)
	}
	mustClaim(t, rp.claims, "groups", []string{"family"})
}

// TestDisabledPersonLosesEverything switches a person off between two refreshes.
func TestDisabledPersonLosesEverything(t *testing.T) {
	d := serve(t, t.TempDir(), nil, "--port", freePort(t))
	do[idp.User](t, d.dir, "user", "add", "--name", "Emil", "--username", "emil")
	b := newBrowser(t)
	b.enrol(do[link](t, d.dir, "invite", "emil").URL)
	rp := newRelyingParty(t)
	rp.register(d.issuer, do[app](t, d.dir, "app", "add", "--name", "Photos", "--redirect-uri", rp.redirectURI(), "--user", "emil"))
	b.open(rp.base() + "/login")
	b.allow()
	b.sees("#done")
	if err := rp.refresh(); err != nil {
		t.Fatalf("refresh: %v", err)
	}
	do[any](t, d.dir, "user", "disable", "emil")
	if err := rp.refresh(); err == nil {
		t.Error("a person who was switched off still refreshes")
	}
	if _, err := rp.userInfo(); err == nil {
		t.Error("a person who was switched off still has userinfo")
	}
	b.open(rp.base() + "/login?prompt=none")
	if said := b.sees("#done"); said != "failed: login_required" {
		t.Errorf("the app says %q", said)
	}
}

// TestAutofillSignsIn: where the browser offers passkeys in the user name field, picking one there is the whole sign-in.
func TestAutofillSignsIn(t *testing.T) {
	d := serve(t, t.TempDir(), nil, "--port", freePort(t), "--owner-username", "nora")
	b := newBrowser(t)
	b.enrol(d.invite)
	b.signOut(d.issuer)
	rp := newRelyingParty(t)
	rp.register(d.issuer, do[app](t, d.dir, "app", "add", "--name", "Photos", "--redirect-uri", rp.redirectURI(), "--everyone", "--skip-consent"))
	b.do("offer autofill", b.autofill(true))
	b.open(rp.base() + "/login")
	if said := b.sees("#done"); said != "hello nora" {
		t.Errorf("the app says %q", said)
	}
}
