package oidc_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/outgoing"
	"hearthkey/backend/store"

	"github.com/go-jose/go-jose/v4"
)

// receiver is an app's back-channel logout endpoint. What arrives goes to tokens; answer, if any, answers.
type receiver struct {
	*httptest.Server
	tokens chan string
	answer atomic.Pointer[http.HandlerFunc]
}

func newReceiver(t testing.TB, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{tokens: make(chan string, 1000)}
	r.then(answer)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw, err := io.ReadAll(req.Body)
		form, err2 := url.ParseQuery(string(raw))
		if err != nil || err2 != nil || req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(form) != 1 || len(form["logout_token"]) != 1 || req.URL.RawQuery != "app=1" {
			t.Errorf("%s %s %v %q", req.Method, req.URL, req.Header, raw)
		}
		then := r.answer.Load()
		r.tokens <- form.Get("logout_token")
		if *then != nil {
			(*then)(w, req)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// then has it answer otherwise from now on.
func (r *receiver) then(answer http.HandlerFunc) { r.answer.Store(&answer) }

func (r *receiver) uri() string { return r.URL + "/logout?app=1" }

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = io.WriteString(w, body) }
}

// hang answers never: it waits until the client has gone.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// next is the next token that arrives.
func (r *receiver) next(t testing.TB) string {
	t.Helper()
	select {
	case token := <-r.tokens:
		return token
	case <-time.After(20 * time.Second):
		t.Fatal("nothing arrived")
		return ""
	}
}

// logoutHome is a home with a pinned issuer.
func logoutHome(t testing.TB) *home {
	h := newHome(t)
	h.write(func(tx *store.Tx) error {
		return tx.SetPin(idp.Pin{Mode: idp.ModeTrial, Issuer: h.issuer, HostName: "localhost"})
	})
	return h
}

// told adds an app that is told of sign-outs, and signs the person in to it within the session.
func (h *home) told(name, uri string, s idp.Session, change ...func(*idp.Client)) idp.Client {
	h.Helper()
	c := idp.Client{Name: name, BackchannelLogoutURI: uri}
	for _, f := range change {
		f(&c)
	}
	c, _ = h.addApp(c)
	h.codeFor(s, c.ID)
	return c
}

// logouts is a worker by this outgoing client; it runs until the function that is given back is called, or the test ends.
func (h *home) logouts(c outgoing.Config) (stop func()) {
	h.Helper()
	l := oidc.NewLogouts(oidc.LogoutsConfig{Store: h.store, Keys: h.keys, Client: outgoing.New(c), Clock: h.now, Log: h.logger()})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); l.Run(ctx) }()
	stop = func() { cancel(); <-ended }
	h.Cleanup(stop)
	return stop
}

func (h *home) signOut(sessions ...idp.Session) {
	h.Helper()
	for _, s := range sessions {
		h.write(func(tx *store.Tx) error { _, err := tx.EndSession(s.ID, idp.EndSignedOut, h.now()); return err })
	}
}

// logoutEvents waits until there are n events of deliveries, and lists them, oldest first.
func (h *home) logoutEvents(n int) []idp.Event {
	h.Helper()
	var out []idp.Event
	h.until(func() bool {
		events, err := h.store.Events(context.Background(), store.EventQuery{Text: "logout_"})
		if err != nil {
			h.Fatal(err)
		}
		slices.Reverse(events)
		out = events
		return len(out) >= n
	})
	if len(out) != n {
		h.Fatalf("%d events, want %d: %+v", len(out), n, out)
	}
	return out
}

// until waits for changes of the store until one makes ok true.
func (h *home) until(ok func() bool) {
	h.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for number := int64(0); !ok(); {
		if ctx.Err() != nil {
			h.Fatalf("it never came to that\n%s", h.log.String())
		}
		number = h.store.WaitForChange(ctx, number)
	}
}

