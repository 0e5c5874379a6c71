package backend

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// listenTrial binds port on both loopback addresses, since localhost may mean either. A machine without IPv6 has the first alone.
func listenTrial(port string) ([]net.Listener, error) {
	var out []net.Listener
	for _, host := range []string{"127.0.0.1", "::1"} {
		ln, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err == nil {
			out = append(out, ln)
			continue
		}
		if host == "::1" && !errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		closeAll(out)
		fail := idp.Fail(idp.Conflict, "backend.port_taken", "port", port, "next", nextFree(port))
		if errors.Is(err, syscall.EACCES) {
			fail = idp.Fail(idp.Invalid, "backend.port_denied", "port", port)
		}
		fail.Field = "port"
		return nil, fail.Because(err)
	}
	return out, nil
}

// nextFree is the next port above that both loopback addresses have free.
func nextFree(port string) string {
	n, err := strconv.Atoi(port)
	if err != nil {
		n = DefaultPort
	}
	for n++; n < 65536; n++ {
		if free(n) {
			return strconv.Itoa(n)
		}
	}
	return "0"
}

func free(port int) bool {
	for _, host := range []string{"127.0.0.1", "::1"} {
		ln, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			_ = ln.Close()
		} else if errors.Is(err, syscall.EADDRINUSE) {
			return false
		}
	}
	return true
}

func closeAll(lns []net.Listener) {
	for _, ln := range lns {
		_ = ln.Close()
	}
}

func localVisitor(remote string) idp.Visitor {
	v := idp.Visitor{Network: idp.NetworkLocal}
	if a, err := netip.ParseAddrPort(remote); err == nil {
		v.Source = a.Addr().Unmap()
	}
	if v.Source == netip.IPv6Loopback() { // the same machine by its other name: programs on it choose differently
		v.Source = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return v
}

// pinTrial pins localhost on a port that is free now, and serves it.
func (b *Backend) pinTrial(ctx context.Context, port int) error {
	if port == 0 {
		port = b.opts.Port
	}
	if port < 1 || port > 65535 {
		return idp.FailField("port", "backend.port")
	}
	pin, err := b.store.Pin(ctx)
	if err != nil {
		return err
	}
	text := strconv.Itoa(port)
	if pin.Mode == idp.ModeTrial && pin.HostName == "localhost:"+text {
		return b.serveLooked(ctx)
	}
	probe, err := listenTrial(text) // before the pin, so that a taken port pins nothing
	if err != nil {
		return err
	}
	closeAll(probe)
	err = b.store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.RevokeEverySession(b.opts.Clock()); err != nil {
			return err
		}
		if err := tx.SetPin(idp.Trial(text, b.opts.Clock())); err != nil {
			return err
		}
		return tx.Record(idp.Event{At: b.opts.Clock(), Kind: idp.EventIssuerPinned, Actor: idp.ActorOwner, Network: idp.NetworkLocal, Reason: string(idp.ModeTrial)})
	})
	if err != nil {
		return err
	}
	return b.serveLooked(ctx)
}

// serveLooked serves the trial and looks whether it answers, which takes no time on this machine; so whoever started it is not told that it is starting.
func (b *Backend) serveLooked(ctx context.Context) error {
	if err := b.serve(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	started := b.started
	b.mu.Unlock()
	if !started {
		return nil
	}
	return b.watch.Look(ctx)
}
