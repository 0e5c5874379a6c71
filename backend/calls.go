package backend

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/outgoing"
)

// newCaller makes the client for addresses that the owner typed. It knows what this process serves itself, and goes to the tailnet through its node.
func (b *Backend) newCaller() *outgoing.Client {
	return outgoing.New(outgoing.Config{Own: b.isOwn, Tailnet: b.tailnet})
}

// newOutsider makes the client that looks at domains as anybody on the internet does: by public name servers, whatever this machine's own say, and never into the home. This program's own public name is one like any other to it.
func (b *Backend) newOutsider() *outgoing.Client {
	i := b.opts.Internet
	c := outgoing.Config{Public: true, Inside: i.Inside, Roots: i.Roots, Ports: map[uint16]uint16{}, Resolve: b.resolveOutside}
	if port, err := strconv.ParseUint(i.Port, 10, 16); err == nil {
		c.Ports[443], c.Ports[80] = uint16(port), uint16(port)
	}
	return outgoing.New(c)
}

// resolveOutside asks the internet's name servers, and this machine's where none of them answers; where those know nothing either, nobody is known to be wrong.
func (b *Backend) resolveOutside(ctx context.Context, name string) ([]netip.Addr, error) {
	found, public, err := b.opts.Internet.Find(ctx, name)
	if err != nil && !public {
		return nil, fmt.Errorf("%w: %w", outgoing.ErrOffline, err)
	}
	return found, err
}

// records are what the internet is told of a domain.
func (b *Backend) records(ctx context.Context, domain string) ([]string, []netip.Addr, error) {
	found, err := b.opts.Internet.Records(ctx, domain)
	return found.Servers, found.Addresses, err
}

// lookAtDomains looks at the domain whose turn it is.
func (b *Backend) lookAtDomains() {
	if err := b.admin.LookAtWebFinger(b.ctx); err != nil && b.ctx.Err() == nil {
		b.opts.Log.Warn("look at the domains of WebFinger", "error", err)
	}
}

// tellLogouts tells apps of sign-outs, beside everything else.
func (b *Backend) tellLogouts() {
	l := oidc.NewLogouts(oidc.LogoutsConfig{Store: b.store, Keys: b.keys, Client: b.newCaller(), Clock: b.opts.Clock, Log: b.opts.Log})
	b.background(func() { l.Run(b.ctx) })
}

// isOwn says whether a name or an address leads to a listener of this process: the trial's on both loopback addresses, the one for the owner's proxy, or anything at the node.
func (b *Backend) isOwn(host string, port uint16) bool {
	b.mu.Lock()
	p, t := b.provider, b.tunnel
	b.mu.Unlock()
	a, err := netip.ParseAddr(host)
	if t != nil && err == nil && t.IsOwn(a) {
		return true
	}
	if p == nil {
		return false
	}
	switch {
	case p.pin.Mode == idp.ModeDomain:
		return b.isOwnDomain(p.pin, host, port)
	case p.pin.Secure():
		return host == p.pin.HostName
	}
	return p.pin.HostName == "localhost:"+strconv.Itoa(int(port)) && (host == "localhost" || err == nil && a.IsLoopback())
}

// tailnet is the way through the node, while it is a member.
func (b *Backend) tailnet() outgoing.Tailnet {
	b.mu.Lock()
	t := b.tunnel
	b.mu.Unlock()
	if t == nil || !t.Joined() {
		return outgoing.Tailnet{}
	}
	return outgoing.Tailnet{Lookup: t.Lookup, Dial: t.Dial}
}
