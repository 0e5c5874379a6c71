package oidc_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

// push leaves a request of the home's app, changed as in request.
func (h *home) push(change ...string) answer {
	h.Helper()
	return h.post(oidc.PathPAR, request(h.app.ID, change...), basic(h.app.ID, h.secret))
}

// pushed is the browser's request for one that was pushed.
func pushed(clientID string, a answer) url.Values {
	return url.Values{"client_id": {clientID}, "request_uri": {a.text("request_uri")}}
}

// wantPage fails unless the request ends on this page, without a Location.
func wantPage(t testing.TB, name string, err error, key string) {
	t.Helper()
	page := new(oidc.PageError)
	if !errors.As(err, &page) || page.Message.Key != "oidc."+key || !idp.Known(page.Message.Key) || strings.Contains(page.Message.String(), "{") {
		t.Errorf("%s: %v, want the page %s", name, err, key)
	}
}

func TestPush(t *testing.T) {
	h := newHome(t)
	a := h.push("code_challenge", challenge, "code_challenge_method", "S256", "prompt", "login", "response_mode", "form_post")
	a.is(t, http.StatusCreated, "")
	uri := a.text("request_uri")
	if !strings.HasPrefix(uri, "urn:ietf:params:oauth:request_uri:") || len(uri) != len("urn:ietf:params:oauth:request_uri:")+43 || a.body["expires_in"] != 90.0 || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v", a.raw, a.header)
	}
	// what the browser brings beside it counts for nothing (RFC 9126 §4, RFC 9101 §5)
	form := pushed(h.app.ID, a)
	for name, value := range map[string]string{"redirect_uri": callback2, "state": "evil", "scope": "openid", "response_mode": "query", "nonce": "evil", "prompt": "none", "request": "x"} {
		form.Set(name, value)
	}
	req, err := parse(h, form)
	if err != nil {
		t.Fatal(err)
	}
	if req.RedirectURI != callback || req.State != "s t&=ä" || req.Nonce != "n-1" || req.Scope != fullScope || req.Challenge != challenge || !req.Prompt.Login || req.Prompt.None || req.ResponseMode != "form_post" || !req.Pushed {
		t.Errorf("%+v", req)
	}
	_, err = parse(h, pushed(h.app.ID, a))
	wantPage(t, "again", err, "pushed_gone")
	if _, err := parse(h, pushed(h.app.ID, h.push("-client_id", ""))); err != nil {
		t.Errorf("the app named by the header alone: %v", err)
	}
}

func TestPushRefusals(t *testing.T) {
	h := newHome(t)
	public, _ := h.addApp(idp.Client{Name: "Public", Public: true})
	off, offSecret := h.addApp(idp.Client{Name: "Off", DisabledAt: start})
	other, _ := h.addApp(idp.Client{Name: "Other"})
	for name, tt := range map[string]struct {
		a      answer
		status int
		code   string
	}{
		"good":                       {h.push(), 201, ""},
		"secret in the form":         {h.post(oidc.PathPAR, request(h.app.ID, "client_secret", h.secret)), 201, ""},
		"public with PKCE":           {h.post(oidc.PathPAR, request(public.ID, "code_challenge", challenge, "code_challenge_method", "S256")), 201, ""},
		"public without PKCE":        {h.post(oidc.PathPAR, request(public.ID)), 400, "invalid_request"},
		"no secret":                  {h.post(oidc.PathPAR, request(h.app.ID)), 401, "invalid_client"},
		"wrong secret":               {h.post(oidc.PathPAR, request(h.app.ID), basic(h.app.ID, "bad")), 401, "invalid_client"},
		"another client in the form": {h.post(oidc.PathPAR, request(other.ID), basic(h.app.ID, h.secret)), 400, "invalid_request"},
		"disabled":                   {h.post(oidc.PathPAR, request(off.ID), basic(off.ID, offSecret)), 400, "unauthorized_client"},
		"request_uri":                {h.push("request_uri", "urn:ietf:params:oauth:request_uri:x"), 400, "invalid_request"}, // RFC 9126 §2.1
		"request":                    {h.push("request", "x"), 400, "request_not_supported"},
		"redirect not registered":    {h.push("redirect_uri", "https://evil.example/"), 400, "invalid_request"},
		"no redirect":                {h.push("-redirect_uri", ""), 400, "invalid_request"},
		"response type":              {h.push("response_type", "token"), 400, "unsupported_response_type"},
		"scope":                      {h.push("scope", "profile"), 400, "invalid_scope"},
		"plain":                      {h.push("code_challenge", challenge, "code_challenge_method", "plain"), 400, "invalid_request"},
		"prompt":                     {h.push("prompt", "none login"), 400, "invalid_request"},
		"hint":                       {h.push("prompt", "none", "id_token_hint", "e30.e30.x"), 400, "login_required"},
		"repeated":                   {h.post(oidc.PathPAR, url.Values{"scope": {"a", "b"}}, basic(h.app.ID, h.secret)), 400, "invalid_request"},
		"GET":                        {h.get(oidc.PathPAR), 405, "invalid_request"},
	} {
		if tt.a.status != tt.status || tt.a.text("error") != tt.code || tt.a.header.Get("Location") != "" {
			t.Errorf("%s: %d %s", name, tt.a.status, tt.a.raw)
		}
	}
}

