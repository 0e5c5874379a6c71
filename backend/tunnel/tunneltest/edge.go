package tunneltest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"tailscale.com/client/local"
	"tailscale.com/tailcfg"
	"tailscale.com/tsnet"
)

// edge plays Tailscale's Funnel edge: a public TCP port that reads the server name of each connection, finds the node of that name in its own network
// map, and relays the raw bytes to that node's peer API over WireGuard. It holds no key of anyone's and opens no TLS.
type edge struct {
	c    *Cloud
	ln   net.Listener
	node *tsnet.Server

	mu      sync.Mutex
	peerAPI map[string]string         // full name -> host:port
	claims  map[string]netip.AddrPort // TCP peer -> the source that a Visitor wants to have
	others  netip.Addr                // the source of everyone else; the TCP peer's if invalid
}

// listenEdge takes the port, which the certificate authority has to know before the edge can join the tailnet.
func (c *Cloud) listenEdge(t testing.TB) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	c.edgeGate = newGate(ln)
	c.edge = &edge{c: c, ln: c.edgeGate, peerAPI: map[string]string{}, claims: map[string]netip.AddrPort{}}
}

// startEdge joins the edge's own node, which control lists as unsigned and good for the peer API only, as the real ones are.
func (c *Cloud) startEdge(t testing.TB) {
	t.Helper()
	node, st := c.join(t, "funnel-edge")
	c.control.SetUnsignedPeerAPIOnly(st.Self.PublicKey, true)
	c.edge.node = node
	go c.edge.serve()
}

func (e *edge) port() int { return e.ln.Addr().(*net.TCPAddr).Port }

func (e *edge) serve() {
	for {
		conn, err := e.ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			if err := e.relay(conn); err != nil {
				e.c.opts.Logf("edge: %v", err)
			}
		}()
	}
}

// relay joins one public connection to its node. The name is read before the source is looked up: by then a Visitor has claimed its own.
func (e *edge) relay(conn net.Conn) error {
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	hello, name, err := readServerName(conn)
	if err != nil {
		return fmt.Errorf("read server name: %w", err)
	}
	_ = conn.SetReadDeadline(time.Time{})
	up, err := e.dial(context.Background(), name, e.source(conn))
	if err != nil {
		return err
	}
	defer up.Close()
	if _, err := up.Write(hello); err != nil {
		return err
	}
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(up, conn); closeWrite(up) })
	both.Go(func() { _, _ = io.Copy(conn, up); closeWrite(conn) })
	both.Wait()
	return nil
}

func (e *edge) source(conn net.Conn) netip.AddrPort {
	peer := netip.MustParseAddrPort(conn.RemoteAddr().String())
	e.mu.Lock()
	defer e.mu.Unlock()
	if src, ok := e.claims[peer.String()]; ok {
		delete(e.claims, peer.String())
		return src
	}
	if e.others.IsValid() {
		return netip.AddrPortFrom(e.others, peer.Port())
	}
	return peer
}

// dial opens a Funnel connection to the node called name from src. A node that has restarted has another peer API port: it is looked up again once.
func (e *edge) dial(ctx context.Context, name string, src netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	api, cached, err := e.findPeerAPI(ctx, name)
	if err != nil {
		return nil, err
	}
	conn, err := e.node.Dial(ctx, "tcp", api)
	if err != nil && cached {
		e.forget(name)
		return e.dial(ctx, name, src)
	}
	if err != nil {
		return nil, fmt.Errorf("dial peer API %s: %w", api, err)
	}
	in, err := ingress(conn, api, name, src)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return in, nil
}

// ingress asks the node's peer API to take over conn as a Funnel connection.
func ingress(conn net.Conn, api, name string, src netip.AddrPort) (net.Conn, error) {
	req, err := http.NewRequest(http.MethodPost, "/v0/ingress", nil)
	if err != nil {
		return nil, err
	}
	req.Host = api
	req.Header.Set("Tailscale-Ingress-Src", src.String())
	req.Header.Set("Tailscale-Ingress-Target", name+":443")
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	br := bufio.NewReader(conn)
	res, err := http.ReadResponse(br, req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		why, _ := io.ReadAll(res.Body)
		return nil, fmt.Errorf("%s refuses ingress: %s %s", name, res.Status, strings.TrimSpace(string(why)))
	}
	return &buffered{conn, br}, nil
}

func (e *edge) findPeerAPI(ctx context.Context, name string) (api string, cached bool, err error) {
	e.mu.Lock()
	api, cached = e.peerAPI[name]
	e.mu.Unlock()
	if cached {
		return api, true, nil
	}
	lc, err := e.node.LocalClient()
	if err != nil {
		return "", false, err
	}
	st, err := lc.Status(ctx)
	if err != nil {
		return "", false, err
	}
	for _, p := range st.Peer {
		if fqdn := strings.TrimSuffix(p.DNSName, "."); fqdn != name || len(p.PeerAPIURL) == 0 || len(p.TailscaleIPs) == 0 {
			continue
		}
		if err := ping(ctx, lc, p.TailscaleIPs[0]); err != nil {
			return "", false, fmt.Errorf("ping %s: %w", name, err)
		}
		api = strings.TrimPrefix(p.PeerAPIURL[len(p.PeerAPIURL)-1], "http://") // the real edge comes over IPv6, which is listed last
		e.mu.Lock()
		e.peerAPI[name] = api
		e.mu.Unlock()
		return api, false, nil
	}
	return "", false, fmt.Errorf("no node called %q takes peer API calls", name)
}

// ping tries until the node answers, which it does once it knows the edge. A connection begun before that would wait five seconds for WireGuard's next
// handshake.
func ping(ctx context.Context, lc *local.Client, ip netip.Addr) error {
	for {
		try, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		answer, err := lc.Ping(try, ip, tailcfg.PingDisco)
		cancel()
		switch {
		case err == nil && answer.Err == "":
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

func (e *edge) forget(name string) {
	e.mu.Lock()
	delete(e.peerAPI, name)
	e.mu.Unlock()
}

// waitFor tries until a Funnel connection to the node is taken: both network maps have to be in step, and nobody says when they are.
func (e *edge) waitFor(ctx context.Context, name string) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		e.forget(name)
		conn, err := e.dial(ctx, name, netip.MustParseAddrPort("192.0.2.1:1"))
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w (last: %w)", ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// buffered is a connection whose first bytes a reader already holds.
type buffered struct {
	net.Conn
	r *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.r.Read(p) }

// CloseWrite passes the end of one direction on.
func (b *buffered) CloseWrite() error { closeWrite(b.Conn); return nil }

func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = c.Close()
}
