package public

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

// everything that may be reached: method, path, class, and marks for an origin check, for isolation, for a GET that acts, and for what waits while the owner has paused sign-in from the internet. A new line here is a new door.
const doors = `
GET /.well-known/openid-configuration free
GET /.well-known/oauth-authorization-server free
GET /.well-known/jwks.json free
POST /api/oidc/token app
GET /api/oidc/userinfo app
POST /api/oidc/userinfo app
POST /api/oidc/introspect app
POST /api/oidc/revoke app
POST /api/oidc/par push
POST /api/oidc/device/authorize push
OPTIONS /.well-known/openid-configuration free
OPTIONS /.well-known/oauth-authorization-server free
OPTIONS /.well-known/jwks.json free
OPTIONS /api/oidc/token app
OPTIONS /api/oidc/userinfo app
OPTIONS /api/oidc/revoke app
OPTIONS /api/oidc/par app
OPTIONS /api/oidc/device/authorize app
GET /authorize page acts pausable
POST /authorize page
GET /authorize/continue page acts pausable
POST /consent page origin pausable
GET /select-account page pausable
POST /select-account page origin pausable
GET /{$} page pausable
GET /sign-in page pausable
GET /away page
POST /sign-in/options page origin pausable
POST /sign-in/passkey passkey finish origin pausable
POST /sign-in/tailnet passkey finish origin pausable
POST /enrol/ask passkey finish origin isolated pausable
GET /enrol page isolated pausable
GET /enrol/state page
POST /enrol/options page origin pausable
POST /enrol/passkey passkey finish origin pausable
GET /renew page pausable
GET /invite/{secret} page isolated pausable
POST /invite/{secret}/options page origin pausable
POST /invite/{secret}/passkey passkey finish origin pausable
GET /account page isolated
POST /account/passkeys/options page origin
POST /account/passkeys passkey finish origin
POST /account/step-up/options page origin
POST /account/step-up passkey finish origin
POST /account/apps/revoke page origin
POST /sign-out page origin
GET /device page isolated pausable
POST /device device code origin isolated pausable
GET /device/confirm page isolated acts pausable
POST /device/options page origin pausable
POST /device/passkey passkey finish origin pausable
POST /device/answer page origin isolated pausable
GET /api/oidc/end-session page acts
POST /api/oidc/end-session page
GET /end-session/continue page acts
POST /end-session/confirm page origin
GET /assets/{name} free
GET /favicon.ico free
GET /robots.txt free
GET /healthz probe
GET /.well-known/hearthkey/reach probe
GET /.well-known/webfinger webfinger
OPTIONS /.well-known/webfinger webfinger
`

func TestRoutes(t *testing.T) {
	h := full(t, tailnetPin)
	var got []string
	exempt := []string{"/authorize", "/api/oidc/end-session", "/api/oidc/token", "/api/oidc/userinfo", "/api/oidc/introspect", "/api/oidc/revoke", "/api/oidc/par", "/api/oidc/device/authorize"}
	for _, rt := range h.list() {
		line := rt.name() + " " + string(rt.class)
		if rt.origin {
			line += " origin"
		}
		if rt.isolated {
			line += " isolated"
		}
		if rt.acts {
			line += " acts"
		}
		if rt.pausable {
			line += " pausable"
		}
		got = append(got, line)
		if wants := rt.method == http.MethodPost && !slices.Contains(exempt, rt.path); rt.origin != wants {
			t.Errorf("%s: origin check %v, want %v", rt.name(), rt.origin, wants)
		}
	}
	if want := strings.Split(strings.TrimSpace(doors), "\n"); !slices.Equal(got, want) {
		t.Fatalf("got\n%s", strings.Join(got, "\n"))
	}
}

