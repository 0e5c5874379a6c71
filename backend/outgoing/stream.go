package outgoing

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
)

// Dial connects to host:port by the same rules, for protocols that are not HTTP. inward says that a public name may lead into the home. The time is ctx's; Explain makes a sentence of an error.
func (c *Client) Dial(ctx context.Context, network, address string, inward bool) (net.Conn, error) {
	return c.dial(ctx, network, address, inward, false)
}

// Transport carries requests by the same rules for client libraries that make their own. It takes no proxy of the environment and keeps connections until CloseIdleConnections, so it is for one errand at one address.
// Redirects, the time and the length of answers are its user's to bound.
func (c *Client) Transport(inward bool) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return c.dial(ctx, network, address, inward, false)
		},
		TLSClientConfig:    &tls.Config{RootCAs: c.cfg.Roots, MinVersion: tls.VersionTLS12},
		DisableCompression: true, MaxResponseHeaderBytes: maxAnswer,
	}
}

// Explain makes an idp.Error of what went wrong on the way to host by Dial or Transport; ctx is the errand's own.
func Explain(ctx context.Context, err error, host string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	}
	return explain(err, host, ctx.Err() != nil)
}
