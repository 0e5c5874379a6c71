package signin

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// allowed is the answer to the consent page of a request.
func allowed(page reply, decision string) url.Values {
	return url.Values{"tx": {page.tx()}, "decision": {decision}}
}

// isAnswer checks an answer for forge that carries a code.
func (h *house) isAnswer(q url.Values) {
	h.Helper()
	if len(q.Get("code")) != 43 || q.Get("state") != "s&1" || q.Get("iss") != h.issuer || q.Has("error") {
		h.Errorf("answer %v", q)
	}
}

// isFailure checks an answer for forge that carries an error.
func (h *house) isFailure(q url.Values, code string) {
	h.Helper()
	if q.Get("error") != code || q.Get("state") != "s&1" || q.Get("iss") != h.issuer || q.Has("code") {
		h.Errorf("answer %v, want %s", q, code)
	}
}

func TestAuthorizeFromTheStart(t *testing.T) {
	h := newHouse(t)
	key := h.visitor().enrol(h.emil)
	v := h.visitor()
	start := v.get(h.authorizeURL())
	q := start.location("/sign-in?")
	if !strings.HasPrefix(q.Get("tx"), "tx_") || v.cookie() == "" {
		t.Fatalf("tx %v, cookie %q", q, v.cookie())
	}
	page := v.get(start.header.Get("Location")).want(http.StatusOK, "Sign in to Forgejo", "git.lindqvist.example", "Continue with a passkey")
	next := v.answer(page, key).next()
	if !strings.HasPrefix(next, "/authorize/continue?") || !strings.Contains(next, q.Get("tx")) {
		t.Fatalf("next is %q", next)
	}
	consent := v.get(next).want(http.StatusOK, "Forgejo wants to know who you are", "Emil Lindqvist", "emil@lindqvist.example", "Signed in as <b>emil</b>")
	to := v.post("/consent", allowed(consent, "allow")).leaving()
	if to.Host != "git.lindqvist.example" || to.Path != "/callback" {
		t.Errorf("leads to %s", to)
	}
	h.isAnswer(to.Query())
	given, err := h.store.Consent(t.Context(), h.emil.ID, h.forge.ID)
	if err != nil || given.Scope != "openid profile email" || len(h.events(idp.EventConsented)) != 1 || len(h.events(idp.EventAuthorized)) != 1 {
		t.Errorf("consent %+v, %v", given, err)
	}
	if in := h.events(idp.EventSignedIn); in[0].ClientID != h.forge.ID {
		t.Errorf("event %+v", in[0])
	}
	// Remembered: the second time it is silent, and nothing was posted, so it is a redirect.
	h.isAnswer(v.follow(h.authorizeURL()).location("https://git.lindqvist.example/callback?"))
	// More than what was allowed is asked for again, and then both are remembered.
	again := v.follow(h.authorizeURL("scope", "openid groups")).want(http.StatusOK, "Your groups", "None yet")
	v.post("/consent", allowed(again, "allow")).leaving()
	h.isAnswer(v.follow(h.authorizeURL("scope", "openid profile email groups")).location("https://git.lindqvist.example/callback?"))
}

func TestAuthorizeSkipsConsent(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	h.forge.SkipConsent = true
	h.write(func(tx *store.Tx) error { return tx.UpdateClient(h.forge) })
	h.isAnswer(v.follow(h.authorizeURL()).location("https://git.lindqvist.example/callback?"))
	v.follow(h.authorizeURL("prompt", "consent")).want(http.StatusOK, "It gets only this:", "Allow and continue")
}

// What the owner changes of an app counts for requests that are under way, too.
func TestAuthorizeAfterChangeOfTheApp(t *testing.T) {
	h := newHouse(t)
	change := func(skip, again bool) {
		h.forge.SkipConsent, h.forge.Reauthenticate = skip, again
		h.write(func(tx *store.Tx) error { return tx.UpdateClient(h.forge) })
	}
	change(true, false)
	key := h.visitor().enrol(h.emil)
	v := h.visitor()
	page := v.follow(h.authorizeURL()).want(http.StatusOK, "Sign in to Forgejo")
	change(false, false)
	v.follow(v.answer(page, key).next()).want(http.StatusOK, "It gets only this:")
	change(true, false)
	page = v.follow(h.authorizeURL("prompt", "select_account"))
	change(true, true)
	v.post("/select-account", page.picks()["E"]).location("/sign-in?")
}

