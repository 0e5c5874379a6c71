package outgoing

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
)

// parse reads an address to call. Spellings of IP addresses that only some programs read as such (127.1, 0x7f000001, 2130706433) are refused, since the program that checks and the one that dials must not differ.
func parse(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return nil, idp.Fail(idp.Invalid, "outgoing.address")
	}
	if _, err := portOf(u); err != nil {
		return nil, idp.Fail(idp.Invalid, "outgoing.address").Because(err)
	}
	if host := u.Hostname(); !isASCII(host) || looksNumeric(host) {
		return nil, idp.Fail(idp.Invalid, "outgoing.number", "host", host)
	}
	return u, nil
}

func portOf(u *url.URL) (uint16, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return uint16(n), err
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// looksNumeric says whether a host is meant as an IPv4 address without being one as everybody writes it: its last label is a number (URL Standard, "ends in a number").
func looksNumeric(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := strings.ToLower(labels[len(labels)-1])
	if digits, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return last == "" || strings.Trim(last, "0123456789") == ""
}

// localEndings are names that no public DNS answers for (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal), those that homes use beside them, and the tailnet's, which Tailscale alone hands out.
var localEndings = []string{".localhost", ".local", ".lan", ".home", ".internal", ".home.arpa", ".ts.net"}

// isLocal says whether a host, in small letters and without a last dot, is by nature one of the home: its address may be inward, and nobody outside can aim it.
func isLocal(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return true
	}
	return slices.ContainsFunc(localEndings, func(end string) bool { return strings.HasSuffix(host, end) })
}

// onTailnet says whether a name belongs to a tailnet.
func onTailnet(host string) bool { return strings.HasSuffix(host, ".ts.net") }

// place sorts addresses by where they lead.
type place int

const (
	outside place = iota
	inside        // this machine, the home's network, the tailnet
	nowhere       // no app can live there
)

// inner are the networks of a home, and those that providers and laboratories use inside.
var inner = prefixes("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10", "192.0.0.0/24", "198.18.0.0/15")

// closed are unspecified, link-local, multicast and reserved addresses, and those where clouds (and Tailscale's own service, 100.100.100.100) answer whoever asks from inside.
var closed = prefixes("0.0.0.0/8", "::/128", "169.254.0.0/16", "fe80::/10", "224.0.0.0/4", "ff00::/8", "240.0.0.0/4",
	"100.100.100.0/24", "fd7a:115c:a1e0::53/128", "fd00:ec2::/64", "fd20:ce::/64", "192.0.0.192/32", "168.63.129.16/32")

// tailnet are Tailscale's addresses.
var tailnet = prefixes("100.64.0.0/10", "fd7a:115c:a1e0::/48")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

func within(list []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// placeOf says where an address leads.
func placeOf(a netip.Addr) place {
	a = meant(a)
	switch {
	case !a.IsValid() || within(closed, a):
		return nowhere
	case within(inner, a):
		return inside
	}
	return outside
}

// carriers are ranges of IPv6 that carry an IPv4 address, and the byte where it begins: NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), IPv4-compatible (RFC 4291 §2.5.5.1).
var carriers = []struct {
	prefix netip.Prefix
	at     int
}{{netip.MustParsePrefix("64:ff9b::/96"), 12}, {netip.MustParsePrefix("64:ff9b:1::/48"), 12}, {netip.MustParsePrefix("2002::/16"), 2}, {netip.MustParsePrefix("::/96"), 12}}

// meant is the address that is reached in the end: the IPv4 address within a mapped or translated one.
func meant(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if !a.Is6() || a.IsLoopback() || a.IsUnspecified() {
		return a
	}
	raw := a.As16()
	for _, c := range carriers {
		if c.prefix.Contains(a) {
			return netip.AddrFrom4([4]byte(raw[c.at : c.at+4]))
		}
	}
	return a
}
