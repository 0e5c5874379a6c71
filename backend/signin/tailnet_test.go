package signin

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

const emilsLogin = 7 // Emil's Tailscale user ID

// laptop is a node of Emil's; change makes another visitor of it.
func laptop(change ...func(*idp.Visitor)) string {
	v := idp.Visitor{Network: idp.NetworkTailnet, Source: netip.MustParseAddr("100.64.0.7"), Node: "laptop", Login: "emil@lindqvist.example", TailscaleUserID: emilsLogin, Identified: true}
	for _, c := range change {
		c(&v)
	}
	raw, err := json.Marshal(v)
	must(err)
	return string(raw)
}

// nameless is what a listener says of a node that is not one person's, or of a request that is not its own.
func nameless(why string) func(*idp.Visitor) {
	return func(v *idp.Visitor) {
		v.Login, v.TailscaleUserID, v.Identified, v.Unidentified = "", 0, false, why
	}
}

// linked lets forge know people by their Tailscale logins as change says, links one to Emil, and has the owner's word that there is no circle.
func (h *house) linked(change func(*idp.Client)) {
	h.Helper()
	h.change(change)
	h.write(func(tx *store.Tx) error {
		if err := tx.SetCarrier(h.Context(), store.CarrierNo); err != nil {
			return err
		}
		return tx.LinkTailnetLogin(idp.TailnetLogin{TailscaleID: emilsLogin, UserID: h.emil.ID, Login: "emil@lindqvist.example", LinkedAt: h.clock.Now()})
	})
}

func (h *house) change(change func(*idp.Client)) {
	h.Helper()
	change(&h.forge)
	h.write(func(tx *store.Tx) error { return tx.UpdateClient(h.forge) })
}

func hints(c *idp.Client)  { c.TailnetHint = true }
func clicks(c *idp.Client) { c.TailnetSignIn = true }

func (h *house) onLaptop(change ...func(*idp.Visitor)) *visitor {
	v := h.visitor()
	v.place = laptop(change...)
	return v
}

const (
	clickForm = `action="/sign-in/tailnet"`
	askForm   = `action="/enrol/ask"`
)

// TestTailnetHint: the page is for the person whose node asks, and for nobody else's passkey; nobody else learns of it.
func TestTailnetHint(t *testing.T) {
	h := newHouse(t)
	emils, noras := h.visitor().enrol(h.emil), h.visitor().enrol(h.nora)
	h.linked(hints)
	v := h.onLaptop()
	page := v.follow(h.authorizeURL()).want(http.StatusOK, "<b>emil</b>", "Not you?", "Continue as Emil")
	if strings.Contains(page.body, clickForm) || strings.Contains(page.body, askForm) {
		t.Error("a hint alone lets nobody in")
	}
	if _, err := noras.Get(page.ceremony().Options, h.issuer); err == nil {
		t.Error("the page offers itself to Nora's passkey")
	}
	other := v.get(page.link("/sign-in?")).want(http.StatusOK)
	if strings.Contains(other.body, "emil") {
		t.Error("the page still names Emil")
	}
	v.answer(other, noras).next() // somebody else may sign in there
	v = h.onLaptop()
	v.answer(v.follow(h.authorizeURL()), emils).next()
	if own := h.onLaptop().get("/sign-in").want(http.StatusOK); strings.Contains(own.body, "emil") { // no app asks
		t.Error("the page for the own account names Emil")
	}
	for name, place := range nobodies() {
		v := h.visitor()
		v.place = place
		if page := v.follow(h.authorizeURL()).want(http.StatusOK); strings.Contains(page.body, "emil") {
			t.Errorf("%s: the page names Emil", name)
		}
	}
	h.change(func(c *idp.Client) { c.TailnetHint = false })
	if page = h.onLaptop().follow(h.authorizeURL()).want(http.StatusOK); strings.Contains(page.body, "emil") {
		t.Error("an app without the hint names Emil")
	}
}

