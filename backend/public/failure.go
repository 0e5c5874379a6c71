package public

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"hearthkey/backend/idp"
)

// audience is who reads what a route answers, and so how it fails.
type audience int

const (
	people   audience = iota // a page, or JSON for our pages' script: signin.Pages.ErrorPage
	protocol                 // apps: {error, error_description} (RFC 6749 §5.2)
)

// retryLater is what apps are told to wait when something is out of order.
const retryLater = 10 * time.Second

// tooMany is a request beyond its limit, and how long to wait.
type tooMany struct{ wait time.Duration }

func (e tooMany) Error() string { return e.Unwrap().Error() }

// Unwrap is what people read.
func (e tooMany) Unwrap() error { return idp.Fail(idp.Unavailable, "public.too_many") }

// tracker knows how far an answer has come.
type tracker struct {
	http.ResponseWriter
	status  int           // replaces what the handler sets; 0 leaves it
	wait    time.Duration // the same for Retry-After
	started bool          // nothing of it can be taken back
	lost    bool          // nobody reads it any more
}

func (t *tracker) WriteHeader(status int) {
	if t.status != 0 {
		status = t.status
	}
	if t.wait > 0 {
		t.Header().Set("Retry-After", strconv.FormatInt(int64((t.wait+time.Second-1)/time.Second), 10))
	}
	t.started = t.started || status >= 200
	t.ResponseWriter.WriteHeader(status)
}

func (t *tracker) Write(b []byte) (int, error) {
	if !t.started {
		t.WriteHeader(http.StatusOK)
	}
	n, err := t.ResponseWriter.Write(b)
	t.lost = t.lost || err != nil
	return n, err
}

// Unwrap is for http.ResponseController.
func (t *tracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// fail answers for a handler that could not.
func (s *Server) fail(t *tracker, r *http.Request, rt route, err error) {
	switch {
	case t.started && !t.lost:
		s.log.Error("an answer broke off", "route", rt.name(), "error", err)
		return
	case t.started:
		return
	case r.Context().Err() != nil: // the sender has gone, or sends no more; without a word this would be a 200
		t.WriteHeader(http.StatusRequestTimeout)
		return
	}
	t.status, t.wait = override(rt, &err)
	if rt.audience == protocol {
		s.failProtocol(t, rt, err)
		return
	}
	s.errorPage(t, r, err)
	if !t.started {
		t.WriteHeader(http.StatusInternalServerError)
	}
}

// override is the status and wait of what only this package knows: limits, sizes, and that nobody was recognised. 0 leaves them to the page.
func override(rt route, err *error) (int, time.Duration) {
	var late tooMany
	var large *http.MaxBytesError
	switch {
	case errors.As(*err, &late):
		return http.StatusTooManyRequests, late.wait
	case errors.As(*err, &large):
		*err = idp.Fail(idp.Invalid, "public.too_large")
		return http.StatusRequestEntityTooLarge, 0
	case rt.class == classFinish && idp.CodeOf(*err) == idp.Denied:
		return http.StatusUnauthorized, 0
	}
	return 0, 0
}

// failProtocol tells an app. What is ours it gets as a reference to the log.
func (s *Server) failProtocol(t *tracker, rt route, err error) {
	status, code, said := http.StatusBadRequest, "invalid_request", err.Error()
	switch idp.CodeOf(err) {
	case idp.Unavailable:
		status, code = http.StatusServiceUnavailable, "temporarily_unavailable"
		if t.wait == 0 {
			t.wait = retryLater
		}
	case idp.Internal:
		ref := idp.NewReference()
		s.log.Error("request failed", "route", rt.name(), "ref", ref, "error", err)
		status, code, said = http.StatusInternalServerError, "server_error", "reference "+ref
	}
	raw, _ := json.Marshal(map[string]string{"error": code, "error_description": said}) // strings always encode
	t.Header().Set("Content-Type", "application/json; charset=utf-8")
	t.WriteHeader(status)
	_, _ = t.Write(raw)
}

// recovered turns a panic of a handler into an internal failure of that one request.
func (s *Server) recovered(t *tracker, r *http.Request, rt route) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
		panic(v)
	}
	broken := t.started
	s.fail(t, r, rt, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
	if broken {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
}
