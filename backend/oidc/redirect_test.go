package oidc

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

func TestRegistered(t *testing.T) {
	have := []string{
		"https://rp.example.com/cb", "https://rp.example.com/q?foo=bar", "https://rp.example.com", "http://127.0.0.1/cb", "http://127.0.0.1:8085/auth",
		"http://[::1]/cb", "http://localhost", "http://localhost:8000/cb?x=1", "http://nas.lan/cb", "https://localhost/cb", "app.immich:///oauth-callback",
	}
	for _, tt := range []struct {
		uri  string
		want bool
	}{
		{"https://rp.example.com/cb", true},
		{"https://rp.example.com/q?foo=bar", true},
		{"https://rp.example.com", true},
		{"app.immich:///oauth-callback", true},
		{"http://127.0.0.1/cb", true},
		{"http://127.0.0.1:49152/cb", true},
		{"http://127.0.0.1:65535/auth", true},
		{"http://127.0.0.1/auth", true},
		{"http://[::1]:5/cb", true},
		{"http://localhost:53000", true},
		{"http://localhost:9/cb?x=1", true},

		{"", false},
		{"https://unregistered.example/cb", false},                   // RU-01
		{"https://rp.example.com@evil.com/cb", false},                // RU-04
		{"https://rp.example.com:443@evil.com/cb", false},            //
		{"https://rp.example.com%40evil.com/cb", false},              //
		{"https://rp.example.com/cb/../evil", false},                 // RU-05
		{"https://rp.example.com/cb/..%2fevil", false},               //
		{"https://rp.example.com/cb%252f..%252fevil", false},         //
		{"https://rp.example.com/cb/..;/evil", false},                //
		{"https://rp.example.com/cb/./", false},                      //
		{"https://rp.example.com/cb//", false},                       //
		{"https://rp.example.com/cb/", false},                        //
		{"https://rp.example.com/", false},                           //
		{"https://rp.example.com/q?foo=baz", false},                  // RU-07
		{"https://rp.example.com/q?foo=bar&x=1", false},              //
		{"https://rp.example.com/q", false},                          //
		{"https://rp.example.com/cb?code=evil&iss=https://e", false}, // RU-09
		{"https://rp.example.com/cb#x", false},                       //
		{"https://rp.example.com\\@evil.com/cb", false},              // RU-11
		{"https://rp.example.com\t/cb", false},                       //
		{"https://rp.example.com/cb\r\nSet-Cookie:x=1", false},       //
		{"https://rp.example.com/cb\x00", false},                     //
		{" https://rp.example.com/cb", false},                        //
		{"https://rp.еxample.com/cb", false},                         // RU-17, Cyrillic е
		{"https://xn--rp-example-com/cb", false},                     //
		{"HTTPS://rp.example.com/cb", false},
		{"https://RP.example.com/cb", false},
		{"https://rp.example.com:443/cb", false},
		{"http://rp.example.com/cb", false},
		{"https://localhost:8443/cb", false}, // only http loopback varies
		{"http://nas.lan:8080/cb", false},
		{"http://127.0.0.1:0/cb", false},
		{"http://127.0.0.1:/cb", false},
		{"http://127.0.0.1:65536/cb", false},
		{"http://127.0.0.1:080/cb", false},
		{"http://127.0.0.1:80x/cb", false},
		{"http://127.0.0.1:+80/cb", false},
		{"http://127.0.0.1:80@evil.com/cb", false},
		{"http://127.0.0.1@evil.com/cb", false},
		{"http://127.0.0.1.evil.com/cb", false},
		{"http://localhost.evil.com:80/cb", false},
		{"http://localhost:80.evil.com", false},
		{"http://127.0.0.1:80/cb/", false},
		{"http://127.0.0.1:80/other", false},
		{"http://127.0.0.1:80/cb#f", false},
		{"http://127.0.0.2:80/cb", false},
		{"http://127.1:80/cb", false},
		{"http://[::1]:5/other", false},
		{"http://[0:0:0:0:0:0:0:1]/cb", false},
		{"http://localhost:80/", false},
		{"http://localhost/cb", false}, // registered for port 8000 with a query only
		{"http://127.0.0.1:80\\@evil.com/cb", false},
	} {
		if got := registered(have, tt.uri); got != tt.want {
			t.Errorf("registered(%q) = %v, want %v", tt.uri, got, tt.want)
		}
	}
}

