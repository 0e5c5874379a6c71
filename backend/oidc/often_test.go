package oidc_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

// TestKnownClientLimit wants requests of known apps counted, each app for itself and a public one for each source, and one too many told to wait.
func TestKnownClientLimit(t *testing.T) {
	h := newHome(t)
	public, _ := h.addApp(idp.Client{Name: "Phone", Public: true})
	access := h.tokens().text("access_token")
	var counted []string
	blocked := false
	p, err := oidc.New(oidc.Config{Store: h.store, Keys: h.keys, Clock: h.now, Pin: idp.Pin{Issuer: h.issuer}, Log: slog.New(slog.DiscardHandler),
		KnownClient: func(key string) (time.Duration, bool) {
			counted = append(counted, key)
			return 20 * time.Millisecond, blocked
		}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(handle http.HandlerFunc, source string, form url.Values, change func(*http.Request)) *http.Response {
		r := httptest.NewRequestWithContext(idp.WithVisitor(context.Background(), idp.Visitor{Network: idp.NetworkPublic, Source: netip.MustParseAddr(source)}), http.MethodPost, "/", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		change(r)
		w := httptest.NewRecorder()
		handle(w, r)
		return w.Result()
	}
	grant := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"none"}}
	ofPublic := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"none"}, "client_id": {public.ID}}
	secret := func(s string) func(*http.Request) { return func(r *http.Request) { r.SetBasicAuth(h.app.ID, s) } }
	nothing := func(*http.Request) {}
	bearer := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	statuses := func() (out []int) {
		for _, res := range []*http.Response{
			ask(p.Token, "203.0.113.7", grant, secret(h.secret)), ask(p.Token, "203.0.113.8", grant, secret(h.secret)),
			ask(p.Token, "203.0.113.7", ofPublic, nothing), ask(p.Token, "203.0.113.8", ofPublic, nothing),
			ask(p.UserInfo, "203.0.113.7", nil, bearer(access)),
			ask(p.Token, "203.0.113.7", grant, secret("wrong")), ask(p.UserInfo, "203.0.113.7", nil, bearer("wrong")),
		} {
			out = append(out, res.StatusCode)
			if want := map[bool]string{true: "1"}[res.StatusCode == http.StatusTooManyRequests]; res.Header.Get("Retry-After") != want {
				t.Errorf("Retry-After %q of a %d", res.Header.Get("Retry-After"), res.StatusCode)
			}
		}
		return out
	}
	if got := statuses(); !slices.Equal(got, []int{400, 400, 400, 400, 200, 401, 401}) {
		t.Errorf("before: %v", got)
	}
	if want := []string{h.app.ID, h.app.ID, public.ID + " 203.0.113.7", public.ID + " 203.0.113.8", h.app.ID}; !slices.Equal(counted, want) {
		t.Errorf("counted %q, want %q", counted, want)
	}
	blocked = true
	if got := statuses(); !slices.Equal(got, []int{429, 429, 429, 429, 429, 401, 401}) {
		t.Errorf("after: %v", got)
	}
}
