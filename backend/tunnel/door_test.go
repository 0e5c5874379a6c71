package tunnel

import (
	"io"
	"net"
	"net/netip"
	"testing"

	"hearthkey/backend/idp"

	"tailscale.com/ipn"
)

// funnelled makes every connection of a listener look as if it came through Funnel.
type funnelled struct{ net.Listener }

func (f funnelled) Accept() (net.Conn, error) {
	c, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &ipn.FunnelConn{Conn: c, Src: netip.MustParseAddrPort("[::ffff:203.0.113.7]:443")}, nil
}

func TestDoorRefusesTheOtherNetwork(t *testing.T) {
	for _, tt := range []struct {
		entrance entrance
		funnel   bool
		network  idp.Network // "" is refused
	}{
		{entranceFunnel, true, idp.NetworkPublic},
		{entranceFunnel, false, ""},
		{entranceTailnet, false, idp.NetworkTailnet},
		{entranceTailnet, true, ""},
		{entranceRedirect, true, ""},
	} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		d := &door{Listener: ln, entrance: tt.entrance, clock: idp.SystemClock}
		if tt.funnel {
			d.Listener = funnelled{ln}
		}
		accepted := make(chan net.Conn, 1)
		go func() {
			if c, err := d.Accept(); err == nil {
				accepted <- c
			}
			close(accepted)
		}()
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if tt.network == "" {
			if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("%s, through Funnel %v: read gives %v, want to be closed", tt.entrance, tt.funnel, err)
			}
			_ = ln.Close()
		}
		c, ok := <-accepted
		if ok != (tt.network != "") {
			t.Errorf("%s, through Funnel %v: accepted is %v", tt.entrance, tt.funnel, ok)
		}
		if ok {
			if v := c.(*visit); v.network != tt.network {
				t.Errorf("%s: network is %s", tt.entrance, v.network)
			} else if tt.funnel && c.RemoteAddr().String() != "203.0.113.7:443" {
				t.Errorf("%s: remote address is %s", tt.entrance, c.RemoteAddr())
			}
			_ = c.Close()
		}
		_ = conn.Close()
		_ = ln.Close()
	}
}
