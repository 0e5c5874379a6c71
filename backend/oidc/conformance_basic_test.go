package oidc_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/backendtest"

	"golang.org/x/oauth2"
)

// basicModules are the modules of the basic plan. Each takes a fresh app and a fresh person.
var basicModules = map[string]module{
	"server":                fresh(theServer),
	"response-type-missing": fresh(responseTypeMissing),
	"idtoken-signature":     fresh(idTokenSignature),
	"userinfo-get":          fresh(func(r *party) { r.userInfo(r.signIn()) }),
	"userinfo-post-header":  fresh(userInfoPostHeader),
	"userinfo-post-body":    fresh(userInfoPostBody),
	"ensure-request-without-nonce-succeeds-for-code-flow": fresh(withoutNonce),

	"scope-profile":                     scoped("openid profile", "name", "given_name", "family_name", "preferred_username", "updated_at"),
	"scope-email":                       scoped("openid email", "email", "email_verified"),
	"scope-address":                     scoped("openid address"),
	"scope-phone":                       scoped("openid phone"),
	"scope-all":                         scoped("openid profile email address phone", "name", "given_name", "family_name", "preferred_username", "updated_at", "email", "email_verified"),
	"ensure-other-scope-order-succeeds": scoped("email openid", "email", "email_verified"),

	"display-page":   accepts("display", "page"),
	"display-popup":  accepts("display", "popup"),
	"ui-locales":     accepts("ui_locales", "se"),
	"claims-locales": accepts("claims_locales", "se"),
	"login-hint":     accepts("login_hint", "emil@home.example"),
	"ensure-request-with-unknown-parameter-succeeds": accepts("extra", "foobar"),

	"prompt-login":                            fresh(promptLogin),
	"prompt-none-not-logged-in":               fresh(func(r *party) { r.refused("login_required", "prompt", "none") }),
	"prompt-none-logged-in":                   fresh(promptNone),
	"max-age-1":                               fresh(maxAge1),
	"max-age-10000":                           fresh(maxAge10000),
	"id-token-hint":                           fresh(idTokenHint),
	"ensure-request-with-acr-values-succeeds": fresh(acrValues),

	"codereuse":                      fresh(codeReuse),
	"codereuse-30seconds":            fresh(codeReuseLater),
	"ensure-registered-redirect-uri": fresh(registeredRedirectURI),
	"ensure-post-request-succeeds":   fresh(postRequest),
	"server-client-secret-post":      fresh(clientSecretPost),
	"unsigned-request-object-supported-correctly-or-rejected-as-unsupported": fresh(requestObject),
	"request-uri-unsigned-supported-correctly-or-rejected-as-unsupported":    fresh(requestURI),
	"ensure-request-object-with-redirect-uri":                                fresh(requestObjectRedirect),
	"claims-essential":                        fresh(claimsEssential),
	"refresh-token":                           fresh(refreshToken),
	"ensure-request-with-valid-pkce-succeeds": fresh(validPKCE),
}

func fresh(check func(*party)) module {
	return func(t *testing.T, run *plan) { check(newParty(t, run)) }
}

// theServer signs in and looks at all of the answers.
func theServer(r *party) {
	first := r.login()
	s := r.redeem(first)
	if time.Until(s.token.Expiry) <= 0 || !strings.EqualFold(s.token.TokenType, "Bearer") {
		r.Errorf("the token is of the type %q and ends at %s", s.token.TokenType, s.token.Expiry)
	}
	if aud := s.id.Audience; len(aud) != 1 || aud[0] != r.app.ID {
		r.Errorf("aud is %v", aud)
	}
	if iat, now := s.id.IssuedAt, r.now(); iat.Sub(now).Abs() > time.Second || !s.id.Expiry.After(now) {
		r.Errorf("iat is %s and exp %s at %s", iat, s.id.Expiry, now)
	}
	raw := r.app.Redeem(r.login())
	if raw.StatusCode != http.StatusOK || raw.Header.Get("Cache-Control") != "no-store" || !isJSONType(raw.Header) { // RFC 6749 §5.1
		r.Errorf("%s with %v", raw.Status, raw.Header)
	}
	if raw.ExpiresIn <= 0 || raw.AccessToken == s.token.AccessToken {
		r.Errorf("expires_in is %d", raw.ExpiresIn)
	}
}

