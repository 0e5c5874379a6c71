package webfinger

import (
	"net/netip"
	"slices"
	"strings"

	"hearthkey/backend/idp"
)

// Answers are what the owner of a domain without a website says of it: yes, no, or "" before that.
type Answers struct {
	Cloudflare string // its DNS is at Cloudflare, or may move there; what the name servers tell stands before a no
	FreeHost   string // a free web host is fine
}

// Guide is the way for a domain without a website.
type Guide struct {
	DNS     string // who runs its DNS, as the name servers tell; "" for an unknown one
	Ask     string // the answer that is still missing: cloudflare, freeHost; "" when the way is clear
	Host    string // the lines to use: worker, github, file; "" before the way is clear
	Steps   []idp.Message
	Records []Record // to enter
	At      int      // the step, from 0, that enters them
	Extra   []string // addresses that the domain has beside those, which lead elsewhere
}

// Record is a DNS record to enter.
type Record struct {
	Type, Value string
	Seen        bool // the internet is told so
}

// runners are those who run DNS, by what the names of their servers end in.
var runners = []struct{ end, name string }{
	{".ns.cloudflare.com", "Cloudflare"}, {".gandi.net", "Gandi"}, {".registrar-servers.com", "Namecheap"}, {".domaincontrol.com", "GoDaddy"}, {".porkbun.com", "Porkbun"},
	{".ovh.net", "OVHcloud"}, {".anycast.me", "OVHcloud"}, {".hetzner.com", "Hetzner"}, {".hetzner.de", "Hetzner"}, {".ui-dns.com", "IONOS"}, {".ui-dns.de", "IONOS"}, {".ui-dns.org", "IONOS"}, {".ui-dns.biz", "IONOS"},
	{".inwx.de", "INWX"}, {".digitalocean.com", "DigitalOcean"}, {".googledomains.com", "Squarespace"}, {".squarespacedns.com", "Squarespace"}, {".desec.io", "deSEC"}, {".desec.org", "deSEC"}, {".dnsimple.com", "DNSimple"},
	{".one.com", "one.com"}, {".strato.de", "STRATO"}, {".transip.net", "TransIP"}, {".infomaniak.ch", "Infomaniak"}, {".he.net", "Hurricane Electric"},
}

// githubPages are the addresses of GitHub Pages, as GitHub's documentation names them for a domain of one's own.
var githubPages = []string{
	"185.199.108.153", "185.199.109.153", "185.199.110.153", "185.199.111.153",
	"2606:50c0:8000::153", "2606:50c0:8001::153", "2606:50c0:8002::153", "2606:50c0:8003::153",
}

// nowhere stands for a web server that does not exist, behind Cloudflare, which asks the Worker instead (RFC 6666).
const nowhere = "100::"

// GuideFor finds the way for a domain that has no website, by what its owner says and what the internet is told of it.
func GuideFor(domain string, said Answers, servers []string, addresses []netip.Addr) Guide {
	g := Guide{DNS: runner(servers)}
	const cloudflare = "Cloudflare"
	switch {
	case g.DNS == cloudflare || said.Cloudflare == "yes":
		g.worker(domain, g.DNS == cloudflare, addresses)
	case said.Cloudflare == "":
		g.Ask = "cloudflare"
	case said.FreeHost == "":
		g.Ask = "freeHost"
	case said.FreeHost == "yes":
		g.Host = HostGitHub
		g.Steps = []idp.Message{idp.Text("wflines.way_github"), idp.Text("wflines.way_github_name", "domain", domain), idp.Text("wflines.way_records", "domain", domain), idp.Text("wflines.way_github_https"), idp.Text("wflines.way_github_put")}
		g.At = 2
		g.records(githubPages, addresses)
	default:
		g.Host = HostFile
		g.Steps = []idp.Message{idp.Text("wflines.way_space", "domain", domain), idp.Text("wflines.way_space_records", "domain", domain), idp.Text("wflines.way_space_put")}
	}
	return g
}

// worker is the way by Cloudflare, which answers in the place of a website. What it tells the internet are addresses of its own.
func (g *Guide) worker(domain string, there bool, addresses []netip.Addr) {
	g.Host = HostWorker
	if !there {
		g.Steps, g.At = append(g.Steps, idp.Text("wflines.way_move", "domain", domain)), 1
	}
	g.Steps = append(g.Steps, idp.Text("wflines.way_worker_record", "domain", domain))
	grey := slices.Contains(addresses, netip.MustParseAddr(nowhere))
	if grey {
		g.Steps = append(g.Steps, idp.Text("wflines.way_cloud"))
	}
	g.Steps = append(g.Steps, idp.Text("wflines.way_worker"))
	g.Records = []Record{{Type: "AAAA", Value: nowhere, Seen: there && len(addresses) > 0 && !grey}}
}

// records are addresses to enter. Those that lead elsewhere would have visitors go there by turns.
func (g *Guide) records(values []string, addresses []netip.Addr) {
	wanted := []netip.Addr{}
	for _, value := range values {
		ip := netip.MustParseAddr(value)
		kind := "A"
		if ip.Is6() {
			kind = "AAAA"
		}
		wanted = append(wanted, ip)
		g.Records = append(g.Records, Record{Type: kind, Value: value, Seen: slices.Contains(addresses, ip)})
	}
	for _, ip := range addresses {
		if !slices.Contains(wanted, ip) {
			g.Extra = append(g.Extra, ip.String())
		}
	}
}

// runner recognises who runs a domain's DNS.
func runner(servers []string) string {
	for _, r := range runners {
		for _, server := range servers {
			if strings.HasSuffix("."+server, r.end) {
				return r.name
			}
		}
	}
	return ""
}
