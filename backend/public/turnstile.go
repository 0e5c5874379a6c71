package public

import (
	"net"
	"net/http"
	"net/netip"
	"sync"

	"hearthkey/backend/idp"
)

// Bounds of the open connections of a Server, over all its listeners.
const (
	connectionsInAll      = 1000
	connectionsForTailnet = 200 // of these: the rest may be taken by anybody
	connectionsOfSource   = 64
)

// turnstile counts connections by where they come from. RemoteAddr is the visitor's own address on every listener, behind Funnel too.
type turnstile struct {
	mu       sync.Mutex
	others   int // not from the tailnet
	open     map[net.Conn]idp.Visitor
	bySource map[string]int
}

func newTurnstile() *turnstile {
	return &turnstile{open: map[net.Conn]idp.Visitor{}, bySource: map[string]int{}}
}

// enter counts a connection, or says that there is no room. One machine's own connections are not held to the share of a source: in a trial they are all there is.
func (t *turnstile) enter(c net.Conn, network idp.Network) bool {
	from, _ := netip.ParseAddrPort(c.RemoteAddr().String())
	v := idp.Visitor{Network: network, Source: from.Addr()}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case len(t.open) >= connectionsInAll,
		network != idp.NetworkTailnet && t.others >= connectionsInAll-connectionsForTailnet,
		network != idp.NetworkLocal && t.bySource[v.SourceKey()] >= connectionsOfSource:
		return false
	}
	t.open[c] = v
	t.bySource[v.SourceKey()]++
	if network != idp.NetworkTailnet {
		t.others++
	}
	return true
}

// leave is for http.Server.ConnState, which tells of the end of every connection that was accepted.
func (t *turnstile) leave(c net.Conn, state http.ConnState) {
	if state != http.StateClosed && state != http.StateHijacked {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	v, ok := t.open[c]
	if !ok {
		return
	}
	delete(t.open, c)
	if t.bySource[v.SourceKey()]--; t.bySource[v.SourceKey()] == 0 {
		delete(t.bySource, v.SourceKey())
	}
	if v.Network != idp.NetworkTailnet {
		t.others--
	}
}

// gate is a listener behind the turnstile: connections without room are closed before a byte of them is read.
type gate struct {
	net.Listener
	turnstile *turnstile
	network   idp.Network
}

func (g gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil || g.turnstile.enter(c, g.network) {
			return c, err
		}
		_ = c.Close()
	}
}
