package outgoing

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"hearthkey/backend/idp"
)

const (
	patience  = 5 * time.Second // for one request, from the name's lookup to the last byte of the answer
	maxAnswer = 64 << 10        // bytes of a body, and of a header
)

// Config says how a Client reaches others. The zero value calls by the system's own means, and knows no listener of its own.
type Config struct {
	// Own says whether this program itself serves host, a name or an IP address, at port.
	Own func(host string, port uint16) bool
	// Tailnet is the node's way to other nodes as it stands now.
	Tailnet func() Tailnet
	// Resolve finds the addresses of a name; the system's resolver when nil.
	Resolve func(ctx context.Context, name string) ([]netip.Addr, error)
	// Roots are the authorities that certificates are checked against; the system's when nil.
	Roots *x509.CertPool
	// Patience is how long a request may take in all; 5 seconds when 0.
	Patience time.Duration
	// Public says that only the internet may be called: an address of the home is refused whatever its name. For looks from outside.
	Public bool
	// Ports are where others are found in the internet that a test puts up: 443 at another, as each stands.
	Ports map[uint16]uint16
	// Inside says that this machine's own addresses count as the internet's, as in one that a test puts up.
	Inside bool
}

// Tailnet is a node's way to other nodes. It is zero while there is no node: then the system's own way is taken, which leads there too where the machine itself is in the tailnet.
type Tailnet struct {
	// Lookup finds the addresses of a node by its full name; none for a name that the tailnet does not know.
	Lookup func(ctx context.Context, name string) ([]netip.Addr, error)
	// Dial connects to an address of the tailnet.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client makes requests. It is safe for concurrent use.
type Client struct {
	cfg Config
}

// New makes a Client.
func New(c Config) *Client {
	if c.Own == nil {
		c.Own = func(string, uint16) bool { return false }
	}
	if c.Tailnet == nil {
		c.Tailnet = func() Tailnet { return Tailnet{} }
	}
	if c.Resolve == nil {
		c.Resolve = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		}
	}
	if c.Patience == 0 {
		c.Patience = patience
	}
	return &Client{c}
}

// Request is one request to an address that the owner typed.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte
	Inward bool // a public name may lead into the home

	outward bool // another server chose the address: none of the home is called
}

// Answer is what came back, redirects too.
type Answer struct {
	Status  int
	Header  http.Header
	Body    []byte
	Address netip.AddrPort       // that answered
	TLS     *tls.ConnectionState // nil for http
	Took    time.Duration        // from the name's lookup to the last byte
}

// Do makes a request and reads the whole answer. Its errors are idp.Error that name the address and what to do, or ctx's own.
func (c *Client) Do(ctx context.Context, r Request) (Answer, error) {
	target, err := parse(r.URL)
	if err != nil {
		return Answer{}, err
	}
	limited, cancel := context.WithTimeout(ctx, c.cfg.Patience)
	defer cancel()
	began := time.Now()
	answer, err := c.roundTrip(limited, target, r)
	answer.Took = time.Since(began)
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() != nil:
		return Answer{}, ctx.Err()
	}
	return Answer{}, explain(err, target.Hostname(), limited.Err() != nil)
}

func (c *Client) roundTrip(ctx context.Context, target *url.URL, r Request) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, target.String(), bytes.NewReader(r.Body))
	if err != nil {
		return Answer{}, err
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "Hearthkey")
	}
	var from netip.AddrPort
	transport := &http.Transport{ // one for each request: what may be dialled differs, and a kept connection would pass the checks by
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := c.dial(ctx, network, address, r.Inward, r.outward)
			if err == nil {
				from = remote(conn)
			}
			return conn, err
		},
		TLSClientConfig:   &tls.Config{RootCAs: c.cfg.Roots, MinVersion: tls.VersionTLS12},
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxAnswer,
	}
	res, err := transport.RoundTrip(req) // a Client would follow redirects
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = idp.Fail(idp.Unavailable, "outgoing.long", "host", target.Hostname())
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: body, Address: from, TLS: res.TLS}, err
}

func remote(conn net.Conn) netip.AddrPort {
	at, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// explain makes a sentence of what went wrong on the way.
func explain(err error, host string, late bool) error {
	var known *idp.Error
	if errors.As(err, &known) {
		return known
	}
	switch {
	case late:
		known = idp.Fail(idp.Unavailable, "outgoing.silent", "host", host)
	case untrusted(err):
		known = idp.Fail(idp.Unavailable, "outgoing.certificate", "host", host)
	default:
		known = idp.Fail(idp.Unavailable, "outgoing.broken", "host", host)
	}
	return known.Because(err)
}

func untrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError // it speaks no TLS at all
	if errors.As(err, &verification) || errors.As(err, &record) {
		return true
	}
	return strings.HasPrefix(innermost(err).Error(), "tls: ") // alerts have no type of their own
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// Reason is the word for a failure of Do: the last part of its key.
func Reason(err error) string {
	var known *idp.Error
	if !errors.As(err, &known) {
		return ""
	}
	return known.Message.Key[strings.LastIndexByte(known.Message.Key, '.')+1:]
}

// ErrOffline is what a resolver wraps where nobody could be asked for a name, which says nothing of the name.
var ErrOffline = errors.New("no name server of the internet answers")