// queue is every delivery that waits, in the order of their times.
func (h *home) queue() []idp.LogoutDelivery {
	h.Helper()
	due, _, err := h.store.DueLogouts(context.Background(), h.now().Add(idp.Day), 1000)
	if err != nil {
		h.Fatal(err)
	}
	return due
}

// verifyLogout checks a logout token as an app does, by the published keys and code that is not the provider's (OIDC Back-Channel Logout §2.6).
func (h *home) verifyLogout(token, algorithm string) (claims map[string]any) {
	h.Helper()
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
	if err != nil {
		h.Fatalf("%s: %v", token, err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(h.get(oidc.PathJWKS).raw), &set); err != nil {
		h.Fatal(err)
	}
	header := signed.Signatures[0].Protected
	found := set.Key(header.KeyID)
	if len(found) != 1 || header.KeyID == "" || header.ExtraHeaders["typ"] != "logout+jwt" {
		h.Fatalf("header %+v", header)
	}
	payload, err := signed.Verify(found[0])
	if err != nil {
		h.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		h.Fatal(err)
	}
	return claims
}

func TestLogoutToken(t *testing.T) { // LO-07
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		h := logoutHome(t)
		r := newReceiver(t, nil)
		c := h.told("Notes", r.uri(), h.session, func(c *idp.Client) { c.IDTokenAlgorithm = algorithm })
		h.told("Silent", "", h.session) // it wants to be told of nothing
		h.logouts(outgoing.Config{})
		h.pass(7 * time.Second)
		h.signOut(h.session)
		claims := h.verifyLogout(r.next(t), algorithm)
		now := float64(h.now().Unix())
		jti, _ := claims["jti"].(string)
		events, _ := json.Marshal(claims["events"])
		if claims["iss"] != h.issuer || claims["aud"] != c.ID || claims["sub"] != h.ann.ID || claims["sid"] != h.session.ID || claims["iat"] != now || claims["exp"] != now+120 || len(jti) < 20 ||
			string(events) != `{"http://schemas.openid.net/event/backchannel-logout":{}}` || len(claims) != 8 {
			t.Errorf("%s: claims %v", algorithm, claims)
		}
		e := h.logoutEvents(1)[0]
		if e.Kind != idp.EventLogoutDelivered || e.Reason != "" || e.UserID != h.ann.ID || e.ClientID != c.ID || e.ObjectID != h.session.ID || e.Actor != idp.ActorSystem || e.Detail["app"] != "Notes" || e.Detail["user"] != "ANN" || e.Detail["to"] != r.uri() {
			t.Errorf("event %+v", e)
		}
		if len(h.queue()) != 0 || len(r.tokens) != 0 {
			t.Error("it goes on")
		}
	}
}

// TestLogoutTokenIsNoHint sends it back where an ID token belongs (JW-08).
func TestLogoutTokenIsNoHint(t *testing.T) {
	h := logoutHome(t)
	r := newReceiver(t, nil)
	h.told("Notes", r.uri(), h.session)
	h.logouts(outgoing.Config{})
	h.signOut(h.session)
	e, err := h.provider.ParseEndSession(context.Background(), url.Values{"id_token_hint": {r.next(t)}})
	if err != nil || e.HintVerified || e.HintSessionID != "" {
		t.Errorf("%+v %v", e, err)
	}
}