// nobodies are visitors whom no login speaks for.
func nobodies() map[string]string {
	public := func(v *idp.Visitor) { v.Network, v.Source = idp.NetworkPublic, netip.MustParseAddr("198.51.100.7") }
	return map[string]string{
		"tagged": laptop(nameless(idp.UnidentifiedTagged)), "shared": laptop(nameless(idp.UnidentifiedShared)), "expired": laptop(nameless(idp.UnidentifiedExpired)),
		"routes": laptop(nameless(idp.UnidentifiedRoutes)), "forwarded": laptop(nameless(idp.UnidentifiedForwarded)), "unknown": laptop(nameless(idp.UnidentifiedUnknown)),
		"funnel":           laptop(public, nameless("")),
		"funnel with name": laptop(public), // which no listener says
		"not identified":   laptop(func(v *idp.Visitor) { v.Identified = false }),
		"another person":   laptop(func(v *idp.Visitor) { v.TailscaleUserID = 8 }),
		"nobody at all":    "",
	}
}

// clicked presses the button of a sign-in page.
func (v *visitor) clicked(page reply) reply {
	v.Helper()
	if !strings.Contains(page.body, clickForm) {
		v.Fatalf("no click in\n%s", page.body)
	}
	return v.post("/sign-in/tailnet", url.Values{"tx": {page.tx()}})
}

// TestTailnetClick: one click signs in to this app and to nothing else.
func TestTailnetClick(t *testing.T) {
	h := newHouse(t)
	h.linked(clicks)
	h.consent(h.emil, "openid profile email")
	v := h.onLaptop()
	page := v.follow(h.authorizeURL()).want(http.StatusOK, "Continue as Emil", "Not you?", "Use a passkey instead")
	if len(h.events(idp.EventSignedIn)) != 0 {
		t.Fatal("looking signed somebody in")
	}
	at := v.clicked(page).header.Get("Location")
	code := v.get(at).leaving().Query().Get("code") // a form was posted, so a page leads on
	claims := v.redeem(code)
	if claims["acr"] != idp.ACRTailnet || strings.Join(list(claims["amr"]), " ") != idp.AMRTailnet || claims["sub"] != h.emil.ID {
		t.Errorf("claims %v", claims)
	}
	e := h.events(idp.EventSignedIn)[0]
	if e.Reason != idp.AMRTailnet || e.UserID != h.emil.ID || e.Detail["login"] == "" || e.Detail["node"] != "laptop" || e.Network != idp.NetworkTailnet {
		t.Errorf("event %+v", e)
	}
	// Nobody is signed in in this browser: no account, no other app, and the same app asks again.
	v.get("/account").location("/sign-in")
	v.get("/").want(http.StatusOK, "Use your passkey")
	v.send("/account/step-up/options", asked{}).failure(http.StatusForbidden, "page.not_signed_in")
	v.send("/account/passkeys/options", asked{}).failure(http.StatusForbidden, "page.not_signed_in")
	for _, more := range [][]string{nil, {"prompt", "select_account"}, {"login_hint", "emil"}} {
		v.follow(h.authorizeURL(more...)).want(http.StatusOK, "Sign in to Forgejo", "Continue as Emil")
	}
	other := storetest.Client(t, h.store, func(c *idp.Client) { c.Name, c.RedirectURIs = "Wiki", h.forge.RedirectURIs })
	storetest.AllowEveryone(t, h.store, other.ID)
	if page := v.follow(h.authorizeURL("client_id", other.ID)).want(http.StatusOK, "Sign in to Wiki"); strings.Contains(page.body, clickForm) || strings.Contains(page.body, "emil") {
		t.Error("another app takes the click")
	}
	h.isFailure(v.follow(h.authorizeURL("prompt", "none")).location("https://git"), "login_required")
	// A second click goes on with the same session.
	h.clock.Advance(time.Second)
	again := v.redeem(v.get(v.clicked(v.follow(h.authorizeURL())).header.Get("Location")).leaving().Query().Get("code"))
	if again["sid"] != claims["sid"] || again["auth_time"] == claims["auth_time"] {
		t.Errorf("first %v, then %v", claims, again)
	}
}

