package admin

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// domainPort is where the proxy is sent unless the owner says otherwise.
const domainPort = 1411

// Domain is how the own-domain mode stands, or a proposal for it.
func (a *Admin) Domain(ctx context.Context) (Domain, error) {
	var pin idp.Pin
	var kept store.Domain
	err := a.Store.View(ctx, func(r store.Reads) (err error) {
		if pin, err = r.Pin(ctx); err != nil {
			return err
		}
		kept, err = r.Domain(ctx)
		return err
	})
	if err != nil {
		return Domain{}, err
	}
	d := Domain{Pinned: pin.Mode == idp.ModeDomain, Addresses: ownAddresses(), Lines: []ProxyLines{}}
	if !kept.Listen.IsValid() {
		kept = store.Domain{Listen: a.Reach.NextFree(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), domainPort)), Proxies: thisMachine()}
	}
	d.Listen, d.Proxies = kept.Listen.String(), proxyTexts(kept.Proxies)
	if d.Pinned {
		d.HostName, d.Lines = pin.HostName, proxyLines(pin.HostName, kept.Listen)
	}
	return d, nil
}

// PinDomain makes a name of the owner's own the issuer for good.
func (a *Admin) PinDomain(ctx context.Context, in DomainInput) (Status, error) {
	host, err := checkDomainHost(in.HostName)
	if err != nil {
		return Status{}, err
	}
	d, err := a.checkDomainInput(in)
	if err != nil {
		return Status{}, err
	}
	if err := a.Reach.MayListen(d.Listen); err != nil { // before the pin, so that a taken port pins nothing
		return Status{}, err
	}
	want := idp.OnDomain(host, a.Clock())
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		pin, err := tx.Pin(ctx)
		if err != nil {
			return err
		}
		if pin.Secure() && pin.Issuer != want.Issuer {
			return idp.Fail(idp.Conflict, "admin.pinned", "issuer", pin.Issuer)
		}
		if pin.Issuer != want.Issuer { // apps would be told of another issuer in the middle (OIDC Core §12.2)
			if err := tx.RevokeEverySession(a.Clock()); err != nil {
				return err
			}
		} else {
			want.PinnedAt = pin.PinnedAt
		}
		return a.keepDomain(tx, want, d)
	})
	if err != nil {
		return Status{}, err
	}
	if err := a.Reach.Repin(ctx); err != nil {
		return Status{}, err
	}
	return a.Status(ctx)
}

// keepDomain writes the pin of a name of the owner's own, and where the proxy finds it.
func (a *Admin) keepDomain(tx *store.Tx, pin idp.Pin, d store.Domain) error {
	if err := tx.SetPin(pin); err != nil {
		return err
	}
	if err := tx.SetDomain(d); err != nil {
		return err
	}
	e := a.event(idp.EventIssuerPinned)
	e.Reason = string(idp.ModeDomain)
	return tx.Record(e)
}

// SetDomain changes where the proxy finds Hearthkey, and which proxies are trusted.
func (a *Admin) SetDomain(ctx context.Context, in DomainInput) (Status, error) {
	d, err := a.checkDomainInput(in)
	if err != nil {
		return Status{}, err
	}
	if err := a.Reach.MayListen(d.Listen); err != nil {
		return Status{}, err
	}
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		pin, err := tx.Pin(ctx)
		if err != nil {
			return err
		}
		if pin.Mode != idp.ModeDomain {
			return idp.Fail(idp.Conflict, "admin.no_domain")
		}
		if host := strings.ToLower(strings.TrimSpace(in.HostName)); host != "" && host != pin.HostName {
			return idp.FailField("hostName", "admin.pinned", "issuer", pin.Issuer)
		}
		before, err := tx.Domain(ctx)
		if err != nil || before.Listen == d.Listen && slices.Equal(before.Proxies, d.Proxies) {
			return err
		}
		if err := tx.SetDomain(d); err != nil {
			return err
		}
		e := a.event(idp.EventDomainChanged)
		e.Detail = pairs("listen", d.Listen.String(), "proxies", strings.Join(proxyTexts(d.Proxies), ", "))
		return tx.Record(e)
	})
	if err != nil {
		return Status{}, err
	}
	if err := a.Reach.Repin(ctx); err != nil {
		return Status{}, err
	}
	return a.Status(ctx)
}

// ownAddresses are those of this machine that others at home can connect to. A machine whose addresses cannot be read has none to show.
func ownAddresses() []string {
	out := []string{}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return out
	}
	for _, one := range all {
		if p, err := netip.ParsePrefix(one.String()); err == nil && p.Addr().IsGlobalUnicast() {
			out = append(out, p.Addr().Unmap().String())
		}
	}
	slices.SortStableFunc(out, func(x, y string) int { return strings.Count(x, ":") - strings.Count(y, ":") }) // IPv4 first: it is easier to type
	return out
}

// thisMachine are the loopback addresses.
func thisMachine() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128")}
}

// proxyTexts writes single addresses without their length.
func proxyTexts(proxies []netip.Prefix) []string {
	out := []string{}
	for _, p := range proxies {
		if p.IsSingleIP() {
			out = append(out, p.Addr().String())
		} else {
			out = append(out, p.String())
		}
	}
	return out
}