func TestLogoutAnswers(t *testing.T) {
	type want struct {
		name, body  string
		status      int
		reason, why string // "" when delivered
		again       bool   // it says nothing before it has given up
	}
	h, wants, again := logoutHome(t), map[string]want{}, 0
	for _, tt := range []want{
		{"200", "", 200, "", "", false},
		{"204", "", 204, "", "", false},
		{"200 with a page", "<html>", 200, "", "", false},
		{"400", `{"error":"invalid_request","error_description":"no such\u001b[31m session"}`, 400, "answered_400", "Notes was told and refused: invalid_request no such [31m session. Its own log may say why.", false},
		{"400, silent", "", 400, "answered_400", "Notes was told and refused: 400. Its own log may say why.", false},
		{"302", "", 302, "", "", true}, {"401", "", 401, "", "", true}, {"404", "", 404, "", "", true}, {"429", "", 429, "", "", true},
		{"500", "", 500, "", "", true}, {"503", "", 503, "", "", true}, {"202", "", 202, "", "", true},
		{"65 KB", strings.Repeat("x", 65<<10), 200, "", "", true},
	} {
		c := h.told("Notes", newReceiver(t, answering(tt.status, tt.body)).uri(), h.session)
		wants[c.ID] = tt
		if tt.again {
			again++
		}
	}
	h.logouts(outgoing.Config{})
	h.signOut(h.session)
	h.until(func() bool {
		q := h.queue()
		return len(q) == again && !slices.ContainsFunc(q, func(d idp.LogoutDelivery) bool { return d.Attempts != 1 || !wants[d.ClientID].again })
	})
	for _, e := range h.logoutEvents(len(wants) - again) {
		want, kind := wants[e.ClientID], idp.EventLogoutDelivered
		if want.reason != "" {
			kind = idp.EventLogoutFailed
		}
		if want.again || e.Kind != kind || e.Reason != want.reason || e.Detail["why"] != want.why {
			t.Errorf("%s: event %+v", want.name, e)
		}
	}
}

// TestLogoutRetries lets an app fail until it is given up.
func TestLogoutRetries(t *testing.T) {
	h := logoutHome(t)
	r := newReceiver(t, answering(500, ""))
	h.told("Notes", r.uri(), h.session)
	h.logouts(outgoing.Config{})
	h.signOut(h.session)
	seen := map[any]bool{}
	for i, wait := range []time.Duration{5 * time.Second, 25 * time.Second, 90 * time.Second, 8 * time.Minute} {
		seen[h.verifyLogout(r.next(t), "RS256")["jti"]] = true
		h.until(func() bool { q := h.queue(); return len(q) == 1 && q[0].Attempts == i+1 })
		if q := h.queue()[0]; q.DueAt != h.now().Add(wait) {
			t.Fatalf("after attempt %d the next is due in %v, want %v", i+1, q.DueAt.Sub(h.now()), wait)
		}
		h.pass(wait - time.Millisecond)
		h.store.Bump()
		if len(r.tokens) != 0 {
			t.Fatal("too early")
		}
		h.pass(time.Millisecond)
		h.store.Bump()
	}
	claims := h.verifyLogout(r.next(t), "RS256")
	if seen[claims["jti"]] = true; len(seen) != 5 || claims["iat"] != float64(h.now().Unix()) {
		t.Errorf("%d different tokens in 5 attempts, the last of %v", len(seen), claims["iat"])
	}
	e := h.logoutEvents(1)[0]
	if e.Kind != idp.EventLogoutFailed || e.Reason != "answered_500" || e.ObjectID != h.session.ID || !strings.Contains(e.Detail["why"], "500") {
		t.Errorf("event %+v", e)
	}
	h.pass(idp.Day)
	h.store.Bump()
	if len(h.queue()) != 0 || len(r.tokens) != 0 {
		t.Error("it was not given up")
	}
}

func TestLogoutComesRoundInTheEnd(t *testing.T) {
	h := logoutHome(t)
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }) // a reset
	h.told("Notes", r.uri(), h.session)
	h.logouts(outgoing.Config{})
	h.signOut(h.session)
	r.next(t)
	h.until(func() bool { q := h.queue(); return len(q) == 1 && q[0].Attempts == 1 })
	r.then(nil)
	h.pass(5 * time.Second)
	h.store.Bump()
	r.next(t)
	if e := h.logoutEvents(1)[0]; e.Kind != idp.EventLogoutDelivered {
		t.Errorf("event %+v", e)
	}
}

