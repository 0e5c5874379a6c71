package oidc_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

func parse(h *home, form url.Values) (*oidc.Authorize, error) {
	return h.provider.ParseAuthorize(context.Background(), form)
}

func TestAuthorizePage(t *testing.T) {
	h := newHome(t)
	off, _ := h.addApp(idp.Client{Name: "Off", DisabledAt: start})
	one, _ := h.addApp(idp.Client{Name: "One", RedirectURIs: []string{callback}})
	for _, tt := range []struct {
		name, key string
		form      url.Values
	}{
		{"no client", "client_missing", request("")},
		{"unknown client", "client_unknown", request("app_nope")},
		{"markup as client", "client_unknown", request("<svg onload=alert(1)>")}, // RU-15
		{"10 kB client", "client_unknown", request(strings.Repeat("x", 10<<10))},
		{"disabled client", "client_unknown", request(off.ID)}, // the same page as unknown
		{"client twice", "parameter_repeated", url.Values{"client_id": {h.app.ID, h.app.ID}, "redirect_uri": {callback}}},
		{"no redirect URI, one registered", "redirect_missing", request(one.ID, "-redirect_uri", "")}, // RU-13
		{"no redirect URI, two registered", "redirect_missing", request(h.app.ID, "-redirect_uri", "")},
		{"unregistered", "redirect_unknown", request(h.app.ID, "redirect_uri", "https://unregistered.example/cb")}, // RU-01
		{"unregistered, prompt=none", "redirect_unknown", request(h.app.ID, "redirect_uri", "https://evil.example/", "prompt", "none")},
		{"query added", "redirect_unknown", request(h.app.ID, "redirect_uri", callback+"?x=1")},
		{"script", "redirect_wrong", request(h.app.ID, "redirect_uri", "javascript:alert(1)")}, // RU-10
		{"userinfo", "redirect_wrong", request(h.app.ID, "redirect_uri", "https://rp.example.com@evil.com/cb")},
		{"markup", "redirect_wrong", request(h.app.ID, "redirect_uri", `https://a.example/"><script>`)},
		{"redirect URI twice", "parameter_repeated", url.Values{"client_id": {h.app.ID}, "redirect_uri": {callback, callback}}},
	} {
		_, err := parse(h, tt.form)
		page := new(oidc.PageError)
		if !errors.As(err, &page) || page.Message.Key != "oidc."+tt.key {
			t.Errorf("%s: %v, want the page %s", tt.name, err, tt.key)
		} else if !idp.Known(page.Message.Key) || strings.Contains(page.Message.String(), "{") {
			t.Errorf("%s: the text has a hole: %s", tt.name, page.Message)
		}
	}
	a := h.get(oidc.PathAuthorize + "?" + request(h.app.ID, "redirect_uri", "https://evil.example/").Encode())
	if a.is(t, http.StatusBadRequest, ""); a.header.Get("Location") != "" {
		t.Errorf("a Location to %s", a.header.Get("Location"))
	}
}

func (h *home) get(path string) answer {
	h.Helper()
	r, err := http.NewRequest(http.MethodGet, h.endpoint(path), nil)
	if err != nil {
		h.Fatal(err)
	}
	return h.do(r)
}

