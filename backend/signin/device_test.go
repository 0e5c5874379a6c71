package signin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// television is a device on which somebody wants to sign in to an app.
type television struct {
	*visitor
	app          idp.Client
	secret       string
	Device, User string // codes
	Complete     string
}

const tvAgent = "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36"

// television asks for codes, from a place.
func (h *house) television(place string, change ...func(*idp.Client)) *television {
	h.Helper()
	app := storetest.Client(h.T, h.store, func(c *idp.Client) {
		c.Name, c.DeviceGrant = "Jellyfin", true
		for _, fn := range change {
			fn(c)
		}
	})
	storetest.AllowEveryone(h.T, h.store, app.ID)
	tv := &television{visitor: h.visitor(), app: app, secret: storetest.Secret(h.T, h.store, app.ID)}
	tv.agent, tv.place = tvAgent, place
	var out struct {
		Device   string `json:"device_code"`
		User     string `json:"user_code"`
		Complete string `json:"verification_uri_complete"`
	}
	answer := tv.post("/api/oidc/device/authorize", url.Values{"client_id": {app.ID}, "client_secret": {tv.secret}, "scope": {"openid profile email"}}).want(http.StatusOK)
	must(json.Unmarshal([]byte(answer.body), &out))
	tv.Device, tv.User, tv.Complete = out.Device, out.User, strings.TrimPrefix(out.Complete, h.issuer)
	return tv
}

// poll asks for the tokens, and answers the error or "" when it got them.
func (tv *television) poll() string {
	tv.Helper()
	tv.clock.Advance(10 * time.Second)
	answer := tv.post("/api/oidc/token", url.Values{
		"client_id": {tv.app.ID}, "client_secret": {tv.secret}, "grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {tv.Device},
	})
	var out struct {
		Error string `json:"error"`
		ID    string `json:"id_token"`
	}
	must(json.Unmarshal([]byte(answer.body), &out))
	if out.Error == "" && out.ID == "" {
		tv.Fatalf("neither a token nor an error: %s", answer.body)
	}
	return out.Error
}

func (tv *television) polls(want string) {
	tv.Helper()
	if got := tv.poll(); got != want {
		tv.Fatalf("the device gets %q, want %q", got, want)
	}
}

// enter types a code, and answers the address of the confirmation.
func (v *visitor) enter(code string) string {
	v.Helper()
	r := v.post("/device", url.Values{"code": {code}})
	r.location("/device/confirm?")
	return r.header.Get("Location")
}

func TestDeviceIsConfirmedByAPasskey(t *testing.T) {
	h := newHouse(t)
	v, key := h.member(h.emil)
	tv := h.television("")
	h.clock.Advance(time.Minute)
	v.get("/device").want(http.StatusOK, "Type the code that the device shows.")
	at := v.enter(" " + strings.ToLower(strings.ReplaceAll(tv.User, "-", " ")) + " ")
	page := v.get(at).want(http.StatusOK, "Did you just start Jellyfin on a device?", "A television or media player", "On this computer", "127.0.0.1", "Emil Lindqvist", "emil@lindqvist.example", "Signed in as")
	tv.polls("authorization_pending") // looking confirms nothing
	done := v.answer(page, key).next()
	for range 2 { // it may be looked at again
		v.get(done).want(http.StatusOK, "Your television is signed in", "You can close this page.")
	}
	tv.polls("")
	allowed := h.events(idp.EventDeviceAllowed)
	if len(allowed) != 1 || allowed[0].UserID != h.emil.ID || allowed[0].ClientID != tv.app.ID {
		t.Errorf("events %+v", allowed)
	}
	if s := v.session(); s.AuthTime != h.clock.Now().Add(-10*time.Second) {
		t.Errorf("the session's passkey was used at %v, now is %v", s.AuthTime, h.clock.Now())
	}
	if v.post("/device", url.Values{"code": {tv.User}}).want(http.StatusGone, "This code is no longer good."); h.consented(h.emil, tv.app) != "openid profile email" {
		t.Errorf("consent %q", h.consented(h.emil, tv.app))
	}
}

func (h *house) consented(u idp.User, c idp.Client) string {
	h.Helper()
	yes, err := h.store.Consent(h.Context(), u.ID, c.ID)
	if err != nil && idp.CodeOf(err) != idp.NotFound {
		h.Fatal(err)
	}
	return yes.Scope
}

