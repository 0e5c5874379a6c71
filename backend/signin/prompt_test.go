package signin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// prompt=none shows nothing to anybody: it is answered to the app, whatever the state.
func TestPromptNone(t *testing.T) {
	for _, tt := range []struct {
		name  string
		state func(*house, *visitor) // made of a browser in which Emil is signed in
		more  []string
		want  string // an error, "" for a code
	}{
		{"allowed before", func(h *house, _ *visitor) { h.consent(h.emil, "openid profile email") }, nil, ""},
		{"never allowed", func(*house, *visitor) {}, nil, "consent_required"},
		{"allowed less", func(h *house, _ *visitor) { h.consent(h.emil, "openid") }, nil, "consent_required"},
		{"signed out", func(_ *house, v *visitor) { v.post("/sign-out", nil) }, nil, "login_required"},
		{"too long ago", func(h *house, _ *visitor) { h.clock.Advance(time.Minute) }, []string{"max_age", "60"}, "login_required"},
		{"lately", func(h *house, _ *visitor) {
			h.consent(h.emil, "openid profile email")
			h.clock.Advance(time.Minute)
		}, []string{"max_age", "61"}, ""},
		{"max_age 0", func(h *house, _ *visitor) { h.consent(h.emil, "openid profile email") }, []string{"max_age", "0"}, "login_required"},
		{"no access", func(h *house, _ *visitor) { storetest.Allow(h.T, h.store, h.forge.ID) }, nil, "access_denied"},
		{"idle for 30 days", func(h *house, _ *visitor) { h.clock.Advance(idp.SessionIdle) }, nil, "login_required"},
		{"revoked", func(h *house, v *visitor) {
			id := v.session().ID
			h.write(func(tx *store.Tx) error { _, err := tx.EndSession(id, idp.EndRevoked, h.clock.Now()); return err })
		}, nil, "login_required"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			v, _ := h.member(h.emil)
			tt.state(h, v)
			q := v.follow(h.authorizeURL(append(tt.more, "prompt", "none")...)).location("https://git.lindqvist.example/callback?")
			if tt.want == "" {
				h.isAnswer(q)
			} else {
				h.isFailure(q, tt.want)
			}
		})
	}
	h := newHouse(t)
	stranger := h.visitor()
	h.isFailure(stranger.follow(h.authorizeURL("prompt", "none")).location("https://git"), "login_required")
	h.isFailure(h.visitor().get(h.visitor().post("/authorize", h.authorizeForm("prompt", "none")).header.Get("Location")).leaving().Query(), "login_required")
}

func TestPromptLogin(t *testing.T) {
	for _, more := range [][]string{{"prompt", "login"}, {"max_age", "0"}, {"max_age", "60"}} {
		h := newHouse(t)
		v, key := h.member(h.emil)
		h.consent(h.emil, "openid profile email")
		before := v.session()
		h.clock.Advance(time.Minute)
		to := v.get(h.authorizeURL(more...)).header.Get("Location")
		page := v.follow(to).want(http.StatusOK, "Sign in to Forgejo", "Confirm with your passkey that it is you.")
		v.get(to).location("/sign-in?") // looking again is no sign-in
		h.isAnswer(v.follow(v.answer(page, key).next()).location("https://git"))
		after := v.session()
		if after.ID != before.ID || after.AuthTime != h.clock.Now() || after.CreatedAt != before.CreatedAt {
			t.Errorf("%v: before %+v, after %+v", more, before, after)
		}
		// The next request with prompt=login asks again; it is not enough that the last one did.
		v.follow(h.authorizeURL(more...)).want(map[bool]int{true: http.StatusOK, false: http.StatusSeeOther}[more[1] != "60"])
	}
}

var pickForm = regexp.MustCompile(`name="tx" value="([^"]*)"><input type="hidden" name="app" value="[^"]*"><input type="hidden" name="session" value="([^"]*)"><button><span class="tile" aria-hidden="true">(.)<`)

var switchLink = regexp.MustCompile(`href="(/select-account[^"]*)"`)

// picks are the choices of the accounts page, by initial.
func (r reply) picks() map[string]url.Values { r.t.Helper(); return r.picksOf("Forgejo") }

func (r reply) picksOf(app string) map[string]url.Values {
	r.t.Helper()
	out := map[string]url.Values{}
	for _, m := range pickForm.FindAllStringSubmatch(r.want(http.StatusOK, "Who is using "+app+"?").body, -1) {
		out[m[3]] = url.Values{"tx": {m[1]}, "session": {m[2]}}
	}
	return out
}

