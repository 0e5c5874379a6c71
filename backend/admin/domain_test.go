package admin

import (
	"net/netip"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// withDomain lets the listener be opened anywhere but at a port that another program has.
func withDomain(t *testing.T) *home {
	h := newHome(t)
	h.Reach.NextFree = func(at netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(at.Addr(), at.Port()+1) }
	h.Reach.MayListen = func(at netip.AddrPort) error {
		if at.Port() == 80 {
			return idp.Fail(idp.Conflict, "backend.listen_taken")
		}
		return nil
	}
	return h
}

func TestDomainHost(t *testing.T) {
	for text, want := range map[string]string{
		"id.example.com": "id.example.com", " ID.Example.COM ": "id.example.com", "https://id.example.com/": "id.example.com", "id.example.com:8443": "id.example.com:8443",
		"id.example.com:443": "id.example.com", "xn--bcher-kva.example": "xn--bcher-kva.example", "id.home.arpa": "id.home.arpa", "mytsnet.example": "mytsnet.example",

		"": "admin.domain_name", "id": "admin.domain_name", "id.example.com.": "admin.domain_name", "bücher.example": "admin.domain_name", "id_1.example.com": "admin.domain_name",
		"id..example.com": "admin.domain_name", "-id.example.com": "admin.domain_name", "id.example.com/path": "admin.domain_name", "nora@id.example.com": "admin.domain_name",
		"http://id.example.com": "admin.domain_port", "*.example.com": "admin.domain_name", "id.example.123": "admin.domain_name", strings.Repeat("a.", 126) + "com": "admin.domain_name",
		"192.168.1.20": "admin.domain_ip", "192.168.1.20:8443": "admin.domain_ip", "::1": "admin.domain_ip", "[2001:db8::1]": "admin.domain_ip",
		"localhost": "admin.domain_localhost", "id.localhost": "admin.domain_localhost", "localhost:1411": "admin.domain_localhost",
		"id.tail1234.ts.net": "admin.domain_tailnet", "TS.NET": "admin.domain_tailnet",
		"id.example.com:0": "admin.domain_port", "id.example.com:": "admin.domain_port", "id.example.com:65536": "admin.domain_port", "id.example.com:0443": "admin.domain_port", "id.example.com:+80": "admin.domain_port",
	} {
		got, err := checkDomainHost(text)
		if e, ok := err.(*idp.Error); ok { //nolint:errorlint // made here
			got = e.Message.Key
			refused(t, err, idp.Invalid, "hostName")
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if p := idp.OnDomain("id.example.com:8443", 1); p.Issuer != "https://id.example.com:8443" || p.RPID != "id.example.com" || p.HostName != "id.example.com:8443" || !p.Secure() || p.OnNode() {
		t.Errorf("%+v", p)
	}
}

func TestProxies(t *testing.T) {
	for text, want := range map[string]string{
		"": "127.0.0.1 ::1", "192.168.1.20": "192.168.1.20", "172.18.0.5/16": "172.18.0.0/16", "fd00:1::/64, ::1": "fd00:1::/64 ::1", "::ffff:10.0.0.1": "10.0.0.1", "::ffff:10.1.0.0/112": "10.1.0.0/16",
		"10.0.0.0/8": "10.0.0.0/8", "fc00::/7": "fc00::/7", "2606:4700::/32": "2606:4700::/32", "10.0.0.1, 10.0.0.1": "10.0.0.1", "fe80::1%eth0": "fe80::1",
		"0.0.0.0/0": "admin.proxy_wide", "::/0": "admin.proxy_wide", "0.0.0.0/1": "admin.proxy_wide", "128.0.0.0/1": "admin.proxy_wide", "2000::/3": "admin.proxy_wide", "::ffff:0.0.0.0/96": "admin.proxy_wide", "0.0.0.0": "admin.proxy_wide", "::/96": "admin.proxy_wide",
		"proxy.lan": "admin.proxy", "192.168.1.20:80": "admin.proxy", "192.168.1": "admin.proxy", "192.168.1.20/33": "admin.proxy",
	} {
		list, err := checkProxies(strings.Split(text, ","))
		got := strings.Join(proxyTexts(list), " ")
		if e, ok := err.(*idp.Error); ok { //nolint:errorlint // made here
			got = e.Message.Key
			refused(t, err, idp.Invalid, "proxies")
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	many := make([]string, maxProxies+1)
	for i := range many {
		many[i] = netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}).String()
	}
	_, err := checkProxies(many)
	refused(t, err, idp.Invalid, "proxies")
}

func TestListen(t *testing.T) {
	h := withDomain(t)
	for text, want := range map[string]string{
		"": "127.0.0.1:1412", "1500": "127.0.0.1:1500", "192.168.1.5": "192.168.1.5:1411", "192.168.1.5:8080": "192.168.1.5:8080", "[fd00::5]:8080": "[fd00::5]:8080", "fd00::5": "[fd00::5]:1411", "0.0.0.0:1411": "0.0.0.0:1411",
		"0": "", "70000": "", "localhost:1411": "", "192.168.1.5:0": "", ":1411": "", "1411/tcp": "",
	} {
		got, err := h.checkListen(text)
		if want == "" {
			refused(t, err, idp.Invalid, "listen")
		} else if err != nil || got.String() != want {
			t.Errorf("%q: %s %v, want %s", text, got, err, want)
		}
	}
}

// TestPinDomain leaves the trial for a name of the owner's own, which is final.
func TestPinDomain(t *testing.T) {
	h := withDomain(t)
	before, err := h.Domain(h.ctx)
	h.must(err)
	if before.Pinned || before.Listen != "127.0.0.1:1412" || len(before.Proxies) != 2 || len(before.Lines) != 0 {
		t.Errorf("proposed: %+v", before)
	}
	_, err = h.SetDomain(h.ctx, DomainInput{})
	refused(t, err, idp.Conflict, "")
	_, err = h.CheckDomain(h.ctx)
	refused(t, err, idp.Conflict, "")
	_, err = h.StartTrial(h.ctx, 0)
	h.must(err)
	owner, err := h.SetUp(h.ctx, SetUp{Home: "Rose Cottage", Name: "Nora", UserName: "nora"})
	h.must(err)
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error {
		return tx.AddPasskey(passkeyOf(owner.ID, "localhost"))
	}))
	_, err = h.PinDomain(h.ctx, DomainInput{HostName: "id.example.com", Listen: "127.0.0.1:80"})
	refused(t, err, idp.Conflict, "")
	if s, err := h.Status(h.ctx); err != nil || s.Pin.Mode != idp.ModeTrial {
		t.Errorf("a taken port pinned %+v (%v)", s.Pin, err)
	}
	served := h.served
	s, err := h.PinDomain(h.ctx, DomainInput{HostName: "ID.example.com", Listen: "192.168.1.5:1411", Proxies: []string{"192.168.1.20"}})
	h.must(err)
	if s.Pin.Issuer != "https://id.example.com" || s.Pin.RPID != "id.example.com" || s.Pin.Mode != idp.ModeDomain || s.TrialOnly != 1 || s.OwnerReady || !s.PhoneInvite || h.served != served+1 {
		t.Errorf("pinned %+v", s)
	}
	_, err = h.PinDomain(h.ctx, DomainInput{HostName: "other.example.com"})
	refused(t, err, idp.Conflict, "")
	_, err = h.StartTrial(h.ctx, 0)
	refused(t, err, idp.Conflict, "")
	h.tunnel.DNSName = "id.tail1234.ts.net."
	_, err = h.PinHostName(h.ctx, "id.tail1234.ts.net")
	refused(t, err, idp.Conflict, "")

	_, err = h.SetDomain(h.ctx, DomainInput{Listen: "1500", HostName: "other.example.com"})
	refused(t, err, idp.Invalid, "hostName")
	_, err = h.SetDomain(h.ctx, DomainInput{Listen: "1500", Proxies: []string{"0.0.0.0/0"}})
	refused(t, err, idp.Invalid, "proxies")
	for range 2 { // the second changes nothing
		_, err = h.SetDomain(h.ctx, DomainInput{Listen: "1500", Proxies: []string{"172.18.0.0/16"}})
		h.must(err)
	}
	d, err := h.Domain(h.ctx)
	h.must(err)
	if !d.Pinned || d.HostName != "id.example.com" || d.Listen != "127.0.0.1:1500" || strings.Join(d.Proxies, " ") != "172.18.0.0/16" || len(d.Lines) != 3 {
		t.Errorf("kept %+v", d)
	}
	kinds := strings.Join(h.kinds(), " ")
	if !strings.HasSuffix(kinds, "issuer_pinned domain_changed") {
		t.Errorf("events %s", kinds)
	}
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.SetTunnelWish(store.TunnelWish{On: true}) }))
	if s, err := h.SetFunnel(h.ctx, true); err != nil || s.Pin.Mode != idp.ModeDomain {
		t.Errorf("Funnel changed the pin to %+v (%v)", s.Pin, err)
	}
}