func TestCheckRedirectURI(t *testing.T) {
	for _, tt := range []struct {
		uri        string
		native, ht bool
		key        string // "" for accepted
	}{
		{uri: "https://app.example.com/callback"},
		{uri: "https://app.example.com"},
		{uri: "https://app.example.com:443/i/oidc/"},
		{uri: "https://app.example.com/login?direct=1"},
		{uri: "https://app.example.com/login?provider=hk&callback=true"},
		{uri: "https://nas_box.lan:8443/cb"},
		{uri: "https://192.0.2.7/cb"},
		{uri: "https://[2001:db8::7]:8443/cb"},
		{uri: "https://xn--bcher-kva.example/cb"},
		{uri: "https://a.example/cb%20x"},
		{uri: "https://a.example/@me/cb"},
		{uri: "http://localhost:8085/auth/callback"},
		{uri: "http://localhost"},
		{uri: "http://127.0.0.1/cb"},
		{uri: "http://[::1]:9/cb"},
		{uri: "http://nas.lan:8080/cb", ht: true},
		{uri: "http://127.0.0.2/cb", ht: true},
		{uri: "app.immich:///oauth-callback", native: true},
		{uri: "audiobookshelf://oauth", native: true},
		{uri: "kitchenowl:/signin/redirect", native: true},
		{uri: "arcane-mobile://oidc-callback", native: true},
		{uri: "com.example.app:callback", native: true},

		{uri: "", key: "uri_empty"},
		{uri: "https://a.example/" + strings.Repeat("a", maxURI), key: "uri_long"},
		{uri: "https://*", key: "uri_wildcard"},
		{uri: "https://*.example.com/cb", key: "uri_wildcard"},
		{uri: "https://a.example/cb/*", key: "uri_wildcard"},
		{uri: "https://a.example/cb#", key: "uri_fragment"},
		{uri: "https://a.example/cb#x", key: "uri_fragment"},
		{uri: "app:/cb#x", native: true, key: "uri_fragment"},
		{uri: "https://a.example/c b", key: "uri_characters"},
		{uri: "https://a.example\\@evil.example/cb", key: "uri_characters"},
		{uri: "https://a.example/cb\r\nX: y", key: "uri_characters"},
		{uri: "https://a.example/cb\x00", key: "uri_characters"},
		{uri: "https://bücher.example/cb", key: "uri_characters"},
		{uri: "https://a.example/cb?x=%zz", key: "uri_characters"},
		{uri: "https://a.example/cb?x=<script>", key: "uri_characters"},
		{uri: "https://a.example/%zz", key: "uri_incomplete"},
		{uri: "//a.example/cb", key: "uri_incomplete"},
		{uri: "/cb", key: "uri_incomplete"},
		{uri: "a.example/cb", key: "uri_incomplete"},
		{uri: "https:///cb", key: "uri_incomplete"},
		{uri: "https:a.example/cb", key: "uri_incomplete"},
		{uri: "https://", key: "uri_incomplete"},
		{uri: "https://:443/cb", key: "uri_incomplete"},
		{uri: "https://rp.example.com@evil.com/cb", key: "uri_userinfo"},
		{uri: "https://user:pw@a.example/cb", key: "uri_userinfo"},
		{uri: "https://rp.example.com%40evil.com/cb", key: "uri_incomplete"},
		{uri: "app://user@host/cb", native: true, key: "uri_userinfo"},
		{uri: "com.example.app:callback?state=x", native: true, key: "uri_parameter"},
		{uri: "https://a.example/cb?code=evil", key: "uri_parameter"},
		{uri: "https://a.example/cb?x=1&state=evil", key: "uri_parameter"},
		{uri: "https://a.example/cb?i%73s=https://evil", key: "uri_parameter"},
		{uri: "https://a.example/cb?error=x", key: "uri_parameter"},
		{uri: "https://a.example:0/cb", key: "uri_port"},
		{uri: "https://a.example:/cb", key: "uri_port"},
		{uri: "https://a.example:65536/cb", key: "uri_port"},
		{uri: "https://a..example/cb", key: "uri_host"},
		{uri: "https://.example/cb", key: "uri_host"},
		{uri: "https://a!b.example/cb", key: "uri_host"},
		{uri: "http://nas.lan:8080/cb", key: "uri_http"},
		{uri: "http://127.0.0.2/cb", key: "uri_http"},
		{uri: "http://127.0.0.1.evil.com/cb", key: "uri_http"},
		{uri: "http://localhost.evil.com/cb", key: "uri_http"},
		{uri: "app.immich:///oauth-callback", key: "uri_scheme_native"},
		{uri: "javascript:alert(1)", native: true, key: "uri_scheme_system"},
		{uri: "c:/callback", native: true, key: "uri_scheme_system"},
		{uri: "JavaScript:alert(1)", native: true, key: "uri_scheme_system"},
		{uri: "data:text/html,x", native: true, key: "uri_scheme_system"},
		{uri: "vbscript:x", native: true, key: "uri_scheme_system"},
		{uri: "file:///etc/passwd", native: true, key: "uri_scheme_system"},
		{uri: "blob:https://a.example/x", native: true, key: "uri_scheme_system"},
		{uri: "about:blank", native: true, key: "uri_scheme_system"},
		{uri: "ms-settings:x", native: true, key: "uri_scheme_system"},
		{uri: "mailto:a.example", native: true, key: "uri_scheme_system"},
		{uri: "view-source:https://a.example", native: true, key: "uri_scheme_system"},
		{uri: "urn:ietf:wg:oauth:2.0:oob", native: true, key: "uri_scheme_system"},
		{uri: "javascript:alert(1)", key: "uri_scheme_system"},
	} {
		checkField(t, tt.uri, CheckRedirectURI(tt.uri, tt.native, tt.ht), "redirectUris", tt.key)
	}
}