// The complete address brings all but the last two letters, whatever it says.
func TestDeviceLinkLeavesOutTheRest(t *testing.T) {
	h := newHouse(t)
	v, key := h.member(h.emil)
	tv := h.television("")
	page := v.get(tv.Complete).want(http.StatusOK, "Type the last two letters", "<span>"+tv.User[:7]+"</span>")
	if strings.Contains(page.body, tv.User) {
		t.Error("the page holds the whole code")
	}
	if whole := v.get("/device?code=" + tv.User); strings.Contains(whole.body, tv.User) || !strings.Contains(whole.body, tv.User[:7]) {
		t.Errorf("an address with the whole code gives %s", whole.body)
	}
	for _, short := range []string{"WDJB", "12345678", "<script>", strings.Repeat("B", 65)} {
		v.get("/device?code="+url.QueryEscape(short)).want(http.StatusOK, "Type the code that the device shows.")
	}
	r := v.post("/device", url.Values{"start": {tv.User[:7]}, "code": {" " + strings.ToLower(tv.User[7:])}})
	r.location("/device/confirm?")
	v.get(v.answer(v.get(r.header.Get("Location")), key).next()).want(http.StatusOK, "Your television is signed in")
	tv.polls("")
}

// Who is not signed in signs in for the device's request, which is the fresh passkey that it needs.
func TestDeviceSignsInFirst(t *testing.T) {
	h := newHouse(t)
	key := h.visitor().enrol(h.emil)
	v, tv := h.visitor(), h.television("")
	at := v.enter(tv.User)
	to := v.get(at).header.Get("Location")
	page := v.get(to).want(http.StatusOK, "Sign in to Jellyfin", "On another device")
	next := v.answer(page, key).next()
	page = v.get(next).want(http.StatusOK, "Did you just start Jellyfin on a device?")
	if strings.Contains(page.body, `id="ceremony"`) {
		t.Error("it asks for a second passkey")
	}
	tv.polls("authorization_pending")
	v.post("/device/answer", url.Values{"tx": {page.tx()}, "decision": {"maybe"}}).want(http.StatusBadRequest)
	to = v.post("/device/answer", url.Values{"tx": {page.tx()}, "decision": {"allow"}}).header.Get("Location")
	v.get(to).want(http.StatusOK, "Your television is signed in")
	tv.polls("")
}

// A passkey that was used for anything else confirms no device.
func TestDeviceWantsItsOwnPasskey(t *testing.T) {
	h := newHouse(t)
	v, key := h.member(h.emil)
	v.signInAgain(key)
	tv := h.television("")
	page := v.get(v.enter(tv.User)).want(http.StatusOK)
	v.answer(v.follow(h.authorizeURL("prompt", "login")), key).next() // for an app, after the device asked
	page = v.get("/device/confirm?tx=" + page.tx()).want(http.StatusOK)
	v.post("/device/answer", url.Values{"tx": {page.tx()}, "decision": {"allow"}}).want(http.StatusBadRequest)

	account := v.get("/account").ceremony() // of another purpose
	if account.Begin != "/account/passkeys/options" {
		t.Fatalf("the account begins %s", account.Begin)
	}
	stepUp, err := h.pages.passkey.BeginStepUp(v.Context(), h.emil.ID, "x")
	must(err)
	foreign := page.ceremony()
	foreign.ID, foreign.Options = stepUp.ID, stepUp.JSON
	v.send("/device/passkey", v.response(foreign, key)).failure(http.StatusGone, "passkey.expired")

	noras := h.visitor().enrol(h.nora)
	if _, err := noras.Get(page.ceremony().Options, h.issuer); err == nil {
		t.Error("the page offers itself to somebody else's passkey")
	}
	tv.polls("authorization_pending")

	// Fresh options take the place of those in the page.
	old := page.ceremony()
	var fresh ceremony
	must(json.Unmarshal([]byte(v.send("/device/options", asked{TX: old.TX}).want(http.StatusOK).body), &fresh))
	v.send("/device/passkey", v.response(old, key)).failure(http.StatusGone, "passkey.expired")
	old.ID, old.Options = fresh.ID, fresh.Options
	v.send("/device/passkey", v.response(old, key)).next()
	tv.polls("")
}

// signInAgain uses a passkey at the account, in the session that there is.
func (v *visitor) signInAgain(key *passkeytest.Authenticator) {
	v.Helper()
	v.clock.Advance(6 * time.Minute)
	v.answer(v.get("/account").want(http.StatusOK), key).next()
}

func TestDeviceIsDenied(t *testing.T) {
	h := newHouse(t)
	v, key := h.member(h.emil)
	tv := h.television("")
	page := v.get(v.enter(tv.User)).want(http.StatusOK)
	to := v.post("/device/answer", url.Values{"tx": {page.tx()}, "decision": {"deny"}}).header.Get("Location")
	v.get(to).want(http.StatusOK, "The device was turned away", "Jellyfin gets nothing there.")
	v.answer(page, key).next() // too late: it leads to the same page
	tv.polls("access_denied")
	if got := h.events(idp.EventDeviceDenied); len(got) != 1 || got[0].UserID != h.emil.ID {
		t.Errorf("events %+v", got)
	}
}

func TestDeviceElsewhereIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, tv, person string
		anywhere, near   bool
	}{
		{"same address", "public 203.0.113.7", "public 203.0.113.7", false, true},
		{"same /64", "public 2001:db8::1", "public 2001:db8::2", false, true},
		{"both in the tailnet", "tailnet 100.64.0.1", "tailnet 100.64.0.2", false, true},
		{"another address", "public 203.0.113.7", "public 203.0.113.8", false, false},
		{"another network", "tailnet 100.64.0.1", "public 203.0.113.7", false, false},
		{"allowed from anywhere", "public 203.0.113.7", "public 198.51.100.9", true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			v, key := h.member(h.emil)
			v.place = tt.person
			tv := h.television(tt.tv, func(c *idp.Client) { c.DeviceAnywhere = tt.anywhere })
			at := v.enter(tv.User)
			if !tt.near {
				page := v.get(at).want(http.StatusForbidden, "This device may be somewhere else", "Use the same Wi-Fi", "Or ask Nora")
				v.post("/device/answer", url.Values{"tx": {page.tx()}, "decision": {"allow"}}).want(http.StatusBadRequest)
				tv.polls("authorization_pending") // who moves to the same network may try again
				v.place = tt.tv
			}
			page := v.get(at).want(http.StatusOK, "Did you just start")
			if says := strings.Contains(page.body, "Somewhere else than you"); says != tt.anywhere {
				t.Errorf("the page says that it is elsewhere: %v", says)
			}
			if !tt.near { // and who leaves it again after the page was shown is refused by the answer
				v.place = tt.person
				v.answer(page, key).failure(http.StatusForbidden, "oidc.device_far")
				tv.polls("authorization_pending")
				return
			}
			v.answer(page, key).next()
			tv.polls("")
		})
	}
}

func TestDeviceNeedsAccess(t *testing.T) {
	h := newHouse(t)
	v, key := h.member(h.emil)
	tv := h.television("")
	storetest.Allow(t, h.store, tv.app.ID)
	at := v.enter(tv.User)
	for range 2 {
		page := v.get(at).want(http.StatusForbidden, "Nora has not given you access to Jellyfin")
		if strings.Contains(page.body, "<form") {
			t.Error("there is something to send")
		}
	}
	tv.polls("access_denied")
	if got := h.events(idp.EventAccessDenied); len(got) != 1 || got[0].Reason != string(idp.NoAccess) {
		t.Errorf("events %+v", got)
	}

	// Access that is taken away while the page is open.
	tv = h.television("")
	at = v.enter(tv.User)
	page := v.get(at).want(http.StatusOK)
	storetest.Allow(t, h.store, tv.app.ID)
	v.get(v.answer(page, key).next()).want(http.StatusForbidden, "Nora has not given you access to Jellyfin")
	tv.polls("access_denied")
}

func TestDeviceOfATailnetApp(t *testing.T) {
	h := newHouse(t)
	v, key := h.member(h.emil)
	tv := h.television("public 203.0.113.7", func(c *idp.Client) { c.NetworkRule, c.DeviceAnywhere = idp.NetworkTailnetOnly, true })
	v.place = "public 203.0.113.7"
	at := v.enter(tv.User)
	page := v.get(at).want(http.StatusForbidden, "Connect Tailscale first", "Try again")
	if !strings.Contains(page.body, strings.ReplaceAll(at, "&", "&amp;")) {
		t.Error("there is no way to try again")
	}
	tv.polls("authorization_pending")
	v.place = "tailnet 100.64.0.9"
	v.answer(v.get(at).want(http.StatusOK), key).next()
	tv.polls("")
}

// The last two letters may be wrong four times; the fifth ends the request. Other codes count against nobody's device.
func TestDeviceTries(t *testing.T) {
	h := newHouse(t)
	v, tv := h.visitor(), h.television("")
	other := "BB"
	if strings.HasSuffix(tv.User, other) {
		other = "CC"
	}
	unlike := "BBBB-BBBB"
	if strings.HasPrefix(tv.User, "BBBB-BB") {
		unlike = "CCCC-CCCC"
	}
	for range idp.DeviceTries {
		v.post("/device", url.Values{"code": {unlike}}).want(http.StatusNotFound, "This code is not known.")
	}
	for range idp.DeviceTries - 1 {
		v.post("/device", url.Values{"start": {tv.User[:7]}, "code": {other}}).want(http.StatusNotFound, "This code is not known.", `<span>`+tv.User[:7])
	}
	tv.polls("authorization_pending")
	v.post("/device", url.Values{"code": {tv.User[:7] + other}}).want(http.StatusGone, "this code is given up")
	tv.polls("access_denied")
	v.post("/device", url.Values{"code": {tv.User}}).want(http.StatusGone, "This code is no longer good.")
}

