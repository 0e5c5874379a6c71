package oidc

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
	"hearthkey/backend/store"
)

// logoutWaits are the times between the attempts of one delivery: at once, and about 5 seconds, 30 seconds, 2 minutes and 10 minutes after the sign-out. Then it is given up: an app that was away for longer asks for a sign-in by then anyway.
var logoutWaits = []time.Duration{5 * time.Second, 25 * time.Second, 90 * time.Second, 8 * time.Minute}

const (
	logoutsAtOnce = 64                     // attempts under way; each takes 5 seconds at most
	logoutsOfApp  = 4                      // of these for one app, so that one that hangs holds up nobody else
	lookRest      = 100 * time.Millisecond // between two looks into the queue, since every change of the store wakes
	lookAtLeast   = time.Minute            // a due time is looked at again so often, since a machine that slept wakes late
	troubleRest   = 10 * time.Second       // after a failure of the store
)

// LogoutsConfig is what Logouts are made of.
type LogoutsConfig struct {
	Store  *store.Store
	Keys   *Keys
	Client *outgoing.Client
	Clock  idp.Clock
	Log    *slog.Logger
}

// Logouts tells apps that somebody's session has ended (OIDC Back-Channel Logout §2.5). What is to be told is queued in the store by whatever ends a session, in the same transaction; nobody who signs out waits for it, and it survives a restart.
// An attempt that was made and could not be noted is made again: an app may be told twice, never not at all.
type Logouts struct {
	LogoutsConfig
	mu   sync.Mutex
	busy map[string]string // deliveries under way, with their app
	work sync.WaitGroup
}

// NewLogouts makes Logouts that Run sets to work.
func NewLogouts(c LogoutsConfig) *Logouts {
	return &Logouts{LogoutsConfig: c, busy: map[string]string{}}
}

// Run delivers what is due, as it comes, until ctx ends; it returns when no attempt is under way any more.
func (l *Logouts) Run(ctx context.Context) {
	defer l.work.Wait()
	number := l.Store.WaitForChange(ctx, 0)
	for ctx.Err() == nil {
		next := l.begin(ctx)
		rest(ctx, lookRest)
		number = l.wait(ctx, number, next)
	}
}

// wait returns at the next change of the store, or when the next delivery is due.
func (l *Logouts) wait(ctx context.Context, number int64, next idp.Time) int64 {
	if next != 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, min(next.Sub(l.Clock()), lookAtLeast))
		defer cancel()
	}
	return l.Store.WaitForChange(ctx, number)
}

// begin starts what is due, as far as there is room, and answers when more will be. An attempt that ends is a change of the store, which looks again.
func (l *Logouts) begin(ctx context.Context) idp.Time {
	before := l.underWay() // what the store says of these may be of before they ended
	due, next, err := l.Store.DueLogouts(ctx, l.Clock(), 4*logoutsAtOnce)
	if err != nil {
		if ctx.Err() == nil {
			l.Log.Error("read which apps are to be told of a sign-out", "error", err)
		}
		return l.Clock().Add(troubleRest)
	}
	for _, d := range due {
		if _, was := before[d.ID]; was || !l.take(d) {
			continue
		}
		l.work.Go(func() {
			defer l.giveBack(d)
			l.deliver(ctx, d)
		})
	}
	return next
}

func (l *Logouts) underWay() map[string]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[string]bool, len(l.busy))
	for id := range l.busy {
		out[id] = true
	}
	return out
}

// take says whether there is room for one more, and keeps it.
func (l *Logouts) take(d idp.LogoutDelivery) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	same := 0
	for _, app := range l.busy {
		if app == d.ClientID {
			same++
		}
	}
	if len(l.busy) >= logoutsAtOnce || same >= logoutsOfApp {
		return false
	}
	l.busy[d.ID] = d.ClientID
	return true
}

func (l *Logouts) giveBack(d idp.LogoutDelivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.busy, d.ID)
}

func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
