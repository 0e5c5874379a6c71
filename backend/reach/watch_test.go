package reach

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// lookout is a Watch of a Funnel name in a world of its own.
type lookout struct {
	*Watch
	t       *testing.T
	world   *world
	store   *store.Store
	ahead   atomic.Int64 // of the machine's clock, in milliseconds
	mends   chan mend
	changed chan struct{}
	stop    func()

	mu      sync.Mutex
	subject Subject
}

func newLookout(t *testing.T) *lookout {
	t.Helper()
	l := &lookout{t: t, world: newWorld(t), mends: make(chan mend, 10), changed: make(chan struct{}, 1)}
	var err error
	if l.store, err = store.Open(t.Context(), filepath.Join(t.TempDir(), store.FileName)); err != nil {
		t.Fatal(err)
	}
	l.subject = Subject{
		Pin: idp.OnTailnet(idp.ModeFunnel, host, 1), Tunnel: idp.Tunnel{State: idp.TunnelOnline}, Nonce: func() string { return "nonce" },
		DialSelf: func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", l.world.Port))
		},
	}
	l.Watch = New(Config{
		Subject: func() Subject { l.mu.Lock(); defer l.mu.Unlock(); return l.subject },
		Changed: func() {
			select {
			case l.changed <- struct{}{}:
			default:
			}
		},
		Relisten: func() { l.mends <- mendRelisten }, Rebuild: func() { l.mends <- mendRebuild },
		Store: l.store, Log: slog.New(slog.DiscardHandler), Internet: l.world.Internet,
		Clock: func() idp.Time { return idp.SystemClock() + idp.Time(l.ahead.Load()) },
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { l.Run(ctx) })
	l.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(func() { l.stop(); _ = l.store.Close() })
	return l
}

// until waits for the ways of the tailnet and the internet to stand so.
func (l *lookout) until(tailnet, public idp.ReachState) []idp.Reach {
	l.t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		ways := l.Ways()
		if ways[1].State == tailnet && ways[2].State == public {
			return ways
		}
		select {
		case <-l.changed:
		case <-deadline:
			l.t.Fatalf("never %s and %s: %+v", tailnet, public, ways)
		}
	}
}

// A look is what makes a way open or closed; one that fails is repeated before it counts, and the watchdog follows.
func TestWatch(t *testing.T) {
	l := newLookout(t)
	ways := l.until(idp.ReachUp, idp.ReachUp)
	if ways[0].State != idp.ReachOff || ways[2].Took == 0 || ways[2].CheckedAt == 0 || ways[2].Since == 0 || ways[2].Problem != "" {
		t.Errorf("open: %+v", ways)
	}
	l.world.set(func() { l.world.a = nil })
	if err := l.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	ways = l.Ways()
	if ways[1].State != idp.ReachUp || ways[2].State != idp.ReachDown || ways[2].Problem != idp.Text("reach.funnel_no_name", "host", host).String() {
		t.Errorf("without a name: %+v", ways)
	}
	if m := <-l.mends; m != mendRelisten {
		t.Errorf("the watchdog begins with %d", m)
	}
	l.world.set(func() { l.world.a = []string{"127.0.0.1"} })
	l.Nudge()
	l.until(idp.ReachUp, idp.ReachUp)

	l.stop()
	spans, err := l.store.ReachSpans(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var public []store.ReachSpan
	for _, s := range spans {
		if s.Network == idp.NetworkPublic {
			public = append(public, s)
		}
	}
	if len(public) != 3 || public[0].State != idp.ReachUp || public[1].State != idp.ReachDown || public[1].Reason != "reach.funnel_no_name" || public[2].State != idp.ReachUp ||
		public[0].Until != public[1].From || public[1].Until != public[2].From {
		t.Errorf("the history is %+v", public)
	}
	if err := l.Look(t.Context()); err != nil {
		t.Errorf("a look after the end answers %v", err)
	}
}

// What was measured before a sleep, or before the clock was set, is unknown at once, even to who asks before this process has noticed; and the time asleep is in no span.
func TestNothingIsKnownAfterASleep(t *testing.T) {
	for what, jump := range map[string]time.Duration{"a sleep": 90 * time.Second, "a clock set back": -time.Hour} {
		t.Run(what, func(t *testing.T) {
			l := newLookout(t)
			before := l.until(idp.ReachUp, idp.ReachUp)
			l.world.set(func() { l.world.silent = true })
			l.ahead.Store(jump.Milliseconds())
			if ways := l.Ways(); ways[1].State != idp.ReachUnknown || ways[2].State != idp.ReachUnknown || ways[2].CheckedAt != before[2].CheckedAt || ways[2].Problem != "" {
				t.Errorf("just awake: %+v", ways)
			}
			l.until(idp.ReachUp, idp.ReachUnknown) // nobody can be asked for the name yet
			l.world.set(func() { l.world.silent = false })
			after := l.until(idp.ReachUp, idp.ReachUp)
			l.stop()
			spans, err := l.store.ReachSpans(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			measured := time.Duration(0)
			for _, s := range spans {
				if s.Network == idp.NetworkTailnet {
					measured += s.Until.Sub(s.From)
				}
			}
			if len(spans) != 4 || measured >= 80*time.Second {
				t.Errorf("%s of %+v", measured, spans)
			}
			if after[2].Since == before[2].Since {
				t.Error("open since before")
			}
		})
	}
}

// A node that does not listen lets nobody in, and one that is coming up tells nothing yet: neither is looked at.
func TestClosedNodeIsNotLookedAt(t *testing.T) {
	l := newLookout(t)
	l.until(idp.ReachUp, idp.ReachUp)
	as := func(s idp.TunnelState) {
		l.mu.Lock()
		l.subject.Tunnel.State = s
		l.mu.Unlock()
		l.Nudge()
	}
	as(idp.TunnelStarting)
	if ways := l.until(idp.ReachUnknown, idp.ReachUnknown); ways[2].Problem != "" {
		t.Errorf("starting: %+v", ways)
	}
	as(idp.TunnelKeyExpired)
	if ways := l.until(idp.ReachDown, idp.ReachDown); ways[2].Problem == "" {
		t.Errorf("expired: %+v", ways)
	}
	as(idp.TunnelOnline)
	l.until(idp.ReachUp, idp.ReachUp)
}

// Many routers keep a home from its own public address, so a name of the owner's own that never answered is unknown, not closed.
func TestOwnDomainFromInside(t *testing.T) {
	l := newLookout(t)
	l.mu.Lock()
	l.subject.Pin.Mode, l.subject.Pin.Issuer = idp.ModeDomain, "https://other.example"
	l.mu.Unlock()
	l.world.set(func() { l.world.a = []string{"127.0.0.9"} })
	l.Nudge()
	ways := l.until(idp.ReachOff, idp.ReachUnknown)
	if ways[2].Problem == "" {
		t.Errorf("nothing is said: %+v", ways)
	}
}

// One lost packet is no news: a way that was open is looked at twice before it counts as closed.
func TestOneFailedLookIsNoNews(t *testing.T) {
	l := newLookout(t)
	l.until(idp.ReachUp, idp.ReachUp)
	failures := 1
	l.world.set(func() {
		l.world.answer = func(nonce string) string {
			if failures > 0 {
				failures--
				return "lost"
			}
			return nonce
		}
	})
	if err := l.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.stop()
	spans, err := l.store.ReachSpans(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range spans {
		if s.State != idp.ReachUp {
			t.Errorf("the history has %+v", s)
		}
	}
	if failures != 0 || len(spans) != 2 {
		t.Errorf("%d failures left, %d spans", failures, len(spans))
	}
}
