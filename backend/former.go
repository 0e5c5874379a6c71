package backend

import (
	"context"
	"slices"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/reach"
)

// takeBack asks the tailnet once more for the host name that the owner wished.
func (b *Backend) takeBack(ctx context.Context) error {
	b.mu.Lock()
	t := b.tunnel
	b.mu.Unlock()
	if t == nil {
		return idp.Fail(idp.Unavailable, "admin.not_joined")
	}
	return t.TakeBackName(ctx)
}

// formerReach says how a former host was last found.
func (b *Backend) formerReach(host string) idp.Reach {
	b.mu.Lock()
	defer b.mu.Unlock()
	if way, ok := b.formers[host]; ok {
		return way
	}
	return idp.Reach{State: idp.ReachUnknown}
}

// formerEvery is how often a former host is looked at again once it was found somewhere, or nowhere.
const formerEvery = 5 * time.Minute

// lookFormers looks whether the former hosts still lead here, as a browser that asks one of them for its related origins would find it: by public DNS, with our own text back.
func (b *Backend) lookFormers() {
	formers, err := b.store.Formers(b.ctx)
	if err != nil {
		return
	}
	b.mu.Lock()
	p, t := b.provider, b.tunnel
	for host := range b.formers {
		if _, still := idp.FormerOf(formers, host); !still {
			delete(b.formers, host)
		}
	}
	b.mu.Unlock()
	for _, f := range formers {
		before := b.formerReach(f.Pin.HostName)
		if onTailnet(f.Pin) && t != nil && coming(t.Snapshot().State) {
			continue // what does not listen yet tells nothing
		}
		if p == nil || before.State == idp.ReachUp && b.opts.Clock().Sub(before.CheckedAt) < formerEvery {
			continue
		}
		found := reach.Finding{}
		if f.Pin.Mode == idp.ModeTailnet && t != nil {
			found = b.opts.Internet.Tailnet(b.ctx, f.Pin, p.server.Nonce(), t.DialSelf)
		} else {
			found = b.opts.Internet.Public(b.ctx, f.Pin, p.server.Nonce())
		}
		b.keepFormer(f.Pin.HostName, before, found)
	}
}

func coming(s idp.TunnelState) bool {
	return s == idp.TunnelStarting || s == idp.TunnelFetchingCertificate
}

func (b *Backend) keepFormer(host string, before idp.Reach, found reach.Finding) {
	if b.ctx.Err() != nil {
		return
	}
	now := b.opts.Clock()
	way := idp.Reach{Network: idp.NetworkPublic, State: found.State, Since: before.Since, CheckedAt: now, Took: found.Took}
	if found.Reason.Key != "" {
		way.Problem = found.Reason.String()
	}
	if way.State != before.State {
		way.Since = now
	}
	b.mu.Lock()
	b.formers[host] = way
	b.mu.Unlock()
	if way.State != before.State {
		b.store.Bump()
	}
}

// nodeName is the name that the node is to serve: the issuer's, or, where the issuer is the owner's own domain, the newest former one on a tailnet, so that its passkeys go on working. "" while there is none.
func (b *Backend) nodeName() string {
	pin, err := b.store.Pin(b.ctx)
	if err != nil || !pin.Secure() {
		return ""
	}
	if onTailnet(pin) {
		return pin.HostName
	}
	formers, err := b.store.Formers(b.ctx)
	if i := slices.IndexFunc(formers, func(f idp.Former) bool { return onTailnet(f.Pin) }); err == nil && i >= 0 {
		return formers[i].Pin.HostName
	}
	return ""
}

func onTailnet(pin idp.Pin) bool { return pin.Mode == idp.ModeFunnel || pin.Mode == idp.ModeTailnet }

// formersUp lists the former hosts that were found to lead here: their passkeys can be used on the issuer's pages.
func (b *Backend) formersUp() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var hosts []string
	for host, way := range b.formers {
		if way.State == idp.ReachUp {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return hosts
}
