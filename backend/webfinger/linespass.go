package webfinger

import (
	"hearthkey/backend/idp"
)

// worker is the script that answers for the whole of a domain's WebFinger.
func (m lineMaker) worker() ([]idp.Message, []LinesFile) {
	return []idp.Message{idp.Text("wflines.worker")}, []LinesFile{
		{Where: idp.Text("wflines.worker_script"), Name: "worker.js", Text: Worker(m.d, m.issuer)},
		{Where: idp.Text("wflines.worker_route"), Text: m.d.Domain + Path + "*\n"},
	}
}

// traefik cannot answer by itself, so it passes on.
func (m lineMaker) traefik() ([]idp.Message, []LinesFile) {
	return []idp.Message{idp.Text("wflines.traefik"), idp.Text("wflines.passes")},
		[]LinesFile{{Where: idp.Text("wflines.traefik_file"), Name: "webfinger-" + m.d.Domain + ".yml", Text: m.passed(traefikPass)}}
}

func (m lineMaker) proxy() ([]idp.Message, []LinesFile) {
	return []idp.Message{idp.Text("wflines.proxy"), idp.Text("wflines.passes")}, []LinesFile{
		{Where: idp.Text("wflines.caddy_site", "domain", m.d.Domain), Text: m.passed(caddyPass)},
		{Where: idp.Text("wflines.nginx_site", "domain", m.d.Domain), Text: m.passed(nginxPass)},
		{Where: idp.Text("wflines.apache_pass", "domain", m.d.Domain), Text: m.passed(apachePass)},
	}
}

func (m lineMaker) redirect() ([]idp.Message, []LinesFile) {
	return []idp.Message{idp.Text("wflines.redirect"), idp.Text("wflines.passes")}, []LinesFile{
		{Where: idp.Text("wflines.caddy_site", "domain", m.d.Domain), Text: m.passed(caddySend)},
		{Where: idp.Text("wflines.nginx_site", "domain", m.d.Domain), Text: m.passed(nginxSend)},
		{Where: idp.Text("wflines.apache_send", "domain", m.d.Domain), Text: m.passed(apacheSend)},
		{Where: idp.Text("wflines.redirects_send"), Name: "_redirects", Text: m.passed(hostSend)},
	}
}

// passed fills in the domain and the issuer's endpoint.
func (m lineMaker) passed(text string) string {
	return fill(text, "domain", m.d.Domain, "name", slug(m.d.Domain), "site", m.endpoint.Scheme+"://"+m.endpoint.Host, "host", m.endpoint.Host, "server", m.endpoint.Hostname(), "endpoint", m.endpoint.String())
}

const (
	caddyPass = `handle /.well-known/webfinger {
	reverse_proxy <site> {
		header_up Host <host>
	}
}
`
	nginxPass = `location = /.well-known/webfinger {
    proxy_pass <site>;
    proxy_ssl_server_name on;
    proxy_ssl_name <server>;
    proxy_ssl_verify on;
    proxy_ssl_verify_depth 3;
    proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
    proxy_set_header Host <host>;
}
`
	apachePass = `SSLProxyEngine On
SSLProxyVerify require
SSLProxyVerifyDepth 3
SSLProxyCACertificateFile /etc/ssl/certs/ca-certificates.crt
<Location "/.well-known/webfinger">
    ProxyPass "<endpoint>"
    ProxyPreserveHost Off
</Location>
`
	traefikPass = "http:\n  routers:\n    webfinger_<name>:\n      rule: Host(`<domain>`) && Path(`/.well-known/webfinger`)\n" + `      entryPoints: [websecure]
      service: webfinger_<name>
      tls:
        certResolver: letsencrypt
  services:
    webfinger_<name>:
      loadBalancer:
        passHostHeader: false
        servers:
          - url: <site>
`
	caddySend = `header /.well-known/webfinger Access-Control-Allow-Origin "*"
redir /.well-known/webfinger <site>{uri} 302
`
	nginxSend = `location = /.well-known/webfinger {
    add_header Access-Control-Allow-Origin "*" always;
    return 302 <endpoint>?$args;
}
`
	apacheSend = `RewriteEngine On
RewriteRule "^/?\.well-known/webfinger$" "<endpoint>" [R=302,L]
<IfModule mod_headers.c>
    Header always set Access-Control-Allow-Origin "*" "expr=%{REQUEST_URI} == '/.well-known/webfinger'"
</IfModule>
`
	hostSend = `/.well-known/webfinger <endpoint> 302
`
)