// TestTailnetClickNever: what asks for more than a click does not get one, by the page or by its form.
func TestTailnetClickNever(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*house)
		more   []string
	}{
		{"prompt=login", nil, []string{"prompt", "login"}},
		{"max_age", nil, []string{"max_age", "86400"}},
		{"max_age 0", nil, []string{"max_age", "0"}},
		{"acr_values", nil, []string{"acr_values", idp.ACRPasskey}},
		{"acr_values of both", nil, []string{"acr_values", idp.ACRTailnet + " " + idp.ACRPasskey}},
		{"acr_values of a stranger", nil, []string{"acr_values", "phr"}},
		{"essential acr", nil, []string{"claims", `{"id_token":{"acr":{"essential":true,"value":"` + idp.ACRPasskey + `"}}}`}},
		{"wished acr", nil, []string{"claims", `{"id_token":{"acr":{"values":["` + idp.ACRPasskey + `"]}}}`}},
		{"reauthenticate", func(h *house) { h.change(func(c *idp.Client) { c.Reauthenticate = true }) }, nil},
		{"not allowed", func(h *house) { h.change(func(c *idp.Client) { c.TailnetSignIn = false }) }, nil},
		{"circle", func(h *house) { h.carrier(store.CarrierYes) }, nil},
		{"not answered", func(h *house) { h.carrier("") }, nil},
		{"unlinked", func(h *house) {
			h.write(func(tx *store.Tx) error { return tx.UnlinkTailnetLogin(emilsLogin, h.clock.Now()) })
		}, nil},
		{"disabled", func(h *house) {
			h.emil.DisabledAt = h.clock.Now()
			h.write(func(tx *store.Tx) error { return tx.UpdateUser(h.emil) })
		}, nil},
		{"no access", func(h *house) { storetest.Allow(h.T, h.store, h.forge.ID) }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			h.linked(clicks)
			v := h.onLaptop()
			shown := v.follow(h.authorizeURL()).want(http.StatusOK, "Continue as Emil")
			if tt.change != nil {
				tt.change(h)
				v.clicked(shown).want(http.StatusForbidden, "does not sign anyone in here. Use a passkey, or ask Nora.")
			}
			page := v.follow(h.authorizeURL(tt.more...)).want(http.StatusOK, "Sign in to Forgejo")
			if strings.Contains(page.body, clickForm) {
				t.Error("the page offers the click")
			}
			v.post("/sign-in/tailnet", url.Values{"tx": {page.ceremony().TX}}).want(http.StatusForbidden, "does not sign anyone in here. Use a passkey, or ask Nora.")
			if n := len(h.events(idp.EventSignedIn)); n != 0 {
				t.Errorf("%d signed in", n)
			}
		})
	}
}

func (h *house) carrier(answer string) {
	h.Helper()
	h.write(func(tx *store.Tx) error { return tx.SetCarrier(h.Context(), answer) })
}

