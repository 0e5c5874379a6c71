package backend

import (
	"context"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/reach"
	"hearthkey/backend/store"
	"hearthkey/backend/tunnel"
)

// newWatch makes what measures whether people get in.
func (b *Backend) newWatch() *reach.Watch {
	return reach.New(reach.Config{
		Subject: b.subject, Changed: b.store.Bump, Relisten: b.relisten, Rebuild: b.rebuild,
		Store: b.store, Clock: b.opts.Clock, Log: b.opts.Log, Internet: b.opts.Internet,
	})
}

// subject is what is to be looked at now.
func (b *Backend) subject() reach.Subject {
	s := reach.Subject{Tunnel: b.tunnelState()}
	_, s.Paused = b.paused()
	pin, err := b.store.Pin(b.ctx)
	if err != nil {
		return s
	}
	s.Pin = pin
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.provider != nil && b.provider.pin.Issuer == pin.Issuer {
		s.Nonce = b.provider.server.Nonce
	}
	if b.tunnel != nil {
		s.DialSelf = b.tunnel.DialSelf
	}
	return s
}

// ways is what the last looks found; before Start nothing is open. A pause holds from the moment that it is made.
func (b *Backend) ways() []idp.Reach {
	b.mu.Lock()
	started := b.started
	b.mu.Unlock()
	_, paused := b.paused()
	pin, err := b.store.Pin(b.ctx)
	found := b.watch.Ways()
	for i, r := range found {
		switch {
		case !started, err == nil && !reach.Open(pin.Mode, r.Network): // the owner may have shut it since the last look
			found[i] = idp.Reach{Network: r.Network, State: idp.ReachOff}
		case paused && r.Network == idp.NetworkPublic && r.State == idp.ReachUp:
			found[i].State = idp.ReachPaused
		}
	}
	return found
}

// lookNow measures every way in and returns when that is done.
func (b *Backend) lookNow(ctx context.Context) error {
	b.mu.Lock()
	started := b.started
	b.mu.Unlock()
	if !started {
		return idp.Fail(idp.Unavailable, "backend.not_serving")
	}
	return b.watch.Look(ctx)
}

func (b *Backend) relisten() {
	b.mend(idp.EventTunnelRelisten, (*tunnel.Tunnel).Relisten)
}

func (b *Backend) rebuild() {
	b.mend(idp.EventTunnelRebuilt, (*tunnel.Tunnel).Rebuild)
}

// mend lets the tunnel do something about visitors that do not get through, and notes it. It does not hold b.mu meanwhile: a tunnel that is being stopped answers only when nobody waits for b.mu any more.
func (b *Backend) mend(kind string, how func(*tunnel.Tunnel)) {
	b.mu.Lock()
	t := b.tunnel
	b.mu.Unlock()
	if t == nil {
		return
	}
	how(t)
	err := b.store.Write(b.ctx, func(tx *store.Tx) error {
		return tx.Record(idp.Event{At: b.opts.Clock(), Kind: kind, Actor: idp.ActorSystem})
	})
	if err != nil && b.ctx.Err() == nil {
		b.opts.Log.Warn("note what was done to the tunnel", "error", err)
	}
}

// heraldEvery is the shortest time between two looks at the state, so that a busy provider does not spend its time on it.
const heraldEvery = time.Second

// herald writes into the activity log how the provider stands, once for each change that lasts.
func (b *Backend) herald() {
	said, err := b.lastState()
	if err != nil && b.ctx.Err() == nil {
		b.opts.Log.Warn("read how the provider stood", "error", err)
	}
	n := news{said: said}
	var since int64
	for b.ctx.Err() == nil {
		s, err := b.admin.Status(b.ctx)
		now := b.opts.Clock()
		wait := changeAtLatest
		if err == nil {
			if n.hear(s.State, now) {
				b.tell(s.State, s.Problem)
			}
			wait = n.wait(now)
		}
		rest(b.ctx, heraldEvery)
		ctx, cancel := context.WithTimeout(b.ctx, wait)
		since = b.store.WaitForChange(ctx, since)
		cancel()
	}
}

const changeAtLatest = 20 * time.Second

// lastState is what was last told, "" where nothing was.
func (b *Backend) lastState() (string, error) {
	events, err := b.store.Events(b.ctx, store.EventQuery{Kind: idp.EventReachChanged, Limit: 1})
	if err != nil || len(events) == 0 {
		return "", err
	}
	return events[0].Reason, nil
}

func (b *Backend) tell(state, problem string) {
	e := idp.Event{At: b.opts.Clock(), Kind: idp.EventReachChanged, Actor: idp.ActorSystem, Reason: state}
	if problem != "" {
		e.Detail = map[string]string{"problem": problem}
	}
	if err := b.store.Write(b.ctx, func(tx *store.Tx) error { return tx.Record(e) }); err != nil && b.ctx.Err() == nil {
		b.opts.Log.Warn("note how the provider stands", "state", state, "error", err)
	}
}

func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
