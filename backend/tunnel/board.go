package tunnel

import (
	"context"
	"sync"

	"hearthkey/backend/idp"
)

// board holds the newest snapshot and tells those who wait for the next.
type board struct {
	mu       sync.Mutex
	snapshot idp.Tunnel
	readers  map[chan idp.Tunnel]struct{}
}

func (b *board) read() idp.Tunnel {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.snapshot
}

// publish makes s the snapshot. A reader that has not taken the last one gets the newer in its place, so nobody holds the owner up.
func (b *board) publish(s idp.Tunnel) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s == b.snapshot {
		return
	}
	b.snapshot = s
	for ch := range b.readers {
		select {
		case <-ch:
		default:
		}
		ch <- s
	}
}

// subscribe gives the present snapshot at once and each newer one, until ctx ends.
func (b *board) subscribe(ctx context.Context) <-chan idp.Tunnel {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.readers == nil {
		b.readers = map[chan idp.Tunnel]struct{}{}
	}
	ch := make(chan idp.Tunnel, 1)
	ch <- b.snapshot
	b.readers[ch] = struct{}{}
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.readers, ch)
		close(ch)
	})
	return ch
}
