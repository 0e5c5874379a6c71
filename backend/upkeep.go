package backend

import (
	"context"
	"io"
	"net/http"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

const (
	lookEvery  = 30 * time.Second
	keysEvery  = time.Minute
	sweepEvery = time.Minute
	sweepBatch = 200 // rows of each kind in one transaction, so that no request waits long behind a sweep
)

// upkeep makes keys and lets them follow each other, sweeps what has expired, looks through the database once, and whether the trial answers, beside everything else.
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
	b.every(lookEvery, b.look)
	b.every(lookEvery, b.warn)
	b.background(b.startAwake)
	b.every(lookEvery, b.lookAwake)
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

// look asks the trial for a text of this process, as a browser on this machine would ask it, so that the window says when nobody could sign in. The tailnet's side is the tunnel's to judge.
func (b *Backend) look() {
	p, err := b.current()
	if err != nil || p.pin.Secure() {
		b.setProblem(problemTrial, nil)
		return
	}
	nonce := p.server.Nonce()
	answer, err := fetch(b.ctx, p.pin.Issuer+"/.well-known/hearthkey/reach?nonce="+nonce)
	switch {
	case b.ctx.Err() != nil:
	case err == nil && answer == nonce:
		b.setProblem(problemTrial, nil)
	default:
		b.opts.Log.Warn("the trial does not answer", "issuer", p.pin.Issuer, "error", err)
		b.setProblem(problemTrial, idp.Fail(idp.Unavailable, "backend.silent", "issuer", p.pin.Issuer))
	}
}

// fetch reads an answer of at most 4 KB within five seconds, from this machine and by no proxy.
func fetch(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	return string(body), err
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
		if err != nil {
			b.opts.Log.Warn("sweep what has expired", "error", err)
			return
		}
		if touched < sweepBatch {
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
