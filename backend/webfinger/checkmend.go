package webfinger

import "hearthkey/backend/idp"

// mends say how something is put right on each host; what a host lacks is said by the finding alone.
var mends = map[string]map[string]string{
	"missing": {
		HostCloudflare: "wfcheck.missing_cloudflare",
		HostGitHub:     "wfcheck.missing_github",
		HostGitLab:     "wfcheck.missing_gitlab",
		HostCodeberg:   "wfcheck.missing_codeberg",
		HostNetlify:    "wfcheck.missing_netlify",
		HostVercel:     "wfcheck.missing_vercel",
		HostWordPress:  "wfcheck.missing_wordpress",
		HostS3:         "wfcheck.missing_s3",
		HostBuilder:    "wfcheck.missing_builder",
		HostCaddy:      "wfcheck.missing_caddy",
		HostNginx:      "wfcheck.missing_nginx",
		HostApache:     "wfcheck.missing_apache",
		HostTraefik:    "wfcheck.missing_traefik",
		HostIIS:        "wfcheck.missing_iis",
	},
	"closed": {
		HostCloudflare: "wfcheck.bot_cloudflare",
		HostNginx:      "wfcheck.closed_nginx",
		HostApache:     "wfcheck.closed_apache",
		HostS3:         "wfcheck.closed_s3",
		HostVercel:     "wfcheck.closed_vercel",
		HostNetlify:    "wfcheck.closed_netlify",
		HostWordPress:  "wfcheck.closed_wordpress",
	},
	"html": {
		HostNetlify:    "wfcheck.html_netlify",
		HostVercel:     "wfcheck.html_vercel",
		HostNginx:      "wfcheck.html_nginx",
		HostApache:     "wfcheck.html_apache",
		HostCaddy:      "wfcheck.html_caddy",
		HostWordPress:  "wfcheck.missing_wordpress",
		HostBuilder:    "wfcheck.missing_builder",
		HostCloudflare: "wfcheck.missing_cloudflare",
	},
	"type": {
		HostCloudflare: "wfcheck.type_headers",
		HostNetlify:    "wfcheck.type_headers",
		HostVercel:     "wfcheck.type_vercel",
		HostNginx:      "wfcheck.type_nginx",
		HostApache:     "wfcheck.type_apache",
		HostCaddy:      "wfcheck.type_caddy",
		HostS3:         "wfcheck.type_s3",
		HostIIS:        "wfcheck.type_iis",
	},
	"cors": {
		HostCloudflare: "wfcheck.cors_headers",
		HostNetlify:    "wfcheck.cors_headers",
		HostVercel:     "wfcheck.cors_vercel",
		HostNginx:      "wfcheck.cors_nginx",
		HostApache:     "wfcheck.cors_apache",
		HostCaddy:      "wfcheck.cors_caddy",
		HostS3:         "wfcheck.cors_s3",
	},
	"cache": {
		HostCloudflare: "wfcheck.cache_cloudflare",
		HostNetlify:    "wfcheck.cache_headers",
		HostNginx:      "wfcheck.cache_nginx",
		HostApache:     "wfcheck.cache_apache",
		HostCaddy:      "wfcheck.cache_caddy",
		HostS3:         "wfcheck.cache_s3",
	},
	"redirect": {
		HostCloudflare: "wfcheck.redirect_cloudflare",
		HostGitHub:     "wfcheck.redirect_github",
		HostNetlify:    "wfcheck.redirect_netlify",
		HostVercel:     "wfcheck.redirect_vercel",
		HostWordPress:  "wfcheck.redirect_wordpress",
		HostNginx:      "wfcheck.redirect_nginx",
		HostApache:     "wfcheck.redirect_apache",
		HostCaddy:      "wfcheck.redirect_caddy",
	},
	"certificate": {
		HostCloudflare: "wfcheck.certificate_cloudflare",
		HostGitHub:     "wfcheck.certificate_github",
		HostNetlify:    "wfcheck.certificate_netlify",
		HostVercel:     "wfcheck.certificate_vercel",
		HostNginx:      "wfcheck.certificate_server",
		HostApache:     "wfcheck.certificate_server",
		HostCaddy:      "wfcheck.certificate_caddy",
	},
	"bot": {
		HostCloudflare: "wfcheck.bot_cloudflare",
		HostVercel:     "wfcheck.bot_vercel",
		HostWordPress:  "wfcheck.bot_wordpress",
		HostNginx:      "wfcheck.bot_server",
		HostApache:     "wfcheck.bot_server",
	},
	"rewrite": {
		HostCloudflare: "wfcheck.rewrite_cloudflare",
		HostWordPress:  "wfcheck.rewrite_wordpress",
	},
	"query": {
		HostCloudflare: "wfcheck.query_cloudflare",
		HostNginx:      "wfcheck.query_nginx",
		HostApache:     "wfcheck.query_apache",
		HostWordPress:  "wfcheck.query_wordpress",
	},
}

// how is the host's own way to mend something, "" where none is known. What is published by Hearthkey is mended by publishing again, what was pasted by pasting again.
func (v *visit) how(mend string) string {
	if mend == "publish" {
		switch v.domain.Publisher.Kind {
		case idp.PublisherHand, idp.PublisherNone:
			return idp.Text("wfcheck.publish_hand").String()
		}
		return idp.Text("wfcheck.publish_again").String()
	}
	key := mends[mend][v.host]
	if key == "" {
		return ""
	}
	return idp.Text(key, "domain", v.domain.Domain).String()
}
