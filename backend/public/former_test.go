package public

import (
	"net/http"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

const oldHost = "old.tail1234.ts.net"

func movedHome(t *testing.T) *home {
	t.Helper()
	h := full(t, tailnetPin)
	storetest.Write(t, h.store, func(tx *store.Tx) error {
		if err := tx.SetPin(idp.OnTailnet(idp.ModeFunnel, oldHost, 0)); err != nil {
			return err
		}
		_, err := tx.Move(tailnetPin, 1)
		return err
	})
	return h
}

// TestFormerHostLeadsOn: it says where its passkeys may be used (WebAuthn Level 3 §5.11), and takes people to the same page of the issuer.
func TestFormerHostLeadsOn(t *testing.T) {
	h := movedHome(t)
	res := h.ask("GET", "/.well-known/webauthn", host(strings.ToUpper(oldHost)))
	if got := read(t, res); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/json" || got != `{"origins":["https://id.tail1234.ts.net"]}` {
		t.Errorf("%d %s: %s", res.StatusCode, res.Header.Get("Content-Type"), got)
	}
	for _, path := range []string{"/", "/sign-in?tx=a", "/account", "/invite/abc", "/device?user_code=A"} {
		res := h.ask("GET", path, host(oldHost))
		if res.StatusCode != http.StatusFound || res.Header.Get("Location") != tailnetPin.Issuer+path {
			t.Errorf("%s answers %d to %q", path, res.StatusCode, res.Header.Get("Location"))
		}
	}
	res = h.ask("GET", "/authorize?client_id=x", host(oldHost))
	if got := read(t, res); res.StatusCode != http.StatusGone || res.Header.Get("Location") != "" || !strings.Contains(got, "Rose Cottage has moved") {
		t.Errorf("an app's request answers %d: %s", res.StatusCode, got)
	}
	nonce := h.Nonce()
	if got := read(t, h.ask("GET", "/.well-known/hearthkey/reach?nonce="+nonce, host(oldHost))); got != nonce {
		t.Errorf("measuring gets %q", got)
	}
}

// TestFormerHostServesNothingElse: every other door of the issuer is closed there, and there is none for a host that we never were, or are no more.
func TestFormerHostServesNothingElse(t *testing.T) {
	h := movedHome(t)
	open := map[string]bool{"GET /.well-known/hearthkey/reach": true, "GET /authorize": true, "GET /assets/{name}": true, "GET /favicon.ico": true, "GET /{$}": true, "GET /sign-in": true, "GET /account": true, "GET /invite/{secret}": true, "GET /device": true}
	for _, rt := range h.list() {
		path := strings.NewReplacer("{$}", "", "{secret}", "abc", "{name}", "x").Replace(rt.path)
		res := h.ask(rt.method, path, host(oldHost))
		if closed := res.StatusCode == http.StatusMisdirectedRequest; closed == open[rt.name()] {
			t.Errorf("%s answers %d", rt.name(), res.StatusCode)
		}
	}
	for _, path := range []string{"/nothing", "/./account", "//account", "/.well-known/webauthn/"} {
		if res := h.ask("GET", path, host(oldHost)); res.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s answers %d", path, res.StatusCode)
		}
	}
	for _, name := range []string{"evil.example", "", oldHost + ".", oldHost + ":443", "x" + oldHost} {
		if res := h.ask("GET", "/.well-known/webauthn", host(name)); res.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("the host %q answers %d", name, res.StatusCode)
		}
	}
	if res := h.ask("GET", "/.well-known/webauthn"); res.StatusCode != http.StatusNotFound {
		t.Errorf("the issuer lends its passkeys: %d", res.StatusCode)
	}
	storetest.Write(t, h.store, func(tx *store.Tx) error { return tx.ForgetFormer(oldHost) })
	if res := h.ask("GET", "/.well-known/webauthn", host(oldHost)); res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("given up, it answers %d", res.StatusCode)
	}
}