func TestAuthorizeRefusals(t *testing.T) {
	h := newHome(t)
	public, _ := h.addApp(idp.Client{Name: "Public", Public: true})
	required, _ := h.addApp(idp.Client{Name: "Required", RequirePKCE: true})
	app := func(change ...string) url.Values { return request(h.app.ID, change...) }
	twice := func(name string, values ...string) url.Values { v := app(); v[name] = values; return v }
	pkce := []string{"code_challenge", challenge, "code_challenge_method", "S256"}
	for _, tt := range []struct {
		name string
		form url.Values
		code string // "" for a good request
	}{
		{"plain", app(), ""},
		{"no state, no nonce", app("-state", "", "-nonce", ""), ""},
		{"unknown parameters", app("approval_prompt", "force", "access_type", "offline", "claims_locales", "de", "audience", "x"), ""},
		{"unknown scopes", app("scope", "openid address phone bogus"), ""},
		{"openid twice", app("scope", "openid openid"), ""}, // dex
		{"other scope order", app("scope", "email profile openid"), ""},
		{"resource twice", twice("resource", "https://a", "https://b"), ""},
		{"PKCE", app(pkce...), ""},
		{"PKCE, public", request(public.ID, pkce...), ""},
		{"display, locales, hints", app("display", "popup", "ui_locales", "de fr", "login_hint", "ann", "acr_values", "1 2"), ""},
		{"claims parameter", app("claims", `{"userinfo":{"name":{"essential":true}}}`), ""},
		{"unknown prompt", app("prompt", "create"), ""},

		{"response_type missing", app("-response_type", ""), "invalid_request"}, // AZ-01
		{"token", app("response_type", "token"), "unsupported_response_type"},   // AZ-02
		{"id_token token", app("response_type", "id_token token"), "unsupported_response_type"},
		{"code token", app("response_type", "code token"), "unsupported_response_type"},
		{"code code", app("response_type", "code code"), "unsupported_response_type"},
		{"CODE", app("response_type", "CODE"), "unsupported_response_type"},
		{"none", app("response_type", "none"), "unsupported_response_type"},
		{"response_mode unknown", app("response_mode", "evil"), "invalid_request"}, // AZ-03
		{"response_mode jwt", app("response_mode", "query.jwt"), "invalid_request"},
		{"no scope", app("-scope", ""), "invalid_scope"}, // AZ-05
		{"no openid", app("scope", "profile email"), "invalid_scope"},
		{"openid in another word", app("scope", "xopenid openidx"), "invalid_scope"},
		{"prompt none login", app("prompt", "none login"), "invalid_request"}, // AZ-07
		{"prompt none and unknown", app("prompt", "none create"), "invalid_request"},
		{"prompt none none", app("prompt", "none none"), "invalid_request"},
		{"max_age negative", app("max_age", "-1"), "invalid_request"}, // AZ-09
		{"max_age float", app("max_age", "1e99"), "invalid_request"},
		{"max_age words", app("max_age", "ten"), "invalid_request"},
		{"max_age huge", app("max_age", "99999999999999999999"), "invalid_request"},
		{"request", app("request", "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwifQ."), "request_not_supported"}, // AZ-11
		{"request_uri", app("request_uri", "https://evil.example/r"), "request_uri_not_supported"},
		{"request_uri like PAR's", app("request_uri", "urn:ietf:params:oauth:request-uri:x"), "request_uri_not_supported"},
		{"registration", app("registration", "{}"), "registration_not_supported"}, // AZ-13
		{"scope twice", twice("scope", "openid", "openid"), "invalid_request"},
		{"response_type twice", twice("response_type", "code", "code"), "invalid_request"},
		{"state twice", twice("state", "a", "b"), "invalid_request"},
		{"unknown twice", twice("foo", "a", "b"), "invalid_request"},
		{"empty and full", twice("nonce", "", "b"), "invalid_request"},
		{"method omitted", app("code_challenge", challenge), "invalid_request"}, // PK-02
		{"plain method", app("code_challenge", challenge, "code_challenge_method", "plain"), "invalid_request"},
		{"public without PKCE", request(public.ID), "invalid_request"},
		{"required without PKCE", request(required.ID), "invalid_request"},
		{"state too long", app("state", strings.Repeat("s", 4097)), "invalid_request"},
		{"state with line break", app("state", "a\r\nb"), "invalid_request"},
		{"state with NUL", app("state", "a\x00"), "invalid_request"},
		{"state not UTF-8", app("state", "a\xff"), "invalid_request"},
		{"nonce too long", app("nonce", strings.Repeat("n", 1025)), "invalid_request"},
		{"hint is no token", app("id_token_hint", "nonsense"), "invalid_request"},
	} {
		req, err := parse(h, tt.form)
		told := new(oidc.AppError)
		switch {
		case tt.code == "" && err != nil:
			t.Errorf("%s: refused: %v", tt.name, err)
		case tt.code == "" && req.State != tt.form.Get("state"):
			t.Errorf("%s: state %q", tt.name, req.State)
		case tt.code != "" && (!errors.As(err, &told) || told.Code != tt.code):
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		case tt.code != "":
			checkFailure(t, h, tt.name, tt.form, told)
		}
	}
}

