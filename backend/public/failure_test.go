package public

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

func fails(err error) func(http.ResponseWriter, *http.Request) error {
	return func(http.ResponseWriter, *http.Request) error { return err }
}

func swallow(_ http.ResponseWriter, r *http.Request) error {
	_, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		return fmt.Errorf("read it: %w", err)
	}
	return nil
}

// TestStatus: what becomes of a handler's error on the product's pages.
func TestStatus(t *testing.T) {
	h := full(t, tailnetPin)
	for name, c := range map[string]struct {
		class  class
		err    error
		status int
	}{
		"invalid": {classPage, idp.Fail(idp.Invalid, "page.request_wrong"), 400}, "not found": {classPage, idp.Fail(idp.NotFound, "page.not_found"), 404},
		"conflict": {classPage, idp.Fail(idp.Conflict, "passkey.known"), 409}, "expired": {classPage, idp.Fail(idp.Expired, "passkey.expired"), 410},
		"denied": {classPage, idp.Fail(idp.Denied, "passkey.refused"), 403}, "not recognised": {classFinish, idp.Fail(idp.Denied, "passkey.refused"), 401},
		"unavailable": {classPage, idp.Fail(idp.Unavailable, "store.cannot_write"), 503}, "internal": {classPage, errors.New("the works"), 500},
	} {
		h.mux = h.newMux([]route{{method: "GET", path: "/it", class: c.class, handle: fails(fmt.Errorf("wrapped: %w", c.err))}})
		res := h.ask("GET", "/it")
		text := read(t, res)
		if res.StatusCode != c.status || !strings.Contains(text, "<html") || strings.Contains(text, "the works") || strings.Contains(text, "wrapped") {
			t.Errorf("%s: %d %s", name, res.StatusCode, text)
		}
		if want := map[bool]string{true: "10"}[c.status == 503]; res.Header.Get("Retry-After") != want {
			t.Errorf("%s: Retry-After %q", name, res.Header.Get("Retry-After"))
		}
	}
}

// TestProtocolStatus: the same for apps.
func TestProtocolStatus(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"invalid":     {idp.Fail(idp.Invalid, "page.request_wrong"), 400, "invalid_request"},
		"unavailable": {idp.Fail(idp.Unavailable, "store.cannot_write"), 503, "temporarily_unavailable"},
		"internal":    {errors.New("the works"), 500, "server_error"},
	} {
		h := small(t, tailnetPin, route{method: "GET", path: "/it", audience: protocol, class: classApp, handle: fails(c.err)})
		res := h.ask("GET", "/it")
		if text := read(t, res); res.StatusCode != c.status || !strings.HasPrefix(text, `{"error":"`+c.code+`"`) || strings.Contains(text, "works") {
			t.Errorf("%s: %d %s", name, res.StatusCode, text)
		}
	}
}

// TestReference: what is ours is logged once, under the reference that is shown, by its route and not by its path.
func TestReference(t *testing.T) {
	h := full(t, tailnetPin)
	for name, handle := range map[string]func(http.ResponseWriter, *http.Request) error{
		"error": fails(errors.New("the works")),
		"panic": func(http.ResponseWriter, *http.Request) error { panic("the works") },
	} {
		for _, who := range []audience{people, protocol} {
			h.mux = h.newMux([]route{{method: "GET", path: "/invite/{secret}", audience: who, class: classPage, handle: handle}})
			before := len(h.log.String())
			res := h.ask("GET", "/invite/thesecret")
			h.want(res, http.StatusInternalServerError)
			text, log := read(t, res), h.log.String()[before:]
			ref := regexp.MustCompile(`[A-Z2-7]{3}-[A-Z2-7]{3}`).FindString(text)
			if ref == "" || strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "ref="+ref) || !strings.Contains(log, "the works") || !strings.Contains(log, "{secret}") || strings.Contains(log, "thesecret") {
				t.Errorf("%s: shown %q, logged %s", name, ref, log)
			}
		}
	}
}

func TestTooLarge(t *testing.T) {
	h := small(t, tailnetPin, route{method: "POST", path: "/it", class: classPage, handle: swallow})
	h.want(h.ask("POST", "/it", body(strings.Repeat("x", 64<<10))), http.StatusOK)
	res := h.ask("POST", "/it", body(strings.Repeat("x", 64<<10+1)))
	h.want(res, http.StatusRequestEntityTooLarge)
	if text := read(t, res); text != "page: "+idp.Text("public.too_large").String() {
		t.Errorf("%s", text)
	}
	f := full(t, tailnetPin)
	f.want(f.ask("POST", "/sign-in/passkey", header("Content-Type", "application/json"), body(`{"x":"`+strings.Repeat("x", 64<<10)+`"}`)), http.StatusRequestEntityTooLarge)
	f.want(f.ask("POST", "/authorize", header("Content-Type", "application/x-www-form-urlencoded"), body(strings.Repeat("x", 64<<10+1))), http.StatusRequestEntityTooLarge)
}

// TestGone: a sender who has gone, or stopped in the middle, is no fault of ours and no success.
func TestGone(t *testing.T) {
	h := full(t, tailnetPin)
	for _, who := range []audience{people, protocol} {
		h.mux = h.newMux([]route{{method: "GET", path: "/it", audience: who, class: classPage, handle: func(_ http.ResponseWriter, r *http.Request) error { return r.Context().Err() }}})
		res := h.ask("GET", "/it", func(r *http.Request) {
			ctx, cancel := context.WithCancel(r.Context())
			cancel()
			*r = *r.WithContext(ctx)
		})
		h.want(res, http.StatusRequestTimeout)
	}
	if log := h.log.String(); log != "" {
		t.Errorf("logged %s", log)
	}
}

// TestHalfAnAnswer: an answer that has begun cannot be replaced; a panic in it ends the connection, an error is logged.
func TestHalfAnAnswer(t *testing.T) {
	half := func(w http.ResponseWriter) { _, _ = io.WriteString(w, "half") }
	h := small(t, tailnetPin,
		route{method: "GET", path: "/error", class: classPage, handle: func(w http.ResponseWriter, _ *http.Request) error {
			half(w)
			return errors.New("the works")
		}},
		route{method: "GET", path: "/panic", class: classPage, handle: func(w http.ResponseWriter, _ *http.Request) error {
			half(w)
			panic("the works")
		}})
	res := h.ask("GET", "/error")
	if text := read(t, res); text != "half" || !strings.Contains(h.log.String(), "the works") {
		t.Errorf("%q, logged %s", text, h.log.String())
	}
	defer func() {
		if v := recover(); v != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
			t.Errorf("recovered %v", v)
		}
	}()
	h.ask("GET", "/panic")
	t.Error("the panic was swallowed")
}
