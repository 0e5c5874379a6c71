package webfinger

import (
	"net/url"
	"strings"

	"hearthkey/backend/idp"
)

// The hosts that there are lines for beside those that can be recognised from outside.
const (
	HostWorker   = "worker"
	HostPages    = "pages"
	HostFile     = "file"
	HostProxy    = "proxy"
	HostRedirect = "redirect"
)

// HostLines are what to put onto one kind of web server by hand.
type HostLines struct {
	Host  string
	Name  string
	Said  []idp.Message // what it does, how well it is proven
	Files []LinesFile   // in the order in which they are made
}

// LinesFile is one text with the place where it belongs.
type LinesFile struct {
	Where idp.Message
	Name  string // of the file, below what the web server serves as / where it begins with .well-known; "" for lines within one
	Text  string
}

// lineMakers make the lines of each host, in the order in which they are offered.
var lineMakers = []struct {
	host, name string
	make       func(lineMaker) ([]idp.Message, []LinesFile)
}{
	{HostCaddy, "Caddy", lineMaker.caddy},
	{HostNginx, "nginx", lineMaker.nginx},
	{HostApache, "Apache", lineMaker.apache},
	{HostTraefik, "Traefik", lineMaker.traefik},
	{HostWorker, "Cloudflare Worker", lineMaker.worker},
	{HostPages, "Cloudflare Pages", lineMaker.pages},
	{HostNetlify, "Netlify", lineMaker.netlify},
	{HostVercel, "Vercel", lineMaker.vercel},
	{HostGitHub, "GitHub Pages", lineMaker.github},
	{HostWordPress, "WordPress", lineMaker.wordpress},
	{HostFile, "Plain file", lineMaker.file},
	{HostProxy, "Pass on", lineMaker.proxy},
	{HostRedirect, "Redirect", lineMaker.redirect},
}

// Lines are what to put onto each kind of web server so that it answers for a domain. What others had published there is in every text.
func Lines(d idp.WebFingerDomain, issuer string) []HostLines {
	m := lineMaker{d: d, issuer: issuer, entries: entriesOf(d, issuer), endpoint: endpointOf(issuer)}
	var out []HostLines
	for _, k := range lineMakers {
		said, files := k.make(m)
		out = append(out, HostLines{Host: k.host, Name: k.name, Said: said, Files: files})
	}
	return out
}

// lineMaker makes texts for one domain.
type lineMaker struct {
	d        idp.WebFingerDomain
	issuer   string
	entries  entries
	endpoint url.URL // the issuer's own
}

// endpointOf is where an issuer answers WebFinger itself.
func endpointOf(issuer string) url.URL {
	u, err := url.Parse(issuer)
	if err != nil {
		u = &url.URL{} // an issuer was parsed when it was pinned
	}
	return url.URL{Scheme: u.Scheme, Host: u.Host, Path: Path}
}

// fill puts values in the places of a text. A place is written <name>, which none of the languages of these texts uses where a place stands.
func fill(text string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		pairs[i] = "<" + pairs[i] + ">"
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// slug is a domain as a part of a name of files and variables.
func slug(domain string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, domain)
}
