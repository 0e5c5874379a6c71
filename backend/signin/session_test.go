package signin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestCookie(t *testing.T) {
	h := newHouse(t)
	secure := *h.pages
	secure.pin = idp.OnTailnet(idp.ModeFunnel, "hearth.otter-finch.ts.net", storetest.Start)
	for _, tt := range []struct {
		pages *Pages
		want  string
	}{
		{h.pages, "hearthkey=SECRET; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax"},
		{&secure, "__Host-hearthkey=SECRET; Path=/; Max-Age=34560000; HttpOnly; Secure; SameSite=Lax"},
	} {
		w := httptest.NewRecorder()
		tt.pages.setCookie(w, "SECRET", cookieLife)
		if got := w.Header().Get("Set-Cookie"); got != tt.want {
			t.Errorf("cookie %q, want %q", got, tt.want)
		}
	}
	w := httptest.NewRecorder()
	secure.ensureCookie(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Header().Get("Set-Cookie"); !strings.HasPrefix(got, "__Host-hearthkey=") || strings.Contains(got, "Max-Age") || strings.Contains(got, "Domain") {
		t.Errorf("the cookie of a browser that nobody signed in with is %q", got)
	}
	// The trial's cookie is none where the issuer is https, and what is no secret of ours is none at all.
	for _, sent := range []string{"hearthkey=" + idp.NewSecret(), "__Host-hearthkey=AAAA", "__Host-hearthkey=" + strings.Repeat("!", 43)} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", sent)
		if secure.cookieKey(r) != "" {
			t.Errorf("%s is taken", sent)
		}
	}
}

func TestCookieChangesAtEachSignIn(t *testing.T) {
	h := newHouse(t)
	key := h.visitor().enrol(h.emil)
	v := h.visitor()
	v.get(h.authorizeURL())
	planted := v.cookie() // as by somebody who had this browser before
	v.signIn(key)
	first := v.cookie()
	v.answer(v.follow(h.authorizeURL("prompt", "login")), key).want(http.StatusOK)
	second := v.cookie()
	if planted == first || first == second {
		t.Fatal("the cookie did not change")
	}
	for _, old := range []string{planted, first} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", "hearthkey="+old)
		if c, err := h.pages.caller(r); err != nil || c.acting.there() || len(c.accounts) > 0 {
			t.Errorf("an old cookie still acts: %+v, %v", c, err)
		}
	}
	// One browser, one row, one session.
	sessions, _ := h.store.SessionsOfUser(t.Context(), h.emil.ID)
	if len(sessions) != 2 { // and the one of the enrolment, elsewhere
		t.Errorf("%d sessions", len(sessions))
	}
}

// What the owner does between the answer of a passkey and the session it would begin counts.
func TestAPasskeyThatIsGoneBeginsNothing(t *testing.T) {
	h := newHouse(t)
	h.member(h.emil)
	keys, err := h.store.Passkeys(t.Context(), h.emil.ID)
	must(err)
	begin := func() error {
		_, err := h.pages.begin(httptest.NewRecorder(), httptest.NewRequest("POST", "/sign-in/passkey", nil), caller{}, beginning{user: h.emil, passkey: keys[0], acr: idp.ACRPasskey})
		return err
	}
	must(begin())
	for _, change := range []func(*store.Tx) error{
		func(tx *store.Tx) error { return tx.FlagPasskey(keys[0].ID, h.clock.Now()) },
		func(tx *store.Tx) error { return tx.RemovePasskey(keys[0].ID) },
	} {
		storetest.Write(t, h.store, change)
		before, _ := h.store.SessionsOfUser(t.Context(), h.emil.ID)
		err := begin()
		after, _ := h.store.SessionsOfUser(t.Context(), h.emil.ID)
		if idp.CodeOf(err) != idp.Denied || len(after) != len(before) {
			t.Errorf("%v, and %d sessions after %d", err, len(after), len(before))
		}
	}
}

// acr and amr say what was used last: a session that began with a synced passkey and goes on with a security key says so.
func TestAMROfTheLastPasskey(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	if got := v.session().AMR; got != "swk user mfa" {
		t.Fatalf("a synced passkey gives %q", got)
	}
	keys, err := h.store.Passkeys(t.Context(), h.emil.ID)
	must(err)
	bound := keys[0]
	bound.ID, bound.CredentialID, bound.BackupEligible = idp.NewID(idp.PrefixPasskey), []byte("bound"), false
	storetest.Write(t, h.store, func(tx *store.Tx) error { return tx.AddPasskey(bound) })
	r := httptest.NewRequest("POST", "/sign-in/passkey", nil)
	r.Header.Set("Cookie", "hearthkey="+v.cookie())
	c, err := h.pages.caller(r)
	must(err)
	begun, err := h.pages.begin(httptest.NewRecorder(), r, c, beginning{user: h.emil, passkey: bound, acr: idp.ACRPasskey})
	must(err)
	kept, err := h.store.Session(t.Context(), c.acting.session.ID)
	must(err)
	if begun.session.AMR != "hwk user mfa" || kept.AMR != begun.session.AMR || kept.PasskeyID != bound.ID {
		t.Errorf("answered %q, kept %q", begun.session.AMR, kept.AMR)
	}
}

