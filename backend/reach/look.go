package reach

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hearthkey/backend/idp"
)

const (
	lookTimeout    = 8 * time.Second // of a whole look; two of them fit into the time that the window waits
	connectTimeout = 4 * time.Second
	answerAtMost   = 16 << 10
	path           = "/.well-known/hearthkey/reach?nonce="
)

// Internet is the way that visitors take to the pinned name. The zero value is the real one.
type Internet struct {
	Servers []string       // name servers, IP and port; three public ones if empty
	Port    string         // 443 if empty
	Roots   *x509.CertPool // who signs certificates; the system's if nil
	Inside  bool           // addresses of this machine and of homes count as public
}

// Finding is what one look found.
type Finding struct {
	State  idp.ReachState
	Took   time.Duration // from the first byte sent to the answer, names aside: visitors keep those
	Reason idp.Message   // why State is not up
	Err    error         // the same for the log
}

// way is how one look gets its connection, and what its failures are called.
type way struct {
	pin     idp.Pin
	network idp.Network
	roots   *x509.CertPool
	connect func(context.Context) (net.Conn, error)
}

// Public looks at the pinned name as the internet does. nonce is what the answer has to be.
func (i Internet) Public(ctx context.Context, pin idp.Pin, nonce string) Finding {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	if len(i.Servers) == 0 {
		i.Servers = publicServers
	}
	i.Port = i.PortOf(pin)
	found, err := addresses(ctx, i.Servers, pin.RPID)
	if err != nil {
		return failed(ctx, pin, idp.NetworkPublic, err)
	}
	found = slices.DeleteFunc(slices.Clone(found), func(a netip.Addr) bool { return !i.Inside && inward(a) })
	if len(found) == 0 {
		return failed(ctx, pin, idp.NetworkPublic, errInward)
	}
	return way{pin: pin, network: idp.NetworkPublic, roots: i.Roots, connect: func(ctx context.Context) (net.Conn, error) { return first(ctx, found, i.Port) }}.look(ctx, nonce)
}

// Find is what the internet is told for a host, or this machine where no public name server answers; public says which.
func (i Internet) Find(ctx context.Context, host string) (found []netip.Addr, public bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout/2)
	defer cancel()
	if len(i.Servers) == 0 {
		i.Servers = publicServers
	}
	found, err = addresses(ctx, i.Servers, host)
	if !errors.Is(err, errNoServer) {
		return found, true, err
	}
	found, err = net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	return found, false, err
}

// PortOf is where a pinned issuer is found: the port of its URL, 443 by itself.
func (i Internet) PortOf(pin idp.Pin) string {
	if i.Port != "" {
		return i.Port
	}
	if _, port, ok := strings.Cut(pin.HostName, ":"); ok {
		return port
	}
	return "443"
}

// Tailnet looks at the pinned name through the node; dial connects to the node's own address.
func (i Internet) Tailnet(ctx context.Context, pin idp.Pin, nonce string, dial func(context.Context) (net.Conn, error)) Finding {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	return way{pin: pin, network: idp.NetworkTailnet, roots: i.Roots, connect: dial}.look(ctx, nonce)
}

// Local looks at a trial as a browser on this machine does.
func Local(ctx context.Context, pin idp.Pin, nonce string) Finding {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	return way{pin: pin, network: idp.NetworkLocal, connect: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", pin.HostName)
	}}.look(ctx, nonce)
}

// inward are addresses that no visitor from the internet gets to; 100.64.0.0/10 is every tailnet's (RFC 6598).
func inward(a netip.Addr) bool {
	a = a.Unmap()
	return !a.IsGlobalUnicast() || a.IsPrivate() || netip.MustParsePrefix("100.64.0.0/10").Contains(a)
}

// first connects to whichever address takes the connection first. A name has several relays, and a browser too goes on to the next.
func first(ctx context.Context, to []netip.Addr, port string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	type result struct {
		conn net.Conn
		err  error
	}
	to = to[:min(len(to), 8)]
	results := make(chan result, len(to))
	for _, a := range to {
		go func() {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(a.String(), port))
			results <- result{conn, err}
		}()
	}
	var why error
	for n := range to {
		r := <-results
		if r.err == nil {
			go func() {
				for range len(to) - n - 1 {
					if late := <-results; late.err == nil {
						_ = late.conn.Close()
					}
				}
			}()
			return r.conn, nil
		}
		why = r.err
	}
	return nil, fmt.Errorf("%w: %w", errNoConnection, why)
}

// look connects, shakes hands, asks and compares.
func (w way) look(ctx context.Context, nonce string) Finding {
	began := time.Now()
	conn, err := w.connect(ctx)
	if err != nil {
		if !errors.Is(err, errNoConnection) {
			err = fmt.Errorf("%w: %w", errNoConnection, err)
		}
		return failed(ctx, w.pin, w.network, err)
	}
	defer func() { _ = conn.Close() }()
	if until, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(until)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if w.pin.Secure() {
		secure := tls.Client(conn, &tls.Config{ServerName: w.pin.RPID, RootCAs: w.roots, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
		if err := secure.HandshakeContext(ctx); err != nil {
			return failed(ctx, w.pin, w.network, fmt.Errorf("%w: %w", errHandshake, err))
		}
		conn = secure
	}
	answer, err := fetch(ctx, conn, w.pin.Issuer+path+nonce)
	switch {
	case err != nil:
		return failed(ctx, w.pin, w.network, fmt.Errorf("%w: %w", errNoAnswer, err))
	case answer != nonce:
		return failed(ctx, w.pin, w.network, errOtherAnswer)
	}
	return Finding{State: idp.ReachUp, Took: time.Since(began)}
}

func fetch(ctx context.Context, conn net.Conn, address string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	req.Close = true
	req.Header.Set("User-Agent", "Hearthkey")
	if err := req.Write(conn); err != nil {
		return "", err
	}
	res, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, answerAtMost)), req) // header and all: a former name may be a stranger's by now
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}
