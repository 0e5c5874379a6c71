package oidc_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

const spaOrigin = "https://spa.example.com"

func fromOrigin(origins ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header["Origin"] = origins }
}

// allowed is what an answer says to the browser, after what must hold of every one.
func (a answer) allowed(t testing.TB) string {
	t.Helper()
	if a.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("credentials are allowed: %v", a.header)
	}
	if !slices.Contains(a.header.Values("Vary"), "Origin") {
		t.Errorf("caches may mix up origins: %v", a.header)
	}
	return a.header.Get("Access-Control-Allow-Origin")
}

func (h *home) preflight(path string, change func(*http.Request)) answer {
	h.Helper()
	r, err := http.NewRequest(http.MethodOptions, h.endpoint(path), nil)
	if err != nil {
		h.Fatal(err)
	}
	r.Header.Set("Access-Control-Request-Method", "POST")
	change(r)
	return h.do(r)
}

// TestDocumentsForAll: metadata and keys are for every page.
func TestDocumentsForAll(t *testing.T) {
	h := newHome(t)
	for _, path := range []string{oidc.PathDiscovery, oidc.PathMetadata, oidc.PathJWKS} {
		for _, origin := range []string{"https://evil.example", "null", spaOrigin} {
			r, _ := http.NewRequest(http.MethodGet, h.endpoint(path), nil)
			r.Header.Set("Origin", origin)
			for _, a := range []answer{h.do(r), h.preflight(path, fromOrigin(origin))} {
				if a.header.Get("Access-Control-Allow-Origin") != "*" || a.header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%s: %d %v", path, a.status, a.header)
				}
			}
		}
	}
}

func TestPreflight(t *testing.T) {
	h := newHome(t)
	h.addApp(idp.Client{Name: "Page", Public: true, RedirectURIs: []string{spaOrigin + "/callback", "com.example:/cb"}})
	h.addApp(idp.Client{Name: "Off", Public: true, RedirectURIs: []string{"https://off.example.com/callback"}, DisabledAt: start})
	for _, path := range []string{oidc.PathToken, oidc.PathUserInfo, oidc.PathRevoke, oidc.PathPAR, oidc.PathDeviceAuthorize} {
		for _, tt := range []struct {
			name    string
			origins []string
			want    string
		}{
			{"registered", []string{spaOrigin}, spaOrigin},
			{"evil", []string{"https://evil.example"}, ""}, // TK-15
			{"null", []string{"null"}, ""},
			{"none", nil, ""},
			{"two", []string{spaOrigin, spaOrigin}, ""},
			{"disabled app", []string{"https://off.example.com"}, ""},
			{"confidential app", []string{"https://rp.example.com"}, ""},
			{"http", []string{"http://spa.example.com"}, ""},
			{"another port", []string{spaOrigin + ":8443"}, ""},
			{"in capitals", []string{"https://SPA.example.com"}, ""},
			{"a longer name", []string{spaOrigin + ".evil.example"}, ""},
			{"with a path", []string{spaOrigin + "/callback"}, ""},
		} {
			a := h.preflight(path, fromOrigin(tt.origins...))
			if got := a.allowed(t); a.status != http.StatusNoContent || a.raw != "" || got != tt.want {
				t.Errorf("%s, %s: %d, allowed %q", path, tt.name, a.status, got)
			}
			if headers := a.header.Get("Access-Control-Allow-Headers"); (headers == "Authorization, Content-Type") != (tt.want != "") {
				t.Errorf("%s, %s: headers %q", path, tt.name, headers)
			}
		}
	}
}

