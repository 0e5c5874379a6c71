package public

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"hearthkey/backend/idp"
)

// peerConn is a connection from an address.
type peerConn struct {
	net.Conn
	from netip.AddrPort
}

func (c *peerConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.from) }

func connFrom(address string) *peerConn {
	return &peerConn{from: netip.AddrPortFrom(netip.MustParseAddr(address), 4711)}
}

// fill lets n connections in, each from a source of its own, and answers how many found room.
func fill(t *turnstile, network idp.Network, n int) (in []net.Conn) {
	for i := range n {
		c := connFrom(fmt.Sprintf("10.%d.%d.%d", len(network), i/250, i%250))
		if t.enter(c, network) {
			in = append(in, c)
		}
	}
	return in
}

func TestTurnstileInAll(t *testing.T) {
	s := newTurnstile()
	public := fill(s, idp.NetworkPublic, 1200)
	if len(public) != 800 {
		t.Fatalf("%d of the internet found room, want 800", len(public))
	}
	if n := len(fill(s, idp.NetworkLocal, 10)); n != 0 {
		t.Fatalf("%d of this machine found room, want 0", n)
	}
	tailnet := fill(s, idp.NetworkTailnet, 1200)
	if len(tailnet) != 200 {
		t.Fatalf("%d of the tailnet found room, want 200", len(tailnet))
	}
	for _, c := range public[:10] {
		s.leave(c, http.StateIdle)
		s.leave(c, http.StateClosed)
		s.leave(c, http.StateClosed)
	}
	if n := len(fill(s, idp.NetworkPublic, 1200)); n != 10 {
		t.Fatalf("%d found room after 10 had left, want 10", n)
	}
	for _, c := range append(public[10:], tailnet...) {
		s.leave(c, http.StateClosed)
	}
	if n := len(fill(s, idp.NetworkTailnet, 1200)); n != 990 {
		t.Fatalf("%d of the tailnet found room, want 990", n)
	}
}

func TestTurnstileOfSource(t *testing.T) {
	for name, c := range map[string]struct {
		network idp.Network
		pattern string
		room    int
	}{
		"IPv4": {idp.NetworkPublic, "203.0.113.7", 64}, "mapped": {idp.NetworkPublic, "::ffff:203.0.113.7", 64}, "one /64": {idp.NetworkPublic, "2001:db8::%x", 64},
		"tailnet node": {idp.NetworkTailnet, "100.64.0.7", 64}, "tailnet nodes": {idp.NetworkTailnet, "fd7a:115c:a1e0::%x", 100}, "this machine": {idp.NetworkLocal, "127.0.0.1", 100},
	} {
		s := newTurnstile()
		var in []net.Conn
		for i := range 100 {
			address := c.pattern
			if c.room == 100 && c.network == idp.NetworkTailnet || name == "one /64" {
				address = fmt.Sprintf(c.pattern, i+1)
			}
			if conn := connFrom(address); s.enter(conn, c.network) {
				in = append(in, conn)
			}
		}
		if len(in) != c.room {
			t.Errorf("%s: %d found room, want %d", name, len(in), c.room)
		}
		for _, conn := range append(in, in...) { // nobody leaves twice
			s.leave(conn, http.StateClosed)
		}
		if len(s.open) != 0 || len(s.bySource) != 0 || s.others != 0 {
			t.Errorf("%s: %d, %d and %d are left", name, len(s.open), len(s.bySource), s.others)
		}
	}
}

// TestGate: on a real listener the 65th connection of a source is closed, and there is room again when one has gone.
func TestGate(t *testing.T) {
	h := small(t, tailnetPin, route{method: "GET", path: "/{$}", class: classPage, handle: ok})
	address, _ := h.serve(idp.NetworkPublic)
	var open []net.Conn
	for range connectionsOfSource {
		c := dial(t, address)
		if !answers(h, c) {
			t.Fatal("a connection within the bounds was closed")
		}
		open = append(open, c)
	}
	if answers(h, dial(t, address)) {
		t.Fatal("one connection too many was answered")
	}
	h.must(open[0].Close())
	for range 10_000 { // the server learns of the end at its next read
		if answers(h, dial(t, address)) {
			return
		}
	}
	t.Fatal("there is no room after one has left")
}

func answers(h *home, c net.Conn) bool {
	if _, err := io.WriteString(c, request(h, "/healthy")); err != nil {
		return false
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	return err == nil && res.StatusCode == http.StatusNotFound
}
