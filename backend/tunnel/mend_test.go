package tunnel

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/tunnel/tunneltest"
)

func TestDialSelf(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := online(t, cloud, Config{Funnel: true})
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return h.DialSelf(ctx) },
		TLSClientConfig: &tls.Config{RootCAs: cloud.Roots()},
	}}
	defer client.CloseIdleConnections()
	if v := ask(t, client, "https://"+cloud.FQDN("id")).Visitor; v.Network != idp.NetworkTailnet || v.Node != "id" {
		t.Errorf("the node visits itself as %+v", v)
	}
}

// Listening anew gives other doors and keeps the node; starting anew gives another node, which is the same member. People get in after either.
func TestMending(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := online(t, cloud, Config{Funnel: true})
	funnel := func() *door {
		got := make(chan *door)
		h.tell(func(r *run) { go func(d *door) { got <- d }(r.doors[entranceFunnel]) })
		return <-got
	}
	visit := func(what string) {
		t.Helper()
		wait(t, h.Tunnel, idp.TunnelOnline)
		cloud.WaitFor(t, cloud.FQDN("id"))
		if v := ask(t, cloud.Visitor(from("203.0.113.7:1")), "https://"+cloud.FQDN("id")).Visitor; v.Network != idp.NetworkPublic {
			t.Errorf("%s: a visitor is %+v", what, v)
		}
	}
	before, node := funnel(), h.node.Load()
	h.Relisten()
	visit("listening anew")
	after := funnel()
	if before == nil || after == nil || before == after || h.node.Load() != node {
		t.Errorf("listening anew leaves the door %v, or changes the node", before == after)
	}
	h.Rebuild()
	waitFor(t, h.Tunnel, "another node", func(s idp.Tunnel) bool {
		return s.State == idp.TunnelOnline && h.node.Load() != node && h.node.Load() != nil
	})
	visit("starting anew")
	if names := cloud.Nodes(); len(names) != 2 {
		t.Errorf("the tailnet has %v", names)
	}
}
