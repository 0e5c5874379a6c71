package admin

import (
	"context"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// historyDays is how many days ReachHistory tells of, today included.
const historyDays = 30

// ReachHistory is how people got in during the last 30 days.
type ReachHistory struct {
	From  idp.Time   `json:"from"`
	Until idp.Time   `json:"until"`
	Ways  []ReachWay `json:"ways"` // those that were ever measured: this machine, the tailnet, the internet
}

// ReachWay is one way in with its days. Times are seconds.
type ReachWay struct {
	Network idp.Network `json:"network"`
	ReachSum
	Longest int64      `json:"longest"` // of the outages
	Days    []ReachDay `json:"days"`    // oldest first, each from midnight to midnight here
}

// ReachDay is one day of a way in.
type ReachDay struct {
	At idp.Time `json:"at"` // midnight
	ReachSum
}

// ReachSum is what was measured within a time. What is missing was not: the machine was off or asleep, or nothing was to be measured yet.
type ReachSum struct {
	Up      int64 `json:"up"`
	Down    int64 `json:"down"`
	Paused  int64 `json:"paused"`
	Outages int   `json:"outages"` // that began within it
}

// CheckReach measures every way in now.
func (a *Admin) CheckReach(ctx context.Context) (Status, error) {
	if err := a.Reach.Look(ctx); err != nil {
		return Status{}, err
	}
	return a.Status(ctx)
}

// ReachHistory adds up the spans of the last 30 days.
func (a *Admin) ReachHistory(ctx context.Context) (ReachHistory, error) {
	now := a.Clock()
	days := midnights(now)
	h := ReachHistory{From: days[0], Until: now, Ways: []ReachWay{}}
	spans, err := a.Store.ReachSpans(ctx, h.From)
	if err != nil {
		return h, err
	}
	for _, r := range a.Reach.Ways() {
		of := []store.ReachSpan{}
		for _, s := range spans {
			if s.Network == r.Network {
				of = append(of, s)
			}
		}
		if of = upToNow(of, r); len(of) > 0 {
			h.Ways = append(h.Ways, addUp(r.Network, of, days, now))
		}
	}
	return h, nil
}

// midnights are the beginnings of the days that are told, as the clock on the wall here has them.
func midnights(now idp.Time) []idp.Time {
	today := time.UnixMilli(int64(now))
	out := make([]idp.Time, historyDays)
	for i := range out {
		out[i] = idp.At(time.Date(today.Year(), today.Month(), today.Day()-historyDays+1+i, 0, 0, 0, 0, time.Local))
	}
	return out
}

// upToNow adds what was measured and is not written down yet.
func upToNow(spans []store.ReachSpan, r idp.Reach) []store.ReachSpan {
	if r.State != idp.ReachUp && r.State != idp.ReachDown && r.State != idp.ReachPaused {
		return spans
	}
	if n := len(spans); n > 0 && spans[n-1].State == r.State && spans[n-1].Until >= r.Since {
		spans[n-1].Until = max(spans[n-1].Until, r.CheckedAt)
		return spans
	}
	return append(spans, store.ReachSpan{Network: r.Network, From: r.Since, Until: r.CheckedAt, State: r.State})
}

func addUp(network idp.Network, spans []store.ReachSpan, days []idp.Time, now idp.Time) ReachWay {
	w := ReachWay{Network: network, Days: make([]ReachDay, len(days))}
	var outage time.Duration
	for i, s := range spans {
		fresh := s.State == idp.ReachDown && (i == 0 || spans[i-1].State != idp.ReachDown || spans[i-1].Until != s.From)
		if fresh {
			outage = 0
		}
		if s.State == idp.ReachDown {
			outage += s.Until.Sub(s.From)
			w.Longest = max(w.Longest, int64(outage/time.Second))
		}
		for d := range w.Days {
			end := now
			if d+1 < len(days) {
				end = days[d+1]
			}
			w.Days[d].At = days[d]
			w.Days[d].add(s, days[d], end, fresh)
		}
		w.add(s, days[0], now, fresh)
	}
	return w
}

// add counts the part of a span between from and until.
func (sum *ReachSum) add(s store.ReachSpan, from, until idp.Time, fresh bool) {
	if fresh && s.From >= from && s.From < until {
		sum.Outages++
	}
	part := int64(max(0, min(s.Until, until)-max(s.From, from))) / 1000
	switch s.State {
	case idp.ReachUp:
		sum.Up += part
	case idp.ReachDown:
		sum.Down += part
	case idp.ReachPaused:
		sum.Paused += part
	}
}

// Way is the network that the mode is for, "" before anything is pinned.
func (s Status) Way() idp.Network {
	switch s.Pin.Mode {
	case idp.ModeTrial:
		return idp.NetworkLocal
	case idp.ModeTailnet:
		return idp.NetworkTailnet
	case idp.ModeFunnel, idp.ModeDomain:
		return idp.NetworkPublic
	}
	return ""
}

// state is the one word for tray and window, and the sentence that goes with attention.
func (a *Admin) state(s Status) (state, problem string) {
	if problem := a.Reach.Problem(); problem != "" {
		return StateAttention, problem
	}
	switch s.Pin.Mode {
	case idp.ModeNone:
		return StateSetUp, ""
	case idp.ModeTrial:
		return s.measured(StateTrial)
	case idp.ModeDomain:
		return s.measured(StatePublic)
	}
	switch s.Tunnel.State {
	case idp.TunnelOnline:
		if s.Pin.Mode == idp.ModeFunnel {
			return s.measured(StatePublic)
		}
		return s.measured(StateTailnet)
	case idp.TunnelStarting, idp.TunnelFetchingCertificate:
		if s.Tunnel.Problem == "" { // or it would say for days that it starts, as where certificates are limited
			return StateStarting, ""
		}
	case idp.TunnelOff:
		return StateStopped, ""
	}
	return StateAttention, s.Tunnel.Problem
}

// measured is the state that follows from the way in that the mode is for; up is its word where our own text came back. A way on which nobody gets in needs
// attention, paused or not: the pause is the owner's own wish, is said beside it and ends by itself, and would then end in an outage that nobody was told of.
func (s Status) measured(up string) (state, problem string) {
	for _, r := range s.Reach {
		if r.Network != s.Way() {
			continue
		}
		switch {
		case r.State == idp.ReachUp:
			return up, ""
		case r.State == idp.ReachPaused:
			return StatePaused, ""
		case r.Problem != "":
			return StateAttention, r.Problem
		case r.State == idp.ReachOff && s.Pin.Mode != idp.ModeFunnel && s.Pin.Mode != idp.ModeTailnet:
			return StateStopped, ""
		}
	}
	return StateStarting, ""
}