func TestCheckPostLogoutRedirectURI(t *testing.T) {
	for uri, key := range map[string]string{
		"https://a.example/bye":          "",
		"https://a.example/bye?code=1":   "", // nothing but state is added there
		"https://a.example/bye?state=1":  "uri_parameter",
		"https://a.example/bye#x":        "uri_fragment",
		"javascript:alert(1)":            "uri_scheme_system",
		"http://a.example/bye":           "uri_http",
		"http://localhost:3000/bye":      "",
		"https://u@a.example/bye":        "uri_userinfo",
		"https://*.a.example/signed-out": "uri_wildcard",
	} {
		checkField(t, uri, CheckPostLogoutRedirectURI(uri, true, false), "postLogoutRedirectUris", key)
	}
}

func checkField(t *testing.T, uri string, err error, field, key string) {
	t.Helper()
	if key == "" {
		if err != nil {
			t.Errorf("%q: refused: %v", uri, err)
		}
		return
	}
	e := new(idp.Error)
	if !errors.As(err, &e) || e.Message.Key != "oidc."+key || e.Field != field || e.Code != idp.Invalid {
		t.Errorf("%q: got %#v, want oidc.%s of %s", uri, err, key, field)
	} else if !idp.Known(e.Message.Key) {
		t.Errorf("no text for %s", e.Message.Key)
	}
}

// FuzzRegistered looks for an address that is taken for a registered one and leads elsewhere.
func FuzzRegistered(f *testing.F) {
	for _, uri := range []string{
		"https://rp.example.com/cb", "http://127.0.0.1:49152/cb", "http://[::1]:5/cb", "http://localhost:80@evil.com/cb", "http://127.0.0.1:80\\@evil.com/cb",
		"https://rp.example.com@evil.com/cb", "http://localhost:99999/cb", "http://127.0.0.1.evil.com/cb", "http://localhost:1/cb?x=1#y", "http://127.0.0.1:80/cb/../x",
	} {
		f.Add(uri)
	}
	have := []string{"https://rp.example.com/cb", "http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost:8000/cb?x=1", "app.immich:///oauth-callback"}
	f.Fuzz(func(t *testing.T, uri string) {
		if !registered(have, uri) || slices.Contains(have, uri) {
			return
		}
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatalf("%q passes and is no address: %v", uri, err)
		}
		host := u.Hostname()
		if u.Scheme != "http" || u.User != nil || u.Fragment != "" || u.Path != "/cb" || host != "127.0.0.1" && host != "::1" && host != "localhost" {
			t.Fatalf("%q passes and leads elsewhere", uri)
		}
		if (host == "localhost") != (u.RawQuery == "x=1") || host != "localhost" && u.RawQuery != "" {
			t.Fatalf("%q passes with another query", uri)
		}
	})
}

// FuzzCheckRedirectURI looks for an address that can be registered and means something else than it says.
func FuzzCheckRedirectURI(f *testing.F) {
	for _, uri := range []string{"https://a.example/cb?x=1", "app.immich:///oauth-callback", "javascript:alert(1)", "http://localhost:1/cb", "https://a@b/", "https://[::1%25eth0]/", "https://a.example/?c%6fde=1", "x:y"} {
		f.Add(uri, true, true)
	}
	f.Fuzz(func(t *testing.T, uri string, native, allowHTTP bool) {
		if CheckRedirectURI(uri, native, allowHTTP) != nil {
			return
		}
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		web := u.Scheme == "https" || u.Scheme == "http"
		switch {
		case u.User != nil, u.Fragment != "", strings.ContainsAny(uri, "#*\\ \r\n\t\x00"):
			t.Fatalf("%q was accepted", uri)
		case web && u.Hostname() == "", !web && !native, systemScheme(u.Scheme):
			t.Fatalf("%q was accepted", uri)
		case u.Query().Has("code"), u.Query().Has("state"), u.Query().Has("iss"):
			t.Fatalf("%q was accepted", uri)
		case u.Scheme == "http" && !allowHTTP && u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" && u.Hostname() != "::1":
			t.Fatalf("%q was accepted without the tick", uri)
		}
	})
}