// TestLogoutHang has one app that answers never, with many sessions of its own, and ten that answer (LO-08).
func TestLogoutHang(t *testing.T) {
	h := logoutHome(t)
	stuck := newReceiver(t, hang)
	slow := h.told("Stuck", stuck.uri(), h.session)
	sessions := []idp.Session{h.session}
	for range 300 {
		s := h.signIn(h.ann)
		h.codeFor(s, slow.ID)
		sessions = append(sessions, s)
	}
	var others []*receiver
	for i := range 10 {
		r := newReceiver(t, nil)
		h.told("App "+strconv.Itoa(i), r.uri(), h.session)
		others = append(others, r)
	}
	slices.Reverse(sessions) // those of the stuck app come first
	h.signOut(sessions...)
	stop := h.logouts(outgoing.Config{Patience: time.Hour})
	for _, r := range others {
		r.next(t)
	}
	for _, e := range h.logoutEvents(10) {
		if e.Kind != idp.EventLogoutDelivered || e.ClientID == slow.ID {
			t.Errorf("event %+v", e)
		}
	}
	stop()
	if q := h.queue(); len(q) != 301 || q[0].Attempts != 0 {
		t.Errorf("%d wait, the first after %d attempts", len(q), q[0].Attempts)
	}
	if n := len(stuck.tokens); n > 4 {
		t.Errorf("%d at once for one app", n)
	}
}

// TestLogoutRestart stops in the middle of an attempt: it counts as none, and is made by the next run.
func TestLogoutRestart(t *testing.T) {
	h := logoutHome(t)
	r := newReceiver(t, hang)
	h.told("Notes", r.uri(), h.session)
	stop := h.logouts(outgoing.Config{})
	h.signOut(h.session)
	r.next(t)
	stop()
	if q := h.queue(); len(q) != 1 || q[0].Attempts != 0 {
		t.Fatalf("queue %+v", q)
	}
	r.then(nil)
	h.logouts(outgoing.Config{})
	r.next(t)
	h.logoutEvents(1)
}

// TestLogoutCrash loses the store between an app's answer and the note of it. The app is told again.
func TestLogoutCrash(t *testing.T) {
	h := logoutHome(t)
	before := h.issuer
	r := newReceiver(t, nil)
	lost := h.store
	r.then(func(w http.ResponseWriter, _ *http.Request) {
		_ = lost.Close()
		w.WriteHeader(http.StatusOK)
	})
	h.told("Notes", r.uri(), h.session)
	stop := h.logouts(outgoing.Config{})
	h.signOut(h.session)
	r.next(t)
	stop()
	r.then(nil)
	h.open()
	if q := h.queue(); len(q) != 1 || q[0].Attempts != 0 {
		t.Fatalf("queue %+v", q)
	}
	h.logouts(outgoing.Config{})
	if claims := h.verifyLogout(r.next(t), "RS256"); claims["sid"] != h.session.ID || claims["iss"] != before {
		t.Errorf("claims %v", claims)
	}
	h.logoutEvents(1)
}

// TestLogoutMeanwhile changes what a delivery is about before it is made.
func TestLogoutMeanwhile(t *testing.T) {
	for _, tt := range []struct {
		name, event string // "" for none
		change      func(h *home, c idp.Client)
		delivered   bool
	}{
		{"app disabled", "logout_failed app_disabled", func(h *home, c idp.Client) { c.DisabledAt = h.now(); h.write(updateClient(c)) }, false},
		{"address gone", "logout_failed no_address", func(h *home, c idp.Client) { c.BackchannelLogoutURI = ""; h.write(updateClient(c)) }, false},
		{"app deleted", "", func(h *home, c idp.Client) { h.write(func(tx *store.Tx) error { return tx.DeleteClient(c.ID) }) }, false},
		{"issuer changed", "", func(h *home, _ idp.Client) {
			h.write(func(tx *store.Tx) error { return tx.RevokeEverySession(h.now()) })
		}, false},
		{"person deleted", "logout_delivered", func(h *home, _ idp.Client) {
			h.write(func(tx *store.Tx) error { return tx.DeleteUser(h.ann.ID, h.now()) })
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := logoutHome(t)
			r, last := newReceiver(t, nil), newReceiver(t, nil)
			c := h.told("Notes", r.uri(), h.session)
			h.signOut(h.session)
			tt.change(h, c)
			h.logouts(outgoing.Config{})
			n := 0
			if tt.event != "" {
				n = 1
				if e := h.logoutEvents(1)[0]; strings.TrimSpace(e.Kind+" "+e.Reason) != tt.event || e.UserID != h.ann.ID {
					t.Errorf("event %+v, want %s", e, tt.event)
				}
			}
			bea := h.addUser("bea", "") // a later delivery, after which the first must be over
			s := h.signIn(bea)
			h.told("Last", last.uri(), s)
			h.signOut(s)
			last.next(t)
			h.logoutEvents(n + 1)
			if got := len(r.tokens) == 1; got != tt.delivered || len(h.queue()) != 0 {
				t.Errorf("delivered: %v, queue %+v", got, h.queue())
			}
			if tt.delivered {
				if claims := h.verifyLogout(r.next(t), "RS256"); claims["sub"] != h.ann.ID || claims["sid"] != h.session.ID {
					t.Errorf("claims %v", claims)
				}
			}
		})
	}
}

