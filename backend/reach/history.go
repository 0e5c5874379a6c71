package reach

import (
	"context"
	"log/slog"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// keepEvery is how often the spans that go on are written down: so much of the history is lost with the power.
const keepEvery = 5 * time.Minute

// history writes how each network reached the issuer, from one change to the next. Time in which nothing was measured, because the machine slept or was off, is in no span.
type history struct {
	store *store.Store
	log   *slog.Logger
	spans map[idp.Network]store.ReachSpan // that go on
	ended []store.ReachSpan               // and are not written yet
	dirty bool
	kept  idp.Time
}

// note adds a finding.
func (h *history) note(r idp.Reach, reason string, at idp.Time) {
	span, open := h.spans[r.Network]
	known := r.State == idp.ReachUp || r.State == idp.ReachDown || r.State == idp.ReachPaused
	if r.State != idp.ReachDown {
		reason = ""
	}
	switch {
	case open && known && span.State == r.State && span.Reason == reason:
		span.Until = at
		h.spans[r.Network] = span
		return
	case open:
		if known {
			span.Until = at
		}
		h.ended = append(h.ended, span)
		delete(h.spans, r.Network)
		h.dirty = true
	}
	if known {
		if h.spans == nil {
			h.spans = map[idp.Network]store.ReachSpan{}
		}
		h.spans[r.Network] = store.ReachSpan{Network: r.Network, From: at, Until: at, State: r.State, Reason: reason}
		h.dirty = true
	}
}

// keep writes where something changed, or has not been written for a while.
func (h *history) keep(now idp.Time) {
	if h.dirty || now.Sub(h.kept) >= keepEvery || now < h.kept {
		h.flush()
		h.kept = now
	}
}

// flush writes everything. What cannot be written is tried again with the next.
func (h *history) flush() {
	if len(h.spans) == 0 && len(h.ended) == 0 {
		return
	}
	err := h.store.Write(context.Background(), func(tx *store.Tx) error {
		for _, s := range h.ended {
			if err := tx.KeepReachSpan(s); err != nil {
				return err
			}
		}
		for _, s := range h.spans {
			if err := tx.KeepReachSpan(s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.log.Warn("keep the history of reachability", "error", err)
		h.ended = h.ended[max(0, len(h.ended)-1000):] // a full disk lasts; memory must not
		return
	}
	h.ended, h.dirty = nil, false
}

// forget ends every span where it is: nothing is known of the time that follows.
func (h *history) forget() { clear(h.spans) }