func TestAuthorizePromptConsentIsNeverSilent(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	h.consent(h.emil, "openid profile email")
	h.isAnswer(v.follow(h.authorizeURL()).location("https://git"))
	page := v.follow(h.authorizeURL("prompt", "consent")).want(http.StatusOK, "Allow and continue")
	if strings.Contains(page.body, "It asks once") {
		t.Error("the page promises to ask once")
	}
	v.post("/consent", allowed(page, "allow")).leaving()
	v.follow(h.authorizeURL("prompt", "consent")).want(http.StatusOK, "Allow and continue")
}

// consent remembers a yes to forge.
func (h *house) consent(u idp.User, scope string) {
	h.Helper()
	h.write(func(tx *store.Tx) error {
		return tx.SaveConsent(idp.Consent{UserID: u.ID, ClientID: h.forge.ID, Scope: scope, GrantedAt: h.clock.Now()})
	})
}

func TestAuthorizeConsentDenied(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	page := v.follow(h.authorizeURL()).want(http.StatusOK)
	h.isFailure(v.post("/consent", allowed(page, "deny")).leaving().Query(), "access_denied")
	if denied := h.events(idp.EventConsentDenied); len(denied) != 1 || denied[0].ClientID != h.forge.ID || denied[0].UserID != h.emil.ID {
		t.Errorf("events %+v", denied)
	}
	if len(h.events(idp.EventAuthorized)) != 0 {
		t.Error("a grant was made")
	}
	v.post("/consent", allowed(page, "allow")).want(http.StatusGone, "Start again from the app")
}

func TestAuthorizeConsentWithoutADecision(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	page := v.follow(h.authorizeURL())
	v.post("/consent", allowed(page, "perhaps")).want(http.StatusBadRequest)
	v.post("/consent", allowed(page, "allow")).leaving()
}

// The page was shown to one person; another has signed in since, in another window of the same browser.
func TestConsentOfSomebodyElse(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	page := v.follow(h.authorizeURL()).want(http.StatusOK, "Emil Lindqvist")
	v.enrol(h.nora)
	again := v.post("/consent", allowed(page, "allow")).want(http.StatusOK, "Nora Lindqvist", "Allow and continue")
	if len(h.events(idp.EventConsented)) != 0 {
		t.Fatal("a yes was kept that nobody gave")
	}
	h.isAnswer(v.post("/consent", allowed(again, "allow")).leaving().Query())
	if given := h.events(idp.EventConsented); len(given) != 1 || given[0].UserID != h.nora.ID {
		t.Errorf("events %+v", given)
	}
}

func TestAuthorizeNoAccess(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	storetest.Allow(t, h.store, h.forge.ID)
	to := v.get(h.authorizeURL()).header.Get("Location")
	page := v.get(to).want(http.StatusForbidden, "Nora has not given you access to Forgejo", "Signed in as <b>emil</b>", "Back to Forgejo")
	v.get(to).want(http.StatusForbidden)
	if denied := h.events(idp.EventAccessDenied); len(denied) != 1 || denied[0].Reason != string(idp.NoAccess) || denied[0].ClientID != h.forge.ID {
		t.Errorf("events %+v", denied)
	}
	h.isFailure(v.post("/consent", allowed(page, "deny")).leaving().Query(), "access_denied")
	if len(h.events(idp.EventConsentDenied)) != 0 {
		t.Error("who was refused is said to have denied")
	}
	// Allow is no way around.
	page = v.follow(h.authorizeURL())
	v.post("/consent", allowed(page, "allow")).want(http.StatusForbidden)
	storetest.Allow(t, h.store, h.forge.ID, idp.Access{Kind: idp.AccessUser, Subject: h.emil.ID})
	v.follow(h.authorizeURL()).want(http.StatusOK, "Allow and continue")
}