// TestLogoutInward holds a public name that leads into the home to the app's own setting.
func TestLogoutInward(t *testing.T) {
	for _, inward := range []bool{false, true} {
		h := logoutHome(t)
		r := newReceiver(t, nil)
		port := r.Listener.Addr().(*net.TCPAddr).Port
		h.told("Notes", "http://notes.example.com:"+strconv.Itoa(port)+"/logout?app=1", h.session, func(c *idp.Client) { c.BackchannelInward = inward })
		h.logouts(outgoing.Config{Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		}})
		h.signOut(h.session)
		if inward {
			r.next(t)
			h.logoutEvents(1)
			continue
		}
		for i := range 4 {
			h.until(func() bool { q := h.queue(); return len(q) == 1 && q[0].Attempts == i+1 })
			h.pass(10 * time.Minute)
			h.store.Bump()
		}
		if e := h.logoutEvents(1)[0]; e.Reason != "inward" || !strings.Contains(e.Detail["why"], "notes.example.com is a public name that leads to 127.0.0.1") || len(r.tokens) != 0 {
			t.Errorf("event %+v", e)
		}
	}
}

// TestLogoutTailnet reaches an app on the tailnet through the node.
func TestLogoutTailnet(t *testing.T) {
	h := logoutHome(t)
	r := newReceiver(t, nil)
	h.told("Notes", "http://notes.tail1234.ts.net:8080/logout?app=1", h.session)
	way := outgoing.Tailnet{
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("100.64.0.5")}, nil
		},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != "100.64.0.5:8080" {
				t.Errorf("dials %s", address)
			}
			return (&net.Dialer{}).DialContext(ctx, network, r.Listener.Addr().String())
		},
	}
	h.logouts(outgoing.Config{Tailnet: func() outgoing.Tailnet { return way }})
	h.signOut(h.session)
	h.verifyLogout(r.next(t), "RS256")
	h.logoutEvents(1)
}

// TestLogoutForgottenOnTheWay changes the issuer while an app is being told: the answer ends nothing any more, and no event says that it did.
func TestLogoutForgottenOnTheWay(t *testing.T) {
	h := logoutHome(t)
	r, last := newReceiver(t, nil), newReceiver(t, nil)
	r.then(func(http.ResponseWriter, *http.Request) {
		h.write(func(tx *store.Tx) error { return tx.RevokeEverySession(h.now()) })
	})
	c := h.told("Notes", r.uri(), h.session)
	h.logouts(outgoing.Config{})
	h.signOut(h.session)
	r.next(t)
	h.until(func() bool { return len(h.queue()) == 0 })
	s := h.signIn(h.ann)
	h.told("Last", last.uri(), s)
	h.codeFor(s, c.ID)
	r.then(nil)
	h.signOut(s)
	r.next(t)
	for _, e := range h.logoutEvents(2) {
		if e.ObjectID != s.ID {
			t.Errorf("event %+v", e)
		}
	}
}
