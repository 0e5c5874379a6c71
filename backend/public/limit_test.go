package public

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store/storetest"
)

// passes is how many of n requests in one moment are let through.
func passes(n int, take func() (time.Duration, bool)) (let int, wait time.Duration) {
	for range n {
		if w, blocked := take(); blocked {
			wait = w
		} else {
			let++
		}
	}
	return let, wait
}

func TestLimits(t *testing.T) {
	clock := storetest.NewClock()
	l, err := NewLimits(clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	a, b := from(idp.NetworkPublic, "203.0.113.7"), from(idp.NetworkPublic, "203.0.113.8")
	visits := func(c class, v idp.Visitor) func() (time.Duration, bool) {
		return func() (time.Duration, bool) { return l.visit(c, v) }
	}
	for _, c := range []struct {
		name   string
		take   func() (time.Duration, bool)
		let    int
		refill time.Duration
	}{
		{"pages", visits(classPage, a), 120, time.Second / 2},
		{"pages of another source", visits(classPage, b), 120, time.Second / 2},
		{"pages in the tailnet", visits(classPage, from(idp.NetworkTailnet, "203.0.113.7")), 120, time.Second / 2},
		{"pages in the trial", visits(classPage, from(idp.NetworkLocal, "203.0.113.7")), 120, time.Second / 2},
		{"passkeys", visits(classFinish, a), 20, 3 * time.Second},
		{"probes", visits(classProbe, a), 60, time.Second},
		{"pushed requests", visits(classPush, a), 60, time.Second},
		{"device codes", visits(classCode, a), 10, 6 * time.Second},
		{"wrong codes", func() (time.Duration, bool) { return l.take(bucketKey{classWrong, a.Network, a.SourceKey()}) }, 10, 6 * time.Minute},
		{"failed clients", func() (time.Duration, bool) { return l.FailedClient(a.SourceKey()) }, 10, 6 * time.Second},
		{"failed clients of another source", func() (time.Duration, bool) { return l.FailedClient(b.SourceKey()) }, 10, 6 * time.Second},
		{"a client", func() (time.Duration, bool) { return l.Client("app_a") }, 3000, 20 * time.Millisecond},
		{"another client", func() (time.Duration, bool) { return l.Client("app_b") }, 3000, 20 * time.Millisecond},
	} {
		let, wait := passes(c.let+5, c.take)
		if let != c.let || wait <= 0 || wait > c.refill {
			t.Errorf("%s: %d let through, then wait %s; want %d and at most %s", c.name, let, wait, c.let, c.refill)
		}
		clock.Advance(2 * c.refill)
		if let, _ := passes(5, c.take); let != 2 {
			t.Errorf("%s: %d let through after two refills, want 2", c.name, let)
		}
	}
	for _, c := range []class{classFree, classApp} {
		if let, _ := passes(5000, visits(c, a)); let != 5000 {
			t.Errorf("%s: %d let through, want all", c, let)
		}
	}
}

// TestWrongCode: wrong codes shut out whoever types them, for right codes too; looking takes nothing (DV-05). Many who guess at once get one try each, and shut out nobody else.
func TestWrongCode(t *testing.T) {
	clock := storetest.NewClock()
	l, err := NewLimits(clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	a, b, inside := from(idp.NetworkPublic, "203.0.113.7"), from(idp.NetworkPublic, "203.0.113.8"), from(idp.NetworkTailnet, "100.64.0.1")
	for range 1000 {
		if l.WrongCode(a, false) {
			t.Fatal("looking took something")
		}
	}
	for i := range 10 {
		if blocked := l.WrongCode(a, true); blocked != (i == 9) {
			t.Errorf("wrong code %d: blocked %v", i+1, blocked)
		}
	}
	if !l.WrongCode(a, false) || l.WrongCode(b, false) {
		t.Error("want this source blocked and no other")
	}
	clock.Advance(6 * time.Minute)
	if l.WrongCode(a, false) {
		t.Error("blocked after the wait")
	}
	for i := range 600 {
		l.WrongCode(from(idp.NetworkPublic, fmt.Sprintf("198.51.%d.%d", i/250, i%250+1)), true)
	}
	if l.WrongCode(b, false) || l.WrongCode(inside, false) {
		t.Error("who has typed no wrong code is blocked by others")
	}
	if !l.WrongCode(b, true) || l.WrongCode(inside, true) {
		t.Error("want the first wrong code to be too many in this network, and in no other")
	}
	clock.Advance(6 * time.Minute)
	if l.WrongCode(b, false) {
		t.Error("blocked after the wait")
	}
}

// TestHousehold: all addresses of one IPv6 /64 are one source (DS-07); tailnet addresses are each their own.
func TestHousehold(t *testing.T) {
	clock := storetest.NewClock()
	l, err := NewLimits(clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	at := func(network idp.Network, prefix string) int {
		let := 0
		for i := range 100 {
			if _, blocked := l.visit(classFinish, from(network, fmt.Sprintf("%s%x", prefix, i+1))); !blocked {
				let++
			}
		}
		return let
	}
	if n := at(idp.NetworkPublic, "2001:db8:1:2::"); n != 20 {
		t.Errorf("%d of one /64 let through, want 20", n)
	}
	if n := at(idp.NetworkPublic, "2001:db8:1:3::"); n != 20 {
		t.Errorf("%d of the next /64 let through, want 20", n)
	}
	if n := at(idp.NetworkTailnet, "fd7a:115c:a1e0::"); n != 100 {
		t.Errorf("%d of the tailnet let through, want 100", n)
	}
}

// TestFlood: a million sources take bounded memory and hold up nobody else (DS-06).
func TestFlood(t *testing.T) {
	clock := storetest.NewClock()
	l, err := NewLimits(clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1_000_000 {
		v := idp.Visitor{Network: idp.NetworkPublic, Source: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})}
		if _, blocked := l.visit(classFinish, v); blocked {
			t.Fatal("a first visit was refused")
		}
	}
	if n := l.buckets.Len(); n != bucketsAtMost {
		t.Fatalf("%d buckets, want %d", n, bucketsAtMost)
	}
	if let, _ := passes(25, func() (time.Duration, bool) { return l.visit(classFinish, from(idp.NetworkPublic, "203.0.113.7")) }); let != 20 {
		t.Fatalf("%d let through, want 20", let)
	}
}

// TestTooMany: what people and apps get, and that neither headers nor spelling change the source (SE-06, SE-07).
func TestTooMany(t *testing.T) {
	h := full(t, tailnetPin)
	lies := func(i int) func(*http.Request) {
		return func(r *http.Request) {
			for _, name := range []string{"X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "Tailscale-User-Login"} {
				r.Header.Set(name, fmt.Sprintf("192.0.2.%d", i))
			}
		}
	}
	for i := range 120 {
		h.want(h.ask("GET", "/sign-in", lies(i)), http.StatusOK)
	}
	res := h.ask("GET", "/sign-in", lies(121))
	h.want(res, http.StatusTooManyRequests)
	if res.Header.Get("Retry-After") != "1" || res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%v", res.Header)
	}
	for range 60 {
		h.want(h.ask("GET", "/healthz"), http.StatusNoContent)
	}
	res = h.ask("GET", "/healthz")
	h.want(res, http.StatusTooManyRequests)
	if got := read(t, res); res.Header.Get("Retry-After") != "1" || got != `{"error":"temporarily_unavailable","error_description":"`+idp.Text("public.too_many").String()+`"}` {
		t.Errorf("%v %s", res.Header, got)
	}
	for range 20 {
		h.want(h.ask("POST", "/sign-in/passkey", header("Content-Type", "application/json"), body("nothing")), http.StatusBadRequest)
	}
	res = h.ask("POST", "/sign-in/passkey", header("Content-Type", "application/json"), body("nothing"))
	h.want(res, http.StatusTooManyRequests)
	if res.Header.Get("Retry-After") != "3" || res.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%v", res.Header)
	}
	h.want(h.ask("GET", "/.well-known/jwks.json"), http.StatusOK)
	h.visitor = from(idp.NetworkTailnet, "100.64.0.7")
	h.want(h.ask("GET", "/sign-in"), http.StatusOK)
	if log := h.log.String(); log != "" {
		t.Errorf("a visitor who asks too often is logged: %s", log)
	}
}

// TestNoVisitor: where nobody says who asks, credentials are refused and documents are served (DS-08).
func TestNoVisitor(t *testing.T) {
	h := full(t, tailnetPin)
	h.visitor = idp.Visitor{}
	for path, status := range map[string]int{"/sign-in/passkey": 503, "/api/oidc/token": 503, "/account/passkeys": 503, "/account/step-up": 503, "/invite/abc/passkey": 503} {
		res := h.ask("POST", path, header("Content-Type", "application/json"))
		if res.StatusCode != status || res.Header.Get("Retry-After") != "10" {
			t.Errorf("%s: %d %q", path, res.StatusCode, res.Header.Get("Retry-After"))
		}
	}
	h.want(h.ask("GET", "/.well-known/openid-configuration"), http.StatusOK)
	h.want(h.ask("GET", "/.well-known/jwks.json"), http.StatusOK)
}
