package store

import (
	"context"

	"hearthkey/backend/idp"
)

// ReachSpan is a time in which looks at one way in found the same.
type ReachSpan struct {
	Network idp.Network
	From    idp.Time
	Until   idp.Time // of the last look that found it so
	State   idp.ReachState
	Reason  string // a message's key, "" unless State is idp.ReachDown
}

const reachSpanColumns = "network, from_at, until_at, state, reason"

func scanReachSpan(row scanner) (s ReachSpan, err error) {
	err = row.Scan(&s.Network, &s.From, &s.Until, &s.State, &s.Reason)
	return s, err
}

// KeepReachSpan adds a span, or extends the one of that network that began then.
func (tx *Tx) KeepReachSpan(s ReachSpan) error {
	_, err := tx.exec("INSERT INTO reach_spans ("+reachSpanColumns+") VALUES (?, ?, ?, ?, ?) ON CONFLICT (network, from_at) DO UPDATE SET until_at = excluded.until_at, state = excluded.state, reason = excluded.reason",
		s.Network, s.From, s.Until, s.State, s.Reason)
	return err
}

// ReachSpans lists what was measured since notBefore, oldest first.
func (r Reads) ReachSpans(ctx context.Context, notBefore idp.Time) ([]ReachSpan, error) {
	return all(ctx, r, scanReachSpan, "SELECT "+reachSpanColumns+" FROM reach_spans WHERE until_at >= ? ORDER BY from_at, network", notBefore)
}