func TestAuthorizeNoAccessForTheOwner(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.nora)
	storetest.Allow(t, h.store, h.forge.ID)
	v.follow(h.authorizeURL()).want(http.StatusForbidden, "Nobody has given you access to Forgejo", "Open Hearthkey")
}

// Access that is taken away while the consent page stands open.
func TestAuthorizeAccessLostDuringConsent(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	page := v.follow(h.authorizeURL())
	storetest.Allow(t, h.store, h.forge.ID)
	refused := v.post("/consent", allowed(page, "allow")).want(http.StatusForbidden, "Nora has not given you access")
	if len(h.events(idp.EventAccessDenied)) != 1 || len(h.events(idp.EventAuthorized)) != 0 {
		t.Error("the refusal is not noted once")
	}
	h.isFailure(v.post("/consent", allowed(refused, "deny")).leaving().Query(), "access_denied")
	if len(h.events(idp.EventConsentDenied)) != 0 {
		t.Error("who was refused is said to have denied")
	}
}

func TestAuthorizeNotYouSwitches(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	noras := h.visitor().enrol(h.nora)
	to := v.get(h.authorizeURL()).header.Get("Location")
	v.get(to).want(http.StatusOK, "Emil Lindqvist")
	page := v.get(strings.Replace(to, "/authorize/continue", "/sign-in", 1)).want(http.StatusOK, "Sign in to Forgejo")
	v.get(v.answer(page, noras).next()).want(http.StatusOK, "Nora Lindqvist", "Signed in as <b>nora</b>")
}

// Errors of the request: a page without a Location until the app and its address are known, an answer to the app after that.
func TestAuthorizeWrongRequests(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	for _, pairs := range [][]string{{"client_id", "nobody"}, {"redirect_uri", "https://evil.example/"}} {
		for _, r := range []reply{v.get(h.authorizeURL(pairs...)), v.post("/authorize", h.authorizeForm(pairs...))} {
			r.want(http.StatusBadRequest, "The app asked wrongly")
			if r.header.Get("Location") != "" || strings.Contains(r.body, "<meta http-equiv") {
				t.Errorf("%v: leads somewhere", pairs)
			}
		}
	}
	for _, pairs := range [][]string{{"scope", "profile", "invalid_scope"}, {"response_type", "token", "unsupported_response_type"}, {"prompt", "none login", "invalid_request"}} {
		h.isFailure(v.get(h.authorizeURL(pairs[:2]...)).location("https://git.lindqvist.example/callback?"), pairs[2])
		h.isFailure(v.post("/authorize", h.authorizeForm(pairs[:2]...)).leaving().Query(), pairs[2])
	}
	if v.cookie() != "" {
		t.Error("a wrong request gave a cookie")
	}
}

func TestAuthorizeByPostReadsNoCookie(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	h.consent(h.emil, "openid profile email")
	before := v.cookie()
	r := v.post("/authorize", h.authorizeForm())
	if r.location("/authorize/continue?"); r.header.Get("Set-Cookie") != "" {
		t.Error("the POST sets a cookie")
	}
	// The form of the app began this chain of redirects, so it ends in a page.
	h.isAnswer(v.get(r.header.Get("Location")).leaving().Query())
	if v.cookie() != before {
		t.Error("the cookie changed")
	}
	stranger := h.visitor()
	r = stranger.post("/authorize", h.authorizeForm())
	to := r.header.Get("Location")
	next := stranger.get(to)
	next.location("/sign-in?")
	if stranger.cookie() == "" {
		t.Error("the request is bound to no cookie")
	}
	h.visitor().get(to).want(http.StatusGone)
	// After a page was shown, the answer is a redirect again.
	key := h.visitor().enrol(h.emil)
	page := stranger.get(next.header.Get("Location")).want(http.StatusOK)
	h.isAnswer(stranger.get(stranger.answer(page, key).next()).location("https://git.lindqvist.example/callback?"))
}

