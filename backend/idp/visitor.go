package idp

import (
	"context"
	"net/netip"
)

// Network is where a request came in. The listener decides it, never a header.
type Network string

const (
	// NetworkLocal is this machine: the trial on localhost.
	NetworkLocal Network = "local"
	// NetworkTailnet is another node of the owner's tailnet.
	NetworkTailnet Network = "tailnet"
	// NetworkPublic is the internet, through Funnel or the owner's own proxy.
	NetworkPublic Network = "public"
)

// Reasons why a tailnet visitor is not identified (Visitor.Unidentified).
const (
	// UnidentifiedForwarded: the request passed a proxy, so the node is not the person.
	UnidentifiedForwarded = "forwarded"
	// UnidentifiedTagged: the node belongs to a tag and not to a person.
	UnidentifiedTagged = "tagged"
	// UnidentifiedShared: the node was shared in from another tailnet.
	UnidentifiedShared = "shared"
	// UnidentifiedExpired: the key of the node has expired.
	UnidentifiedExpired = "expired"
	// UnidentifiedRoutes: the node carries other machines' traffic (subnet router, exit node).
	UnidentifiedRoutes = "routes"
	// UnidentifiedUnknown: the tailnet does not say which node this is.
	UnidentifiedUnknown = "unknown"
)

// Visitor is who is asking, as far as the listener can tell. It is a signal for rules and
// for activity; it never signs anyone in by itself.
type Visitor struct {
	// Network the request came in by. Empty when no listener has said.
	Network Network
	// Source is the visitor's own address: the true source behind Funnel, the peer on a tailnet.
	Source netip.Addr
	// Node is the name of the asking tailnet node without the tailnet's domain. It is set
	// also for unidentified visitors, as a place.
	Node string
	// Login is the Tailscale login name. Empty unless Identified.
	Login string
	// TailscaleUserID is Tailscale's numeric user ID. Zero unless Identified.
	TailscaleUserID int64
	// Identified says that the node belongs to one person and that the request is the node's own.
	Identified bool
	// Unidentified is the reason, one of the Unidentified constants, of a tailnet visitor
	// that is not Identified. Empty otherwise.
	Unidentified string
}

// SourceKey is the key that limits count by and that "the same source" compares: the address
// for IPv4, the /64 for IPv6, since one household holds a whole /64. Tailnet addresses stay
// whole: there all nodes share one /64. Without a source it is "unknown", one key for all.
func (v Visitor) SourceKey() string {
	a := v.Source.Unmap().WithZone("")
	switch {
	case !a.IsValid():
		return "unknown"
	case a.Is4() || v.Network == NetworkTailnet:
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}

// Tell puts into the personal part of an event where the visitor came from: the address, and of a tailnet visitor the node and, where it is known, the login.
func (v Visitor) Tell(detail map[string]string) {
	if v.Source.IsValid() {
		detail["source"] = v.Source.String()
	}
	if v.Node != "" {
		detail["node"] = v.Node
	}
	if v.Login != "" {
		detail["login"] = v.Login
	}
}

type visitorKey struct{}

// WithVisitor returns a context that carries v.
func WithVisitor(ctx context.Context, v Visitor) context.Context {
	return context.WithValue(ctx, visitorKey{}, v)
}

// VisitorOf returns the visitor that the listener put in the context. The zero Visitor, of no
// network at all, means that none did; rules must not take it for local.
func VisitorOf(ctx context.Context) Visitor {
	v, _ := ctx.Value(visitorKey{}).(Visitor)
	return v
}
