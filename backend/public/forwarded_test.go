package public

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

// behind are the proxies of the tests: one on this machine, one in the home, by both kinds of address.
var behind = Proxies{
	netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("192.168.1.0/28"), netip.MustParsePrefix("fd00:1::/64"),
}

// headers makes headers of lines such as "For: 192.0.2.1".
func headers(lines ...string) http.Header {
	h := http.Header{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		name = map[string]string{"For": "X-Forwarded-For", "Proto": "X-Forwarded-Proto", "Forwarded": "Forwarded"}[name]
		h[name] = append(h[name], strings.TrimPrefix(value, " "))
	}
	return h
}

// keyOf is the key of an error's text.
func keyOf(err error) string {
	var known *idp.Error
	if !errors.As(err, &known) {
		return ""
	}
	return known.Message.Key
}

func TestForwarded(t *testing.T) {
	const https, none, garbage, two, scheme = "Proto: https", "public.forwarded_none", "public.forwarded_garbage", "public.forwarded_two", "public.forwarded_no_scheme"
	for _, tt := range []struct {
		name   string
		header []string
		want   string // address, or the error's key
	}{
		{"one proxy", []string{"For: 198.51.100.7", https}, "198.51.100.7"},
		{"forged on the left", []string{"For: 192.0.2.66, 198.51.100.7", https}, "198.51.100.7"},
		{"garbage on the left", []string{"For: unknown, 198.51.100.7", https}, "198.51.100.7"},
		{"our own proxy forged on the left", []string{"For: 127.0.0.1, 198.51.100.7", https}, "198.51.100.7"},
		{"two of our proxies", []string{"For: 198.51.100.7, 192.168.1.2", https}, "198.51.100.7"},
		{"two of our proxies, and forged on the left", []string{"For: 192.0.2.66, 198.51.100.7, 192.168.1.2, 127.0.0.1", https}, "198.51.100.7"},
		{"a neighbour of our proxies", []string{"For: 198.51.100.7, 192.168.1.16", https}, "192.168.1.16"},
		{"the proxy itself", []string{"For: 192.168.1.2", https}, "192.168.1.2"},
		{"all are proxies", []string{"For: 192.168.1.3, 192.168.1.2", https}, "192.168.1.3"},
		{"two headers", []string{"For: 192.0.2.66", "For: 198.51.100.7", https}, "198.51.100.7"},
		{"two headers, ours last", []string{"For: 192.0.2.66, 198.51.100.7", "For: 192.168.1.2", https}, "198.51.100.7"},
		{"IPv6", []string{"For: 2001:db8::7", https}, "2001:db8::7"},
		{"IPv6 through two", []string{"For: 2001:db8::66, 2001:db8::7, fd00:1::2", https}, "2001:db8::7"},
		{"IPv6 in brackets with a port", []string{"For: [2001:db8::7]:4711", https}, "2001:db8::7"},
		{"IPv6 in brackets", []string{"For: [2001:db8::7]", https}, "2001:db8::7"},
		{"IPv4 in IPv6", []string{"For: 192.0.2.66, ::ffff:198.51.100.7, ::ffff:192.168.1.2", https}, "198.51.100.7"},
		{"with a port", []string{"For: 198.51.100.7:4711", https}, "198.51.100.7"},
		{"a zone", []string{"For: fe80::1%eth0", https}, "fe80::1"},
		{"spaces", []string{"For:  192.0.2.66 ,198.51.100.7 ", https}, "198.51.100.7"},
		{"scheme in capitals", []string{"For: 198.51.100.7", "Proto: HTTPS"}, "198.51.100.7"},
		{"two schemes that agree", []string{"For: 198.51.100.7", "Proto: https, https"}, "198.51.100.7"},

		{"nothing", nil, none},
		{"scheme alone", []string{https}, none},
		{"empty", []string{"For:", https}, garbage},
		{"a name", []string{"For: 198.51.100.7, phone.lan", https}, garbage},
		{"unknown", []string{"For: unknown", https}, garbage},
		{"nobody's address", []string{"For: 0.0.0.0", https}, garbage},
		{"nobody's address in IPv6", []string{"For: 198.51.100.7, ::", https}, garbage},
		{"a group's address", []string{"For: 224.0.0.1", https}, garbage},
		{"garbage behind our proxy", []string{"For: 198.51.100.7, x, 192.168.1.2", https}, garbage},
		{"a list that ends open", []string{"For: 198.51.100.7,", https}, garbage},
		{"no scheme", []string{"For: 198.51.100.7"}, scheme},
		{"empty scheme", []string{"For: 198.51.100.7", "Proto:"}, scheme},
		{"another scheme", []string{"For: 198.51.100.7", "Proto: wss"}, scheme},
		{"two schemes", []string{"For: 198.51.100.7", "Proto: http, https"}, scheme},
		{"two headers of schemes", []string{"For: 198.51.100.7", "Proto: http", "Proto: https"}, scheme},
		{"scheme in the other header", []string{"For: 198.51.100.7", "Forwarded: for=198.51.100.7;proto=https"}, scheme},

		{"Forwarded", []string{"Forwarded: for=198.51.100.7;proto=https"}, "198.51.100.7"},
		{"Forwarded, forged on the left", []string{"Forwarded: for=192.0.2.66;proto=http, for=198.51.100.7;proto=https"}, "198.51.100.7"},
		{"Forwarded through two", []string{"Forwarded: for=192.0.2.66", `Forwarded: For="[2001:db8::7]:4711";host="a,b;c\"d"`, "Forwarded: by=_x; for=192.168.1.2 ;proto=https"}, "2001:db8::7"},
		{"Forwarded, hidden", []string{"Forwarded: for=_hidden;proto=https"}, garbage},
		{"Forwarded without an address", []string{"Forwarded: proto=https"}, garbage},
		{"Forwarded without a scheme", []string{"Forwarded: for=192.0.2.66;proto=https, for=198.51.100.7"}, scheme},
		{"Forwarded and another scheme", []string{"Forwarded: for=198.51.100.7;proto=https", "Proto: http"}, scheme},
		{"Forwarded, a quotation that swallows what our proxy adds", []string{`Forwarded: for=192.0.2.66;proto=https;x=", for=198.51.100.7;proto=https`}, garbage},
		{"Forwarded, the same in a header of its own", []string{`Forwarded: for=192.0.2.66;proto=https;x="`, "Forwarded: for=198.51.100.7;proto=https"}, garbage},
		{"Forwarded, a quotation that our proxy's closes", []string{`Forwarded: for=192.0.2.66;proto=https;x="`, `Forwarded: for="198.51.100.7;proto=https`}, garbage},
		{"Forwarded, a quotation that ends in an escape", []string{`Forwarded: for=192.0.2.66;proto=https;x="\`, "Forwarded: for=198.51.100.7;proto=https"}, garbage},
		{"Forwarded twice in one element", []string{"Forwarded: for=198.51.100.7;for=192.0.2.66;proto=https"}, garbage},
		{"both, the same", []string{"For: 192.0.2.66, 198.51.100.7", https, "Forwarded: for=198.51.100.7;proto=https"}, "198.51.100.7"},
		{"both, the visitor's Forwarded passed on", []string{"For: 198.51.100.7", https, "Forwarded: for=192.0.2.66;proto=https"}, two},
		{"both, the visitor's X-Forwarded-For passed on", []string{"For: 192.0.2.66", https, "Forwarded: for=198.51.100.7;proto=https"}, two},
		{"both, one unreadable", []string{"For: 198.51.100.7", https, "Forwarded: x"}, garbage},
	} {
		o, err := behind.Origin(headers(tt.header...))
		if got := o.Source.String(); err == nil && got != tt.want || err == nil && o.Scheme != "https" || err != nil && keyOf(err) != tt.want {
			t.Errorf("%s: %s by %q, %v; want %s", tt.name, got, o.Scheme, err, tt.want)
		}
	}
	if o, err := behind.Origin(headers("For: 198.51.100.7", "Proto: http")); err != nil || o.Scheme != "http" {
		t.Errorf("http: %+v %v", o, err)
	}
}

func TestTrust(t *testing.T) {
	for text, want := range map[string]bool{
		"127.0.0.1": true, "::ffff:127.0.0.1": true, "127.0.0.2": false, "::1": true, "192.168.1.15": true, "192.168.1.16": false, "fd00:1::9": true, "fd00:1::9%eth0": true, "fd00:2::9": false,
	} {
		if got := behind.Trust(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if behind.Trust(netip.Addr{}) || (Proxies)(nil).Trust(netip.MustParseAddr("127.0.0.1")) {
		t.Error("no address, or no proxies, is trusted")
	}
}

// FuzzForwarded: whatever comes, the answer is an address that a visitor can have or an error; the rightmost address that is no proxy wins whatever stands on its left; and where our proxy names the visitor, nothing that the visitor sent decides.
func FuzzForwarded(f *testing.F) {
	f.Add("192.0.2.66, 198.51.100.7", "for=192.0.2.66;proto=https", "https")
	f.Add("[2001:db8::7]:4711,", `for="[2001:db8::7]:4711";host="a,b;c\"`, "HTTP, https")
	f.Add(",", `;=,"`, "")
	f.Fuzz(func(t *testing.T, list, standard, scheme string) {
		for _, h := range []http.Header{
			{"X-Forwarded-For": {list}, "X-Forwarded-Proto": {scheme}},
			{"Forwarded": {standard}},
			{"X-Forwarded-For": {list}, "Forwarded": {standard}, "X-Forwarded-Proto": {scheme}},
		} {
			o, err := behind.Origin(h)
			if err == nil && (!o.Source.IsValid() || o.Source.Is4In6() || o.Source.Zone() != "" || o.Source.IsUnspecified() || !slices.Contains([]string{"http", "https"}, o.Scheme)) {
				t.Errorf("%v: %+v", h, o)
			}
			if err != nil && !idp.Known(keyOf(err)) {
				t.Errorf("%v: %v", h, err)
			}
		}
		o, err := behind.Origin(http.Header{"X-Forwarded-For": {list + ", 198.51.100.7, 192.168.1.2"}, "X-Forwarded-Proto": {"https"}})
		if err != nil || o.Source.String() != "198.51.100.7" {
			t.Errorf("%q on the left: %+v %v", list, o, err)
		}
		if o, err := behind.Origin(http.Header{"X-Forwarded-For": {"198.51.100.7"}, "Forwarded": {standard}, "X-Forwarded-Proto": {"https"}}); err == nil && o.Source.String() != "198.51.100.7" {
			t.Errorf("Forwarded %q decided: %+v", standard, o)
		}
	})
}
