package signin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store/storetest"
)

const bye = "https://git.lindqvist.example/bye"

func endURL(pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "/api/oidc/end-session?" + q.Encode()
}

func (h *house) signedOut(v *visitor, s idp.Session, want bool) {
	h.Helper()
	got, err := h.store.Session(h.Context(), s.ID)
	if err != nil || (got.EndedAt != 0) != want {
		h.Errorf("the session ended at %v, %v; want it ended: %v", got.EndedAt, err, want)
	}
	if out := h.events(idp.EventSignedOut); len(out) == 1 != want {
		h.Errorf("events %+v", out)
	}
}

func TestEndSessionByHint(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	s, hint := v.session(), v.idTokenOf()
	h.clock.Advance(2 * idp.IDTokenLife) // it may be expired
	q := v.follow(endURL("id_token_hint", hint, "post_logout_redirect_uri", bye, "state", "a b")).location(bye + "?")
	if q.Get("state") != "a b" {
		t.Errorf("answer %v", q)
	}
	h.signedOut(v, s, true)
	if e := h.events(idp.EventSignedOut)[0]; e.ClientID != h.forge.ID {
		t.Errorf("event %+v", e)
	}
	// Again, signed out by now: it only goes back.
	v.follow(endURL("id_token_hint", hint, "post_logout_redirect_uri", bye)).location(bye)
}

func TestEndSessionByPost(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	s, hint, cookie := v.session(), v.idTokenOf(), v.cookie()
	r := v.post("/api/oidc/end-session", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {bye}})
	r.location("/end-session/continue?")
	h.signedOut(v, s, false)
	if to := v.get(r.header.Get("Location")).leaving(); to.String() != bye {
		t.Errorf("leads to %s", to)
	}
	h.signedOut(v, s, true)
	if v.cookie() != cookie {
		t.Error("the cookie changed")
	}
}

// Without a hint that names a session of this browser, a person decides: any page can send a browser here.
func TestEndSessionAsks(t *testing.T) {
	h := newHouse(t)
	other, _ := h.member(h.emil)
	foreign := other.idTokenOf()
	for name, pairs := range map[string][]string{
		"nothing":                        nil,
		"the app alone":                  {"client_id", h.forge.ID, "post_logout_redirect_uri", bye},
		"a hint that is none":            {"id_token_hint", "a.b.c", "client_id", h.forge.ID},
		"a hint and another app":         {"id_token_hint", foreign, "client_id", "app_other"},
		"the session of another browser": {"id_token_hint", foreign, "post_logout_redirect_uri", bye},
		"other hints":                    {"logout_hint", "emil", "ui_locales", "de", "state", "s"}, // ignored; a state goes nowhere without an address
	} {
		t.Run(name, func(t *testing.T) {
			h.T, other.T = t, t
			v, _ := h.member(h.emil)
			s := v.session()
			page := v.follow(endURL(pairs...)).want(http.StatusOK, "Sign out of Lindqvist home?", "Signed in as <b>emil</b>")
			before := len(h.events(idp.EventSignedOut))
			v.post("/end-session/confirm", url.Values{"tx": {page.tx()}, "decision": {"stay"}}).location("/account")
			if after, _ := h.store.Session(t.Context(), s.ID); after.EndedAt != 0 || len(h.events(idp.EventSignedOut)) != before {
				t.Error("signed out against the person's word")
			}
			v.post("/end-session/confirm", url.Values{"tx": {page.tx()}, "decision": {"sign-out"}}).want(http.StatusGone)
			page = v.follow(endURL(pairs...))
			v.post("/end-session/confirm", url.Values{"tx": {page.tx()}, "decision": {"maybe"}}).want(http.StatusBadRequest)
			done := v.post("/end-session/confirm", url.Values{"tx": {page.tx()}, "decision": {"sign-out"}}).want(http.StatusOK)
			if len(pairs) == 4 && pairs[2] == "post_logout_redirect_uri" {
				if to := done.leaving(); to.String() != bye {
					t.Errorf("leads to %s", to)
				}
			} else {
				done.want(http.StatusOK, "You are signed out")
			}
			if after, _ := h.store.Session(t.Context(), s.ID); after.EndReason != idp.EndSignedOut {
				t.Errorf("session %+v", after)
			}
		})
	}
}

