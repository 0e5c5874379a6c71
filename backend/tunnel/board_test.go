package tunnel

import (
	"context"
	"testing"
	"time"

	"hearthkey/backend/idp"
)

func TestBoard(t *testing.T) {
	var b board
	b.publish(idp.Tunnel{State: idp.TunnelOff})
	ctx, cancel := context.WithCancel(t.Context())
	slow := b.subscribe(ctx)
	for _, s := range []idp.TunnelState{idp.TunnelStarting, idp.TunnelNeedsName, idp.TunnelOnline} {
		b.publish(idp.Tunnel{State: s})
	}
	if s := <-slow; s.State != idp.TunnelOnline {
		t.Errorf("a slow reader sees %s, want the newest", s.State)
	}
	b.publish(idp.Tunnel{State: idp.TunnelOnline})
	select {
	case s := <-slow:
		t.Errorf("told of no change: %+v", s)
	default:
	}
	cancel()
	if _, open := <-slow; open {
		t.Error("the channel is open after its context ended")
	}
	b.publish(idp.Tunnel{State: idp.TunnelOff}) // nobody reads
}

func TestBackoff(t *testing.T) {
	var b backoff
	if !b.over() {
		t.Error("waits before any failure")
	}
	b.failed(growing, idp.Text("tunnel.not_served"))
	first := b.until
	if b.over() || b.failures != 1 {
		t.Errorf("after a failure: %+v", b)
	}
	b.failed(growing, idp.Text("tunnel.not_served"))
	if !b.until.After(first) || b.failures != 2 {
		t.Errorf("after another: %+v", b)
	}
	b.until = time.Now().Add(-forgiven - time.Second)
	if b.failed(growing, idp.Text("tunnel.not_served")); b.failures != 1 {
		t.Errorf("a failure long after counts as number %d", b.failures)
	}
	for n, want := range map[int]time.Duration{0: time.Second, 1: 2 * time.Second, 8: 256 * time.Second, 9: 5 * time.Minute, 1000: 5 * time.Minute} {
		if got := growing(n); got != want {
			t.Errorf("after %d failures wait %v, want %v", n, got, want)
		}
	}
}
