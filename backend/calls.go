package backend

import (
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