func TestEndSessionGoesToRegisteredAddressesOnly(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	s, hint := v.session(), v.idTokenOf()
	r := v.follow(endURL("id_token_hint", hint, "post_logout_redirect_uri", bye+"/else")).want(http.StatusOK, "You are signed out")
	if strings.Contains(r.body, bye) {
		t.Error("an address that is not registered stands on the page")
	}
	h.signedOut(v, s, true)
	// Nobody is signed in: nothing to ask, and still no way out.
	h.visitor().follow(endURL("post_logout_redirect_uri", "https://evil.example")).want(http.StatusOK, "You are signed out")
}

// The page named one person; another acts by the time they answer.
func TestEndSessionSignsOutWhomThePageNamed(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	emils := v.session()
	page := v.follow(endURL())
	v.enrol(h.nora)
	v.post("/end-session/confirm", url.Values{"tx": {page.tx()}, "decision": {"sign-out"}}).want(http.StatusOK)
	h.signedOut(v, emils, true)
	if s := v.session(); s.UserID != h.nora.ID || s.EndedAt != 0 {
		t.Errorf("session %+v", s)
	}
}

func TestHintedSession(t *testing.T) {
	c := caller{accounts: []account{{idp.Session{ID: "ses_1"}, idp.User{ID: "usr_1"}}}}
	good := oidc.EndSession{HintVerified: true, HintUserID: "usr_1", HintSessionID: "ses_1"}
	for name, change := range map[string]func(*oidc.EndSession){
		"not verified": func(e *oidc.EndSession) { e.HintVerified = false }, "no sid": func(e *oidc.EndSession) { e.HintSessionID = "" },
		"another sid": func(e *oidc.EndSession) { e.HintSessionID = "ses_2" }, "another person": func(e *oidc.EndSession) { e.HintUserID = "usr_2" },
	} {
		bad := good
		if change(&bad); (*Pages)(nil).hinted(&bad, c).there() {
			t.Errorf("%s: signs out unasked", name)
		}
	}
	if !(*Pages)(nil).hinted(&good, c).there() {
		t.Error("a good hint asks")
	}
}

// TestSignedOutPage wants the page to say why it does not lead back, and which apps are told.
func TestSignedOutPage(t *testing.T) {
	h := newHouse(t)
	told := func(name, uri string) idp.Client {
		c := storetest.Client(t, h.store, func(c *idp.Client) { c.Name, c.BackchannelLogoutURI = name, uri })
		storetest.AllowEveryone(t, h.store, c.ID)
		return c
	}
	notes, photos, silent, never := told("Notes", "http://127.0.0.1:1/"), told("Photos", "http://127.0.0.1:1/"), told("Silent", ""), told("Never used", "http://127.0.0.1:1/")
	for _, tt := range []struct {
		name, says string
		apps       []idp.Client
		pairs      []string
	}{
		{"none is told", "Apps that you opened may stay signed in", []idp.Client{silent}, nil},
		{"one", "and tells Notes that you signed out", []idp.Client{notes, silent}, nil},
		{"two", "and tells Notes and Photos that you signed out", []idp.Client{photos, notes}, nil},
		{"bad-post-logout-redirect-uri", "to an address that is not registered for it, so you stay here", nil, []string{"post_logout_redirect_uri", bye + "/else"}},
		{"query-added-to-post-logout-redirect-uri", "to an address that is not registered for it, so you stay here", nil, []string{"post_logout_redirect_uri", bye + "?foo=bar"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h.T = t
			v, _ := h.member(h.emil)
			for _, c := range tt.apps {
				storetest.Grant(t, h.store, v.session(), c.ID)
			}
			page := v.follow(endURL(append([]string{"id_token_hint", v.idTokenOf()}, tt.pairs...)...)).want(http.StatusOK, "You are signed out", tt.says)
			if strings.Contains(page.body, never.Name) || strings.Contains(page.body, silent.Name) || strings.Contains(page.body, bye) {
				t.Errorf("the page says too much:\n%s", page.body)
			}
		})
	}
	h.T = t
	v, _ := h.member(h.emil)
	v.follow(endURL("id_token_hint", "a.b.c", "post_logout_redirect_uri", bye)).want(http.StatusOK, "Sign out of Lindqvist home?", "could not show that you are signed in to it")
	h.visitor().follow(endURL("post_logout_redirect_uri", "https://evil.example")).want(http.StatusOK, "You are signed out", "is not known, so you will not be sent back to it")
}

func TestListed(t *testing.T) {
	for want, names := range map[string][]string{"": nil, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"}, "a, b, c and d": {"a", "b", "c", "d"}} {
		if got := listed(names); got != want {
			t.Errorf("%q: %q", names, got)
		}
	}
}