func TestAuthorizePostMustBeAForm(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.do("POST", "/authorize", "text/plain", h.authorizeForm().Encode()).want(http.StatusBadRequest)
	// What stands in the query of a POST is not looked at.
	v.do("POST", h.authorizeURL(), "application/x-www-form-urlencoded", "").want(http.StatusBadRequest, "The app asked wrongly")
	large := h.authorizeForm("padding", strings.Repeat("a", maxBody)).Encode()
	v.do("POST", "/authorize", "application/x-www-form-urlencoded", large).want(http.StatusBadRequest, "Something went wrong")
}

func TestAuthorizeByFormPost(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	h.consent(h.emil, "openid profile email")
	page := v.follow(h.authorizeURL("response_mode", "form_post")).want(http.StatusOK,
		`<form method="post" action="https://git.lindqvist.example/callback" id="post">`, `name="code"`, `<input type="hidden" name="state" value="s&1">`, `name="iss"`, "Go to Forgejo")
	if csp := page.header.Get("Content-Security-Policy"); strings.Contains(csp, "form-action") || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("policy %q", csp)
	}
	h.isFormFailure(v.follow(h.authorizeURL("response_mode", "form_post", "prompt", "none", "scope", "openid groups")), "consent_required")
	if csp := v.get("/sign-in").header.Get("Content-Security-Policy"); csp != policy {
		t.Errorf("another page has the policy %q", csp)
	}
}

func (h *house) isFormFailure(page reply, code string) {
	h.Helper()
	page.want(http.StatusOK, `name="error" value="`+code+`"`, `name="iss" value="`+h.issuer+`"`)
}

func TestAuthorizeByFragment(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	h.consent(h.emil, "openid profile email")
	to := v.follow(h.authorizeURL("response_mode", "fragment")).header.Get("Location")
	u, err := url.Parse(to)
	if err != nil || u.RawQuery != "" {
		t.Fatalf("leads to %s", to)
	}
	q, _ := url.ParseQuery(u.EscapedFragment())
	h.isAnswer(q)
}

// An app's own scheme gets the page with a link also where nothing was posted: some browsers open another program by a tap only.
func TestAuthorizeToACustomScheme(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	h.forge.Native, h.forge.SkipConsent, h.forge.RedirectURIs = true, true, []string{"app.immich:///oauth-callback", "com.example.app:/cb?a=1"}
	h.write(func(tx *store.Tx) error { return tx.UpdateClient(h.forge) })
	for _, uri := range h.forge.RedirectURIs {
		to := v.follow(h.authorizeURL("redirect_uri", uri)).want(http.StatusOK, "An app on this device", "Going to Forgejo").leaving()
		if !strings.HasPrefix(to.String(), uri) {
			t.Errorf("leads to %s", to)
		}
		h.isAnswer(to.Query())
	}
}

func TestPasskeyOfADisabledPerson(t *testing.T) {
	h := newHouse(t)
	v, key := h.member(h.emil)
	h.emil.DisabledAt = h.clock.Now()
	h.write(func(tx *store.Tx) error { return tx.UpdateUser(h.emil) })
	v.get("/account").location("/sign-in")
	v.follow(h.authorizeURL()).want(http.StatusOK, "Sign in to Forgejo")
	v.answer(v.get("/sign-in"), key).failure(http.StatusForbidden, "passkey.refused")
	v.answer(v.get("/sign-in"), passkeytest.New(passkeytest.ES256)).failure(http.StatusForbidden, "passkey.refused")
}

// A failure of ours takes nothing away: the page that tells of it offers another try.
func TestAFailureKeepsTheRequest(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	tx := v.get(h.authorizeURL()).location("/authorize/continue").Get("tx")
	r := httptest.NewRequest("GET", "/authorize/continue?tx="+tx, nil)
	r.Header.Set("Cookie", "hearthkey="+v.cookie())
	c, err := h.pages.caller(r)
	must(err)
	kept, ok := h.pages.pendings.look(tx, c.key)
	if !ok {
		t.Fatal("there is no request")
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := h.pages.answer(httptest.NewRecorder(), r.WithContext(gone), kept, c.acting); !errors.Is(err, context.Canceled) {
		t.Fatalf("a visitor who leaves gets %v", err)
	}
	v.get("/authorize/continue?tx="+tx).want(http.StatusOK, "Forgejo")
}
