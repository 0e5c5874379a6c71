package outgoing

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"hearthkey/backend/idp"
)

// dial connects to host:port, as the transport asks for it. inward: a public name may lead into the home; outward: nothing may.
func (c *Client) dial(ctx context.Context, network, address string, inward, outward bool) (net.Conn, error) {
	host, port, err := split(address)
	if err != nil {
		return nil, err
	}
	admitted, err := c.admit(ctx, host, port, inward, outward)
	if err != nil {
		return nil, err
	}
	if at, elsewhere := c.cfg.Ports[port]; elsewhere {
		port = at
	}
	return c.connect(ctx, network, host, port, admitted)
}

// admit finds the addresses of a host, and looks at every one. One that is refused refuses them all: an honest name does not mix.
func (c *Client) admit(ctx context.Context, host string, port uint16, inward, outward bool) ([]netip.Addr, error) {
	if c.cfg.Own(host, port) {
		return nil, idp.Fail(idp.Denied, "outgoing.own", "host", host)
	}
	addresses, err := c.addressesOf(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		if err := c.check(host, a, port, inward, outward); err != nil {
			return nil, err
		}
	}
	return addresses, nil
}

// split reads the transport's address.
func split(address string) (host string, port uint16, err error) {
	host, digits, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	return strings.ToLower(strings.TrimSuffix(host, ".")), uint16(n), err
}

// check refuses an address that the host may not lead to.
func (c *Client) check(host string, a netip.Addr, port uint16, inward, outward bool) error {
	switch where := placeOf(a); {
	case where == nowhere:
		return idp.Fail(idp.Denied, "outgoing.nowhere", "host", host, "ip", a.String())
	case c.cfg.Own(a.Unmap().WithZone("").String(), port) || c.cfg.Own(meant(a).String(), port):
		return idp.Fail(idp.Denied, "outgoing.own", "host", host)
	case where == outside || c.cfg.Inside && a.Unmap().IsLoopback():
	case outward, c.cfg.Public, !inward && !isLocal(host):
		return idp.Fail(idp.Denied, "outgoing.inward", "host", host, "ip", a.String())
	}
	return nil
}

// addressesOf resolves a host. Names of the tailnet are asked of the node first: this machine's DNS need not know them.
func (c *Client) addressesOf(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	if lookup := c.cfg.Tailnet().Lookup; lookup != nil && onTailnet(host) {
		if found, err := lookup(ctx, host); err == nil && len(found) > 0 {
			return found, nil
		}
	}
	found, err := c.cfg.Resolve(ctx, host)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil || len(found) == 0 {
		return nil, idp.Fail(idp.Unavailable, "outgoing.unknown", "host", host).Because(err)
	}
	return found, nil
}

// connect tries the addresses in turn. Each has its share of the time that is left, so that one that swallows everything leaves some to the next.
func (c *Client) connect(ctx context.Context, network, host string, port uint16, addresses []netip.Addr) (net.Conn, error) {
	var failures []error
	for i, a := range addresses {
		conn, err := c.connectOne(ctx, network, netip.AddrPortFrom(a, port), len(addresses)-i)
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, idp.Fail(idp.Unavailable, "outgoing.unreachable", "host", host).Because(errors.Join(failures...))
}

func (c *Client) connectOne(ctx context.Context, network string, to netip.AddrPort, left int) (net.Conn, error) {
	if end, ok := ctx.Deadline(); ok && left > 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/time.Duration(left))
		defer cancel()
	}
	if dial := c.cfg.Tailnet().Dial; dial != nil && within(tailnet, meant(to.Addr())) {
		return dial(ctx, network, to.String())
	}
	return (&net.Dialer{KeepAlive: -1}).DialContext(ctx, network, to.String())
}
