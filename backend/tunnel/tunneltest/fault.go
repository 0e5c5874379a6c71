package tunneltest

import (
	"net"
	"sync"
)

// gate is a listener that can be shut: the connections that it let in end, and new ones end as soon as they are made.
type gate struct {
	net.Listener
	mu   sync.Mutex
	shut bool
	in   map[net.Conn]struct{}
}

func newGate(ln net.Listener) *gate { return &gate{Listener: ln, in: map[net.Conn]struct{}{}} }

// Accept lets a connection in, or ends it.
func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		g.mu.Lock()
		if !g.shut {
			g.in[conn] = struct{}{}
			g.mu.Unlock()
			return &guest{conn, g}, nil
		}
		g.mu.Unlock()
		_ = conn.Close()
	}
}

// set opens or shuts the gate.
func (g *gate) set(open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = !open
	for conn := range g.in {
		if g.shut {
			_ = conn.Close()
		}
	}
}

// guest is a connection that the gate can end.
type guest struct {
	net.Conn
	gate *gate
}

// Close ends the connection and lets the gate forget it.
func (c *guest) Close() error {
	c.gate.mu.Lock()
	delete(c.gate.in, c.Conn)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite passes the end of one direction on.
func (c *guest) CloseWrite() error { closeWrite(c.Conn); return nil }

// SetControl lets the control server be reached or not. Nodes go on with what it told them.
func (c *Cloud) SetControl(reachable bool) { c.controlGate.set(reachable) }

// SetEdge lets the Funnel edge relay or not: it still takes connections, and drops them.
func (c *Cloud) SetEdge(relays bool) { c.edgeGate.set(relays) }

// SetRelay lets the relay be reached or not. Nodes that have a way of their own to each other go on.
func (c *Cloud) SetRelay(reachable bool) { c.relayGate.set(reachable) }

// SetNames lets the public DNS know the names of nodes or not.
func (c *Cloud) SetNames(known bool) {
	c.names.mu.Lock()
	defer c.names.mu.Unlock()
	c.names.hidden = !known
}