// responseTypeMissing: an error at the app or on a page (RFC 6749 §3.1.1), never a code.
func responseTypeMissing(r *party) {
	a := r.ask("response_type", backendtest.Omit)
	told := a.Error == "invalid_request" || a.Error == "unsupported_response_type"
	if page := a.Page != nil && a.Page.StatusCode == http.StatusBadRequest; a.Code != "" || !told && !page {
		r.Errorf("the app gets %v after the pages %v", a.Params, a.Steps)
	}
}

// idTokenSignature verifies by crypto/rsa, with the key that the kid names: RS256 unless something else was registered (OIDC Core §3.1.3.7).
func idTokenSignature(r *party) {
	s := r.signIn()
	if alg := jwsHeader(r.T, s.raw)["alg"]; alg != "RS256" {
		r.Errorf("alg is %v", alg)
	}
	verifyRS256(r.T, s.raw, fetchKeys(r.T, r.plan.Provider))
}

func userInfoPostHeader(r *party) {
	s := r.signIn()
	req := r.plan.NewRequest(http.MethodPost, r.provider.UserInfoEndpoint(), "")
	req.Header.Set("Authorization", "Bearer "+s.token.AccessToken)
	r.isUserInfo(r.app.Do(req), s)
}

func userInfoPostBody(r *party) {
	s := r.signIn()
	req := r.plan.NewRequest(http.MethodPost, r.provider.UserInfoEndpoint(), url.Values{"access_token": {s.token.AccessToken}}.Encode())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.isUserInfo(r.app.Do(req), s)
}

func (r *party) isUserInfo(res *backendtest.Response, s session) {
	r.Helper()
	if res.StatusCode != http.StatusOK || !isJSONType(res.Header) || res.JSON()["sub"] != s.id.Subject {
		r.Errorf("userinfo: %s %s", res.Status, res.Body)
	}
}

func withoutNonce(r *party) {
	a := r.login("nonce", backendtest.Omit)
	r.nonce = ""
	if s := r.redeem(a); s.claims["nonce"] != nil {
		r.Errorf("nonce is %v and none was sent", s.claims["nonce"])
	}
}

// scoped asks for scopes and wants their claims in userinfo, and no others. Scopes that are not offered are ignored and not granted (OIDC Core §3.1.2.1).
func scoped(scope string, want ...string) module {
	return fresh(func(r *party) {
		r.config.Scopes = strings.Fields(scope)
		s := r.signIn()
		got := r.userInfo(s)
		for _, name := range want {
			if got[name] == nil || got[name] == "" {
				r.Errorf("userinfo has no %s: %v", name, got)
			}
		}
		for name := range got {
			if name != "sub" && !slices.Contains(want, name) {
				r.Errorf("userinfo has %s, which was not asked for", name)
			}
		}
		granted, _ := s.token.Extra("scope").(string)
		for name := range strings.FieldsSeq(granted) {
			if !slices.Contains(r.config.Scopes, name) || name == "address" || name == "phone" {
				r.Errorf("%s is granted", name)
			}
		}
	})
}

// accepts signs in with one more parameter that must not disturb.
func accepts(name, value string) module {
	return fresh(func(r *party) { r.signIn(name, value) })
}

func promptLogin(r *party) {
	first := r.signIn()
	r.plan.Clock.Advance(2 * time.Second)
	a := r.login("prompt", "login")
	if !slices.Contains(a.Steps, "sign-in") {
		r.Errorf("nobody was asked to sign in: %v", a.Steps)
	}
	if second := r.redeem(a); r.authTime(second) <= r.authTime(first) {
		r.Errorf("auth_time was %d and is %d", r.authTime(first), r.authTime(second))
	}
}

// silently signs in and wants that nothing was shown, but for the page that carries a form_post.
func (r *party) silently(pairs ...string) session {
	r.Helper()
	a := r.login(pairs...)
	if shown := slices.DeleteFunc(a.Steps, func(kind string) bool { return kind == "form-post" }); len(shown) > 0 {
		r.Errorf("pages were shown: %v", shown)
	}
	return r.redeem(a)
}

func (r *party) sameSignIn(first, second session) {
	r.Helper()
	if first.id.Subject != second.id.Subject || r.authTime(first) != r.authTime(second) {
		r.Errorf("sub and auth_time were %s, %d and are %s, %d", first.id.Subject, r.authTime(first), second.id.Subject, r.authTime(second))
	}
}

