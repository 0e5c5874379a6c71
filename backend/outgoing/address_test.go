package outgoing

import (
	"context"
	"net/netip"
	"testing"

	"hearthkey/backend/idp"
)

func TestPlaceOf(t *testing.T) {
	for want, list := range map[place][]string{
		nowhere: {"0.0.0.0", "0.1.2.3", "::", "169.254.169.254", "169.254.1.1", "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "224.0.0.251", "ff02::fb", "255.255.255.255", "240.0.0.1",
			"100.100.100.100", "100.100.100.200", "fd7a:115c:a1e0::53", "fd00:ec2::254", "fd20:ce::254", "192.0.0.192", "168.63.129.16",
			"64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254", "::ffff:0.0.0.0"},
		inside: {"127.0.0.1", "127.255.255.254", "::1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.20", "100.64.0.1", "100.127.255.255", "fd12:3456::1", "fc00::1", "fec0::1", "fd7a:115c:a1e0::1",
			"::ffff:127.0.0.1", "::ffff:192.168.1.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::c0a8:101", "2002:c0a8:101::1", "2002:7f00:1::", "192.0.0.1", "198.18.0.1"},
		outside: {"203.0.113.7", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.0", "192.169.0.1", "11.0.0.1", "126.255.255.255", "128.0.0.1", "169.253.255.255", "2001:db8::1", "2606:4700::1", "64:ff9b::808:808", "2002:808:808::1"},
	} {
		for _, s := range list {
			if got := placeOf(netip.MustParseAddr(s)); got != want {
				t.Errorf("%s: %d, want %d", s, got, want)
			}
		}
	}
	if placeOf(netip.Addr{}) != nowhere {
		t.Error("no address at all leads somewhere")
	}
}

func TestParse(t *testing.T) {
	for address, key := range map[string]string{
		"https://app.example.com/logout?x=1": "", "http://notes:8080/": "", "https://192.168.1.20:8443": "", "http://[fd12::1]:80/x": "", "http://localhost./": "", "https://xn--bcher-kva.example/": "", "http://1and1.example": "", "http://0xcafe.example/": "",

		"": "address", "notes": "address", "//app.example.com": "address", "ftp://app.example.com": "address", "file:///etc/passwd": "address", "https://": "address", "https:app": "address", "https://:443/": "address",
		"https://u:p@app.example.com": "address", "https://app.example.com:99999": "address", "gopher://127.0.0.1:70/_x": "address", "unix:///run/x.sock": "address",
		"http://2130706433/": "number", "http://0x7f000001/": "number", "http://017700000001/": "number", "http://0177.0.0.1/": "number", "http://127.1/": "number", "http://127.0.1/": "number", "http://0x7f.0.0.1/": "number", "http://127.0.0.0x1": "number",
		"http://127.0.0.1./": "number", "http://127.0.0.256/": "number", "http://1.2.3.4.5/": "number", "http://app.0x": "number", "http://0X7F000001/": "number", "http://０.0.0.0/": "number", "http://１２７.0.0.1/": "number", "http://127。0。0。1/": "number", "http://bücher.example/": "number", "http://./": "number",
	} {
		_, err := parse(address)
		if got := Reason(err); got != key || err != nil && idp.CodeOf(err) != idp.Invalid {
			t.Errorf("%q: %q %v, want %q", address, got, err, key)
		}
	}
}

const trialPort = 1411

// resolver answers from a table, and counts what it is asked.
type resolver struct {
	names map[string][]string
	asked int
}

func (r *resolver) resolve(_ context.Context, name string) ([]netip.Addr, error) {
	r.asked++
	var out []netip.Addr
	for _, s := range r.names[name] {
		out = append(out, netip.MustParseAddr(s))
	}
	return out, nil
}

func own(host string, port uint16) bool {
	return host == "id.tail1234.ts.net" || host == "100.64.0.9" || port == trialPort && (host == "localhost" || host == "127.0.0.1" || host == "::1")
}

// TestAdmit is the table of what may be called: through every spelling and every answer of DNS.
func TestAdmit(t *testing.T) {
	names := &resolver{names: map[string][]string{
		"app.example.com": {"203.0.113.7"}, "two.example.com": {"203.0.113.7", "2001:db8::7"},
		"loop.example.com": {"127.0.0.1"}, "six.example.com": {"::1"}, "lan.example.com": {"192.168.1.20"}, "ten.example.com": {"10.1.2.3"}, "ula.example.com": {"fd12::1"}, "cgnat.example.com": {"100.64.0.5"}, "tailsix.example.com": {"fd7a:115c:a1e0::5"},
		"mapped.example.com": {"::ffff:127.0.0.1"}, "mapped10.example.com": {"::ffff:10.0.0.1"}, "nat64.example.com": {"64:ff9b::7f00:1"}, "mixed.example.com": {"203.0.113.7", "127.0.0.1"}, "zero.example.com": {"0.0.0.0"}, "zero6.example.com": {"::"},
		"meta.example.com": {"169.254.169.254"}, "meta64.example.com": {"64:ff9b::a9fe:a9fe"}, "metadata.google.internal": {"169.254.169.254"}, "aws6.internal": {"fd00:ec2::254"}, "link.local": {"fe80::1"}, "quad.ts.net": {"100.100.100.100"}, "azure": {"168.63.129.16"},
		"notes": {"172.18.0.4"}, "notes.lan": {"192.168.1.20"}, "notes.local": {"192.168.1.20"}, "notes.home": {"192.168.1.20"}, "notes.home.arpa": {"192.168.1.20"}, "notes.internal": {"10.0.0.8"}, "localhost": {"127.0.0.1", "::1"}, "notes.localhost": {"127.0.0.1"},
		"notes.tail1234.ts.net": {"100.64.0.5"}, "xlocal.example": {"127.0.0.1"}, "evil-ts.net": {"100.64.0.5"}, "lan": {"192.168.1.1"}, "notes.lan.example.com": {"192.168.1.20"},
		"id.tail1234.ts.net": {"203.0.113.9"}, "alias.lan": {"127.0.0.1"}, "mapped.lan": {"::ffff:127.0.0.1"}, "nat64.lan": {"64:ff9b::7f00:1"}, "node.lan": {"100.64.0.9"},
	}}
	c := New(Config{Own: own, Resolve: names.resolve})
	for _, tt := range []struct {
		address string
		inward  bool
		key     string // "" when it may be called
	}{
		{"app.example.com:443", false, ""}, {"two.example.com:443", false, ""}, {"203.0.113.7:80", false, ""}, {"[2001:db8::7]:443", false, ""}, {"gone.example.com:443", false, "unknown"},

		{"loop.example.com:443", false, "inward"}, {"six.example.com:443", false, "inward"}, {"lan.example.com:443", false, "inward"}, {"ten.example.com:443", false, "inward"}, {"ula.example.com:443", false, "inward"},
		{"cgnat.example.com:443", false, "inward"}, {"tailsix.example.com:443", false, "inward"}, {"mapped.example.com:443", false, "inward"}, {"mapped10.example.com:443", false, "inward"}, {"nat64.example.com:443", false, "inward"}, {"mixed.example.com:443", false, "inward"},
		{"xlocal.example:80", false, "inward"}, {"evil-ts.net:443", false, "inward"}, {"notes.lan.example.com:443", false, "inward"}, {"LAN.example.com.:443", false, "inward"},
		{"loop.example.com:443", true, ""}, {"lan.example.com:443", true, ""}, {"cgnat.example.com:443", true, ""}, {"mapped.example.com:443", true, ""}, {"mixed.example.com:443", true, ""},

		{"notes:8080", false, ""}, {"notes.lan:80", false, ""}, {"notes.local:80", false, ""}, {"notes.home:80", false, ""}, {"notes.home.arpa:80", false, ""}, {"notes.internal:80", false, ""}, {"localhost:3000", false, ""}, {"notes.localhost:3000", false, ""},
		{"Notes.LAN.:80", false, ""}, {"notes.tail1234.ts.net:443", false, ""}, {"lan:80", false, ""},
		{"127.0.0.1:3000", false, ""}, {"[::1]:3000", false, ""}, {"192.168.1.20:80", false, ""}, {"100.64.0.5:80", false, ""}, {"[fd12::1]:80", false, ""}, {"[::ffff:192.168.1.20]:80", false, ""},

		{"169.254.169.254:80", true, "nowhere"}, {"[::ffff:169.254.169.254]:80", true, "nowhere"}, {"[fe80::1%1]:80", true, "nowhere"}, {"0.0.0.0:80", true, "nowhere"}, {"[::]:80", true, "nowhere"}, {"100.100.100.100:80", true, "nowhere"},
		{"meta.example.com:80", false, "nowhere"}, {"meta.example.com:80", true, "nowhere"}, {"meta64.example.com:80", true, "nowhere"}, {"metadata.google.internal:80", true, "nowhere"}, {"aws6.internal:80", true, "nowhere"}, {"link.local:80", true, "nowhere"},
		{"quad.ts.net:80", true, "nowhere"}, {"azure:80", true, "nowhere"}, {"zero.example.com:80", true, "nowhere"}, {"zero6.example.com:1411", true, "nowhere"},

		{"localhost:1411", true, "own"}, {"LOCALHOST.:1411", true, "own"}, {"127.0.0.1:1411", true, "own"}, {"[::1]:1411", true, "own"}, {"[::ffff:127.0.0.1]:1411", true, "own"}, {"alias.lan:1411", true, "own"}, {"mapped.lan:1411", true, "own"}, {"nat64.lan:1411", true, "own"},
		{"loop.example.com:1411", true, "own"}, {"id.tail1234.ts.net:443", true, "own"}, {"ID.tail1234.TS.net:8443", true, "own"}, {"100.64.0.9:80", true, "own"}, {"node.lan:443", true, "own"}, {"alias.lan:1412", true, ""},
	} {
		host, port, err := split(tt.address)
		if err != nil {
			t.Fatal(err)
		}
		admitted, err := c.admit(t.Context(), host, port, tt.inward, false)
		if got := Reason(err); got != tt.key || err == nil && len(admitted) == 0 {
			t.Errorf("%s, inward %v: %q %v, want %q", tt.address, tt.inward, got, err, tt.key)
		}
	}
}
