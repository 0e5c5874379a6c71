package backend

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// pause is the owner's pause of sign-in from the internet, kept in memory: every request asks for it.
type pause struct {
	now     atomic.Pointer[idp.Pause] // nil before the first reading
	reading sync.Mutex                // so that the last reading is of the last change
	changed chan struct{}             // holds one word that it was read anew
}

// paused says whether sign-in from the internet is paused now, and until when, 0 where the owner ends it.
func (b *Backend) paused() (until idp.Time, on bool) {
	p := b.pause.now.Load()
	if p == nil || !p.Holds(b.opts.Clock()) {
		return 0, false
	}
	return p.Until, true
}

// readPause takes over what the store holds now.
func (b *Backend) readPause(ctx context.Context) error {
	b.pause.reading.Lock()
	defer b.pause.reading.Unlock()
	p, err := b.store.Pause(ctx)
	if err != nil {
		return err
	}
	b.pause.now.Store(&p)
	b.watch.Nudge()
	select {
	case b.pause.changed <- struct{}{}:
	default:
	}
	b.store.Bump() // the commit woke those who wait a moment too early
	return nil
}

// watchPause ends each pause when its time has come, until Stop. It looks again meanwhile: a machine that slept counts its timers late.
func (b *Backend) watchPause() {
	for {
		b.endPause()
		var due <-chan time.Time
		if p := b.pause.now.Load(); p != nil && p.On && p.Until != 0 {
			due = time.After(min(max(p.Until.Sub(b.opts.Clock()), time.Second), lookEvery))
		}
		select {
		case <-b.ctx.Done():
			return
		case <-b.pause.changed:
		case <-due:
		}
	}
}

// endPause notes that a pause is over. The clock alone has ended it already.
func (b *Backend) endPause() {
	p := b.pause.now.Load()
	if p == nil || !p.On || p.Holds(b.opts.Clock()) {
		return
	}
	err := b.store.Write(b.ctx, func(tx *store.Tx) error {
		now := b.opts.Clock()
		p, err := tx.Pause(context.Background())
		if err != nil || !p.On || p.Holds(now) { // the owner was faster
			return err
		}
		if err := tx.SetPause(idp.Pause{}); err != nil {
			return err
		}
		return tx.Record(idp.Event{At: now, Kind: idp.EventPublicResumed, Actor: idp.ActorSystem})
	})
	if err == nil {
		err = b.readPause(b.ctx)
	}
	if err != nil && b.ctx.Err() == nil {
		b.opts.Log.Warn("note the end of a pause", "error", err)
	}
}