// TestWired: every route is answered by its own handler.
func TestWired(t *testing.T) {
	h := full(t, tailnetPin)
	json := header("Content-Type", "application/json")
	form := header("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range []struct {
		method, path string
		change       func(*http.Request)
		status       int
		says         string
	}{
		{"GET", "/.well-known/openid-configuration", nil, 200, `"issuer":"https://id.tail1234.ts.net"`},
		{"GET", "/.well-known/oauth-authorization-server", nil, 200, `"issuer":"https://id.tail1234.ts.net"`},
		{"GET", "/.well-known/jwks.json", nil, 200, `"RS256"`},
		{"POST", "/api/oidc/token", form, 401, "invalid_client"},
		{"GET", "/api/oidc/userinfo", nil, 401, ""},
		{"POST", "/api/oidc/userinfo", form, 401, ""},
		{"POST", "/api/oidc/introspect", form, 401, "invalid_client"},
		{"POST", "/api/oidc/revoke", form, 401, "invalid_client"},
		{"OPTIONS", "/.well-known/openid-configuration", nil, 204, ""},
		{"OPTIONS", "/.well-known/oauth-authorization-server", nil, 204, ""},
		{"OPTIONS", "/.well-known/jwks.json", nil, 204, ""},
		{"GET", "/.well-known/webfinger?resource=acct:ann@id.tail1234.ts.net", nil, 200, `"https://id.tail1234.ts.net"`},
		{"OPTIONS", "/.well-known/webfinger", nil, 204, ""},
		{"OPTIONS", "/api/oidc/token", nil, 204, ""},
		{"OPTIONS", "/api/oidc/userinfo", nil, 204, ""},
		{"OPTIONS", "/api/oidc/revoke", nil, 204, ""},
		{"OPTIONS", "/api/oidc/par", nil, 204, ""},
		{"OPTIONS", "/api/oidc/device/authorize", nil, 204, ""},
		{"POST", "/api/oidc/par", form, 401, "invalid_client"},
		{"POST", "/api/oidc/device/authorize", form, 401, "invalid_client"},
		{"GET", "/authorize", nil, 400, "<html"},
		{"POST", "/authorize", form, 400, "<html"},
		{"GET", "/authorize/continue", nil, 410, "<html"},
		{"POST", "/consent", form, 410, "<html"},
		{"GET", "/select-account", nil, 410, "<html"},
		{"POST", "/select-account", form, 410, "<html"},
		{"GET", "/", nil, 200, "Rose Cottage"},
		{"GET", "/sign-in", nil, 200, "Rose Cottage"},
		{"POST", "/sign-in/options", json, 200, `"challenge"`},
		{"POST", "/sign-in/passkey", json, 400, `"page.request_wrong"`},
		{"GET", "/invite/abc", nil, 404, "<html"},
		{"POST", "/invite/abc/options", json, 404, `"invite.`},
		{"POST", "/invite/abc/passkey", json, 404, `"invite.`},
		{"GET", "/account", nil, 303, ""},
		{"POST", "/account/passkeys/options", json, 403, `"page.not_signed_in"`},
		{"POST", "/account/passkeys", json, 401, `"page.not_signed_in"`},
		{"POST", "/account/step-up/options", json, 403, `"page.not_signed_in"`},
		{"POST", "/account/step-up", json, 401, `"page.not_signed_in"`},
		{"POST", "/account/apps/revoke", form, 403, "<html"},
		{"POST", "/sign-out", form, 200, "<html"},
		{"GET", "/device", nil, 200, "Type the code"},
		{"POST", "/device", form, 404, "This code is not known."},
		{"GET", "/device/confirm", nil, 410, "<html"},
		{"POST", "/device/options", json, 410, "/device/confirm"},
		{"POST", "/device/passkey", json, 410, `"page.device_lost"`},
		{"POST", "/device/answer", form, 410, "<html"},
		{"GET", "/api/oidc/end-session", nil, 303, ""},
		{"POST", "/api/oidc/end-session", form, 303, ""},
		{"GET", "/end-session/continue", nil, 410, "<html"},
		{"POST", "/end-session/confirm", form, 410, "<html"},
		{"GET", "/assets/nothing.css", nil, 404, "<html"},
		{"GET", "/favicon.ico", nil, 200, "<svg"},
		{"GET", "/robots.txt", nil, 200, "Disallow: /"},
		{"GET", "/healthz", nil, 204, ""},
		{"GET", "/.well-known/hearthkey/reach", nil, 404, "Not found"},
		{"HEAD", "/sign-in", nil, 200, ""},
		{"HEAD", "/authorize", nil, 405, ""},
		{"HEAD", "/authorize/continue", nil, 405, ""},
		{"HEAD", "/device/confirm", nil, 405, ""},
		{"HEAD", "/end-session/continue", nil, 405, ""},
	} {
		sent := func(*http.Request) {}
		if c.change != nil {
			sent = c.change
		}
		with := body("{}")
		if c.path == "/sign-in/passkey" {
			with = body("nothing")
		}
		res := h.ask(c.method, c.path, sent, with)
		if text := read(t, res); res.StatusCode != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s %s: %d %.300s, want %d with %q", c.method, c.path, res.StatusCode, text, c.status, c.says)
		}
	}
}

// TestNothingHappensAhead: a browser that only fetches what somebody may open gets nothing where opening it goes on with something.
func TestNothingHappensAhead(t *testing.T) {
	h := full(t, tailnetPin)
	for _, c := range []struct {
		path, name, value string
		status            int
	}{
		{"/authorize", "Sec-Purpose", "prefetch", 503},
		{"/authorize/continue", "Sec-Purpose", "prefetch;prerender", 503},
		{"/api/oidc/end-session", "Purpose", "prefetch", 503},
		{"/end-session/continue", "X-Moz", "prefetch", 503},
		{"/device/confirm", "Sec-Purpose", "prefetch;anonymous-client-ip", 503},
		{"/sign-in", "Sec-Purpose", "prefetch", 200},
		{"/end-session/continue", "Sec-Purpose", "", 410},
	} {
		res := h.ask("GET", c.path, func(r *http.Request) { r.Header.Set(c.name, c.value) })
		if res.StatusCode != c.status || c.status == 503 && (res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Set-Cookie") != "") {
			t.Errorf("%s with %s %q: %d %v", c.path, c.name, c.value, res.StatusCode, res.Header)
		}
	}
}

