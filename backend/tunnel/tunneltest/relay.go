package tunneltest

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"tailscale.com/derp/derpserver"
	"tailscale.com/net/stunserver"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// startRelay starts one DERP relay with its STUN server, and returns the map that tells nodes of it.
func (c *Cloud) startRelay(t testing.TB) *tailcfg.DERPMap {
	t.Helper()
	relay := derpserver.New(key.NewNode(), c.opts.Logf)
	front := httptest.NewUnstartedServer(derpserver.Handler(relay))
	front.Config.ErrorLog = silent
	front.Config.TLSNextProto = make(map[string]func(*http.Server, *tls.Conn, http.Handler)) // a relayed connection is hijacked, which HTTP/2 cannot
	c.relayGate = newGate(front.Listener)
	front.Listener = c.relayGate
	front.StartTLS()
	t.Cleanup(func() { front.CloseClientConnections(); front.Close(); _ = relay.Close() })

	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	stun := stunserver.New(ctx)
	if err := stun.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	go func() { _ = stun.Serve() }()
	return &tailcfg.DERPMap{Regions: map[int]*tailcfg.DERPRegion{1: {
		RegionID: 1, RegionCode: "test", RegionName: "loopback",
		Nodes: []*tailcfg.DERPNode{{
			Name: "1", RegionID: 1, HostName: "127.0.0.1", IPv4: "127.0.0.1", IPv6: "none",
			STUNPort: stun.LocalAddr().(*net.UDPAddr).Port, DERPPort: front.Listener.Addr().(*net.TCPAddr).Port,
			InsecureForTests: true, STUNTestIP: "127.0.0.1",
		}},
	}}}
}

var silent = log.New(io.Discard, "", 0)