// TestTailnetClickOfNobody: a page that was shown to Emil's node is worth nothing to another visitor of the same browser.
func TestTailnetClickOfNobody(t *testing.T) {
	h := newHouse(t)
	h.linked(clicks)
	for name, place := range nobodies() {
		v := h.onLaptop()
		page := v.follow(h.authorizeURL()).want(http.StatusOK, "Continue as Emil")
		v.place = place
		v.clicked(page).want(http.StatusForbidden, "does not sign anyone in here.")
		if shown := v.follow(h.authorizeURL()).want(http.StatusOK); strings.Contains(shown.body, clickForm) {
			t.Errorf("%s: the page offers the click", name)
		}
	}
	// Nor is one that was shown to nobody, or to a login that is another person's by now.
	v := h.onLaptop(nameless(idp.UnidentifiedTagged))
	page := v.follow(h.authorizeURL()).want(http.StatusOK)
	v.place = laptop()
	v.post("/sign-in/tailnet", url.Values{"tx": {page.ceremony().TX}}).want(http.StatusForbidden)
	v = h.onLaptop()
	page = v.follow(h.authorizeURL())
	h.write(func(tx *store.Tx) error {
		if err := tx.UnlinkTailnetLogin(emilsLogin, h.clock.Now()); err != nil {
			return err
		}
		return tx.LinkTailnetLogin(idp.TailnetLogin{TailscaleID: emilsLogin, UserID: h.nora.ID, Login: "x", LinkedAt: h.clock.Now()})
	})
	v.clicked(page).want(http.StatusForbidden)
	// Another browser's request is no request.
	page = h.onLaptop().follow(h.authorizeURL())
	h.onLaptop().clicked(page).want(http.StatusGone)
	if n := len(h.events(idp.EventSignedIn)); n != 0 {
		t.Errorf("%d signed in", n)
	}
}

// TestTailnetClickPromptNone: nothing is shown for it, so nothing can be clicked, not even by a form of ours that was made up.
func TestTailnetClickPromptNone(t *testing.T) {
	h := newHouse(t)
	h.linked(clicks)
	h.isFailure(h.onLaptop().follow(h.authorizeURL("prompt", "none")).location("https://git"), "login_required")
	v := h.onLaptop()
	v.follow(h.authorizeURL()) // which gives the browser its cookie
	at, err := url.Parse(v.post("/authorize", h.authorizeForm("prompt", "none")).header.Get("Location"))
	must(err)
	if page := v.get("/sign-in?"+at.RawQuery).want(http.StatusOK, "Sign in to Forgejo"); strings.Contains(page.body, clickForm) {
		t.Error("the page offers the click")
	}
	v.post("/sign-in/tailnet", url.Values{"tx": {at.Query().Get("tx")}}).want(http.StatusForbidden)
	if n := len(h.events(idp.EventSignedIn)); n != 0 {
		t.Errorf("%d signed in", n)
	}
}

// TestTailnetClickBesideAnother: who is signed in in this browser stays, and using a passkey later makes a session of its own.
func TestTailnetClickBesideAnother(t *testing.T) {
	h := newHouse(t)
	h.linked(clicks)
	h.consent(h.emil, "openid profile email")
	v, _ := h.member(h.nora)
	noras := v.session()
	v.place = laptop()
	page := v.get(v.follow(h.authorizeURL("prompt", "select_account")).picksOther())
	if strings.Contains(page.body, clickForm) { // "somebody else" names nobody
		t.Error("the page for somebody else offers the click")
	}
	tx := page.ceremony().TX
	page = v.get("/sign-in?tx=" + tx)
	v.get(v.clicked(page).header.Get("Location")).leaving()
	if now := v.session(); now.ID != noras.ID {
		t.Errorf("%s acts", now.UserID)
	}
	v.get("/account").want(http.StatusOK, "Nora")
	emils := h.visitor().enrol(h.emil)
	v.answer(v.get("/sign-in?tx="+v.follow(h.authorizeURL("prompt", "login")).ceremony().TX), emils).next()
	if s := v.session(); s.ACR != idp.ACRPasskey || s.ClientID != "" || s.TailscaleID != 0 || s.UserID != h.emil.ID {
		t.Errorf("session %+v", s)
	}
}

