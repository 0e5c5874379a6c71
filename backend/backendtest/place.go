package backendtest

import (
	"net/netip"

	"hearthkey/backend/idp"
)

// visitor is who comes from an address: a program on this machine, unless In says otherwise.
func (p *process) visitor(from netip.Addr) idp.Visitor {
	if v, ok := p.places.Load(from); ok {
		return v.(idp.Visitor)
	}
	return idp.Visitor{Network: idp.NetworkLocal, Source: from}
}

// In takes the browser to another network, with its cookies: to the internet, or to a node of the tailnet of nobody known. It answers the browser.
func (b *Browser) In(network idp.Network) *Browser {
	v := idp.Visitor{Network: network, Source: b.Source}
	if network == idp.NetworkTailnet {
		v.Node, v.Unidentified = "laptop", idp.UnidentifiedUnknown
	}
	return b.As(v)
}

// As is In for a visitor of whom more is known. Source stays the browser's.
func (b *Browser) As(v idp.Visitor) *Browser {
	v.Source = b.Source
	b.p.places.Store(b.Source, v)
	return b
}
