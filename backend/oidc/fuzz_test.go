package oidc

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// loopbackURI takes a loopback address apart, by other means than the product's.
var loopbackURI = regexp.MustCompile(`(?s)^(http://(?:127\.0\.0\.1|\[::1\]|localhost))(?::([1-9][0-9]{0,4}))?(.*)$`)

// FuzzRedirect wants every address that matches to be a registered one, byte for byte, apart from the port of a loopback address.
func FuzzRedirect(f *testing.F) {
	have := []string{"https://rp.example.com/cb", "https://rp.example.com/q?a=b", "http://127.0.0.1/cb", "http://[::1]:9/cb", "http://localhost:8000/cb?x=1", "http://nas.lan/cb", "app.immich:///oauth-callback"}
	for _, uri := range append([]string{
		"http://127.0.0.1:49152/cb", "http://[::1]:5/cb", "http://localhost:80@evil.com/cb?x=1", "http://127.0.0.1:080/cb", "http://127.0.0.1:65536/cb", "http://localhost/cb?x=1#y", "http://nas.lan:1/cb", "https://rp.example.com/cb\x00",
	}, have...) {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		same := slices.ContainsFunc(have, func(h string) bool {
			a, b := loopbackURI.FindStringSubmatch(uri), loopbackURI.FindStringSubmatch(h)
			return uri == h || a != nil && b != nil && a[1] == b[1] && a[3] == b[3]
		})
		if registered(have, uri) && !same {
			t.Fatalf("%q matches and is not registered", uri)
		}
		if slices.Contains(have, uri) && !registered(have, uri) {
			t.Fatalf("%q is registered and does not match", uri)
		}
	})
}

// FuzzBasicHeader wants a header that is taken to mean one client and one secret, and those that are encoded by the rules to come back.
func FuzzBasicHeader(f *testing.F) {
	for _, s := range []string{"", "Basic ", "Basic OnA=", "Basic YTo=", "bAsIc YTpi", "Basic  YTpi", "Basic YSUzQWI6Yw==", "Basic YTolWg==", "Bearer YTpi", "Basic /+==", "Basic YTpi\n"} {
		f.Add(s, "app_1", s)
		f.Add(s, s, "se:cret +%")
	}
	f.Fuzz(func(t *testing.T, header, id, secret string) {
		if c, ok := parseBasic(header); ok {
			if again, ok := parseBasic(encodeBasic(c.clientID, c.secret)); !ok || again != c || c.clientID == "" {
				t.Fatalf("%q means %+v and then %+v", header, c, again)
			}
		}
		c, ok := parseBasic(encodeBasic(id, secret))
		if ok != (id != "") || ok && (c.clientID != id || c.secret != secret) {
			t.Fatalf("%q and %q come back as %+v, %v", id, secret, c, ok)
		}
	})
}

// encodeBasic is the app's side of RFC 6749 §2.3.1.
func encodeBasic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// FuzzUserCode wants what people type to be a whole code or none, and each code to be one however it is typed.
func FuzzUserCode(f *testing.F) {
	for _, s := range []string{"BCDF-GHJK", "bcdfghjk", " b c d f - g h j k ", "BCDF-GHJ", "BCDF-GHJKL", "AEIO-UYAE", "ＢCDF-GHJK", "ſCDF-GHJK", "bcdf\x00ghjk"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code := readUserCode(typed)
		if code == "" {
			return
		}
		letters := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return unicode.ToUpper(r)
			}
			return -1
		}, typed)
		if len(code) != userCodeLength || strings.Trim(code, UserCodeLetters) != "" || letters != code || readUserCode(showUserCode(code)) != code {
			t.Fatalf("%q is read as %q", typed, code)
		}
	})
}
