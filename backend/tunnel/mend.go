package tunnel

import (
	"context"
	"net"
	"net/netip"

	"hearthkey/backend/idp"
)

// selfPort is where the tailnet's own entrance listens.
const selfPort = 443

// Relisten closes every way in and opens it anew, which announces Funnel to the tailnet again. Visitors in the middle of a request are cut off; it is for a
// Funnel that is on by all that the node says and lets nobody through.
func (t *Tunnel) Relisten() {
	t.tell(func(r *run) {
		for e, d := range r.doors {
			delete(r.doors, e)
			_ = d.Close()
		}
		r.settled = false // what the node told control to serve is told again
		r.refresh()
	})
}

// Rebuild ends the node and starts another on the same keys, for when listening anew did not help. It stays the same member of its tailnet.
func (t *Tunnel) Rebuild() {
	t.tell(func(r *run) {
		r.closeNode()
		r.refresh()
	})
}

// DialSelf connects, through the node, to the node's own address on the tailnet, as another member would reach it.
func (t *Tunnel) DialSelf(ctx context.Context) (net.Conn, error) {
	own := t.own.Load()
	if own == nil || len(*own) == 0 || !t.Joined() {
		return nil, idp.Fail(idp.Unavailable, "tunnel.not_joined")
	}
	return t.Dial(ctx, "tcp", netip.AddrPortFrom((*own)[0], selfPort).String())
}
