package public

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"hearthkey/backend/idp"
)

// Proxies are the addresses whose word on who visits counts: the owner's own reverse proxies, by name. Nobody else is let in by that listener.
type Proxies []netip.Prefix

// Trust says whether an address is one of them.
func (p Proxies) Trust(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(p, func(one netip.Prefix) bool { return one.Contains(a) })
}

// Origin is where a request came from by the word of the proxies it passed.
type Origin struct {
	Source netip.Addr // the first address from the right that is no proxy of the owner
	Scheme string     // https or http: what the visitor speaks with the proxy
}

// Origin reads the headers of a request whose peer is trusted. Each proxy adds on the right, so that everything left of the first address that is not ours may be invented.
//
// A proxy that writes X-Forwarded-For passes on the Forwarded of a visitor, and the other way round, so where both are there they have to say the same.
func (p Proxies) Origin(h http.Header) (Origin, error) {
	list, standard, scheme := h.Values("X-Forwarded-For"), h.Values("Forwarded"), h.Values("X-Forwarded-Proto")
	var by, also Origin
	var err error
	if len(standard) > 0 {
		if also, err = p.standard(standard); err != nil {
			return Origin{}, err
		}
		by = also
	}
	if len(list) > 0 {
		if by, err = p.customary(list, scheme); err != nil {
			return Origin{}, err
		}
	}
	switch {
	case len(list) == 0 && len(standard) == 0:
		return Origin{}, idp.Fail(idp.Invalid, "public.forwarded_none")
	case len(list) > 0 && len(standard) > 0 && by.Source != also.Source:
		return Origin{}, idp.Fail(idp.Invalid, "public.forwarded_two")
	case by.Scheme == "", slices.ContainsFunc(scheme, func(s string) bool { return schemeOf(s) != by.Scheme }):
		return Origin{}, idp.Fail(idp.Invalid, "public.forwarded_no_scheme")
	}
	return by, nil
}

// customary reads X-Forwarded-For, whose lines are one list (RFC 9110 §5.3), and X-Forwarded-Proto.
func (p Proxies) customary(list, scheme []string) (Origin, error) {
	var chain []netip.Addr
	for _, text := range strings.Split(strings.Join(list, ","), ",") {
		chain = append(chain, addressOf(strings.TrimSpace(text)))
	}
	source, err := p.lastOther(chain)
	if err != nil || len(scheme) == 0 {
		return Origin{Source: source}, err
	}
	return Origin{source, schemeOf(scheme[len(scheme)-1])}, nil
}

// standard reads Forwarded (RFC 7239 §4). A quotation that a visitor leaves open would swallow what our proxy adds after it, so a line with one counts for nothing.
func (p Proxies) standard(lines []string) (Origin, error) {
	var chain []netip.Addr
	scheme := ""
	for _, line := range lines {
		elements, closed := outside(line, ',')
		if !closed {
			return Origin{}, idp.Fail(idp.Invalid, "public.forwarded_garbage")
		}
		for _, element := range elements {
			var node netip.Addr
			node, scheme = hop(element)
			chain = append(chain, node)
		}
	}
	source, err := p.lastOther(chain)
	return Origin{source, scheme}, err
}

// hop reads what one proxy says: who came to it, and by which scheme. Each may be said once (RFC 7239 §4); of two neither counts.
func hop(element string) (node netip.Addr, scheme string) {
	said := map[string]int{}
	pairs, _ := outside(element, ';')
	for _, pair := range pairs {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		name, value = strings.ToLower(name), strings.Trim(value, `"`)
		said[name]++
		switch {
		case name == "for" && said[name] == 1:
			node = addressOf(value)
		case name == "for":
			node = netip.Addr{}
		case name == "proto" && said[name] == 1:
			scheme = schemeOf(value)
		case name == "proto":
			scheme = ""
		}
	}
	return node, scheme
}

// lastOther is the first address from the right that is none of the proxies, or the leftmost where all are: then a proxy itself asks. What stands in its way must be readable.
func (p Proxies) lastOther(chain []netip.Addr) (netip.Addr, error) {
	for i, a := range slices.Backward(chain) {
		if !a.IsValid() {
			return a, idp.Fail(idp.Invalid, "public.forwarded_garbage")
		}
		if i == 0 || !p.Trust(a) {
			return a, nil
		}
	}
	return netip.Addr{}, idp.Fail(idp.Invalid, "public.forwarded_garbage")
}

// addressOf reads an address, which some proxies write with a port and in brackets. It is invalid for anything that no visitor has.
func addressOf(text string) netip.Addr {
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		with, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}
		}
		a = with.Addr()
	}
	a = a.Unmap().WithZone("")
	if a.IsUnspecified() || a.IsMulticast() {
		return netip.Addr{}
	}
	return a
}

// schemeOf is a scheme as a URL has it, "" for what a visitor's browser cannot speak. Several proxies in a row write a list, of which each part has to be the same.
func schemeOf(text string) string {
	one := ""
	for _, part := range strings.Split(text, ",") {
		part = strings.ToLower(strings.TrimSpace(part))
		if part != "https" && part != "http" || one != "" && one != part {
			return ""
		}
		one = part
	}
	return one
}

// outside splits a list at a separator, except within quotation marks (RFC 9110 §5.6.4), and says whether each of these was closed.
func outside(list string, separator byte) (out []string, closed bool) {
	quoted, from := false, 0
	for i := 0; i < len(list); i++ {
		switch {
		case list[i] == '\\' && quoted:
			i++
		case list[i] == '"':
			quoted = !quoted
		case list[i] == separator && !quoted:
			out, from = append(out, list[from:i]), i+1
		}
	}
	return append(out, list[from:]), !quoted
}
