package signin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
)

func TestRequestIsBoundToItsBrowser(t *testing.T) {
	h := newHouse(t)
	key := h.visitor().enrol(h.emil)
	v, thief := h.visitor(), h.visitor()
	to := v.get(h.authorizeURL()).header.Get("Location")
	thief.signIn(key)
	thief.get(to).want(http.StatusGone, "Start again from the app", "Back to Forgejo")
	thief.get(strings.Replace(to, "/sign-in", "/authorize/continue", 1)).want(http.StatusGone)
	h.visitor().get(to).want(http.StatusGone)
	page := v.get(to).want(http.StatusOK)
	thief.post("/consent", url.Values{"tx": {page.ceremony().TX}, "decision": {"allow"}}).want(http.StatusGone)
	// It goes on under the new cookie of the sign-in.
	before := v.cookie()
	next := v.answer(page, key).next()
	if v.cookie() == before {
		t.Error("the cookie did not change")
	}
	v.get(next).want(http.StatusOK, "Allow and continue")
}

func TestRequestGivesOneCode(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	to := v.get(h.authorizeURL()).header.Get("Location")
	h.consent(h.emil, "openid profile email")
	h.isAnswer(v.get(to).location("https://git"))
	v.get(to).want(http.StatusGone)
	if len(h.events(idp.EventAuthorized)) != 1 {
		t.Error("two grants of one request")
	}
}

// Where nothing is to be shown, the first request is the last: nothing is kept, and each gives a grant of its own. What came by a form reads no cookie, so it goes on first.
func TestRequestIsAnsweredAtOnce(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	v.get(h.authorizeURL()).location("/authorize/continue?") // nothing was allowed yet
	h.consent(h.emil, "openid profile email")
	h.isAnswer(v.get(h.authorizeURL()).location("https://git"))
	h.isAnswer(v.get(h.authorizeURL("prompt", "none")).location("https://git"))
	v.get(h.authorizeURL("prompt", "login")).location("/authorize/continue?")
	v.get(h.authorizeURL("prompt", "consent")).location("/authorize/continue?")
	v.get(h.authorizeURL("prompt", "select_account")).location("/authorize/continue?")
	v.get(h.authorizeURL("max_age", "0")).location("/authorize/continue?")
	h.visitor().get(h.authorizeURL()).location("/sign-in?")
	if got := len(h.events(idp.EventAuthorized)); got != 2 {
		t.Errorf("%d grants of two requests", got)
	}
}

func TestRequestEnds(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	to := v.get(h.authorizeURL()).header.Get("Location")
	h.clock.Advance(bounds.Life - time.Second)
	page := v.get(to).want(http.StatusOK)
	h.clock.Advance(time.Second)
	v.get(to).want(http.StatusGone)
	v.post("/consent", allowed(page, "allow")).want(http.StatusGone)
}

// After a restart nothing is known of the request but the app in its address.
func TestRequestOfBeforeARestart(t *testing.T) {
	h := newHouse(t)
	key := h.visitor().enrol(h.emil)
	v := h.visitor()
	to := v.get(h.authorizeURL()).header.Get("Location")
	page := v.get(to).want(http.StatusOK)
	held := v.response(page.ceremony(), key)
	h.pages = h.newPages(h.pages.pin)
	v.get(to).want(http.StatusGone, "Start again from the app", `href="https://git.lindqvist.example"`, "Back to Forgejo")
	v.send("/sign-in/passkey", held).failure(http.StatusGone, "passkey.expired")
	r := v.send("/sign-in/options", asked{TX: held.TX, App: held.App}).want(http.StatusGone)
	if !strings.Contains(r.body, `"next":"/sign-in?app=`+h.forge.ID) {
		t.Errorf("the script is told %s", r.body)
	}
	v.get("/sign-in?tx=tx_gone").want(http.StatusGone, "Go back to the app and sign in there again.")
	v.get("/sign-in?tx=tx_gone&app=app_nobody").want(http.StatusGone, "Go back to the app")
	v.signIn(key)
}

func TestRequestServesOnePurpose(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	ending := v.get("/api/oidc/end-session").location("/end-session/continue?").Get("tx")
	signing := v.get(h.authorizeURL()).location("/authorize/continue?").Get("tx")
	v.get("/authorize/continue?tx=" + ending).want(http.StatusGone)
	v.get("/sign-in?tx=" + ending).want(http.StatusGone)
	v.get("/end-session/continue?tx=" + signing).want(http.StatusGone)
	v.post("/consent", url.Values{"tx": {ending}, "decision": {"allow"}}).want(http.StatusGone)
	v.post("/select-account", url.Values{"tx": {ending}}).want(http.StatusGone)
	v.post("/end-session/confirm", url.Values{"tx": {signing}, "decision": {"sign-out"}}).want(http.StatusGone)
	if v.session().EndedAt != 0 {
		t.Error("signed out by a request to sign in")
	}
	v.get("/authorize/continue?tx=" + signing).want(http.StatusOK)
}

func TestAnonymousRequestsWriteNothing(t *testing.T) {
	h := newHouse(t)
	before := h.store.WaitForChange(t.Context(), 0)
	v := h.visitor()
	for _, path := range []string{"/", "/sign-in", h.authorizeURL(), h.authorizeURL("prompt", "none"), "/authorize?client_id=x", "/api/oidc/end-session", "/account", "/assets/none", "/invite/none"} {
		v.follow(path)
	}
	if after := h.store.WaitForChange(t.Context(), 0); after != before {
		t.Errorf("the store changed from %d to %d", before, after)
	}
}
