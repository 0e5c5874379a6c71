package oidc_test

import (
	"net/http"
	"strings"
	"testing"

	"hearthkey/backend/backendtest"
)

// configModules are the modules of the config plan.
var configModules = map[string]module{
	"discovery-endpoint-verification": fresh(discoveryEndpoint),
}

// discoveryEndpoint holds the metadata to OIDC Discovery §3. The trial's issuer is http://localhost; every address begins with the issuer, so that all are https where it is.
func discoveryEndpoint(r *party) {
	res := r.plan.Get("/.well-known/openid-configuration")
	meta := res.JSON()
	if res.StatusCode != http.StatusOK || !isJSONType(res.Header) || meta["issuer"] != r.plan.Issuer {
		r.Errorf("%s, %s, issuer %v", res.Status, res.Header.Get("Content-Type"), meta["issuer"])
	}
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint"} {
		if meta[name] == nil {
			r.Errorf("%s is missing", name)
		}
	}
	for _, name := range []string{"response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported", "scopes_supported", "claims_supported", "grant_types_supported", "code_challenge_methods_supported"} {
		if meta[name] == nil {
			r.Errorf("%s is missing", name)
		}
	}
	for name, value := range meta {
		r.checkMetadata(name, value)
	}
	for name, want := range map[string]string{"id_token_signing_alg_values_supported": "RS256", "response_types_supported": "code", "subject_types_supported": "public", "scopes_supported": "openid", "grant_types_supported": "authorization_code"} {
		if !contains(meta[name], want) {
			r.Errorf("%s is %v, without %s", name, meta[name], want)
		}
	}
	if contains(meta["id_token_signing_alg_values_supported"], "none") {
		r.Error("ID tokens without a signature are promised")
	}
	if len(fetchKeys(r.T, r.plan.Provider)) == 0 {
		r.Error("there are no keys")
	}
}

// checkMetadata checks the kind of a value by its name.
func (r *party) checkMetadata(name string, value any) {
	r.Helper()
	_, isBool := value.(bool)
	switch {
	case strings.HasSuffix(name, "_endpoint") || name == "jwks_uri":
		if address, _ := value.(string); !strings.HasPrefix(address, r.plan.Issuer+"/") {
			r.Errorf("%s is %v", name, value)
		}
	case strings.HasSuffix(name, "_supported") && !isBool:
		list, _ := value.([]any)
		if len(list) == 0 {
			r.Errorf("%s is %v and should be a list", name, value)
		}
		for _, v := range list {
			if s, _ := v.(string); s == "" {
				r.Errorf("%s has %v in it", name, v)
			}
		}
	case value == nil:
		r.Errorf("%s is null", name)
	}
}

func contains(list any, want string) bool {
	values, _ := list.([]any)
	for _, v := range values {
		if v == want {
			return true
		}
	}
	return false
}

// logoutModules are the modules of the plan for RP-Initiated Logout.
var logoutModules = map[string]module{
	"rp-initiated-logout": fresh(endsAndReturns),
	"bad-post-logout-redirect-uri": staysHere(func(r *party, s session) []string {
		return []string{"id_token_hint", s.raw, "post_logout_redirect_uri", "https://other.example/goodbye"}
	}),
	"modified-id-token-hint": staysHere(func(r *party, s session) []string {
		return []string{"id_token_hint", modified(s.raw), "post_logout_redirect_uri", r.goodbye()}
	}),
	"bad-id-token-hint": staysHere(func(r *party, s session) []string {
		return []string{"id_token_hint", "bad", "post_logout_redirect_uri", r.goodbye()}
	}),
	"no-id-token-hint": staysHere(func(r *party, s session) []string { return []string{"post_logout_redirect_uri", r.goodbye()} }),
	"query-added-to-post-logout-redirect-uri": staysHere(func(r *party, s session) []string {
		return []string{"id_token_hint", s.raw, "post_logout_redirect_uri", r.goodbye() + "?foo=bar"}
	}),
	"no-params":                   ends(func(session) []string { return nil }),
	"no-post-logout-redirect-uri": ends(func(s session) []string { return []string{"id_token_hint", s.raw, "state", "of-the-app"} }),
	"only-state":                  ends(func(session) []string { return []string{"state", "of-the-app"} }),
	"no-state":                    fresh(returnsWithoutState),
}

// goodbye is the registered address for after a sign-out.
func (r *party) goodbye() string { return r.app.Input.PostLogoutRedirectURIs[0] }

// endSession opens the endpoint that discovery names, and agrees to the sign-out where it is asked.
func (r *party) endSession(pairs ...string) *backendtest.Answer {
	r.Helper()
	a := r.browser.EndSession(pairs...)
	if a.Page != nil && a.Page.Kind == "end-session" {
		a = r.browser.Press(a, "sign-out")
	}
	return a
}

// isOut checks that the browser has no session any more.
func (r *party) isOut() {
	r.Helper()
	r.refused("login_required", "prompt", "none")
}

// endsAndReturns is the whole of it: a session of this browser, a good hint, a registered address, a state.
func endsAndReturns(r *party) {
	s := r.signIn()
	r.silently("prompt", "none")
	a := r.endSession("id_token_hint", s.raw, "post_logout_redirect_uri", r.goodbye(), "state", "of-the-app")
	if a.Page != nil || a.Request.URL.String() != r.goodbye()+"?state=of-the-app" {
		r.Errorf("after the pages %v the app gets %v", a.Steps, a.Params)
	}
	r.isOut()
}

func returnsWithoutState(r *party) {
	s := r.signIn()
	a := r.endSession("id_token_hint", s.raw, "post_logout_redirect_uri", r.goodbye())
	if a.Page != nil || a.Request.URL.String() != r.goodbye() {
		r.Errorf("after the pages %v the app gets %v", a.Steps, a.Params)
	}
	r.isOut()
}

// staysHere wants that the browser stays at the provider, whatever the person answers there (RP-Initiated Logout §3).
func staysHere(pairs func(*party, session) []string) module {
	return fresh(func(r *party) {
		s := r.signIn()
		a := r.endSession(append(pairs(r, s), "state", "of-the-app")...)
		if a.Page == nil || a.Page.Location() != "" {
			r.Errorf("the browser goes to %v", a.Request)
		}
	})
}

// ends wants that the session ends, with no address to go to.
func ends(pairs func(session) []string) module {
	return func(t *testing.T, run *plan) {
		r := newParty(t, run)
		s := r.signIn()
		if a := r.endSession(pairs(s)...); a.Page == nil || a.Page.StatusCode != http.StatusOK {
			r.Errorf("after the pages %v the browser goes to %v", a.Steps, a.Request)
		}
		r.isOut()
	}
}

// modified is a token with one character of its signature changed.
func modified(token string) string {
	at := len(token) - 10
	other := byte('A')
	if token[at] == other {
		other = 'B'
	}
	return token[:at] + string(other) + token[at+1:]
}
