package tunnel

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/tunnel/tunneltest"
)

// spoofed are headers by which a visitor might want to be somebody else.
var spoofed = []string{
	"X-Real-Ip", "100.64.0.1", "Tailscale-User-Login", "owner@example.com", "Tailscale-User-Name", "Owner", "Tailscale-Ingress-Src", "100.64.0.1:1",
}

func TestVisitors(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	online(t, cloud, Config{Funnel: true})
	url := "https://" + cloud.FQDN("id") + "/"
	member, login := cloud.Member(t, "alice-laptop")

	t.Run("public", func(t *testing.T) {
		for _, src := range []string{"203.0.113.7:54321", "[2001:db8::7]:54321"} {
			want := idp.Visitor{Network: idp.NetworkPublic, Source: from(src).Addr()}
			for _, headers := range [][]string{nil, spoofed, {"X-Forwarded-For", "100.64.0.1", "Forwarded", "for=100.64.0.1"}} {
				got := ask(t, cloud.Visitor(from(src)), url, headers...)
				if got.Visitor != want {
					t.Errorf("from %s with %q: %+v", src, headers, got.Visitor)
				}
				if got.RemoteAddr != src {
					t.Errorf("remote address is %s, want %s", got.RemoteAddr, src)
				}
			}
		}
	})

	t.Run("true TCP source", func(t *testing.T) {
		if got := ask(t, cloud.Visitor(netip.AddrPort{}), url).Visitor.Source; got.String() != "127.0.0.1" {
			t.Errorf("source is %s", got)
		}
		cloud.PublicSource(netip.MustParseAddr("198.51.100.4"))
		defer cloud.PublicSource(netip.Addr{})
		if got := ask(t, cloud.Visitor(netip.AddrPort{}), url).Visitor.Source; got.String() != "198.51.100.4" {
			t.Errorf("source is %s, want the one set for the edge", got)
		}
	})

	t.Run("member", func(t *testing.T) {
		for _, headers := range [][]string{nil, spoofed} {
			v := ask(t, member, url, headers...).Visitor
			if v.Network != idp.NetworkTailnet || v.Node != "alice-laptop" || v.Login != login || !v.Identified || v.TailscaleUserID == 0 || v.Unidentified != "" {
				t.Errorf("with %q: %+v", headers, v)
			}
			if !netip.MustParsePrefix("100.64.0.0/10").Contains(v.Source) && !netip.MustParsePrefix("fd7a:115c:a1e0::/48").Contains(v.Source) {
				t.Errorf("source %s is no tailnet address", v.Source)
			}
		}
	})

	t.Run("member behind a proxy", func(t *testing.T) {
		for _, header := range []string{"X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Via"} {
			v := ask(t, member, url, header, "100.64.0.1").Visitor
			if v.Network != idp.NetworkTailnet || v.Identified || v.Login != "" || v.TailscaleUserID != 0 || v.Unidentified != idp.UnidentifiedForwarded || v.Node != "alice-laptop" {
				t.Errorf("with %s: %+v", header, v)
			}
		}
	})

	t.Run("redirect", func(t *testing.T) {
		once := *member
		once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		res, err := once.Get("http://id/account?a=b")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusMovedPermanently || res.Header.Get("Location") != url+"account?a=b" {
			t.Errorf("%s to %q", res.Status, res.Header.Get("Location"))
		}
	})

	t.Run("other server name", func(t *testing.T) {
		for name, ok := range map[string]bool{cloud.FQDN("id"): true, strings.ToUpper(cloud.FQDN("id")): true, "id": false, "evil.example.com": false} {
			other := member.Transport.(*http.Transport).Clone()
			other.TLSClientConfig = &tls.Config{ServerName: name, InsecureSkipVerify: true}
			res, err := (&http.Client{Transport: other, Timeout: member.Timeout}).Get(url)
			if err == nil {
				_ = res.Body.Close()
			}
			if (err == nil) != ok {
				t.Errorf("%s: %v", name, err)
			}
		}
	})

	t.Run("ALPN", func(t *testing.T) {
		for _, tt := range []struct {
			offer []string
			want  string
			fails bool
		}{
			{offer: []string{"h2", "http/1.1"}, want: "http/1.1"},
			{offer: []string{"http/1.1"}, want: "http/1.1"},
			{offer: nil, want: ""},
			{offer: []string{"h2"}, fails: true},
			{offer: []string{"acme-tls/1"}, fails: true},
		} {
			c, err := tls.Dial("tcp", cloud.EdgeAddr(), &tls.Config{ServerName: cloud.FQDN("id"), RootCAs: cloud.Roots(), NextProtos: tt.offer})
			switch {
			case tt.fails && err == nil:
				t.Errorf("%q was agreed to as %q", tt.offer, c.ConnectionState().NegotiatedProtocol)
			case tt.fails:
				if !strings.Contains(err.Error(), "no application protocol") {
					t.Errorf("%q fails by %v", tt.offer, err)
				}
			case err != nil:
				t.Errorf("%q: %v", tt.offer, err)
			case c.ConnectionState().NegotiatedProtocol != tt.want:
				t.Errorf("%q agreed on %q", tt.offer, c.ConnectionState().NegotiatedProtocol)
			}
			if err == nil {
				_ = c.Close()
			}
		}
	})
}