// TestNothingElse: what is not in the list does not exist, whatever it is called, and all of it looks alike (SE-09, SE-11).
func TestNothingElse(t *testing.T) {
	h := full(t, tailnetPin)
	reference := h.ask("GET", "/x")
	want := read(t, reference)
	for _, path := range []string{
		"/admin", "/admin/", "/debug/pprof/", "/debug/vars", "/metrics", "/wails/ipc.js", "/wails/runtime.js", "/call/Users", "/api/users", "/api/oidc", "/api/oidc/", "/.env", "/index.html", "/assets", "/assets/", "/assets/a/b",
		"//authorize", "/%61uthorize", "/%2e%2e/authorize", "/x/../authorize", "/./authorize", "/authorize/", "/AUTHORIZE", "/authorize;jsessionid=1", "/sign-in%00", "/invite/", "/invite/a%2Fb", "/invite/../account", "/account/passkeys/psk_1", "/.well-known/", "/.well-known/webauthn",
	} {
		res := h.ask("GET", path)
		if got := read(t, res); res.StatusCode != http.StatusNotFound || got != want || len(res.Header) != len(reference.Header) {
			t.Errorf("%s: %d %q %v", path, res.StatusCode, got, res.Header)
		}
	}
	for _, method := range []string{"TRACE", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "get"} {
		res := h.ask(method, "/sign-in", header("X-HTTP-Method-Override", "GET"))
		if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" || read(t, res) != "" {
			t.Errorf("%s: %d, Allow %q", method, res.StatusCode, res.Header.Get("Allow"))
		}
	}
	h.want(h.ask("POST", "/sign-in", header("X-HTTP-Method-Override", "GET")), http.StatusMethodNotAllowed)
	h.want(h.ask("GET", "/consent", header("X-HTTP-Method-Override", "POST")), http.StatusMethodNotAllowed)
	h.want(h.ask("OPTIONS", "*"), http.StatusNotFound)
	if log := h.log.String(); log != "" {
		t.Errorf("logged %s", log)
	}
}

func TestHost(t *testing.T) {
	h := small(t, tailnetPin, route{method: "GET", path: "/{$}", class: classFree, handle: ok})
	for name, status := range map[string]int{
		"id.tail1234.ts.net": 200, "ID.tail1234.ts.net": 200,
		"": 421, "localhost": 421, "127.0.0.1": 421, "evil.com": 421, "id.tail1234.ts.net.": 421, "id.tail1234.ts.net:8443": 421, "xid.tail1234.ts.net": 421, "id.tail1234.ts.net.evil.com": 421,
	} {
		res := h.ask("GET", "/", host(name), header("X-Forwarded-Host", "id.tail1234.ts.net"), header("Forwarded", "host=id.tail1234.ts.net"))
		if res.StatusCode != status || status == 421 && read(t, res) != "" {
			t.Errorf("Host %q: %d, want %d", name, res.StatusCode, status)
		}
	}
	trial := small(t, idp.Trial("1411", 0), route{method: "GET", path: "/{$}", class: classFree, handle: ok})
	for name, status := range map[string]int{"localhost:1411": 200, "localhost": 421, "127.0.0.1:1411": 421, "[::1]:1411": 421, "localhost:1412": 421} {
		trial.want(trial.ask("GET", "/", host(name)), status)
	}
}

func TestOrigin(t *testing.T) {
	h := small(t, tailnetPin,
		route{method: "POST", path: "/ours", class: classPage, origin: true, handle: ok},
		route{method: "POST", path: "/theirs", class: classApp, handle: ok})
	us := h.pin.Issuer
	for name, c := range map[string]struct {
		origin, site []string
		good         bool
	}{
		"ours": {[]string{us}, []string{"same-origin"}, true}, "ours, older browser": {[]string{us}, nil, true},
		"absent": {nil, nil, false}, "absent, same-origin": {nil, []string{"same-origin"}, false}, "null": {[]string{"null"}, []string{"same-origin"}, false}, "empty": {[]string{""}, nil, false},
		"SE-03 sibling": {[]string{"https://evil.tail1234.ts.net"}, []string{"same-site"}, false}, "http": {[]string{"http://id.tail1234.ts.net"}, nil, false},
		"port": {[]string{us + ":443"}, nil, false}, "slash": {[]string{us + "/"}, nil, false}, "case": {[]string{"https://ID.tail1234.ts.net"}, nil, false},
		"two": {[]string{us, us}, nil, false}, "list": {[]string{us + ", https://evil.com"}, nil, false},
		"same-site": {[]string{us}, []string{"same-site"}, false}, "cross-site": {[]string{us}, []string{"cross-site"}, false}, "none": {[]string{us}, []string{"none"}, false},
		"two sites": {[]string{us}, []string{"same-origin", "cross-site"}, false},
	} {
		status := http.StatusBadRequest // as the small page says it
		if c.good {
			status = http.StatusOK
		}
		for path, want := range map[string]int{"/ours": status, "/theirs": http.StatusOK} {
			if res := h.ask("POST", path, header("Origin", c.origin...), header("Sec-Fetch-Site", c.site...)); res.StatusCode != want {
				t.Errorf("%s %s: %d, want %d", name, path, res.StatusCode, want)
			}
		}
	}
}
