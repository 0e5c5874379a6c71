package backend

import (
	"context"
	"slices"

	"hearthkey/backend/idp"
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