// TestPulled is a request_uri that the browser brings: this app's, unused, and not late, or a page.
func TestPulled(t *testing.T) {
	h := newHome(t)
	other, _ := h.addApp(idp.Client{Name: "Other"})
	a := h.push()
	_, err := parse(h, pushed(other.ID, a))
	wantPage(t, "another app's", err, "pushed_gone")
	_, err = parse(h, pushed("", a))
	wantPage(t, "no app", err, "client_missing")
	twice := pushed(h.app.ID, a)
	twice.Add("request_uri", "x")
	_, err = parse(h, twice)
	wantPage(t, "two", err, "parameter_repeated")
	_, err = parse(h, url.Values{"client_id": {h.app.ID}, "request_uri": {"urn:ietf:params:oauth:request_uri:nope"}})
	wantPage(t, "made up", err, "pushed_gone")
	_, err = parse(h, url.Values{"client_id": {h.app.ID}, "request_uri": {"https://rp.example.com/r"}})
	wantPage(t, "another kind, without an address", err, "redirect_missing")
	h.pass(90*time.Second - time.Millisecond)
	if _, err := parse(h, pushed(h.app.ID, a)); err != nil {
		t.Errorf("the attempts of others used it up: %v", err)
	}
	h.pass(time.Millisecond)
	a = h.push()
	h.pass(90 * time.Second)
	_, err = parse(h, pushed(h.app.ID, a))
	wantPage(t, "late", err, "pushed_gone")

	a = h.push()
	h.write(func(tx *store.Tx) error {
		c := h.app
		c.RedirectURIs = []string{callback2}
		return tx.UpdateClient(c)
	})
	_, err = parse(h, pushed(h.app.ID, a))
	wantPage(t, "address taken away since", err, "redirect_unknown")
}

// TestPushKeepsNoSecret looks at the row itself.
func TestPushKeepsNoSecret(t *testing.T) {
	h := newHome(t)
	a := h.post(oidc.PathPAR, request(h.app.ID, "client_secret", h.secret))
	row, err := h.store.PushedRequest(context.Background(), idp.Hash(a.text("request_uri")))
	if err != nil || strings.Contains(row.Form, "secret") || strings.Contains(row.Form, h.secret) || !strings.Contains(row.Form, "client_id="+h.app.ID) {
		t.Errorf("kept %q, %v", row.Form, err)
	}
}

// TestRequirePAR refuses what came through the browser, once the address is known to the app itself.
func TestRequirePAR(t *testing.T) {
	h := newHome(t)
	before, err := parse(h, request(h.app.ID))
	if err != nil {
		t.Fatal(err)
	}
	h.app.RequirePAR = true
	h.write(func(tx *store.Tx) error { return tx.UpdateClient(h.app) })
	_, err = parse(h, request(h.app.ID))
	told := new(oidc.AppError)
	if !errors.As(err, &told) || told.Code != "invalid_request" || told.Request.State != "s t&=ä" || told.Request.RedirectURI != callback {
		t.Errorf("through the browser: %v", err)
	}
	_, err = parse(h, request(h.app.ID, "redirect_uri", "https://evil.example/"))
	wantPage(t, "to another address", err, "redirect_unknown")
	_, _, err = h.provider.IssueCode(context.Background(), before, h.session, visitor)
	if !errors.As(err, &told) || told.Code != "invalid_request" {
		t.Errorf("in flight when it was switched on: %v", err)
	}
	req, err := parse(h, pushed(h.app.ID, h.push()))
	if err != nil {
		t.Fatal(err)
	}
	if code, reason, err := h.provider.IssueCode(context.Background(), req, h.session, visitor); err != nil || reason != idp.Allowed || h.redeem(code).status != http.StatusOK {
		t.Errorf("pushed: %v, %v", reason, err)
	}
}

// TestPulledRace brings one request a hundred times at once: one is taken.
func TestPulledRace(t *testing.T) {
	h := newHome(t)
	for range 5 {
		a, errs := h.push(), make([]error, 100)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = parse(h, pushed(h.app.ID, a)) })
		}
		wg.Wait()
		taken := 0
		for _, err := range errs {
			if err == nil {
				taken++
			} else {
				wantPage(t, "the others", err, "pushed_gone")
			}
		}
		if taken != 1 {
			t.Errorf("taken %d times", taken)
		}
	}
}