func TestPromptSelectAccount(t *testing.T) {
	h := newHouse(t)
	v, emils := h.member(h.emil)
	v.enrol(h.nora)
	h.consent(h.nora, "openid profile email")
	h.consent(h.emil, "openid profile email")
	for initial, user := range map[string]idp.User{"N": h.nora, "E": h.emil} {
		picks := v.follow(h.authorizeURL("prompt", "select_account")).picks()
		if len(picks) != 2 {
			t.Fatalf("choices %v", picks)
		}
		h.isAnswer(v.post("/select-account", picks[initial]).leaving().Query())
		if got := h.events(idp.EventAuthorized)[0].UserID; got != user.ID {
			t.Errorf("chose %s, got %s", user.UserName, got)
		}
	}
	if v.session().UserID != h.nora.ID {
		t.Error("the choice changed who acts")
	}
	// Another person's session, or one of another browser, is no choice.
	other, _ := h.member(h.nora)
	pick := v.follow(h.authorizeURL("prompt", "select_account")).picks()["E"]
	pick.Set("session", other.session().ID)
	v.post("/select-account", pick).want(http.StatusBadRequest)
	// Use another passkey.
	page := v.follow(h.authorizeURL("prompt", "select_account"))
	link := regexp.MustCompile(`href="(/sign-in[^"]*)"`).FindStringSubmatch(page.body)[1]
	h.isAnswer(v.follow(v.answer(v.get(strings.ReplaceAll(link, "&amp;", "&")), emils).next()).location("https://git"))
	// Nobody to choose from: sign in.
	h.visitor().follow(h.authorizeURL("prompt", "select_account")).want(http.StatusOK, "Sign in to Forgejo")
	// With login too, the chosen one signs in again.
	page = v.follow(h.authorizeURL("prompt", "select_account login"))
	v.post("/select-account", page.picks()["E"]).location("/sign-in?")
}

// idTokenOf signs in to forge and answers the ID token it gets.
func (v *visitor) idTokenOf() string {
	v.Helper()
	page := v.follow(v.authorizeURL("prompt", "consent"))
	code := v.post("/consent", allowed(page, "allow")).leaving().Query().Get("code")
	answer := v.post("/api/oidc/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {v.forge.RedirectURIs[0]}, "client_id": {v.forge.ID}, "client_secret": {v.secret},
	})
	token := regexp.MustCompile(`"id_token":"([^"]+)"`).FindStringSubmatch(answer.want(http.StatusOK).body)
	if token == nil {
		v.Fatalf("no ID token in %s", answer.body)
	}
	v.accessToken = regexp.MustCompile(`"access_token":"([^"]+)"`).FindStringSubmatch(answer.body)[1]
	return token[1]
}

// A chosen person who has to sign in again is asked for their own passkey, and may still turn to another account.
func TestChosenSignsInAgain(t *testing.T) {
	h := newHouse(t)
	v, emils := h.member(h.emil)
	noras := v.enrol(h.nora)
	h.consent(h.nora, "openid profile email")
	h.consent(h.emil, "openid profile email")
	h.clock.Advance(time.Minute)
	for _, more := range [][]string{{"prompt", "select_account login"}, {"prompt", "select_account", "max_age", "0"}, {"prompt", "login select_account consent"}} {
		picks := v.follow(h.authorizeURL(more...)).picks()
		at := v.post("/select-account", picks["E"]).header.Get("Location")
		page := v.get(at).want(http.StatusOK, "Sign in to Forgejo", "Signed in as <b>emil</b>.", "Confirm with your passkey that it is you.")
		if _, err := noras.Get(page.ceremony().Options, h.issuer); err == nil {
			t.Errorf("%v: the page offers itself to Nora's passkey", more)
		}
		var fresh ceremony
		must(json.Unmarshal([]byte(v.send(page.ceremony().Begin, asked{TX: page.ceremony().TX}).want(http.StatusOK).body), &fresh))
		if _, err := noras.Get(fresh.Options, h.issuer); err == nil {
			t.Errorf("%v: fresh options offer themselves to Nora's passkey", more)
		}
		answer := v.follow(v.answer(page, emils).next())
		if strings.Contains(more[1], "consent") {
			h.isAnswer(v.post("/consent", allowed(answer.want(http.StatusOK, "wants to know who you are"), "allow")).leaving().Query())
		} else {
			h.isAnswer(answer.location("https://git"))
		}
		if e := h.events(idp.EventAuthorized)[0]; e.UserID != h.emil.ID {
			t.Errorf("%v: the grant is of %s", more, e.UserID)
		}
	}

	picks := v.follow(h.authorizeURL("prompt", "select_account login")).picks()
	page := v.get(v.post("/select-account", picks["E"]).header.Get("Location"))
	others := v.get(strings.ReplaceAll(switchLink.FindStringSubmatch(page.body)[1], "&amp;", "&")).want(http.StatusOK, "Who is using Forgejo?")
	other := regexp.MustCompile(`href="(/sign-in[^"]*)"`).FindStringSubmatch(others.body)[1]
	page = v.get(strings.ReplaceAll(other, "&amp;", "&")).want(http.StatusOK, "Sign in to Forgejo")
	h.isAnswer(v.follow(v.answer(page, noras).next()).location("https://git"))
	if e := h.events(idp.EventAuthorized)[0]; e.UserID != h.nora.ID {
		t.Errorf("the grant is of %s", e.UserID)
	}
}