func TestOneBrowserHoldsSeveralPeople(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	emils := v.session()
	v.enrol(h.nora)
	noras := v.session()
	if noras.UserID != h.nora.ID || noras.BrowserID != emils.BrowserID || noras.ID == emils.ID {
		t.Errorf("%+v beside %+v", noras, emils)
	}
	v.get("/account").want(http.StatusOK, "Nora Lindqvist")
	v.post("/sign-out", nil).want(http.StatusOK, "You are signed out")
	v.get("/account").location("/sign-in") // nobody slips in as somebody else
	v.follow(h.authorizeURL("prompt", "select_account")).want(http.StatusOK, "Emil Lindqvist")
}

func TestSessionLifetimes(t *testing.T) {
	h := newHouse(t)
	v, key := h.member(h.emil)
	start := h.clock.Now()
	for h.clock.Now().Sub(start) < idp.SessionAbsolute-15*idp.Day {
		h.clock.Advance(29 * idp.Day / 2)
		v.get("/account").want(http.StatusOK)
	}
	h.clock.Set(start.Add(idp.SessionAbsolute - time.Second))
	v.get("/account").want(http.StatusOK)
	h.clock.Set(start.Add(idp.SessionAbsolute))
	v.get("/account").location("/sign-in")
	old := v.session()
	v.signIn(key)
	v.get("/account").want(http.StatusOK)
	if after, _ := h.store.Session(t.Context(), old.ID); after.EndReason != idp.EndReplaced || v.session().ID == old.ID {
		t.Errorf("the session that ran out is %+v", after)
	}
	h.clock.Advance(idp.SessionIdle)
	v.get("/account").location("/sign-in")
}

func TestSessionOfBeforeARestore(t *testing.T) {
	h := newHouse(t)
	b, secret := storetest.Browser(t, h.store)
	s := storetest.Session(t, h.store, h.emil.ID, func(s *idp.Session) { s.BrowserID, s.Epoch = b.ID, -1 })
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "hearthkey="+secret)
	if c, err := h.pages.caller(r); err != nil || c.acting.there() {
		t.Errorf("session %s acts: %v", s.ID, err)
	}
}

func TestSessionUseIsNotedNowAndThen(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	before := h.store.WaitForChange(t.Context(), 0)
	h.clock.Advance(touchEvery)
	v.get("/account")
	if h.store.WaitForChange(t.Context(), 0) != before {
		t.Error("a use within five minutes is written")
	}
	h.clock.Advance(time.Second)
	v.get("/account")
	if s := v.session(); s.SeenAt != h.clock.Now() {
		t.Errorf("seen at %v, now %v", s.SeenAt, h.clock.Now())
	}
}

// A person who is switched off between the passkey and the session gets none.
func TestSessionOfSomebodyGone(t *testing.T) {
	h := newHouse(t)
	h.emil.DisabledAt = h.clock.Now()
	h.write(func(tx *store.Tx) error { return tx.UpdateUser(h.emil) })
	r := httptest.NewRequest("POST", "/sign-in/passkey", nil)
	_, err := h.pages.begin(httptest.NewRecorder(), r, caller{}, beginning{user: h.emil, acr: idp.ACRPasskey})
	if idp.CodeOf(err) != idp.Denied {
		t.Errorf("error %v", err)
	}
	if _, err := h.pages.begin(httptest.NewRecorder(), r, caller{}, beginning{user: idp.User{ID: "usr_gone"}, acr: idp.ACRPasskey}); idp.CodeOf(err) != idp.Denied {
		t.Errorf("error %v", err)
	}
	if sessions, _ := h.store.SessionsOfUser(t.Context(), h.emil.ID); len(sessions) != 0 {
		t.Error("a session was kept")
	}
}

func TestUserAgentIsCut(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("User-Agent", strings.Repeat("x", 255)+"é and more")
	if ua := userAgent(r); len(ua) > 258 || !strings.HasSuffix(ua, "x?") {
		t.Errorf("%q", ua)
	}
}
