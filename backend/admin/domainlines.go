package admin

import (
	"net/netip"
	"strings"

	"hearthkey/backend/idp"
)

// The reverse proxies that there are lines for.
var proxyKinds = []struct {
	proxy, name, site string
	file, part        string // keys of the sentences on where the site block and single lines belong
}{
	{"caddy", "Caddy", caddySite, "domain.file_caddy", "domain.part_caddy"},
	{"nginx", "nginx", nginxSite, "domain.file_nginx", "domain.part_nginx"},
	{"traefik", "Traefik", traefikSite, "domain.file_traefik", "domain.part_traefik"},
}

// Each site block has the proxy write X-Forwarded-For and X-Forwarded-Proto itself, in place of what a visitor sent, and takes Forwarded away; Traefik writes both by itself. {host} is the name, {name} the same without a port, {port} the port, {upstream} where Hearthkey listens.
const (
	caddySite = `{host} {
	reverse_proxy {upstream} {
		header_up X-Forwarded-For {remote_host}
		header_up X-Forwarded-Proto {scheme}
		header_up -Forwarded
	}
}
`
	nginxSite = `server {
    listen {port} ssl;
    listen [::]:{port} ssl;
    server_name {name};

    ssl_certificate     /etc/letsencrypt/live/{name}/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/{name}/privkey.pem;

    location / {
        proxy_pass http://{upstream};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host {nginxhost};
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Forwarded "";
    }
}
`
	traefikSite = `http:
  routers:
    hearthkey:
      rule: Host(` + "`{name}`" + `)
      entryPoints: [websecure]
      service: hearthkey
      middlewares: [hearthkey-headers]
      tls:
        certResolver: letsencrypt
  middlewares:
    hearthkey-headers:
      headers:
        customRequestHeaders:
          Forwarded: ""
  services:
    hearthkey:
      loadBalancer:
        passHostHeader: true
        servers:
          - url: http://{upstream}
`
)

// proxyLines are the site blocks of every kind for a host and the address that Hearthkey listens at.
func proxyLines(host string, listen netip.AddrPort) []ProxyLines {
	name, port, hasPort := strings.Cut(host, ":")
	if !hasPort {
		port = "443"
	}
	nginxHost := "$host" // without a port; $http_host would be whatever the visitor sent
	if hasPort {
		nginxHost = "$host:$server_port"
	}
	fill := strings.NewReplacer("{nginxhost}", nginxHost, "{host}", host, "{name}", name, "{port}", port, "{upstream}", upstream(listen))
	var out []ProxyLines
	for _, kind := range proxyKinds {
		out = append(out, ProxyLines{Proxy: kind.proxy, Name: kind.name, Where: idp.Text(kind.file).String(), Text: fill.Replace(kind.site)})
	}
	return out
}

// Single lines that mend what a check found, in the order of proxyKinds. Traefik keeps Host and writes the rest by itself, unless it is told to believe visitors.
var (
	mendHost    = [...]string{"header_up Host {host}", "proxy_set_header Host $host;", "passHostHeader: true"}
	mendAddress = [...]string{"header_up X-Forwarded-For {remote_host}", "proxy_set_header X-Forwarded-For $remote_addr;", traefikDoubts}
	mendScheme  = [...]string{"header_up X-Forwarded-Proto {scheme}", "proxy_set_header X-Forwarded-Proto $scheme;", traefikDoubts}
	mendForged  = [...]string{
		"header_up X-Forwarded-For {remote_host}\nheader_up X-Forwarded-Proto {scheme}\nheader_up -Forwarded",
		"proxy_set_header X-Forwarded-For $remote_addr;\nproxy_set_header X-Forwarded-Proto $scheme;\nproxy_set_header Forwarded \"\";",
		traefikDoubts + "\n\nhttp:\n  middlewares:\n    hearthkey-headers:\n      headers:\n        customRequestHeaders:\n          Forwarded: \"\"",
	}
)

// traefikDoubts has an entry point of Traefik believe nobody, as it does by itself.
const traefikDoubts = "entryPoints:\n  websecure:\n    forwardedHeaders:\n      insecure: false\n      trustedIPs: []"

// mend are lines for every kind of proxy.
func mend(lines [3]string) []ProxyLines {
	var out []ProxyLines
	for i, kind := range proxyKinds {
		out = append(out, ProxyLines{Proxy: kind.proxy, Name: kind.name, Where: idp.Text(kind.part).String(), Text: lines[i]})
	}
	return out
}

// upstream is what a proxy connects to. One that is told to listen everywhere is found by an address of this machine.
func upstream(listen netip.AddrPort) string {
	if own := ownAddresses(); listen.Addr().IsUnspecified() && len(own) > 0 {
		if ip, err := netip.ParseAddr(own[0]); err == nil {
			return netip.AddrPortFrom(ip, listen.Port()).String()
		}
	}
	return listen.String()
}