// Consent that was given on a page of one choice does not stand for another choice, nor for a sign-in that was still due.
func TestChoiceForgetsWhatWasAsked(t *testing.T) {
	h := newHouse(t)
	v, emils := h.member(h.emil)
	v.enrol(h.nora)
	picks := v.follow(h.authorizeURL("prompt", "select_account login")).picks()
	page := v.get(v.post("/select-account", picks["E"]).header.Get("Location"))
	consent := v.follow(v.answer(page, emils).next()).want(http.StatusOK, "wants to know who you are")
	v.post("/select-account", picks["E"]).location("/sign-in?") // chosen anew: to be confirmed anew
	v.post("/consent", allowed(consent, "allow")).location("/sign-in?")
}

// The combinations of prompt, each in a browser with a session: what is shown first.
func TestPromptCombinations(t *testing.T) {
	for prompt, want := range map[string]string{
		"":                             "code",
		"create":                       "code",
		"login":                        "Confirm with your passkey",
		"consent":                      "wants to know who you are",
		"select_account":               "Who is using Forgejo?",
		"login consent":                "Confirm with your passkey",
		"consent login":                "Confirm with your passkey",
		"select_account login":         "Who is using Forgejo?",
		"consent select_account":       "Who is using Forgejo?",
		"login consent select_account": "Who is using Forgejo?",
		"none":                         "code",
		"none login":                   "invalid_request",
		"consent none":                 "invalid_request",
		"none select_account":          "invalid_request",
		"none create":                  "invalid_request",
	} {
		h := newHouse(t)
		v, _ := h.member(h.emil)
		h.consent(h.emil, "openid profile email")
		h.clock.Advance(time.Minute)
		r := v.follow(h.authorizeURL("prompt", prompt, "display", "wap", "ui_locales", "de sv", "claims_locales", "de"))
		switch want {
		case "code":
			h.isAnswer(r.location("https://git"))
		case "invalid_request":
			h.isFailure(r.location("https://git"), want)
		default:
			r.want(http.StatusOK, want)
		}
	}
}

// An app for which the owner wants a passkey at each sign-in.
func TestReauthenticate(t *testing.T) {
	h := newHouse(t)
	h.forge.Reauthenticate = true
	h.write(func(tx *store.Tx) error { return tx.UpdateClient(h.forge) })
	v, key := h.member(h.emil)
	h.consent(h.emil, "openid profile email")
	for range 2 {
		page := v.follow(h.authorizeURL()).want(http.StatusOK, "Confirm with your passkey that it is you.")
		h.isAnswer(v.follow(v.answer(page, key).next()).location("https://git"))
	}
	h.isFailure(v.follow(h.authorizeURL("prompt", "none")).location("https://git"), "login_required")
}

// A login_hint picks among the people of a browser, and nobody else.
func TestLoginHint(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	v.enrol(h.nora)
	h.consent(h.nora, "openid profile email")
	h.consent(h.emil, "openid profile email")
	for hint, want := range map[string]idp.User{"emil": h.emil, "EMIL@lindqvist.example": h.emil, "nora": h.nora, "somebody": h.nora, "": h.nora} {
		h.isAnswer(v.follow(h.authorizeURL("login_hint", hint)).location("https://git"))
		if got := h.events(idp.EventAuthorized)[0].UserID; got != want.ID {
			t.Errorf("login_hint %q gives %s", hint, got)
		}
	}
}

