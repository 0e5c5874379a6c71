package admin

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Bounds of what the owner names as a proxy: prefixes shorter than these are networks of strangers, in which anybody may claim to be anybody. Homes have fc00::/7 to themselves (RFC 4193).
const (
	maxProxies  = 32
	leastBits4  = 8
	leastBits6  = 16
	leastBits6H = 7
)

// checkDomainHost takes a name that can be an issuer and an RP ID (WebAuthn §5.1.2), with a port or without. It answers it as a browser writes it.
func checkDomainHost(text string) (string, error) {
	const field = "hostName"
	host := strings.ToLower(strings.TrimSpace(text))
	host = strings.TrimSuffix(strings.TrimPrefix(host, "https://"), "/") // as it is copied out of a browser
	name, port, hasPort := strings.Cut(host, ":")
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return "", idp.FailField(field, "admin.domain_ip")
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return "", idp.FailField(field, "admin.domain_ip")
	}
	if n, err := strconv.Atoi(port); hasPort && (err != nil || n < 1 || n > 65535 || port != strconv.Itoa(n)) {
		return "", idp.FailField(field, "admin.domain_port")
	}
	labels := strings.Split(name, ".")
	last := labels[len(labels)-1]
	switch {
	case name == "localhost" || last == "localhost":
		return "", idp.FailField(field, "admin.domain_localhost")
	case len(name) > 253 || len(labels) < 2 || slices.ContainsFunc(labels, func(l string) bool { return !labelForm.MatchString(l) }) || strings.Trim(last, "0123456789") == "":
		return "", idp.FailField(field, "admin.domain_name")
	case name == "ts.net" || strings.HasSuffix(name, ".ts.net"):
		return "", idp.FailField(field, "admin.domain_tailnet")
	}
	return strings.TrimSuffix(host, ":443"), nil
}

// checkDomainInput takes where the proxy finds Hearthkey.
func (a *Admin) checkDomainInput(in DomainInput) (store.Domain, error) {
	listen, err := a.checkListen(in.Listen)
	if err != nil {
		return store.Domain{}, err
	}
	proxies, err := checkProxies(in.Proxies)
	if err == nil && !listen.Addr().IsLoopback() && strings.Join(in.Proxies, "") == "" { // this machine's own loopback addresses never come in there
		return store.Domain{}, idp.FailField("proxies", "admin.proxy_none", "ip", listen.Addr().String())
	}
	return store.Domain{Listen: listen, Proxies: proxies}, err
}

// checkListen takes an address and port, an address alone or a port alone.
func (a *Admin) checkListen(text string) (netip.AddrPort, error) {
	text = strings.TrimSpace(text)
	here := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if text == "" {
		return a.Reach.NextFree(netip.AddrPortFrom(here, domainPort)), nil
	}
	if n, err := strconv.ParseUint(text, 10, 16); err == nil && n > 0 {
		return netip.AddrPortFrom(here, uint16(n)), nil
	}
	if ip, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return netip.AddrPortFrom(ip.Unmap(), domainPort), nil
	}
	at, err := netip.ParseAddrPort(text)
	if err != nil || at.Port() == 0 {
		return at, idp.FailField("listen", "admin.domain_listen")
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), nil
}

// checkProxies takes addresses and prefixes; none means this machine.
func checkProxies(texts []string) ([]netip.Prefix, error) {
	const field = "proxies"
	var out []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		p, err := proxyOf(text)
		if err != nil {
			return nil, idp.FailField(field, "admin.proxy", "text", text)
		}
		if tooWide(p) {
			return nil, idp.FailField(field, "admin.proxy_wide", "prefix", p.String())
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	switch {
	case len(out) > maxProxies:
		return nil, idp.FailField(field, "admin.proxy_many")
	case len(out) == 0:
		return thisMachine(), nil
	}
	return out, nil
}

func proxyOf(text string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(text); err == nil {
		ip = ip.Unmap().WithZone("")
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), err
}

// tooWide says whether a prefix holds more than the owner's own machines can be, or nobody.
func tooWide(p netip.Prefix) bool {
	least := leastBits6
	switch {
	case p.Addr().Is4():
		least = leastBits4
	case netip.MustParsePrefix("fc00::/7").Contains(p.Addr()):
		least = leastBits6H
	}
	return p.Bits() < least || p.Addr().IsUnspecified()
}
