package backend

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/passkey"
	"hearthkey/backend/public"
	"hearthkey/backend/signin"
	"hearthkey/frontend"
)

// provider is the public side for one pinned issuer. Another pin is another provider.
type provider struct {
	pin    idp.Pin
	server *public.Server
}

// newProvider wires the rooms that a visitor walks through. It reads nothing: b.mu is held meanwhile, and those who hold the connections may wait for it.
func (b *Backend) newProvider(pin idp.Pin, home idp.Home) (*provider, error) {
	limits, err := public.NewLimits(b.opts.Clock)
	if err != nil {
		return nil, err
	}
	protocol, err := oidc.New(oidc.Config{Store: b.store, Keys: b.keys, Clock: b.opts.Clock, Pin: pin, Log: b.opts.Log, FailedClient: limits.FailedClient, KnownClient: limits.Client, WrongCode: limits.WrongCode})
	if err != nil {
		return nil, err
	}
	ceremonies, err := passkey.New(passkey.Config{Store: b.store, Clock: b.opts.Clock, Pin: pin, Home: home.Name})
	if err != nil {
		return nil, err
	}
	pages, err := signin.New(signin.Config{Store: b.store, Clock: b.opts.Clock, Pin: pin, Home: b.homeName, Passkey: ceremonies, OIDC: protocol, Log: b.opts.Log, Files: frontend.Public, Former: b.formersUp})
	if err != nil {
		return nil, err
	}
	server, err := public.New(public.Config{Pin: pin, Pages: pages, OIDC: protocol, Store: b.store, Clock: b.opts.Clock, Log: b.opts.Log, Limits: limits, Paused: b.paused})
	if err != nil {
		return nil, err
	}
	return &provider{pin: pin, server: server}, nil
}

// homeName is what the owner calls this installation.
func (b *Backend) homeName() string {
	home, err := b.store.Home(b.ctx)
	if err != nil || home.Name == "" {
		return idp.Text("backend.home").String()
	}
	return home.Name
}

// serve brings the pinned issuer up, in place of the one that was served before, and the listener for the owner's proxy where there is one. Without a pin there is nothing to serve.
func (b *Backend) serve(ctx context.Context) error {
	pin, err := b.store.Pin(ctx)
	if err != nil {
		return err
	}
	if err := b.servePin(ctx, pin); err != nil {
		return err
	}
	return b.serveProxy(ctx, pin)
}

func (b *Backend) servePin(ctx context.Context, pin idp.Pin) error {
	home, err := b.store.Home(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.started || pin.Mode == idp.ModeNone || (b.provider != nil && b.provider.pin.Issuer == pin.Issuer) {
		return nil
	}
	var trial []net.Listener
	if pin.Mode == idp.ModeTrial {
		if trial, err = listenTrial(strings.TrimPrefix(pin.HostName, "localhost:")); err != nil {
			return err
		}
	}
	p, err := b.newProvider(pin, home)
	if err != nil {
		closeAll(trial)
		return err
	}
	if before := b.provider; before != nil {
		b.background(func() { _ = before.server.Shutdown(b.ctx) })
	}
	b.provider = p
	for _, ln := range trial {
		b.background(func() { b.serveTrial(p, ln) })
	}
	b.watch.Nudge()
	return nil
}

// background runs fn beside everything else, until Stop, which waits for it.
func (b *Backend) background(fn func()) { b.work.Go(fn) }

func (b *Backend) serveTrial(p *provider, ln net.Listener) {
	visitor := func(r *http.Request) idp.Visitor {
		v := localVisitor(r.RemoteAddr)
		if b.opts.Visitor != nil {
			v = b.opts.Visitor(v.Source)
		}
		return v
	}
	if err := p.server.Serve(ln, idp.NetworkLocal, nil, visitor); err != nil && b.ctx.Err() == nil {
		b.opts.Log.Error("the trial's listener ended", "address", ln.Addr().String(), "error", err)
	}
}

// current is the provider that serves now; an error while none does.
func (b *Backend) current() (*provider, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.provider == nil {
		return nil, fmt.Errorf("no issuer is pinned")
	}
	return b.provider, nil
}