func TestIDTokenHint(t *testing.T) {
	h := newHouse(t)
	v, emils := h.member(h.emil)
	hint := v.idTokenOf()
	h.isAnswer(v.follow(h.authorizeURL("id_token_hint", hint)).location("https://git"))
	h.isAnswer(v.follow(h.authorizeURL("id_token_hint", hint, "prompt", "none")).location("https://git"))

	noras := h.visitor().enrol(h.nora)
	h.consent(h.nora, "openid profile email")
	v.answer(v.get("/sign-in?tx="+v.get(h.authorizeURL("prompt", "login")).location("/authorize/continue?").Get("tx")), noras).want(http.StatusOK)
	if v.session().UserID != h.nora.ID {
		t.Fatal("Nora does not act")
	}
	// The hinted person is signed in in this browser too, beside the one who acts.
	h.isAnswer(v.follow(h.authorizeURL("id_token_hint", hint, "prompt", "none")).location("https://git"))
	if got := h.events(idp.EventAuthorized)[0].UserID; got != h.emil.ID {
		t.Errorf("the grant is of %s", got)
	}

	other, _ := h.member(h.nora)
	h.isFailure(other.follow(h.authorizeURL("id_token_hint", hint, "prompt", "none")).location("https://git"), "login_required")
	page := other.follow(h.authorizeURL("id_token_hint", hint)).want(http.StatusOK, "Sign in to Forgejo")
	h.isFailure(other.follow(other.answer(page, noras).next()).location("https://git"), "login_required")
	page = other.follow(h.authorizeURL("id_token_hint", hint))
	h.isAnswer(other.follow(other.answer(page, emils).next()).location("https://git"))
}

// The same table by itself, since what IssueCode checks again would hide a hole in it.
func TestAuthenticate(t *testing.T) {
	now := storetest.Start
	emil := account{idp.Session{ID: "ses_1", AuthTime: now.Add(-time.Minute)}, idp.User{ID: "usr_1"}}
	here := caller{accounts: []account{emil}, acting: emil}
	for _, tt := range []struct {
		name  string
		req   oidc.Authorize
		c     caller
		fresh bool
		done  bool
		want  decision
	}{
		{"signed in", oidc.Authorize{MaxAge: -1}, here, false, false, decision{}},
		{"nobody", oidc.Authorize{MaxAge: -1}, caller{}, false, true, decision{step: stepSignIn}},
		{"nobody, none", oidc.Authorize{MaxAge: -1, Prompt: oidc.Prompt{None: true}}, caller{}, false, true, decision{step: stepFail, code: "login_required"}},
		{"somebody else, none", oidc.Authorize{MaxAge: -1, HintUserID: "usr_2", Prompt: oidc.Prompt{None: true}}, here, false, true, decision{step: stepFail, code: "login_required"}},
		{"somebody else", oidc.Authorize{MaxAge: -1, HintUserID: "usr_2"}, here, false, true, decision{step: stepSignIn}},
		{"somebody else, fresh", oidc.Authorize{MaxAge: -1, HintUserID: "usr_2"}, here, true, true, decision{step: stepFail, code: "login_required"}},
		{"the hinted one", oidc.Authorize{MaxAge: -1, HintUserID: "usr_1"}, here, false, false, decision{}},
		{"too old", oidc.Authorize{MaxAge: time.Minute}, here, false, true, decision{step: stepSignIn}},
		{"too old, none", oidc.Authorize{MaxAge: time.Minute, Prompt: oidc.Prompt{None: true}}, here, false, true, decision{step: stepFail, code: "login_required"}},
		{"young enough", oidc.Authorize{MaxAge: time.Minute + time.Second}, here, false, false, decision{}},
		{"too old, fresh", oidc.Authorize{MaxAge: 0}, here, true, false, decision{}},
		{"login", oidc.Authorize{MaxAge: -1, Prompt: oidc.Prompt{Login: true}}, here, false, true, decision{step: stepSignIn}},
		{"login, fresh", oidc.Authorize{MaxAge: -1, Prompt: oidc.Prompt{Login: true}}, here, true, false, decision{}},
		{"choose", oidc.Authorize{MaxAge: -1, Prompt: oidc.Prompt{SelectAccount: true}}, here, false, true, decision{step: stepChoose}},
		{"choose among none", oidc.Authorize{MaxAge: -1, Prompt: oidc.Prompt{SelectAccount: true}}, caller{}, false, true, decision{step: stepSignIn}},
	} {
		tx := pending{authorize: &tt.req, fresh: tt.fresh}
		got, done := authenticate(tx, tt.c, actor(tx, tt.c), now)
		got.description = ""
		if done != tt.done || got != tt.want {
			t.Errorf("%s: %+v, %v; want %+v, %v", tt.name, got, done, tt.want, tt.done)
		}
	}
}
