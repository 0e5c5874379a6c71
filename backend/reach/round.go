package reach

import (
	"context"
	"sync"

	"hearthkey/backend/idp"
)

// Open says whether a mode means a way to be open.
func Open(mode idp.Mode, n idp.Network) bool {
	switch mode {
	case idp.ModeTrial:
		return n == idp.NetworkLocal
	case idp.ModeFunnel:
		return n != idp.NetworkLocal
	case idp.ModeTailnet:
		return n == idp.NetworkTailnet
	case idp.ModeDomain:
		return n == idp.NetworkPublic
	}
	return false
}

// lookAtAll looks at every way that the mode has, side by side.
func (w *Watch) lookAtAll(ctx context.Context, s Subject) (found [3]Finding) {
	for i := range found {
		found[i].State = idp.ReachOff
	}
	local, tailnet, public := &found[0], &found[1], &found[2]
	var all sync.WaitGroup
	look := func(f *Finding, how func() Finding) { all.Go(func() { *f = how() }) }
	switch mode := s.Pin.Mode; mode {
	case idp.ModeTrial:
		look(local, func() Finding { return s.open(func(nonce string) Finding { return Local(ctx, s.Pin, nonce) }) })
	case idp.ModeFunnel, idp.ModeTailnet:
		if f, closed := s.closed(); closed {
			*tailnet = f
			if Open(mode, idp.NetworkPublic) {
				*public = f
			}
			break
		}
		look(tailnet, func() Finding {
			return s.open(func(nonce string) Finding { return w.Internet.Tailnet(ctx, s.Pin, nonce, s.DialSelf) })
		})
		if Open(mode, idp.NetworkPublic) {
			look(public, func() Finding {
				return s.open(func(nonce string) Finding { return w.Internet.Public(ctx, s.Pin, nonce) })
			})
		}
	case idp.ModeDomain:
		look(public, func() Finding {
			return w.cautious(s.Pin, s.open(func(nonce string) Finding { return w.Internet.Public(ctx, s.Pin, nonce) }))
		})
	}
	all.Wait()
	return found
}

// open looks with a nonce of the provider that serves; without one nothing can come back.
func (s Subject) open(look func(nonce string) Finding) Finding {
	if s.Nonce == nil {
		return Finding{State: idp.ReachUnknown}
	}
	return look(s.Nonce())
}

// closed says what is known without a look: a node that does not listen lets nobody in, and one that is about to tells nothing yet.
func (s Subject) closed() (Finding, bool) {
	switch s.Tunnel.State {
	case idp.TunnelOnline, idp.TunnelDegraded:
		return Finding{}, false
	case idp.TunnelStarting, idp.TunnelFetchingCertificate:
		return Finding{State: idp.ReachUnknown}, true
	}
	return Finding{State: idp.ReachDown, Reason: idp.Text("reach.not_listening", "host", s.Pin.HostName)}, true
}

// cautious does not call a name of the owner's own closed for want of a connection while none was ever made: many routers keep machines at home from their own public address.
func (w *Watch) cautious(pin idp.Pin, f Finding) Finding {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.Reason.Key == "reach.domain_no_connection" && w.opened != pin.Issuer {
		f.State = idp.ReachUnknown
	}
	return f
}
