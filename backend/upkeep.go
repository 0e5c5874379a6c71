package backend

import (
	"time"

	"hearthkey/backend/store"
)

const (
	sweepEvery = time.Minute
	sweepBatch = 200 // rows of each kind in one transaction, so that no request waits long behind a sweep
)

// upkeep sweeps what has expired and looks through the database once, beside everything else.
func (b *Backend) upkeep() {
	b.background(func() {
		if err := b.store.Check(b.ctx); err != nil && b.ctx.Err() == nil {
			b.opts.Log.Error("the database is damaged", "error", err)
			b.setProblem(err)
		}
	})
	b.background(func() {
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			select {
			case <-b.ctx.Done():
				return
			case <-tick.C:
				b.sweep()
			}
		}
	})
}

func (b *Backend) sweep() {
	for b.ctx.Err() == nil {
		var touched int64
		err := b.store.Write(b.ctx, func(tx *store.Tx) (err error) {
			touched, err = tx.Sweep(b.opts.Clock(), sweepBatch)
			return err
		})
		if err != nil {
			b.opts.Log.Warn("sweep what has expired", "error", err)
			return
		}
		if touched < sweepBatch {
			return
		}
	}
}