func TestDeviceIsBoundToItsBrowser(t *testing.T) {
	h := newHouse(t)
	v, key := h.member(h.emil)
	other, _ := h.member(h.emil)
	tv := h.television("")
	at := v.enter(tv.User)
	other.get(at).want(http.StatusGone, "Start again on the device", "belongs to another browser")
	h.visitor().get(at).want(http.StatusGone)
	page := v.get(at).want(http.StatusOK)
	other.answer(page, key).failure(http.StatusGone, "page.device_lost")
	other.post("/device/answer", url.Values{"tx": {page.tx()}, "decision": {"deny"}}).want(http.StatusGone)
	other.send("/device/options", asked{TX: page.tx()}).want(http.StatusGone)
	tv.polls("authorization_pending")
	v.get("/authorize/continue?tx=" + page.tx()).want(http.StatusGone) // a request of another kind

	h.clock.Advance(idp.DeviceLife)
	v.get(at).want(http.StatusGone, "This code is no longer good.", "Type another code")
	v.answer(page, key).want(http.StatusGone)
	tv.polls("expired_token")
}

// Of several people in a browser one chooses who they are; the page that was shown to somebody else answers nothing.
func TestDeviceOfAnotherAccount(t *testing.T) {
	h := newHouse(t)
	v, emils := h.member(h.emil)
	noras := v.enrol(h.nora)
	tv := h.television("")
	at := v.enter(tv.User)
	shown := v.get(at).want(http.StatusOK, "Nora Lindqvist")
	picks := v.get(strings.ReplaceAll(switchLink.FindStringSubmatch(shown.body)[1], "&amp;", "&")).want(http.StatusOK, "Who is using Jellyfin?")
	v.post("/select-account", picks.picksOf("Jellyfin")["E"]).location("/device/confirm?")
	v.send("/device/passkey", v.response(shown.ceremony(), noras)).failure(http.StatusForbidden, "page.not_signed_in")
	page := v.get(at).want(http.StatusOK, "Emil Lindqvist")
	v.answer(page, emils).next()
	tv.polls("")
	if got := h.events(idp.EventDeviceAllowed)[0].UserID; got != h.emil.ID {
		t.Errorf("the device is of %s", got)
	}
}

// An app whose devices the owner forbids meanwhile has none that wait.
func TestDeviceGrantTakenAway(t *testing.T) {
	h := newHouse(t)
	v, key := h.member(h.emil)
	tv := h.television("")
	page := v.get(v.enter(tv.User)).want(http.StatusOK)
	tv.app.DeviceGrant = false
	h.write(func(tx *store.Tx) error { return tx.UpdateClient(tv.app) })
	v.answer(page, key).failure(http.StatusNotFound, "oidc.device_unknown")
	if got := h.events(idp.EventDeviceAllowed); len(got) != 0 {
		t.Errorf("events %+v", got)
	}
}

func TestAgents(t *testing.T) {
	for userAgent, want := range map[string]string{
		tvAgent: "A television or media player",
		"Mozilla/5.0 (Linux; Android 9; AFTKA) AppleWebKit":                 "A television or media player",
		"Jellyfin/10.9 AppleTV6,2":                                          "An Apple TV",
		"Mozilla/5.0 (PlayStation; PlayStation 5/6.00)":                     "A game console",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)":            "An iPhone",
		"Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X)":                     "An iPad",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/120 Mobile Safari": "An Android phone",
		"Mozilla/5.0 (Linux; Android 14; Tab) Chrome/120 Safari":            "An Android device",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)":                          "A Chromebook",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64)":                         "A Windows computer",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)":                   "A Mac",
		"Mozilla/5.0 (X11; Linux x86_64)":                                   "A Linux computer",
		"curl/8.5.0":                                                        "A program that calls itself curl",
		"Go-http-client/1.1":                                                "A program that calls itself Go-http-client",
		"Your own television, all is well":                                  "A program that calls itself Your",
		"<b>x</b>":                                                          "A device that does not say what it is",
		"Mozilla/5.0":                                                       "A device that does not say what it is",
		"":                                                                  "A device that does not say what it is",
	} {
		if got := agentOf(userAgent).text(); got != want {
			t.Errorf("%q is %q, want %q", userAgent, got, want)
		}
	}
}
