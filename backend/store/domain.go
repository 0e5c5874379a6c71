package store

import (
	"context"
	"net/netip"
)

// Domain is where the owner's reverse proxy finds Hearthkey, in the own-domain mode; the name itself is the pin's.
type Domain struct {
	Listen  netip.AddrPort `json:"listen"`  // plain HTTP, for the proxies alone
	Proxies []netip.Prefix `json:"proxies"` // whose word on who visits counts
}

// Domain reads where the proxy finds Hearthkey; the zero value before a name of the owner's own was pinned.
func (r Reads) Domain(ctx context.Context) (Domain, error) { return setting[Domain](ctx, r, "domain") }

// SetDomain keeps where the proxy finds Hearthkey.
func (tx *Tx) SetDomain(d Domain) error { return setSetting(tx, "domain", d) }
