package tunnel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"hearthkey/backend/idp"

	"tailscale.com/client/local"
	"tailscale.com/tsnet"
)

// entrance names a way in.
type entrance string

const (
	entranceFunnel   entrance = "funnel"   // :443 from the internet
	entranceTailnet  entrance = "tailnet"  // :443 from the tailnet
	entranceRedirect entrance = "redirect" // :80 from the tailnet
)

// listenTimeout bounds opening a listener, which is a matter of milliseconds while the node runs and for ever when it ceases to in that moment.
const listenTimeout = 15 * time.Second

// door is an open listener. It hands out connections as visits, behind TLS where tls is set.
type door struct {
	net.Listener
	entrance entrance
	tls      *tls.Config
	who      *local.Client
	clock    idp.Clock
}

// Accept takes the next visitor. Connections of a Funnel listener come wrapped in TLS that has not begun; the wrapping is renewed around the visit, so that
// the whole server sees the true source.
func (d *door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		raw := conn
		if t, ok := conn.(*tls.Conn); ok {
			raw = t.NetConn()
		}
		v := classify(raw, d.who, d.clock)
		switch {
		case v.network != d.network(): // never seen; a listener is no place to guess
			_ = raw.Close()
		case d.tls == nil:
			return v, nil
		default:
			return tls.Server(v, d.tls), nil
		}
	}
}

func (d *door) network() idp.Network {
	if d.entrance == entranceFunnel {
		return idp.NetworkPublic
	}
	return idp.NetworkTailnet
}

func (d *door) endpoint() Endpoint {
	return Endpoint{
		Listener: d, Network: d.network(), Redirect: d.entrance == entranceRedirect,
		ConnContext: connContext, Visitor: visitorOf,
	}
}

// openDoor listens on the node. It must be Running.
func openDoor(ctx context.Context, n *node, e entrance, keys *keyring, clock idp.Clock) (*door, error) {
	d := &door{entrance: e, tls: keys.config(), who: n.client, clock: clock}
	listen := func() (net.Listener, error) { return n.server.Listen("tcp", ":443") }
	switch e {
	case entranceFunnel:
		listen = func() (net.Listener, error) {
			return n.server.ListenFunnel("tcp", ":443", tsnet.FunnelOnly(), tsnet.FunnelTLSConfig(d.tls))
		}
	case entranceRedirect:
		d.tls = nil
		listen = func() (net.Listener, error) { return n.server.Listen("tcp", ":80") }
	}
	ln, err := within(ctx, listenTimeout, listen)
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w", e, err)
	}
	d.Listener = ln
	return d, nil
}

// within calls listen, which takes no context, and gives up after limit or with ctx. What it opens after that is closed.
func within(ctx context.Context, limit time.Duration, listen func() (net.Listener, error)) (net.Listener, error) {
	type result struct {
		ln  net.Listener
		err error
	}
	done := make(chan result, 1)
	go func() {
		ln, err := listen()
		done <- result{ln, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	late := errors.New("the node did not answer")
	select {
	case r := <-done:
		return r.ln, r.err
	case <-ctx.Done():
		late = ctx.Err()
	case <-timer.C:
	}
	go func() {
		if r := <-done; r.err == nil {
			_ = r.ln.Close()
		}
	}()
	return nil, late
}