// TestProxyLines: every block has name and address in place, and takes away what visitors send.
func TestProxyLines(t *testing.T) {
	for _, tt := range []struct {
		host, listen string
		has          map[string][]string
	}{
		{"id.example.com", "127.0.0.1:1411", map[string][]string{
			"caddy":   {"id.example.com {", "reverse_proxy 127.0.0.1:1411 {", "X-Forwarded-For {remote_host}", "X-Forwarded-Proto {scheme}", "-Forwarded"},
			"nginx":   {"listen 443 ssl;", "server_name id.example.com;", "proxy_pass http://127.0.0.1:1411;", "Host $host;", "X-Forwarded-For $remote_addr;", "X-Forwarded-Proto $scheme;", `Forwarded "";`},
			"traefik": {"Host(`id.example.com`)", "url: http://127.0.0.1:1411", "passHostHeader: true", `Forwarded: ""`},
		}},
		{"id.example.com:8443", "[fd00::5]:1500", map[string][]string{
			"caddy":   {"id.example.com:8443 {", "reverse_proxy [fd00::5]:1500 {"},
			"nginx":   {"listen 8443 ssl;", "server_name id.example.com;", "proxy_pass http://[fd00::5]:1500;", "Host $host:$server_port;", "live/id.example.com/"},
			"traefik": {"Host(`id.example.com`)", "url: http://[fd00::5]:1500"},
		}},
	} {
		lines := proxyLines(tt.host, netip.MustParseAddrPort(tt.listen))
		for _, l := range lines {
			for _, part := range tt.has[l.Proxy] {
				if !strings.Contains(l.Text, part) {
					t.Errorf("%s for %s lacks %s:\n%s", l.Proxy, tt.host, part, l.Text)
				}
			}
			if strings.Contains(l.Text, "{host}") || strings.Contains(l.Text, "{name}") || strings.Contains(l.Text, "upstream}") || l.Name == "" || l.Where == "" {
				t.Errorf("%s is not filled in:\n%s", l.Proxy, l.Text)
			}
		}
		if len(lines) != 3 {
			t.Errorf("%d kinds of proxy", len(lines))
		}
	}
	if own := ownAddresses(); len(own) > 0 && upstream(netip.MustParseAddrPort("0.0.0.0:1411")) == "0.0.0.0:1411" {
		t.Error("a proxy is sent to nowhere")
	}
}