// TestTailnetClickSignsOut: an app that signs out without a hint gets the same question for a click as for any other sign-in, and no other app ends it.
func TestTailnetClickSignsOut(t *testing.T) {
	h := newHouse(t)
	h.linked(clicks)
	h.consent(h.emil, "openid profile email")
	v := h.onLaptop()
	claims := v.redeem(v.get(v.clicked(v.follow(h.authorizeURL())).header.Get("Location")).leaving().Query().Get("code"))
	ended := func() string {
		s, err := h.store.Session(t.Context(), claims["sid"].(string))
		must(err)
		return s.EndReason
	}
	v.follow(endURL()).want(http.StatusOK, "You are signed out")
	if ended() != "" {
		t.Error("a page without an app ended the app's session")
	}
	page := v.follow(endURL("client_id", h.forge.ID)).want(http.StatusOK, "Signed in as <b>emil</b>")
	v.post("/end-session/confirm", url.Values{"tx": {page.tx()}, "decision": {"sign-out"}}).want(http.StatusOK, "You are signed out")
	if ended() != idp.EndSignedOut {
		t.Errorf("the session ended %q", ended())
	}
}

// TestTailnetClickEnds: what a click gave ends with what allowed it.
func TestTailnetClickEnds(t *testing.T) {
	for name, end := range map[string]func(*house, *store.Tx) error{
		"unlinked": func(h *house, tx *store.Tx) error { return tx.UnlinkTailnetLogin(emilsLogin, h.clock.Now()) },
		"circle":   func(h *house, tx *store.Tx) error { return tx.SetCarrier(h.Context(), store.CarrierYes) },
		"not marked": func(h *house, tx *store.Tx) error {
			h.forge.TailnetSignIn = false
			return tx.UpdateClient(h.forge)
		},
		"disabled": func(h *house, tx *store.Tx) error {
			h.emil.DisabledAt = h.clock.Now()
			return tx.UpdateUser(h.emil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.linked(clicks)
			h.consent(h.emil, "openid profile email offline_access")
			v := h.onLaptop()
			code := v.get(v.clicked(v.follow(h.authorizeURL("scope", "openid offline_access"))).header.Get("Location")).leaving().Query().Get("code")
			v.redeem(code)
			refresh := func() reply {
				return v.post("/api/oidc/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {v.refreshToken}, "client_id": {h.forge.ID}, "client_secret": {h.secret}})
			}
			var out struct {
				RefreshToken string `json:"refresh_token"`
			}
			must(json.Unmarshal([]byte(refresh().want(http.StatusOK).body), &out))
			v.refreshToken = out.RefreshToken
			h.write(func(tx *store.Tx) error { return end(h, tx) })
			refresh().want(http.StatusBadRequest, "invalid_grant")
		})
	}
}

// redeem takes a code to the token endpoint and answers what the ID token says.
func (v *visitor) redeem(code string) (claims map[string]any) {
	v.Helper()
	answer := v.post("/api/oidc/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {v.forge.RedirectURIs[0]}, "client_id": {v.forge.ID}, "client_secret": {v.secret}}).want(http.StatusOK)
	var out struct {
		IDToken      string `json:"id_token"`
		RefreshToken string `json:"refresh_token"`
	}
	must(json.Unmarshal([]byte(answer.body), &out))
	v.refreshToken = out.RefreshToken
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(out.IDToken, ".")[1])
	must(err)
	must(json.Unmarshal(raw, &claims))
	return claims
}

func list(v any) (out []string) {
	all, _ := v.([]any)
	for _, s := range all {
		out = append(out, s.(string))
	}
	return out
}

// link is the first link of a page whose address begins with prefix.
func (r reply) link(prefix string) string {
	r.t.Helper()
	found := regexp.MustCompile(`href="(` + regexp.QuoteMeta(prefix) + `[^"]*)"`).FindStringSubmatch(r.body)
	if found == nil {
		r.t.Fatalf("no link to %s in\n%s", prefix, r.body)
	}
	return html.UnescapeString(found[1])
}

// picksOther is the way from the accounts to somebody else.
func (r reply) picksOther() string { r.t.Helper(); return r.link("/sign-in?") }
