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
