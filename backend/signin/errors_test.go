package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

func TestErrorPage(t *testing.T) {
	h := newHouse(t)
	for _, tt := range []struct {
		err    error
		status int
		text   string
	}{
		{idp.Fail(idp.Invalid, "page.request_wrong"), 400, "The page sent something that cannot be read."},
		{idp.Fail(idp.NotFound, "page.not_found"), 404, "There is no page at this address."},
		{idp.Fail(idp.Conflict, "passkey.known"), 409, "This passkey is in use already."},
		{idp.Fail(idp.Denied, "signin.disabled"), 403, "This account is switched off."},
		{idp.Fail(idp.Expired, "invite.expired"), 410, "This invite is too old."},
		{fmt.Errorf("write: %w", idp.Fail(idp.Unavailable, "store.cannot_write")), 503, "The disk takes no writes now"},
	} {
		w := httptest.NewRecorder()
		h.pages.ErrorPage(w, httptest.NewRequest("GET", "/account?x=1", nil), tt.err)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.text) {
			t.Errorf("%v: status %d\n%s", tt.err, w.Code, w.Body)
		}
		if unavailable := tt.status == 503; (w.Header().Get("Retry-After") != "") != unavailable || strings.Contains(w.Body.String(), `href="/account?x=1"`) != unavailable {
			t.Errorf("%v: retry %q", tt.err, w.Header().Get("Retry-After"))
		}
		r := httptest.NewRequest("POST", "/sign-in/passkey", nil)
		r.Header.Set("Content-Type", "application/json")
		w = httptest.NewRecorder()
		h.pages.ErrorPage(w, r, tt.err)
		var got failure
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != tt.status || got.Code != idp.CodeOf(tt.err) || !strings.Contains(got.Message, tt.text) || got.Key == "" {
			t.Errorf("%v: status %d, %s", tt.err, w.Code, w.Body)
		}
	}
	if len(h.events(idp.EventFault)) != 0 {
		t.Error("a failure that people can mend is called a fault")
	}
}

// A fault of ours is shown as a reference, and found by it in the log and in Activity.
func TestErrorPageOfAFault(t *testing.T) {
	h := newHouse(t)
	r := httptest.NewRequest("GET", "/invite/secret", nil)
	r.Pattern = "GET /invite/{secret}"
	w := httptest.NewRecorder()
	h.pages.ErrorPage(w, r, errors.New("the table is on fire"))
	faults := h.events(idp.EventFault)
	if len(faults) != 1 || faults[0].Reason == "" {
		t.Fatalf("events %+v", faults)
	}
	ref := faults[0].Reason
	for _, want := range []string{ref, "Something went wrong", "If it goes on, tell Nora.", "Nora finds it in Activity"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if log := h.log.String(); w.Code != http.StatusInternalServerError || !strings.Contains(log, ref) || !strings.Contains(log, "the table is on fire") || strings.Contains(log, "/invite/secret") {
		t.Errorf("status %d, log %s", w.Code, log)
	}
	if strings.Contains(w.Body.String(), "fire") {
		t.Error("the page tells of the inside")
	}
}

func TestErrorPageForNobody(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	h.pages.ErrorPage(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx), context.Canceled)
	if len(h.events(idp.EventFault)) != 0 || w.Body.Len() != 0 {
		t.Error("a visitor who went away is called a fault")
	}
}
