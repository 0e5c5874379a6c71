package webfinger

import (
	"bytes"
	"net/netip"
	"strings"

	"hearthkey/backend/outgoing"
)

// What serves a domain, as far as it can be told from outside.
const (
	HostCloudflare = "cloudflare"
	HostGitHub     = "github"
	HostGitLab     = "gitlab"
	HostCodeberg   = "codeberg"
	HostNetlify    = "netlify"
	HostVercel     = "vercel"
	HostWordPress  = "wordpress"
	HostS3         = "s3"
	HostBuilder    = "builder" // Squarespace, Wix, Shopify and others where no file can be put
	HostCaddy      = "caddy"
	HostNginx      = "nginx"
	HostApache     = "apache" // and LiteSpeed, which reads the same files
	HostTraefik    = "traefik"
	HostIIS        = "iis"
)

// traces are what hosts leave in headers, those first that say most: a program behind a proxy tells more than the proxy.
var traces = []struct{ host, header, value string }{
	{HostGitHub, "X-Github-Request-Id", ""},
	{HostGitHub, "Server", "github.com"},
	{HostGitLab, "X-Gitlab-Feature-Category", ""},
	{HostCodeberg, "Server", "codeberg"},
	{HostCodeberg, "Server", "pages-server"},
	{HostNetlify, "X-Nf-Request-Id", ""},
	{HostNetlify, "Server", "netlify"},
	{HostVercel, "X-Vercel-Id", ""},
	{HostVercel, "Server", "vercel"},
	{HostBuilder, "Server", "squarespace"},
	{HostBuilder, "X-Wix-Request-Id", ""},
	{HostBuilder, "X-Shopid", ""},
	{HostBuilder, "Powered-By", "shopify"},
	{HostBuilder, "X-Powered-By", "webflow"},
	{HostWordPress, "X-Redirect-By", "wordpress"},
	{HostWordPress, "Link", "api.w.org"},
	{HostWordPress, "X-Pingback", "xmlrpc.php"},
	{HostS3, "Server", "amazons3"},
	{HostS3, "X-Amz-Request-Id", ""},
	{HostCloudflare, "Cf-Ray", ""},
	{HostCloudflare, "Server", "cloudflare"},
	{HostCaddy, "Server", "caddy"},
	{HostCaddy, "Via", "caddy"},
	{HostApache, "Server", "apache"},
	{HostApache, "Server", "litespeed"},
	{HostIIS, "Server", "microsoft-iis"},
	{HostNginx, "Server", "nginx"},
	{HostNginx, "Server", "openresty"},
	{HostTraefik, "Server", "traefik"},
}

// networks are where hosts have their customers' domains point to, as their own pages say. They tell where no answer came.
var networks = []struct {
	host   string
	prefix netip.Prefix
}{
	{HostGitHub, netip.MustParsePrefix("185.199.108.0/22")},
	{HostGitHub, netip.MustParsePrefix("2606:50c0:8000::/46")},
	{HostGitLab, netip.MustParsePrefix("35.185.44.232/32")},
	{HostNetlify, netip.MustParsePrefix("75.2.60.5/32")},
	{HostVercel, netip.MustParsePrefix("76.76.21.0/24")},
	{HostBuilder, netip.MustParsePrefix("198.185.159.144/31")},
	{HostBuilder, netip.MustParsePrefix("198.49.23.144/31")},
	{HostBuilder, netip.MustParsePrefix("23.227.38.0/24")},
	{HostBuilder, netip.MustParsePrefix("185.230.63.0/24")},
	{HostCloudflare, netip.MustParsePrefix("104.16.0.0/13")},
	{HostCloudflare, netip.MustParsePrefix("104.24.0.0/14")},
	{HostCloudflare, netip.MustParsePrefix("172.64.0.0/13")},
	{HostCloudflare, netip.MustParsePrefix("188.114.96.0/20")},
	{HostCloudflare, netip.MustParsePrefix("2606:4700::/32")},
}

// recognise names what serves a domain, by the answers that came; the first is the domain's own, the last what it led to.
func recognise(hops []outgoing.Hop) string {
	for _, h := range hops {
		if host := hostByAnswer(h.Answer); host != "" {
			return host
		}
	}
	for _, h := range hops {
		if host := hostByAddress(h.Address.Addr()); host != "" {
			return host
		}
	}
	return ""
}

func hostByAnswer(a outgoing.Answer) string {
	if bytes.Contains(a.Body, []byte("/wp-content/")) || bytes.Contains(a.Body, []byte("/wp-includes/")) {
		return HostWordPress
	}
	for _, t := range traces {
		if value := strings.ToLower(strings.Join(a.Header.Values(t.header), ",")); value != "" && strings.Contains(value, t.value) {
			return t.host
		}
	}
	return ""
}

func hostByAddress(a netip.Addr) string {
	for _, n := range networks {
		if n.prefix.Contains(a.Unmap()) {
			return n.host
		}
	}
	return ""
}