// checkFailure looks at the answer as the app sees it.
func checkFailure(t *testing.T, h *home, name string, form url.Values, told *oidc.AppError) {
	t.Helper()
	u, err := url.Parse(h.provider.Failure(told.Request, told.Code, told.Description).URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if !strings.HasPrefix(u.String(), callback+"?") || q.Get("iss") != h.issuer || q.Get("error") != told.Code || q.Has("code") {
		t.Errorf("%s: answer %s", name, u)
	}
	if state := form["state"]; len(state) == 1 && len(state[0]) <= 4096 && utf8.ValidString(state[0]) && !strings.ContainsAny(state[0], "\r\n\x00") && q.Get("state") != state[0] {
		t.Errorf("%s: state %q, want %q", name, q.Get("state"), state[0])
	}
	if d := q.Get("error_description"); d == "" || strings.ContainsAny(d, "\"\\") { // RFC 6749 §4.1.2.1
		t.Errorf("%s: description %q", name, d)
	}
}

func TestAuthorizeFields(t *testing.T) {
	h := newHome(t)
	req, err := parse(h, request(h.app.ID, "scope", "groups openid bogus email openid", "response_mode", "form_post", "prompt", "login consent select_account", "max_age", "0",
		"code_challenge", challenge, "code_challenge_method", "S256", "login_hint", "ann@example.com", "ui_locales", "de", "display", "page", "acr_values", "a b"))
	if err != nil {
		t.Fatal(err)
	}
	want := &oidc.Authorize{Client: req.Client, RedirectURI: callback, ResponseMode: "form_post", State: "s t&=ä", Nonce: "n-1", Scope: "openid email groups", Challenge: challenge,
		Prompt: oidc.Prompt{Login: true, Consent: true, SelectAccount: true}, MaxAge: 0, LoginHint: "ann@example.com", UILocales: "de", Display: "page", ACRValues: "a b"}
	if !reflect.DeepEqual(req, want) || req.Client.ID != h.app.ID {
		t.Errorf("got %+v, want %+v", req, want)
	}
	req, err = parse(h, request(h.app.ID, "max_age", "10000", "login_hint", strings.Repeat("x", 300), "prompt", "none"))
	if err != nil || req.MaxAge != 10000*time.Second || req.LoginHint != "" || req.Prompt != (oidc.Prompt{None: true}) || req.ResponseMode != "query" {
		t.Errorf("got %+v, %v", req, err)
	}
	if req, err = parse(h, request(h.app.ID)); err != nil || req.MaxAge != -1 {
		t.Errorf("without max_age: %+v, %v", req, err)
	}
	native, _ := h.addApp(idp.Client{Name: "CLI", Public: true, RedirectURIs: []string{"http://127.0.0.1/cb"}})
	req, err = parse(h, request(native.ID, "redirect_uri", "http://127.0.0.1:49152/cb", "code_challenge", challenge, "code_challenge_method", "S256"))
	if err != nil || req.RedirectURI != "http://127.0.0.1:49152/cb" {
		t.Errorf("loopback: %+v, %v", req, err)
	}
}

func TestAnswerModes(t *testing.T) {
	h := newHome(t)
	const with = "https://rp.example.com/login?direct=1"
	app, _ := h.addApp(idp.Client{Name: "Modes", RedirectURIs: []string{callback, with, "app.immich:///oauth-callback"}, Native: true})
	answer := func(change ...string) oidc.Answer {
		req, err := parse(h, request(app.ID, change...))
		if err != nil {
			t.Fatal(err)
		}
		return h.provider.Success(req, "c+/=")
	}
	iss := url.QueryEscape(h.issuer)
	const tail = "code=c%2B%2F%3D&state=s+t%26%3D%C3%A4&iss="
	for _, tt := range []struct {
		got  oidc.Answer
		want oidc.Answer
	}{
		{answer(), oidc.Answer{Mode: "query", URL: callback + "?" + tail + iss}},
		{answer("redirect_uri", with), oidc.Answer{Mode: "query", URL: with + "&" + tail + iss}},
		{answer("redirect_uri", "app.immich:///oauth-callback"), oidc.Answer{Mode: "query", URL: "app.immich:///oauth-callback?" + tail + iss}},
		{answer("response_mode", "fragment"), oidc.Answer{Mode: "fragment", URL: callback + "#" + tail + iss}},
		{answer("-state", ""), oidc.Answer{Mode: "query", URL: callback + "?code=c%2B%2F%3D&iss=" + iss}},
		{answer("response_mode", "form_post"), oidc.Answer{Mode: "form_post", Action: callback,
			Fields: []oidc.Field{{Name: "code", Value: "c+/="}, {Name: "state", Value: "s t&=ä"}, {Name: "iss", Value: h.issuer}}}},
	} {
		if !reflect.DeepEqual(tt.got, tt.want) {
			t.Errorf("got %+v, want %+v", tt.got, tt.want)
		}
	}
	_, err := parse(h, request(app.ID, "response_mode", "fragment", "response_type", "token"))
	told := new(oidc.AppError)
	if !errors.As(err, &told) {
		t.Fatal(err)
	}
	if u := h.provider.Failure(told.Request, told.Code, "").URL; u != callback+"#error=unsupported_response_type&state=s+t%26%3D%C3%A4&iss="+iss {
		t.Errorf("an error goes the way that was asked for: %s", u)
	}
}

func TestIssueCode(t *testing.T) {
	h := newHome(t)
	bob := h.addUser("bob", "")
	req, err := parse(h, request(h.app.ID))
	if err != nil {
		t.Fatal(err)
	}
	issue := func(s idp.Session) (string, idp.Reason, error) {
		return h.provider.IssueCode(context.Background(), req, s, visitor)
	}
	code, reason, err := issue(h.session)
	if len(code) != 43 || reason != idp.Allowed || err != nil || h.last() != idp.EventAuthorized {
		t.Fatalf("%q %q %v, last event %q", code, reason, err, h.last())
	}
	events, err := h.store.Events(context.Background(), store.EventQuery{Limit: 1})
	if want := map[string]string{"user": "ANN", "app": "Notes", "source": "203.0.113.7"}; err != nil || !reflect.DeepEqual(events[0].Detail, want) {
		t.Errorf("detail %v, want %v", events[0].Detail, want)
	}
	grant := h.newestGrant()
	want := idp.Grant{ID: grant.ID, UserID: h.ann.ID, ClientID: h.app.ID, SessionID: h.session.ID, Scope: fullScope, Network: idp.NetworkPublic, Source: "203.0.113.7",
		ACR: idp.ACRPasskey, AMR: "hwk user", AuthTime: h.session.AuthTime, CreatedAt: h.now()}
	if grant != want {
		t.Errorf("grant %+v, want %+v", grant, want)
	}
	stolen := h.session
	stolen.UserID = bob.ID // a session of Ann under Bob's name
	for name, tt := range map[string]struct {
		s      idp.Session
		before func(tx *store.Tx) error
		want   idp.Reason
	}{
		"session not known":       {idp.Session{ID: "ses_nope", UserID: h.ann.ID}, nil, idp.SessionOver},
		"session of another":      {stolen, nil, idp.SessionOver},
		"signed out":              {h.signIn(bob), func(tx *store.Tx) error { return endAll(tx, bob.ID, idp.EndSignedOut, h.now()) }, idp.SessionOver},
		"revoked":                 {h.signIn(bob), func(tx *store.Tx) error { return endAll(tx, bob.ID, idp.EndRevoked, h.now()) }, idp.SessionOver},
		"user disabled":           {h.signIn(h.disabledUser("carl")), nil, idp.UserDisabled},
		"user who does not exist": {idp.Session{ID: h.session.ID, UserID: "usr_nope"}, nil, idp.UserMissing},
	} {
		if tt.before != nil {
			h.write(tt.before)
		}
		n := len(h.events())
		if code, reason, err := issue(tt.s); code != "" || reason != tt.want || err != nil {
			t.Errorf("%s: %q %q %v", name, code, reason, err)
		}
		if e := h.events(); len(e) != n+1 || e[n] != idp.EventAccessDenied+" "+string(tt.want) {
			t.Errorf("%s: events %q", name, e[n:])
		}
	}
	h.write(func(tx *store.Tx) error { return tx.SetAccess(h.app.ID, nil) })
	if code, reason, _ := issue(h.session); code != "" || reason != idp.NoAccess { // AZ-22
		t.Errorf("without access: %q %q", code, reason)
	}
	if reason, err := h.provider.MayUse(context.Background(), h.ann.ID, h.app.ID, h.session, idp.Visitor{}); reason != idp.NoAccess || err != nil {
		t.Errorf("MayUse without access: %q %v", reason, err)
	}
	h.write(func(tx *store.Tx) error {
		return tx.SetAccess(h.app.ID, []idp.Access{{ClientID: h.app.ID, Kind: idp.AccessUser, Subject: h.ann.ID}})
	})
	if reason, err := h.provider.MayUse(context.Background(), h.ann.ID, h.app.ID, h.session, idp.Visitor{}); reason != idp.Allowed || err != nil {
		t.Errorf("MayUse with access again: %q %v", reason, err)
	}
	if reason, _ := h.provider.MayUse(context.Background(), h.ann.ID, h.app.ID, idp.Session{ID: "ses_nope"}, idp.Visitor{}); reason != idp.SessionOver {
		t.Errorf("MayUse without a session: %q", reason)
	}
	if reason, _ := h.provider.MayUse(context.Background(), bob.ID, h.app.ID, h.session, idp.Visitor{}); reason != idp.SessionOver {
		t.Errorf("MayUse with another's session: %q", reason)
	}
}

// TestIssueCodeWantsConsent: a yes that was taken back while the answer was under way gives no code, and so no grant that outlives it; nor does one to less than the request asks for.
func TestIssueCodeWantsConsent(t *testing.T) {
	h := newHome(t)
	app := h.app
	app.SkipConsent = false
	h.write(func(tx *store.Tx) error { return tx.UpdateClient(app) })
	issue := func(change ...string) (string, error) {
		req, err := parse(h, request(app.ID, change...))
		if err != nil {
			t.Fatal(err)
		}
		code, _, err := h.provider.IssueCode(context.Background(), req, h.session, visitor)
		return code, err
	}
	refused := func(name string, change ...string) {
		t.Helper()
		told, n := new(oidc.AppError), len(h.events())
		if code, err := issue(change...); code != "" || !errors.As(err, &told) || told.Code != "consent_required" || len(h.events()) != n {
			t.Errorf("%s: %q, %v", name, code, err)
		}
	}
	allow := func(scope string) {
		h.write(func(tx *store.Tx) error {
			return tx.SaveConsent(idp.Consent{UserID: h.ann.ID, ClientID: app.ID, Scope: scope, GrantedAt: h.now()})
		})
	}
	refused("never asked")
	allow("openid profile")
	refused("asks for more", "scope", "openid profile email")
	refused("asks for more by a single claim", "scope", "openid", "claims", `{"userinfo":{"groups":null}}`)
	if code, err := issue("scope", "openid profile"); code == "" || err != nil {
		t.Errorf("allowed: %q, %v", code, err)
	}
	h.write(func(tx *store.Tx) error { return tx.RevokeConsent(h.ann.ID, app.ID, h.now()) })
	refused("taken back", "scope", "openid profile")
}

// TestIssueCodeAfterChange is a request that was good when it came and is not any more when the person is done.
func TestIssueCodeAfterChange(t *testing.T) {
	h := newHome(t)
	req, err := parse(h, request(h.app.ID))
	if err != nil {
		t.Fatal(err)
	}
	issue := func() error {
		_, _, err := h.provider.IssueCode(context.Background(), req, h.session, visitor)
		return err
	}
	change := func(fn func(c *idp.Client)) {
		c := h.app
		fn(&c)
		h.write(func(tx *store.Tx) error { return tx.UpdateClient(c) })
	}
	page, told := new(oidc.PageError), new(oidc.AppError)
	change(func(c *idp.Client) { c.RedirectURIs = []string{callback2} })
	if err := issue(); !errors.As(err, &page) {
		t.Errorf("address removed: %v", err)
	}
	change(func(c *idp.Client) { c.RequirePKCE = true })
	if err := issue(); !errors.As(err, &told) || told.Code != "invalid_request" {
		t.Errorf("PKCE required since: %v", err)
	}
	change(func(c *idp.Client) {})
	if err := issue(); err != nil {
		t.Errorf("as it was: %v", err)
	}
	req.HintUserID = "usr_other"
	if err := issue(); !errors.As(err, &told) || told.Code != "login_required" {
		t.Errorf("hint names another: %v", err)
	}
	req.HintUserID = h.ann.ID
	if err := issue(); err != nil {
		t.Errorf("hint names this person: %v", err)
	}
}

func (h *home) disabledUser(name string) idp.User {
	u := h.addUser(name, "")
	u.DisabledAt = h.now()
	h.write(func(tx *store.Tx) error { return tx.UpdateUser(u) })
	return u
}

func endAll(tx *store.Tx, userID, reason string, now idp.Time) error {
	sessions, err := tx.SessionsOfUser(context.Background(), userID)
	for _, s := range sessions {
		if _, e := tx.EndSession(s.ID, reason, now); e != nil {
			return e
		}
	}
	return err
}

// newestGrant is the grant of the newest code.
func (h *home) newestGrant() idp.Grant {
	h.Helper()
	events, err := h.store.Events(context.Background(), store.EventQuery{Limit: 1, Kind: idp.EventAuthorized})
	if err != nil || len(events) == 0 {
		h.Fatal("no grant", err)
	}
	g, err := h.store.Grant(context.Background(), events[0].ObjectID)
	if err != nil {
		h.Fatal(err)
	}
	return g
}

// FuzzAuthorize looks for a query that crashes the parser, or that gets an answer to an address which is not registered.
func FuzzAuthorize(f *testing.F) {
	h := newHome(f)
	id := h.app.ID
	for _, v := range []url.Values{
		request(id), request(id, "redirect_uri", "https://evil.example/"), request(id, "prompt", "none login", "max_age", "-1"), request(id, "response_mode", "fragment", "state", "\r\n"),
		request(id, "code_challenge", challenge, "code_challenge_method", "S256"), request(id, "id_token_hint", "e30.e30.x"), request(id, "id_token_hint", "a.b.c.d.e"), request("x", "request", "y"),
	} {
		f.Add(v.Encode())
	}
	f.Add("client_id=" + id + "&redirect_uri=" + url.QueryEscape(callback) + "&redirect_uri=x")
	f.Add("client_id=%ff&;=&&&=%00")
	f.Fuzz(func(t *testing.T, query string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		req, err := parse(h, form)
		page, told := new(oidc.PageError), new(oidc.AppError)
		switch {
		case err == nil:
			checkParsed(t, h, form, req)
		case errors.As(err, &told):
			if a := h.provider.Failure(told.Request, told.Code, told.Description); told.Request.RedirectURI != form.Get("redirect_uri") || !strings.HasPrefix(a.URL+a.Action, told.Request.RedirectURI) {
				t.Fatalf("%q is answered to %+v", query, a)
			}
			mustBeRegistered(t, h, told.Request.RedirectURI)
		case !errors.As(err, &page):
			t.Fatalf("%q: %v", query, err)
		}
	})
}

func checkParsed(t *testing.T, h *home, form url.Values, req *oidc.Authorize) {
	t.Helper()
	mustBeRegistered(t, h, req.RedirectURI)
	if !idp.HasScope(req.Scope, "openid") || form.Get("response_type") != "code" || req.State != form.Get("state") || len(form["state"]) > 1 || req.Prompt.None && (req.Prompt.Login || req.Prompt.Consent) {
		t.Fatalf("accepted %v", form)
	}
	if req.Challenge != "" && (len(req.Challenge) != 43 || form.Get("code_challenge_method") != "S256") {
		t.Fatalf("accepted the challenge of %v", form)
	}
}

func mustBeRegistered(t *testing.T, h *home, uri string) {
	t.Helper()
	if uri != callback && uri != callback2 {
		t.Fatalf("%q is not registered", uri)
	}
}
