package admin

import (
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// The state follows from what was measured of the way that the mode is for, and from nothing else.
func TestStates(t *testing.T) {
	const said = "It does not answer."
	way := func(n idp.Network, s idp.ReachState, problem string) []idp.Reach {
		return []idp.Reach{{Network: n, State: s, Problem: problem}}
	}
	public := func(s idp.ReachState, problem string) []idp.Reach { return way(idp.NetworkPublic, s, problem) }
	tailnet := func(s idp.ReachState, problem string) []idp.Reach { return way(idp.NetworkTailnet, s, problem) }
	local := func(s idp.ReachState, problem string) []idp.Reach { return way(idp.NetworkLocal, s, problem) }
	for _, c := range []struct {
		what    string
		mode    idp.Mode
		tunnel  idp.TunnelState
		ways    []idp.Reach
		problem string
		want    string
	}{
		{"fresh", idp.ModeNone, idp.TunnelOff, nil, "", StateSetUp},
		{"trial that answers", idp.ModeTrial, idp.TunnelOff, local(idp.ReachUp, ""), "", StateTrial},
		{"trial that joins meanwhile", idp.ModeTrial, idp.TunnelNeedsLogin, local(idp.ReachUp, ""), "", StateTrial},
		{"trial not looked at", idp.ModeTrial, idp.TunnelOff, local(idp.ReachUnknown, ""), "", StateStarting},
		{"silent trial", idp.ModeTrial, idp.TunnelOff, local(idp.ReachDown, said), "", StateAttention},
		{"trial that nobody serves", idp.ModeTrial, idp.TunnelOff, local(idp.ReachOff, ""), "", StateStopped},
		{"public", idp.ModeFunnel, idp.TunnelOnline, public(idp.ReachUp, ""), "", StatePublic},
		{"public by settings alone", idp.ModeFunnel, idp.TunnelOnline, nil, "", StateStarting},
		{"tailnet measured, public not", idp.ModeFunnel, idp.TunnelOnline, append(tailnet(idp.ReachUp, ""), public(idp.ReachUnknown, "")...), "", StateStarting},
		{"public closed", idp.ModeFunnel, idp.TunnelOnline, append(tailnet(idp.ReachUp, ""), public(idp.ReachDown, said)...), "", StateAttention},
		{"nobody could be asked", idp.ModeFunnel, idp.TunnelOnline, public(idp.ReachUnknown, said), "", StateAttention},
		{"paused", idp.ModeFunnel, idp.TunnelOnline, public(idp.ReachPaused, ""), "", StatePaused},
		{"tailnet", idp.ModeTailnet, idp.TunnelOnline, tailnet(idp.ReachUp, ""), "", StateTailnet},
		{"tailnet closed", idp.ModeTailnet, idp.TunnelOnline, tailnet(idp.ReachDown, said), "", StateAttention},
		{"own domain", idp.ModeDomain, idp.TunnelOff, public(idp.ReachUp, ""), "", StatePublic},
		{"own domain that nobody serves", idp.ModeDomain, idp.TunnelOff, public(idp.ReachOff, ""), "", StateStopped},
		{"starting", idp.ModeFunnel, idp.TunnelStarting, public(idp.ReachUp, ""), "", StateStarting},
		{"fetching", idp.ModeFunnel, idp.TunnelFetchingCertificate, nil, "", StateStarting},
		{"start that gets no further", idp.ModeFunnel, idp.TunnelStarting, nil, "", StateAttention},
		{"certificate refused", idp.ModeFunnel, idp.TunnelFetchingCertificate, nil, "", StateAttention},
		{"off", idp.ModeFunnel, idp.TunnelOff, public(idp.ReachUp, ""), "", StateStopped},
		{"mismatch", idp.ModeFunnel, idp.TunnelNameMismatch, public(idp.ReachUp, ""), "", StateAttention},
		{"expired", idp.ModeFunnel, idp.TunnelKeyExpired, nil, "", StateAttention},
		{"degraded", idp.ModeFunnel, idp.TunnelDegraded, public(idp.ReachUp, ""), "", StateAttention},
		{"damaged", idp.ModeTrial, idp.TunnelOff, local(idp.ReachUp, ""), "The database is damaged.", StateAttention},
	} {
		a := New(Config{Reach: Reach{Problem: func() string { return c.problem }}})
		tunnel := idp.Tunnel{State: c.tunnel}
		if c.want == StateAttention {
			tunnel.Problem = "Look."
		}
		got, why := a.state(Status{Pin: idp.Pin{Mode: c.mode}, Tunnel: tunnel, Reach: c.ways})
		if got != c.want || (why != "") != (got == StateAttention) {
			t.Errorf("%s is %s (%q), want %s", c.what, got, why, c.want)
		}
	}
}

// The days add up what was measured; a night with the machine off is in none of it, and what is not written down yet counts.
func TestReachHistory(t *testing.T) {
	h := newHome(t)
	today := time.UnixMilli(int64(h.now))
	noon := func(daysAgo int) idp.Time {
		return idp.At(time.Date(today.Year(), today.Month(), today.Day()-daysAgo, 12, 0, 0, 0, time.Local))
	}
	h.now = noon(0)
	span := func(from, until idp.Time, state idp.ReachState) store.ReachSpan {
		return store.ReachSpan{Network: idp.NetworkPublic, From: from, Until: until, State: state}
	}
	hour := func(n int) time.Duration { return time.Duration(n) * time.Hour }
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error {
		for _, s := range []store.ReachSpan{
			span(noon(40), noon(35), idp.ReachUp), // too long ago
			span(noon(3), noon(3).Add(hour(6)), idp.ReachUp),
			span(noon(3).Add(hour(6)), noon(3).Add(hour(8)), idp.ReachDown),
			span(noon(3).Add(hour(8)), noon(3).Add(hour(13)), idp.ReachDown), // for another reason, over midnight
			span(noon(1), noon(1).Add(hour(1)), idp.ReachDown),
			span(noon(1).Add(hour(1)), noon(1).Add(hour(2)), idp.ReachPaused),
			span(noon(0).Add(-hour(2)), noon(0).Add(-hour(1)), idp.ReachUp),
		} {
			if err := tx.KeepReachSpan(s); err != nil {
				return err
			}
		}
		return nil
	}))
	h.ways = []idp.Reach{
		{Network: idp.NetworkLocal, State: idp.ReachOff},
		{Network: idp.NetworkPublic, State: idp.ReachUp, Since: noon(0).Add(-hour(2)), CheckedAt: noon(0).Add(-time.Minute)},
	}
	got, err := h.ReachHistory(h.ctx)
	h.must(err)
	if len(got.Ways) != 1 || got.Ways[0].Network != idp.NetworkPublic || len(got.Ways[0].Days) != historyDays {
		t.Fatalf("the history is %+v", got)
	}
	w := got.Ways[0]
	if want := (ReachSum{Up: 8*3600 - 60, Down: 8 * 3600, Paused: 3600, Outages: 2}); w.ReachSum != want || w.Longest != 7*3600 {
		t.Errorf("in all %+v, longest %d; want %+v, longest 7 h", w.ReachSum, w.Longest, want)
	}
	for daysAgo, want := range map[int]ReachSum{
		0: {Up: 2*3600 - 60}, 1: {Down: 3600, Paused: 3600, Outages: 1}, 2: {Down: 3600}, 3: {Up: 6 * 3600, Down: 6 * 3600, Outages: 1}, 4: {},
	} {
		if day := w.Days[historyDays-1-daysAgo]; day.ReachSum != want {
			t.Errorf("%d days ago: %+v, want %+v", daysAgo, day.ReachSum, want)
		}
	}
}
