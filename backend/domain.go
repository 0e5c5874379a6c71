package backend

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"hearthkey/backend/idp"
	"hearthkey/backend/public"
	"hearthkey/backend/store"
)

// entrance is the listener for the owner's own reverse proxy.
type entrance struct {
	domain   store.Domain
	provider *provider
	listener net.Listener
}

// serves says whether an entrance is the one that is wanted.
func (e *entrance) serves(d store.Domain, p *provider) bool {
	return e != nil && e.provider == p && e.domain.Listen == d.Listen && slices.Equal(e.domain.Proxies, d.Proxies)
}

// serveProxy opens the listener for the owner's proxy as the settings want it now, in place of the one of before. What cannot be opened is a problem and no error, so that the window is there to choose another address; keepProxy tries again.
func (b *Backend) serveProxy(ctx context.Context, pin idp.Pin) error {
	d, err := b.store.Domain(ctx)
	if err != nil {
		return err
	}
	formers, err := b.store.Formers(ctx)
	if err != nil {
		return err
	}
	comes := pin.Mode == idp.ModeDomain || slices.ContainsFunc(formers, func(f idp.Former) bool { return f.Pin.Mode == idp.ModeDomain })
	err = b.openEntrance(pin, d, comes)
	if pin.Mode != idp.ModeDomain { // the proxy brings a former name only, which the window shows by itself
		err = nil
	}
	b.setProblem(problemProxy, err)
	return nil
}

// openEntrance opens the listener where the proxy comes: for the issuer, or for a former host of the owner's own.
func (b *Backend) openEntrance(pin idp.Pin, d store.Domain, comes bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	wanted := b.started && comes && d.Listen.IsValid() && b.provider != nil && b.provider.pin.Issuer == pin.Issuer
	if wanted && b.entrance.serves(d, b.provider) {
		return nil
	}
	if before := b.entrance; before != nil {
		_ = before.listener.Close()
		b.entrance = nil
	}
	if !wanted {
		return nil
	}
	ln, err := listenAt(d.Listen)
	if err != nil {
		return err
	}
	e := &entrance{d, b.provider, ln}
	b.entrance = e
	b.background(func() { b.runEntrance(e) })
	return nil
}

// runEntrance answers the proxy until the listener closes.
func (b *Backend) runEntrance(e *entrance) {
	err := e.provider.server.ServeProxied(e.listener, public.Proxies(e.domain.Proxies))
	b.mu.Lock()
	lost := b.entrance == e
	if lost {
		b.entrance = nil
	}
	b.mu.Unlock()
	if lost && b.ctx.Err() == nil {
		b.opts.Log.Error("the listener for the proxy ended", "address", e.domain.Listen.String(), "error", err)
	}
}

// keepProxy opens the listener again where it could not be opened or has ended: a network that was not there yet, a program that had the port.
func (b *Backend) keepProxy() {
	pin, err := b.store.Pin(b.ctx)
	if err == nil {
		err = b.serveProxy(b.ctx, pin)
	}
	if err != nil && b.ctx.Err() == nil {
		b.opts.Log.Warn("look after the listener for the proxy", "error", err)
	}
}

// mayListen says whether the listener could be opened at an address. A port that it has already is given up for the new one.
func (b *Backend) mayListen(at netip.AddrPort) error {
	b.mu.Lock()
	own := b.entrance
	b.mu.Unlock()
	if own != nil && own.domain.Listen.Port() == at.Port() {
		at = netip.AddrPortFrom(at.Addr(), 0)
	}
	ln, err := listenAt(at)
	if err != nil {
		return err
	}
	return ln.Close()
}

// listenAt binds an address. An idp.Error on listen says what is in the way.
func listenAt(at netip.AddrPort) (net.Listener, error) {
	ln, err := net.Listen("tcp", at.String())
	if err == nil {
		return ln, nil
	}
	port := strconv.Itoa(int(at.Port()))
	var fail *idp.Error
	var why syscall.Errno
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		fail = idp.Fail(idp.Conflict, "backend.listen_taken", "ip", at.Addr().String(), "port", port, "next", nextFreeAt(at).String())
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		fail = idp.Fail(idp.Invalid, "backend.listen_elsewhere", "ip", at.Addr().String())
	case errors.Is(err, syscall.EACCES):
		fail = idp.Fail(idp.Invalid, "backend.port_denied", "port", port)
	default:
		errors.As(err, &why)
		fail = idp.Fail(idp.Invalid, "backend.listen_broken", "address", at.String(), "reason", why.Error())
	}
	fail.Field = "listen"
	return nil, fail.Because(err)
}

// nextFreeAt is an address, or the same with the next port above that is free; port 0 where none is.
func nextFreeAt(at netip.AddrPort) netip.AddrPort {
	for n := int(at.Port()); n < 65536; n++ {
		next := netip.AddrPortFrom(at.Addr(), uint16(n))
		ln, err := net.Listen("tcp", next.String())
		if err == nil {
			_ = ln.Close()
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return next
		}
	}
	return netip.AddrPortFrom(at.Addr(), 0)
}

// isOwnDomain says whether a name or an address leads to the pinned name at its port, or past the proxy to the listener behind it.
func (b *Backend) isOwnDomain(pin idp.Pin, host string, port uint16) bool {
	_, own, ok := strings.Cut(pin.HostName, ":")
	if !ok {
		own = "443"
	}
	if host == pin.RPID {
		return strconv.Itoa(int(port)) == own
	}
	b.mu.Lock()
	e := b.entrance
	b.mu.Unlock()
	a, err := netip.ParseAddr(host)
	if e == nil || e.domain.Listen.Port() != port {
		return false
	}
	switch at := e.domain.Listen.Addr(); {
	case host == "localhost" || err == nil && a.IsLoopback():
		return at.IsLoopback() || at.IsUnspecified()
	default:
		return err == nil && (at == a.Unmap() || at.IsUnspecified() && isHere(a))
	}
}

// isHere says whether an address is one of this machine.
func isHere(a netip.Addr) bool {
	all, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(all, func(one net.Addr) bool {
		p, err := netip.ParsePrefix(one.String())
		return err == nil && p.Addr().Unmap() == a.Unmap()
	})
}
