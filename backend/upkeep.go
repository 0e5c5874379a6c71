package backend

import (
	"time"

	"hearthkey/backend/store"
)

const (
	keysEvery  = time.Minute
	sweepEvery = time.Minute
	lookEvery  = 30 * time.Second
	turnEvery  = time.Minute // when the next domain may have its turn
	sweepBatch = 200         // rows of each kind in one transaction, so that no request waits long behind a sweep
)

// upkeep makes keys and lets them follow each other, sweeps what has expired and looks through the database once, beside everything else.
func (b *Backend) upkeep() {
	b.background(func() {
		if err := b.store.Check(b.ctx); err != nil && b.ctx.Err() == nil {
			b.opts.Log.Error("the database is damaged", "error", err)
			b.setProblem(problemDatabase, err)
		}
	})
	b.background(b.keepKeys) // the keys of before have no next one where an earlier Hearthkey made them
	b.every(keysEvery, b.keepKeys)
	b.every(sweepEvery, b.sweep)
	b.background(b.sweepEnded)
	b.every(24*time.Hour, b.sweepEnded)
	b.background(b.watchPause)
	b.every(lookEvery, b.warn)
	b.background(b.keepAwake)
	b.every(lookEvery, b.lookAwake)
	b.every(lookEvery, b.keepProxy)
	b.every(lookEvery, b.lookFormers)
	b.every(turnEvery, b.lookAtDomains)
}

// every does something again and again until Stop.
func (b *Backend) every(interval time.Duration, do func()) {
	b.background(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-b.ctx.Done():
				return
			case <-tick.C:
				do()
			}
		}
	})
}

func (b *Backend) keepKeys() {
	if err := b.keys.Upkeep(b.ctx); err != nil && b.ctx.Err() == nil {
		b.opts.Log.Warn("keep up the signing keys", "error", err)
	}
}

func (b *Backend) sweep() {
	for b.ctx.Err() == nil {
		var touched int64
		err := b.store.Write(b.ctx, func(tx *store.Tx) (err error) {
			touched, err = tx.Sweep(b.opts.Clock(), sweepBatch)
			return err
		})
		if err != nil && b.ctx.Err() == nil {
			b.opts.Log.Warn("sweep what has expired", "error", err)
		}
		if err != nil || touched < sweepBatch {
			return
		}
	}
}

// sweepEnded looks through all of what ended long ago, which no hurry presses: at start and once a day.
func (b *Backend) sweepEnded() {
	if _, err := b.store.SweepEnded(b.ctx, b.opts.Clock(), sweepBatch); err != nil && b.ctx.Err() == nil {
		b.opts.Log.Warn("sweep what ended long ago", "error", err)
	}
}
