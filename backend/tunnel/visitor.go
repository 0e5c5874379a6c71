package tunnel

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"hearthkey/backend/idp"

	"tailscale.com/client/local"
	"tailscale.com/client/tailscale/apitype"
	"tailscale.com/ipn"
	"tailscale.com/tailcfg"
)

const (
	whoIsFor     = time.Minute     // how long an answer about a connection's node is good
	whoIsTimeout = 2 * time.Second // how long a request waits for that answer
)

// visit is an accepted connection together with where it comes from.
type visit struct {
	net.Conn
	network idp.Network
	source  netip.AddrPort

	who   *local.Client
	clock idp.Clock
	mu    sync.Mutex
	known idp.Visitor // of a tailnet visit, as of asked
	asked idp.Time    // zero for not yet
}

// classify looks for Funnel first, because the node answers WhoIs for a Funnel connection too, with the owner of Tailscale's relay.
func classify(raw net.Conn, who *local.Client, clock idp.Clock) *visit {
	if funnel, ok := raw.(*ipn.FunnelConn); ok {
		return &visit{Conn: raw, network: idp.NetworkPublic, source: unmap(funnel.Src)}
	}
	source, _ := netip.ParseAddrPort(raw.RemoteAddr().String())
	return &visit{Conn: raw, network: idp.NetworkTailnet, source: unmap(source), who: who, clock: clock}
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// RemoteAddr is the visitor's own address. The connection itself would say the relay's for Funnel, and all visitors would be one to limits and logs.
func (v *visit) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(v.source) }

type visitKey struct{}

// connContext keeps the visit for the requests of its connection.
func connContext(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	if v, ok := c.(*visit); ok {
		return context.WithValue(ctx, visitKey{}, v)
	}
	return ctx
}

// visitorOf says who sends r. Headers can only take something away: what a tailnet visitor forwards is not the visitor's own.
func visitorOf(r *http.Request) idp.Visitor {
	v, ok := r.Context().Value(visitKey{}).(*visit)
	switch {
	case !ok:
		return idp.Visitor{}
	case v.network == idp.NetworkPublic:
		return idp.Visitor{Network: idp.NetworkPublic, Source: v.source.Addr()}
	}
	who := v.identify(r.Context())
	if forwarded(r.Header) {
		return unidentified(who, idp.UnidentifiedForwarded)
	}
	return who
}

func forwarded(h http.Header) bool {
	for name := range h {
		if name == "Forwarded" || name == "Via" || strings.HasPrefix(name, "X-Forwarded-") {
			return true
		}
	}
	return false
}

// identify asks the node who the peer is, and again when the answer is a minute old: keys expire and nodes are tagged while connections stay open.
func (v *visit) identify(ctx context.Context) idp.Visitor {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.clock()
	if age := now.Sub(v.asked); v.asked != 0 && age >= 0 && age < whoIsFor {
		return v.known
	}
	ctx, cancel := context.WithTimeout(ctx, whoIsTimeout)
	defer cancel()
	blank := idp.Visitor{Network: idp.NetworkTailnet, Source: v.source.Addr()}
	who, err := v.who.WhoIs(ctx, v.source.String())
	if err != nil {
		return unidentified(blank, idp.UnidentifiedUnknown)
	}
	v.known, v.asked = identity(blank, who, now), now
	return v.known
}

// identity fills in a visitor from what the tailnet knows of its node. Whatever could be somebody else's traffic is nobody's.
func identity(v idp.Visitor, who *apitype.WhoIsResponse, now idp.Time) idp.Visitor {
	n, p := who.Node, who.UserProfile
	if n == nil {
		return unidentified(v, idp.UnidentifiedUnknown)
	}
	v.Node, _, _ = strings.Cut(n.Name, ".")
	switch {
	case n.IsTagged():
		return unidentified(v, idp.UnidentifiedTagged)
	case n.Sharer != 0 || n.Hostinfo.Valid() && n.Hostinfo.ShareeNode():
		return unidentified(v, idp.UnidentifiedShared)
	case n.Expired || !n.KeyExpiry.IsZero() && idp.At(n.KeyExpiry).Passed(now):
		return unidentified(v, idp.UnidentifiedExpired)
	case routes(n):
		return unidentified(v, idp.UnidentifiedRoutes)
	case p == nil || p.ID == 0 || p.LoginName == "" || p.ID != n.User || n.IsJailed || n.UnsignedPeerAPIOnly:
		return unidentified(v, idp.UnidentifiedUnknown)
	}
	v.Login, v.TailscaleUserID, v.Identified = p.LoginName, int64(p.ID), true
	return v
}

// routes says whether the node advertises routes or is granted any beyond its own addresses.
func routes(n *tailcfg.Node) bool {
	if len(n.PrimaryRoutes) > 0 || n.Hostinfo.Valid() && n.Hostinfo.RoutableIPs().Len() > 0 {
		return true
	}
	return slices.ContainsFunc(n.AllowedIPs, func(p netip.Prefix) bool { return !slices.Contains(n.Addresses, p) })
}

func unidentified(v idp.Visitor, why string) idp.Visitor {
	v.Login, v.TailscaleUserID, v.Identified, v.Unidentified = "", 0, false, why
	return v
}
