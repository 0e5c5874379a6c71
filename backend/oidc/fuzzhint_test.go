package oidc_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

// FuzzClaims looks for a claims parameter that crashes the parser, gets what no scope has, or is refused in other words than the standard's (OIDC Core §5.5).
func FuzzClaims(f *testing.F) {
	h := newHome(f)
	for _, s := range []string{
		"", "{}", "null", "[]", `{"userinfo":{"name":{"essential":true},"email":null}}`, `{"id_token":{"sub":{"value":"` + h.ann.ID + `"},"acr":{"essential":true,"values":["x","` + idp.ACRPasskey + `"]}}}`,
		`{"id_token":{"acr":{"essential":true,"value":"x"}}}`, `{"userinfo":{"sub":{"values":["a","b"]}}}`, `{"userinfo":{"groups":{"value":1}},"userinfo":null}`, `{"id_token":{"iss":null,"":null}}`, strings.Repeat(`{"userinfo":`, 2000), "{\"userinfo\":{\"\xff\":null}}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, claims string) {
		req, err := parse(h, request(h.app.ID, "claims", claims, "scope", "openid"))
		told := new(oidc.AppError)
		if errors.As(err, &told) {
			if !slices.Contains([]string{"invalid_request", "login_required", "unmet_authentication_requirements"}, told.Code) || told.Request.RedirectURI != callback {
				t.Fatalf("%q: %v to %s", claims, told, told.Request.RedirectURI)
			}
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", claims, err)
		}
		if claims != "" && !json.Valid([]byte(claims)) {
			t.Fatalf("%q is no JSON and was taken", claims)
		}
		for _, name := range append(req.Claims.UserInfo, req.Claims.IDToken...) {
			if slices.Contains([]string{"", "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "jti", "cnf"}, name) {
				t.Fatalf("%q gets the claim %q", claims, name)
			}
		}
		if scope := req.ConsentScope(); !idp.ScopeCovers(fullScope, scope) || !idp.ScopeCovers(scope, req.Scope) || req.Scope != "openid" || idp.HasScope(scope, "offline_access") {
			t.Fatalf("%q asks for consent to %q", claims, scope)
		}
		if asked := len(req.Claims.UserInfo)+len(req.Claims.IDToken) > 0; asked == (req.ConsentScope() == "openid") {
			t.Fatalf("%q gets %+v by consent to %q", claims, req.Claims, req.ConsentScope())
		}
	})
}

// FuzzIDTokenHint looks for a hint that crashes the parser, or names somebody without being an ID token of ours for this app.
func FuzzIDTokenHint(f *testing.F) {
	h := newHome(f)
	other, otherSecret := h.addApp(idp.Client{Name: "Other"})
	ours := h.tokens().text("id_token")
	theirs := h.redeemAs(other.ID, otherSecret, h.code(other.ID))
	theirs.is(f, http.StatusOK, "")
	signed := ours[:strings.LastIndex(ours, ".")]
	parts := strings.Split(ours, ".")
	for _, s := range []string{ours, theirs.text("id_token"), signed + ".", signed, "." + parts[1] + "." + parts[2], parts[0] + "." + parts[1] + "x." + parts[2], "e30.e30.", "eyJhbGciOiJub25lIn0." + parts[1] + ".", ours + "." + ours, "a.b.c.d.e", " " + ours} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, hint string, quiet bool) {
		form := request(h.app.ID, "id_token_hint", hint)
		if quiet {
			form.Set("prompt", "none")
		}
		req, err := parse(h, form)
		told := new(oidc.AppError)
		switch {
		case errors.As(err, &told):
			if told.Code != "invalid_request" && !(quiet && told.Code == "login_required") || told.Request.HintUserID != "" || told.Request.RedirectURI != callback {
				t.Fatalf("%q: %v", hint, told)
			}
		case err != nil:
			t.Fatalf("%q: %v", hint, err)
		case req.HintUserID != "" && (req.HintUserID != h.ann.ID || !strings.HasPrefix(hint, signed+".")):
			t.Fatalf("%q names %s", hint, req.HintUserID)
		case req.HintUserID == "" && (quiet && hint != "" || hint == ours):
			t.Fatalf("%q was taken and names nobody", hint)
		}
	})
}
