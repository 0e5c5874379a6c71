package tunneltest

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"tailscale.com/ipn"
	"tailscale.com/ipn/ipnstate"
	"tailscale.com/ipn/store/mem"
	"tailscale.com/tsnet"
)

// Visitor is an internet visitor: every name leads to the edge, certificates are checked against the authority, and the connections come from src. The
// zero src is the true TCP source on loopback. Redirects are followed as http.Client does; the caller may change the client.
func (c *Cloud) Visitor(src netip.AddrPort) *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.EdgeAddr())
		if err == nil && src.IsValid() {
			c.edge.claim(conn.LocalAddr().String(), src)
		}
		return conn, err
	}
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: c.roots}, ForceAttemptHTTP2: true,
	}}
}

// PublicSource is the address from which visitors come that no Visitor client made, such as a browser. The zero address is the true TCP source.
func (c *Cloud) PublicSource(a netip.Addr) {
	c.edge.mu.Lock()
	defer c.edge.mu.Unlock()
	c.edge.others = a
}

func (e *edge) claim(peer string, src netip.AddrPort) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.claims[peer] = src
}

// ChromiumFlags make Chromium reach host through the edge and take its certificate. Chromium heeds the pin only with a --user-data-dir of its own.
func (c *Cloud) ChromiumFlags(host string) []string {
	return []string{
		fmt.Sprintf("--host-resolver-rules=MAP %s %s", host, c.EdgeAddr()),
		"--ignore-certificate-errors-spki-list=" + c.issuerSPKI,
	}
}

// Member joins another node, called name, of a person of its own, and returns a client that visits from it, with that person's login name.
func (c *Cloud) Member(t testing.TB, name string) (*http.Client, string) {
	t.Helper()
	node, st := c.join(t, name)
	client := node.HTTPClient()
	client.Timeout = 30 * time.Second
	client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: c.roots}
	t.Cleanup(client.CloseIdleConnections)
	return client, st.User[st.Self.UserID].LoginName
}

// join brings up a node of the cloud's own, by whatever way this tailnet wants.
func (c *Cloud) join(t testing.TB, name string) (*tsnet.Server, *ipnstate.Status) {
	t.Helper()
	node := &tsnet.Server{
		Dir: filepath.Join(c.dir, name), Hostname: name, ControlURL: c.base, AuthKey: c.opts.AuthKey,
		Store: new(mem.Store), Ephemeral: true, UserLogf: c.opts.Logf,
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if c.opts.Login {
		c.logIn(t, ctx, node)
	}
	st, err := node.Up(ctx)
	if err != nil {
		t.Fatalf("node %s: %v", name, err)
	}
	return node, st
}

// logIn waits for the node's login URL and completes it.
func (c *Cloud) logIn(t testing.TB, ctx context.Context, node *tsnet.Server) {
	t.Helper()
	lc, err := node.LocalClient()
	if err != nil {
		t.Fatal(err)
	}
	bus, err := lc.WatchIPNBus(ctx, ipn.NotifyInitialState)
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	for {
		n, err := bus.Next()
		if err != nil {
			t.Fatal(err)
		}
		if n.BrowseToURL != nil && *n.BrowseToURL != "" {
			c.CompleteLogin(t, *n.BrowseToURL)
			return
		}
	}
}