// TestOriginOfTheApp: the answer itself is for the pages of the app that it is about, and of no other.
func TestOriginOfTheApp(t *testing.T) {
	h := newHome(t)
	spa, _ := h.addApp(idp.Client{Name: "Page", Public: true, DeviceGrant: true, RedirectURIs: []string{callback, spaOrigin + "/callback"}})
	other, _ := h.addApp(idp.Client{Name: "Other page", Public: true, RedirectURIs: []string{"https://other.example.com/callback"}})
	off, _ := h.addApp(idp.Client{Name: "Off", Public: true, RedirectURIs: []string{spaOrigin + "/callback"}, DisabledAt: start})
	pkce := []string{"code_challenge", challenge, "code_challenge_method", "S256"}
	tokens := h.redeemAs(spa.ID, "", h.code(spa.ID, pkce...), "code_verifier", verifier)
	tokens.is(t, http.StatusOK, "")
	userInfo := func(token string, change func(*http.Request)) answer {
		r, _ := http.NewRequest(http.MethodGet, h.endpoint(oidc.PathUserInfo), nil)
		r.Header.Set("Authorization", "Bearer "+token)
		change(r)
		return h.do(r)
	}
	id := url.Values{"client_id": {spa.ID}}
	with := func(v url.Values, pairs ...string) url.Values {
		out := url.Values{}
		for name := range v {
			out.Set(name, v.Get(name))
		}
		set(out, pairs)
		return out
	}
	for name, call := range map[string]func(func(*http.Request)) answer{
		"token": func(o func(*http.Request)) answer {
			return h.post(oidc.PathToken, with(id, "grant_type", "refresh_token", "refresh_token", "x"), o)
		},
		"revoke": func(o func(*http.Request)) answer { return h.post(oidc.PathRevoke, with(id, "token", "x"), o) },
		"par":    func(o func(*http.Request)) answer { return h.post(oidc.PathPAR, request(spa.ID, pkce...), o) },
		"device": func(o func(*http.Request)) answer {
			return h.post(oidc.PathDeviceAuthorize, with(id, "scope", "openid"), o)
		},
		"userinfo": func(o func(*http.Request)) answer { return userInfo(tokens.text("access_token"), o) },
		"userinfo by form": func(o func(*http.Request)) answer {
			return h.post(oidc.PathUserInfo, url.Values{"access_token": {tokens.text("access_token")}}, o)
		},
	} {
		for _, tt := range []struct {
			origins []string
			want    string
		}{{[]string{spaOrigin}, spaOrigin}, {[]string{"https://rp.example.com"}, "https://rp.example.com"}, {[]string{"https://other.example.com"}, ""}, {[]string{"https://evil.example"}, ""}, {[]string{"null"}, ""}, {nil, ""}, {[]string{spaOrigin, spaOrigin}, ""}} {
			a := call(fromOrigin(tt.origins...))
			if got := a.allowed(t); got != tt.want {
				t.Errorf("%s from %v: %d, allowed %q", name, tt.origins, a.status, got)
			}
			if exposed := a.header.Get("Access-Control-Expose-Headers"); (exposed != "") != (tt.want != "") {
				t.Errorf("%s from %v: exposed %q", name, tt.origins, exposed)
			}
		}
	}
	for name, a := range map[string]answer{
		"a disabled app's":     h.post(oidc.PathRevoke, url.Values{"client_id": {off.ID}, "token": {"x"}}, fromOrigin(spaOrigin)),
		"another app's":        h.post(oidc.PathRevoke, url.Values{"client_id": {other.ID}, "token": {"x"}}, fromOrigin(spaOrigin)),
		"a confidential app's": h.post(oidc.PathToken, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}}, basic(h.app.ID, h.secret), fromOrigin("https://rp.example.com")),
		"an unknown app's":     h.post(oidc.PathToken, url.Values{"client_id": {"app_nope"}, "grant_type": {"refresh_token"}}, fromOrigin(spaOrigin)),
		"no token's":           userInfo("nope", fromOrigin(spaOrigin)),
	} {
		if got := a.allowed(t); got != "" {
			t.Errorf("%s: %d, allowed %q", name, a.status, got)
		}
	}
	h.revoke(spa.ID, "", tokens.text("access_token"))
	if a := userInfo(tokens.text("access_token"), fromOrigin(spaOrigin)); a.status != http.StatusUnauthorized || a.allowed(t) != spaOrigin {
		t.Errorf("the app's page cannot see that its token has ended: %d %v", a.status, a.header)
	}
}
