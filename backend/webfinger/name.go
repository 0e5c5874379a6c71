package webfinger

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

var labelForm = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$`)

// Name is a domain as DNS has it, in small letters and punycode (RFC 5891). It is "" for what is no domain that others can ask: an IP address, a single label, a port with it.
func Name(text string) string {
	text = strings.TrimSuffix(strings.TrimSpace(text), ".")
	if _, err := netip.ParseAddr(text); err == nil {
		return ""
	}
	name, err := idna.Lookup.ToASCII(text)
	labels := strings.Split(name, ".")
	if err != nil || len(name) > 253 || len(labels) < 2 || strings.Trim(labels[len(labels)-1], "0123456789") == "" ||
		slices.ContainsFunc(labels, func(l string) bool { return !labelForm.MatchString(l) }) {
		return ""
	}
	return name
}

// NameOf is the domain of an e-mail address; "" where it has none.
func NameOf(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return ""
	}
	return Name(address[at+1:])
}
