//go:build tailnet

package e2e

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/control"
	"hearthkey/backend/idp"
	"hearthkey/backend/tunnel/tunneltest"
)

// way is what was last measured of a network.
func way(s admin.Status, n idp.Network) idp.Reach {
	return s.Reach[slices.IndexFunc(s.Reach, func(r idp.Reach) bool { return r.Network == n })]
}

// TestTruth takes away one part of the way from the internet after another: what is told follows from looks alone, the watchdog acts, and each part that comes back is seen.
func TestTruth(t *testing.T) {
	c := tunneltest.Start(t, tunneltest.Options{Login: true})
	d := online(t, c)
	check := func(what, state, problem string) admin.Status {
		t.Helper()
		s := do[admin.Status](t, d.dir, "reach", "check")
		if s.State != state || !strings.Contains(s.Problem, problem) {
			t.Errorf("%s: %s, %q; want %s, %q", what, s.State, s.Problem, state, problem)
		}
		return s
	}
	s := check("all is well", admin.StatePublic, "")
	for _, n := range []idp.Network{idp.NetworkTailnet, idp.NetworkPublic} {
		if w := way(s, n); w.State != idp.ReachUp || w.Took <= 0 || w.CheckedAt == 0 {
			t.Errorf("%s is %+v", n, w)
		}
	}

	c.SetNames(false)
	check("the name has gone", admin.StateAttention, "do not know "+c.FQDN("id"))
	c.SetNames(true)
	until(t, d.dir, "the name is back", func(s admin.Status) bool { return s.State == admin.StatePublic })

	c.SetControl(false)
	check("control has gone, and visitors get in all the same", admin.StatePublic, "")
	c.SetControl(true)
	check("control is back", admin.StatePublic, "")

	c.SetRelay(false)
	check("the relay has gone, and visitors get in by the way that the nodes have found", admin.StatePublic, "")
	c.SetRelay(true)
	check("the relay is back", admin.StatePublic, "")

	c.SetEdge(false)
	s = check("the edge has gone", admin.StateAttention, "does not pass them on")
	if w := way(s, idp.NetworkTailnet); w.State != idp.ReachUp {
		t.Errorf("without the edge the tailnet is %+v", w)
	}
	if said := command(t, d.dir, "status").stdout; !strings.Contains(said, "nobody gets in") || !strings.Contains(said, "Last 30 days:") {
		t.Errorf("status says:\n%s", said)
	}
	until(t, d.dir, "the watchdog lets it listen anew", func(admin.Status) bool { return len(events(t, d, idp.EventTunnelRelisten)) > 0 })
	until(t, d.dir, "the outage is told", func(admin.Status) bool { return told(t, d, admin.StateAttention) })
	c.SetEdge(true)
	until(t, d.dir, "the edge is back", func(s admin.Status) bool { return s.State == admin.StatePublic })
	served(t, c)

	do[any](t, d.dir, "tailnet", "funnel", "off")
	s = until(t, d.dir, "it serves the tailnet alone", func(s admin.Status) bool { return s.State == admin.StateTailnet })
	if w := way(s, idp.NetworkPublic); w.State != idp.ReachOff {
		t.Errorf("without Funnel the internet is %+v", w)
	}
	h := do[admin.ReachHistory](t, d.dir, "reach", "history")
	for _, w := range h.Ways {
		if w.Network == idp.NetworkPublic && w.Outages < 2 {
			t.Errorf("the history of the internet is %+v", w.ReachSum)
		}
	}
	if len(h.Ways) != 2 {
		t.Errorf("the history tells of %d ways", len(h.Ways))
	}
}

// told says whether the activity log tells of a state.
func told(t *testing.T, d *daemon, state string) bool {
	return slices.ContainsFunc(events(t, d, idp.EventReachChanged), func(r admin.ActivityRow) bool { return r.Event.Reason == state })
}

// served fails the test unless a visitor from the internet is.
func served(t *testing.T, c *tunneltest.Cloud) {
	t.Helper()
	res, err := c.Visitor(netip.AddrPort{}).Get("https://" + c.FQDN("id") + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("a visitor gets %s", res.Status)
	}
}

// TestSuspended stops the whole process as a sleep does, 15 seconds or as long as HEARTHKEY_SUSPEND says: nothing that was measured before is told as known afterwards, and people get in again.
func TestSuspended(t *testing.T) {
	length, err := time.ParseDuration(cmp.Or(os.Getenv("HEARTHKEY_SUSPEND"), "15s"))
	if err != nil {
		t.Fatal(err)
	}
	c := tunneltest.Start(t, tunneltest.Options{Login: true})
	d := online(t, c)
	client, err := control.Dial(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	before := do[admin.Status](t, d.dir, "status")

	if err := d.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(length) // the fault itself
	woke := idp.SystemClock()
	if err := d.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	truthful := func(s admin.Status) bool {
		if w := way(s, idp.NetworkPublic); s.State == admin.StatePublic && w.CheckedAt < woke {
			t.Errorf("told as open by a look of %s before it woke: %+v", woke.Sub(w.CheckedAt), w)
		}
		return s.State == admin.StatePublic
	}
	s, err := client.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	truthful(s)
	s = until(t, d.dir, "people get in again", truthful)
	served(t, c)
	if w := way(s, idp.NetworkPublic); w.Since == way(before, idp.NetworkPublic).Since {
		t.Error("open since before the sleep")
	}
	h := do[admin.ReachHistory](t, d.dir, "reach", "history")
	for _, w := range h.Ways {
		if gap := time.Duration(idp.SystemClock().Sub(s.StartedAt).Seconds()-float64(w.Up+w.Down)) * time.Second; gap < length-2*time.Second {
			t.Errorf("%s: of the %s asleep only %s are missing from the history", w.Network, length, gap)
		}
	}
}
