package backend

import (
	"context"
	"path/filepath"
	"slices"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
	"hearthkey/backend/tunnel"
)

// reach lets the owner's choices about issuer, tailnet and keys take effect here.
func (b *Backend) reach() admin.Reach {
	return admin.Reach{
		Trial:    b.pinTrial,
		Connect:  b.connect,
		Repin:    b.repin,
		LogOut:   b.logOut,
		Pause:    b.readPause,
		TakeBack: b.takeBack,
		Former:   b.formerReach,
		Tunnel:   b.tunnelState,
		People:   b.tailnetPeople,
		Problem:  b.whyNot,
		Ways:     b.ways,
		Look:     b.lookNow,

		Renew:       b.renewNodeKey,
		Awake:       b.awake.State,
		KeepAwake:   b.keepAwake,
		MayListen:   b.mayListen,
		NextFree:    nextFreeAt,
		VisitDomain: b.visitDomain,

		RotateKey:   b.rotateKey,
		WithdrawKey: b.withdrawKey,
	}
}

func (b *Backend) rotateKey(ctx context.Context, algorithm string, atOnce bool) error {
	keys, err := b.openKeys()
	if err != nil {
		return err
	}
	return keys.Rotate(ctx, algorithm, atOnce)
}

func (b *Backend) withdrawKey(ctx context.Context, id string) error {
	keys, err := b.openKeys()
	if err != nil {
		return err
	}
	return keys.Withdraw(ctx, id)
}

// openKeys are the keys; an error before Start.
func (b *Backend) openKeys() (*oidc.Keys, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.keys == nil {
		return nil, idp.Fail(idp.Unavailable, "backend.not_serving")
	}
	return b.keys, nil
}

func (b *Backend) tailnetPeople(ctx context.Context) ([]idp.TailnetPerson, error) {
	b.mu.Lock()
	t := b.tunnel
	b.mu.Unlock()
	if t == nil {
		return nil, idp.Fail(idp.Unavailable, "tunnel.not_joined")
	}
	return t.People(ctx)
}

func (b *Backend) tunnelState() idp.Tunnel {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tunnel == nil {
		return idp.Tunnel{State: idp.TunnelOff}
	}
	return b.tunnel.Snapshot()
}

// problem names what can keep the pinned issuer from being served, worst last.
type problem int

const (
	problemTailnet  problem = iota // the node could not be started
	problemProxy                   // the listener for the owner's proxy could not be opened
	problemDatabase                // it is damaged
)

// whyNot is a sentence on why the pinned issuer is not served as it should be, "" when it is.
func (b *Backend) whyNot() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	worst := ""
	for p := problemTailnet; p <= problemDatabase; p++ {
		if text := b.problems[p]; text != "" {
			worst = text
		}
	}
	return worst
}

// setProblem publishes why the pinned issuer is not served as it should be; a nil error clears it.
func (b *Backend) setProblem(p problem, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	b.mu.Lock()
	changed := b.problems[p] != text
	b.problems[p] = text
	b.mu.Unlock()
	if changed {
		b.store.Bump()
	}
}

// startTunnel joins the tailnet again, where the owner wished so.
func (b *Backend) startTunnel(ctx context.Context) error {
	b.joining.Lock()
	defer b.joining.Unlock()
	wish, err := b.store.TunnelWish(ctx)
	if err != nil || !wish.On {
		return err
	}
	b.mu.Lock()
	there := b.tunnel != nil // the owner was faster
	b.mu.Unlock()
	if !there {
		b.setProblem(problemTailnet, b.runTunnel(ctx, wish, ""))
	}
	return nil
}

// connect joins the tailnet as the owner wishes now. A tunnel that runs under the same name and tags goes on; it learns whether to serve the internet, and asks for a fresh login page where it waits for one.
func (b *Backend) connect(ctx context.Context, wish store.TunnelWish, authKey string) error {
	b.joining.Lock()
	defer b.joining.Unlock()
	b.mu.Lock()
	started, running := b.started, b.tunnel
	b.mu.Unlock()
	if !started {
		return idp.Fail(idp.Unavailable, "backend.not_serving")
	}
	before, err := b.store.TunnelWish(ctx)
	if err != nil {
		return err
	}
	err = b.store.Write(ctx, func(tx *store.Tx) error {
		if wish.Equal(before) && authKey == "" {
			return nil
		}
		if err := tx.SetTunnelWish(wish); err != nil {
			return err
		}
		return tx.Record(idp.Event{At: b.opts.Clock(), Kind: idp.EventTunnelAsked, Actor: idp.ActorOwner, Network: idp.NetworkLocal})
	})
	if err != nil {
		return err
	}
	if running != nil && running.Snapshot().HostName == wish.HostName && slices.Equal(before.Tags, wish.Tags) && authKey == "" {
		running.SetFunnel(wish.Funnel)
		switch running.Snapshot().State {
		case idp.TunnelOff, idp.TunnelNeedsLogin, idp.TunnelKeyExpired:
			return running.Login(ctx)
		}
		return b.serve(ctx)
	}
	if running != nil {
		running.Stop()
	}
	return b.runTunnel(ctx, wish, authKey)
}

// runTunnel starts a node under the wished name.
func (b *Backend) runTunnel(ctx context.Context, wish store.TunnelWish, authKey string) error {
	t := tunnel.New(tunnel.Config{
		Dir: filepath.Join(b.opts.Dir, "tailnet"), Hostname: wish.HostName, AuthKey: authKey, Tags: wish.Tags, Funnel: wish.Funnel,
		Pinned: b.nodeName, Serve: b.serveEndpoint, Store: b.store, Vault: b.vault, Clock: b.opts.Clock, Logger: b.opts.Log,
	})
	if err := t.Start(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	b.tunnel = t
	b.mu.Unlock()
	b.setProblem(problemTailnet, nil)
	b.background(func() {
		for s := range t.Subscribe(b.ctx) {
			b.store.Bump()
			if s.State == idp.TunnelOnline {
				b.background(b.lookFormers)
			}
			b.warn()
			b.watch.Nudge()
		}
	})
	return nil
}

// serveEndpoint serves one of the node's listeners by the provider of the pin.
func (b *Backend) serveEndpoint(e tunnel.Endpoint) error {
	p, err := b.current()
	if err != nil {
		return err
	}
	if e.Redirect {
		return p.server.ServeRedirect(e.Listener)
	}
	return p.server.Serve(e.Listener, e.Network, e.ConnContext, e.Visitor)
}

// repin serves the pin that the store holds now, and lets the node open its listeners for it.
func (b *Backend) repin(ctx context.Context) error {
	if err := b.serve(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	t := b.tunnel
	b.mu.Unlock()
	if t != nil {
		t.Refresh()
	}
	b.background(b.lookFormers)
	return nil
}

func (b *Backend) logOut(ctx context.Context) error {
	b.joining.Lock()
	defer b.joining.Unlock()
	b.mu.Lock()
	t := b.tunnel
	b.mu.Unlock()
	if t == nil {
		return idp.Fail(idp.Unavailable, "admin.not_joined")
	}
	return t.Logout(ctx)
}
