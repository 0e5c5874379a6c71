package signin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// The account page opens the apps that a person may use, and no others.
func TestAccountOpensApps(t *testing.T) {
	h := newHouse(t)
	app := func(name string, change func(*idp.Client)) idp.Client {
		return storetest.Client(t, h.store, func(c *idp.Client) { c.Name = name; change(c) })
	}
	initiated := app("Miniflux", func(c *idp.Client) {
		c.LaunchURL, c.InitiateLoginURI = "https://rss.example/", "https://rss.example/login?provider=home"
	})
	bare := app("Without an address", func(c *idp.Client) { c.LaunchURL = "" })
	forbidden := app("Not for Emil", func(c *idp.Client) { c.LaunchURL = "https://secret.example" })
	off := app("Switched off", func(c *idp.Client) { c.LaunchURL, c.DisabledAt = "https://off.example", 1 })
	storetest.AllowEveryone(t, h.store, initiated.ID)
	storetest.AllowEveryone(t, h.store, bare.ID)
	storetest.AllowEveryone(t, h.store, off.ID)
	storetest.Allow(t, h.store, forbidden.ID)
	v, _ := h.member(h.emil)
	page := v.get("/account").want(http.StatusOK, "Your apps", `href="https://git.lindqvist.example"`,
		`href="https://rss.example/login?provider=home&`+url.Values{"iss": {h.issuer}}.Encode()+`"`, "rss.example")
	for _, c := range []idp.Client{bare, forbidden, off} {
		if strings.Contains(page.body, c.Name) {
			t.Errorf("the page offers %q", c.Name)
		}
	}
}

// What was allowed can be taken back: the app's tokens are dead at once, and it asks anew.
func TestRevokeApp(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	v.idTokenOf()
	token := v.accessToken
	userInfo := func() int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.issuer+"/api/oidc/userinfo", nil)
		must(err)
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := v.client.Do(r)
		must(err)
		must(answer.Body.Close())
		return answer.StatusCode
	}
	if got := userInfo(); got != http.StatusOK {
		t.Fatalf("userinfo answers %d before", got)
	}
	page := v.get("/account").want(http.StatusOK, "Apps that know you", "Knows your name and e-mail address")
	if !strings.Contains(page.body, `name="app" value="`+h.forge.ID+`"`) {
		t.Fatal("nothing to withdraw")
	}

	other, _ := h.member(h.nora) // somebody else takes back nothing of Emil's
	other.post("/account/apps/revoke", url.Values{"app": {h.forge.ID}}).location("/account?done=revoked")
	h.visitor().post("/account/apps/revoke", url.Values{"app": {h.forge.ID}}).want(http.StatusForbidden)
	if got := userInfo(); got != http.StatusOK || len(h.events(idp.EventConsentRevoked)) != 0 {
		t.Fatalf("userinfo answers %d after somebody else's", got)
	}

	for range 2 { // twice is once
		v.post("/account/apps/revoke", url.Values{"app": {h.forge.ID}}).location("/account?done=revoked")
	}
	if got := userInfo(); got != http.StatusUnauthorized {
		t.Errorf("userinfo answers %d afterwards", got)
	}
	page = v.get("/account?done=revoked").want(http.StatusOK, "The app is cut off.")
	if strings.Contains(page.body, "Apps that know you") {
		t.Error("it is still listed")
	}
	v.follow(h.authorizeURL()).want(http.StatusOK, "Forgejo wants to know who you are")
	if got := h.events(idp.EventConsentRevoked); len(got) != 1 || got[0].UserID != h.emil.ID || got[0].Actor != idp.ActorUser || got[0].Detail["app"] != "Forgejo" {
		t.Errorf("events %+v", got)
	}
}

func TestKnows(t *testing.T) {
	for scope, want := range map[string]string{
		"openid": "Knows that you are the same person", "openid email": "Knows your e-mail address",
		"openid profile email groups offline_access": "Knows your name, e-mail address and groups",
	} {
		if got := knowsOf(scope); got != want {
			t.Errorf("%s: %q, want %q", scope, got, want)
		}
	}
}

// An app of the tailnet is refused elsewhere, until its person comes by the tailnet.
func TestTailnetApp(t *testing.T) {
	h := newHouse(t)
	h.forge.NetworkRule = idp.NetworkTailnetOnly
	h.write(func(tx *store.Tx) error { return tx.UpdateClient(h.forge) })
	h.consent(h.emil, "openid profile email")
	v, _ := h.member(h.emil)
	v.place = "public 203.0.113.7"
	at := v.get(h.authorizeURL()).header.Get("Location")
	for range 2 {
		v.get(at).want(http.StatusForbidden, "Connect Tailscale first", "Connect Tailscale on this device, then try again.", `href="`+at+`">Try again`)
	}
	if got := h.events(idp.EventAccessDenied); len(got) != 1 || got[0].Reason != string(idp.NotOnTailnet) || got[0].Network != idp.NetworkPublic {
		t.Errorf("events %+v", got)
	}
	h.isFailure(v.follow(h.authorizeURL("prompt", "none")).location("https://git"), "access_denied")
	v.place = "tailnet 100.64.0.9"
	h.isAnswer(v.get(at).location("https://git"))
}
