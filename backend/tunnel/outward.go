package tunnel

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"

	"hearthkey/backend/idp"

	"tailscale.com/ipn/ipnstate"
)

// Joined says whether the node is a member of its tailnet now, so that Dial and Lookup lead somewhere.
func (t *Tunnel) Joined() bool {
	switch s := t.Snapshot(); s.State {
	case idp.TunnelOff, idp.TunnelStarting, idp.TunnelNeedsLogin, idp.TunnelNeedsApproval, idp.TunnelKeyExpired:
		return false
	default:
		return s.DNSName != "" && t.node.Load() != nil
	}
}

// Dial connects to an address of the tailnet, IP and port, through the node.
func (t *Tunnel) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	n := t.node.Load()
	if n == nil {
		return nil, net.ErrClosed
	}
	return n.server.Dial(ctx, network, address)
}

// Lookup finds the addresses of a node of the tailnet by its full name; none for a name that is no node's.
func (t *Tunnel) Lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	n := t.node.Load()
	if n == nil {
		return nil, net.ErrClosed
	}
	st, err := n.client.Status(ctx)
	if err != nil {
		return nil, err
	}
	name = strings.TrimSuffix(name, ".")
	for _, peer := range append(peers(st), st.Self) {
		if peer != nil && strings.EqualFold(strings.TrimSuffix(peer.DNSName, "."), name) {
			return peer.TailscaleIPs, nil
		}
	}
	return nil, nil
}

func peers(st *ipnstate.Status) []*ipnstate.PeerStatus {
	out := make([]*ipnstate.PeerStatus, 0, len(st.Peer)+1)
	for _, p := range st.Peer {
		out = append(out, p)
	}
	return out
}

// IsOwn says whether an address is the node's own, as far as the node has said.
func (t *Tunnel) IsOwn(a netip.Addr) bool {
	own := t.own.Load()
	return own != nil && slices.Contains(*own, a)
}
