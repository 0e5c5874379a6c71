package outgoing

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"hearthkey/backend/idp"
)

// Dial connects to host:port under the rules of this package, for programs' own protocols. inward says that a public name may lead into the home. Its errors are idp.Error, or ctx's own.
func (c *Client) Dial(ctx context.Context, address string, inward bool) (net.Conn, error) {
	host, _, err := split(address)
	if err != nil || host == "" || !isASCII(host) || looksNumeric(host) {
		return nil, idp.Fail(idp.Invalid, "outgoing.number", "host", host).Because(err)
	}
	limited, cancel := context.WithTimeout(ctx, c.cfg.Patience)
	defer cancel()
	conn, err := c.dial(limited, "tcp", address, inward, false)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, explain(err, host, limited.Err() != nil)
	}
	return conn, nil
}

// Transport makes connections for client libraries of protocols that live in HTTP, under the rules of this package: every connection is admitted anew, and none is kept. Limits of size and time are the caller's, and so are redirects, which a RoundTripper never follows.
func (c *Client) Transport(inward bool) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return c.dial(ctx, network, address, inward, false)
		},
		TLSClientConfig:     &tls.Config{RootCAs: c.cfg.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: c.cfg.Patience, ResponseHeaderTimeout: 6 * c.cfg.Patience, ExpectContinueTimeout: time.Second,
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxAnswer,
	}
}

// Explain makes an idp.Error of what went wrong on a connection to host that Dial or Transport made.
func Explain(err error, host string) error {
	var waited net.Error
	return explain(err, host, errors.Is(err, context.DeadlineExceeded) || errors.As(err, &waited) && waited.Timeout())
}

// IsHome says whether a host is one of the home by what it is called: an address of a home's networks, a single label, .local, ts.net and the like.
func IsHome(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if a, err := netip.ParseAddr(host); err == nil {
		return placeOf(a) == inside
	}
	return isLocal(host)
}