func promptNone(r *party) {
	first := r.signIn()
	r.plan.Clock.Advance(2 * time.Second)
	r.sameSignIn(first, r.silently("prompt", "none"))
}

func maxAge1(r *party) {
	first := r.signIn()
	r.plan.Clock.Advance(2 * time.Second)
	asked := r.now().Unix()
	a := r.login("max_age", "1")
	if !slices.Contains(a.Steps, "sign-in") {
		r.Errorf("nobody was asked to sign in: %v", a.Steps)
	}
	second := r.redeem(a)
	if at := r.authTime(second); at < asked || at <= r.authTime(first) {
		r.Errorf("auth_time was %d and is %d, asked at %d", r.authTime(first), at, asked)
	}
}

func maxAge10000(r *party) {
	first := r.signIn()
	r.plan.Clock.Advance(2 * time.Second)
	r.sameSignIn(first, r.silently("max_age", "10000"))
}

func idTokenHint(r *party) {
	first := r.signIn()
	r.sameSignIn(first, r.silently("prompt", "none", "id_token_hint", first.raw))
}

func acrValues(r *party) {
	if s := r.signIn("acr_values", "1 2"); s.claims["acr"] == nil || s.claims["acr"] == "" {
		r.Errorf("acr is %v", s.claims["acr"])
	}
}

// isInvalidGrant checks for the refusal of RFC 6749 §5.2.
func (r *party) isInvalidGrant(t *backendtest.Tokens) {
	r.Helper()
	if t.StatusCode != http.StatusBadRequest || t.Error != "invalid_grant" || t.AccessToken != "" {
		r.Errorf("the token endpoint answers %s %s", t.Status, t.Body)
	}
}

func codeReuse(r *party) {
	a := r.login()
	r.redeem(a)
	r.isInvalidGrant(r.app.Token("grant_type", "authorization_code", "code", a.Code, "redirect_uri", r.app.RedirectURI))
}

// codeReuseLater: the second use also ends what the first gave (RFC 6749 §4.1.2).
func codeReuseLater(r *party) {
	a := r.login()
	s := r.redeem(a)
	r.userInfo(s)
	r.plan.Clock.Advance(30 * time.Second)
	r.isInvalidGrant(r.app.Token("grant_type", "authorization_code", "code", a.Code, "redirect_uri", r.app.RedirectURI))
	if res := r.app.UserInfo(s.token.AccessToken); res.StatusCode != http.StatusUnauthorized {
		r.Errorf("the access token of the first use gets %s", res.Status)
	}
}

// registeredRedirectURI: an address that is not registered gets a page and no Location, from whoever asks.
func registeredRedirectURI(r *party) {
	for _, signedIn := range []bool{false, true} {
		if signedIn {
			r.signIn()
		}
		res := r.browser.Get(r.request("redirect_uri", r.app.RedirectURI+"/other"))
		if res.StatusCode != http.StatusBadRequest || res.Location() != "" || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") || strings.Contains(res.Body, `http-equiv="refresh"`) {
			r.Errorf("%s, Location %q, %s", res.Status, res.Location(), res.Header.Get("Content-Type"))
		}
	}
}

// postRequest sends the parameters by a form of the app's page (OIDC Core §3.1.2.1).
func postRequest(r *party) {
	address, err := url.Parse(r.request())
	if err != nil {
		r.Fatal(err)
	}
	var pairs []string
	for name, values := range address.Query() {
		pairs = append(pairs, name, values[0])
	}
	pairs = append(pairs, "code_challenge", backendtest.Omit, "code_challenge_method", backendtest.Omit)
	r.redeem(r.came(r.browser.AuthorizePost(r.app, pairs...)))
}

func clientSecretPost(r *party) {
	r.config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	r.userInfo(r.signIn())
}

func validPKCE(r *party) {
	verifier := oauth2.GenerateVerifier()
	challenge := oauth2.S256ChallengeFromVerifier(verifier)
	a := r.login("code_challenge", challenge, "code_challenge_method", "S256")
	r.verifier = verifier
	r.redeem(a)
	other := r.login("code_challenge", challenge, "code_challenge_method", "S256")
	r.isInvalidGrant(r.app.Token("grant_type", "authorization_code", "code", other.Code, "redirect_uri", r.app.RedirectURI, "code_verifier", oauth2.GenerateVerifier()))
}
