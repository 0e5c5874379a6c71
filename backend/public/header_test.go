package public

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

func TestHeaders(t *testing.T) {
	list := []route{
		{method: "GET", path: "/page", class: classPage, handle: ok},
		{method: "GET", path: "/isolated", class: classPage, isolated: true, handle: ok},
		{method: "GET", path: "/wrong", class: classPage, isolated: true, handle: func(http.ResponseWriter, *http.Request) error { return idp.Fail(idp.Denied, "x") }},
		{method: "GET", path: "/kept", class: classFree, handle: func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Cache-Control", "public")
			_, err := io.WriteString(w, "ok")
			return err
		}},
	}
	for _, pin := range []idp.Pin{tailnetPin, idp.Trial("1411", 0)} {
		h := small(t, pin, list...)
		for _, rt := range list {
			got := h.ask("GET", rt.path).Header
			want := map[string]string{
				"Content-Security-Policy":    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
				"X-Frame-Options":            "DENY",
				"X-Content-Type-Options":     "nosniff",
				"Referrer-Policy":            "same-origin",
				"Cache-Control":              "no-store",
				"Strict-Transport-Security":  "",
				"Cross-Origin-Opener-Policy": "",
			}
			if pin.Secure() {
				want["Strict-Transport-Security"] = "max-age=63072000"
			}
			if rt.isolated {
				want["Cross-Origin-Opener-Policy"] = "same-origin"
			}
			if rt.path == "/kept" {
				want["Cache-Control"] = "public"
			}
			for name, value := range want {
				if got.Get(name) != value {
					t.Errorf("%s%s: %s is %q, want %q", pin.Issuer, rt.path, name, got.Get(name), value)
				}
			}
			if p := got.Get("Permissions-Policy"); !strings.HasPrefix(p, "publickey-credentials-create=(self), publickey-credentials-get=(self), ") || strings.Count(p, "(self)") != 2 || strings.Contains(p, "*") {
				t.Errorf("Permissions-Policy %q", p)
			}
		}
	}
}

// TestFramesNowhere: every answer of the product's routes refuses framing, errors included (SE-04).
func TestFramesNowhere(t *testing.T) {
	h := full(t, tailnetPin)
	for _, rt := range h.list() {
		path := strings.NewReplacer("{$}", "", "{secret}", "abc", "{name}", "x.css").Replace(rt.path)
		res := h.ask(rt.method, path)
		if csp := res.Header.Get("Content-Security-Policy"); csp != policy || res.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %q", rt.name(), csp)
		}
	}
}
