package public

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"hearthkey/backend/idp"
)

// Bounds of a look at peers that are turned away, which there is only while the owner checks the proxy.
const (
	lookTime   = 2 * time.Second
	looksAtMax = 8
)

// requestsOfSource bounds what is under way for one visitor behind a proxy, whose connections all come from one place.
const requestsOfSource = connectionsOfSource

// ServeProxied answers what the owner's own reverse proxies send, until the listener closes or Shutdown is called. Whoever else connects is let go before a byte is answered.
//
// Connections are counted as this machine's own are, since all visitors share them; the share of a source is of requests under way instead.
func (s *Server) ServeProxied(ln net.Listener, proxies Proxies) error {
	return s.serve(&door{Listener: ln, proxies: proxies, nonces: s.nonces, looks: make(chan bool, looksAtMax)}, idp.NetworkLocal, nil,
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.proxied(w, r, proxies) }))
}

// proxied answers a request that a trusted proxy sent, once that has said who visits. The network is public, wherever the visitor sits.
func (s *Server) proxied(w http.ResponseWriter, r *http.Request, proxies Proxies) {
	origin, err := proxies.Origin(r.Header)
	s.nonces.arrived(r, arrival(r, true, origin, err))
	switch {
	case !s.isOurHost(r) && !s.formers.have(r.Context(), strings.ToLower(r.Host)):
		w.WriteHeader(http.StatusMisdirectedRequest) // RFC 9110 §15.5.20
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, err)
		return
	case origin.Scheme != "https" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		http.Redirect(w, r, s.pin.Issuer+plainTarget(r), http.StatusMovedPermanently)
		return
	case origin.Scheme != "https":
		refuse(w, http.StatusBadRequest, idp.Fail(idp.Invalid, "public.forwarded_http", "issuer", s.pin.Issuer))
		return
	}
	v := idp.Visitor{Network: idp.NetworkPublic, Source: origin.Source}
	leave, room := s.crowd.enter(v.SourceKey())
	if !room {
		refuse(w, http.StatusTooManyRequests, idp.Fail(idp.Unavailable, "public.too_many"))
		return
	}
	defer leave()
	s.dispatch(w, r, func(*http.Request) idp.Visitor { return v })
}

// refuse says in plain text why nothing is done. The owner reads it while setting up the proxy, and nobody afterwards.
func refuse(w http.ResponseWriter, status int, err error) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, err.Error()+"\n")
}

// crowd counts the requests under way of each source.
type crowd struct {
	mu       sync.Mutex
	bySource map[string]int
}

func (c *crowd) enter(source string) (leave func(), room bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bySource[source] >= requestsOfSource {
		return nil, false
	}
	c.bySource[source]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.bySource[source]--; c.bySource[source] == 0 {
			delete(c.bySource, source)
		}
	}, true
}

// door is a listener that lets only the proxies in.
type door struct {
	net.Listener
	proxies Proxies
	nonces  *nonces
	looks   chan bool // a place for each connection that is looked at
}

func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, _ := netip.ParseAddrPort(c.RemoteAddr().String())
		if d.proxies.Trust(from.Addr()) {
			return c, nil
		}
		d.turnAway(c)
	}
}

// turnAway closes a stranger's connection. While the owner checks the proxy it is read first, though never answered: the nonce of the check tells a proxy that is not named yet from everybody else.
func (d *door) turnAway(c net.Conn) {
	if d.nonces.watched() {
		select {
		case d.looks <- true:
			go func() {
				defer func() { <-d.looks }()
				d.look(c)
				_ = c.Close()
			}()
			return
		default:
		}
	}
	_ = c.Close()
}

func (d *door) look(c net.Conn) {
	if c.SetReadDeadline(time.Now().Add(lookTime)) != nil {
		return
	}
	r, err := http.ReadRequest(bufio.NewReader(io.LimitReader(c, maxHeader)))
	if err != nil {
		return
	}
	r.RemoteAddr = c.RemoteAddr().String()
	origin, err := d.proxies.Origin(r.Header)
	d.nonces.arrived(r, arrival(r, false, origin, err))
}

// Arrival is what came in with a nonce, as the listener behind the proxy saw it.
type Arrival struct {
	Peer    netip.Addr // who connected
	Trusted bool       // it is one of the proxies; otherwise it got no answer
	Host    string
	For     []string // the lines of X-Forwarded-For
	Other   []string // the lines of Forwarded
	Proto   []string // the lines of X-Forwarded-Proto
	Origin  Origin   // what follows from them
	Problem error    // why nothing does
}

func arrival(r *http.Request, trusted bool, o Origin, err error) Arrival {
	from, _ := netip.ParseAddrPort(r.RemoteAddr)
	return Arrival{
		Peer: from.Addr().Unmap().WithZone(""), Trusted: trusted, Host: r.Host, Origin: o, Problem: err,
		For: r.Header.Values("X-Forwarded-For"), Other: r.Header.Values("Forwarded"), Proto: r.Header.Values("X-Forwarded-Proto"),
	}
}
