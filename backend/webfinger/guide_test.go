package webfinger

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestGuide(t *testing.T) {
	cloudflare, gandi := []string{"amy.ns.cloudflare.com", "bob.ns.cloudflare.com"}, []string{"ns-1.a.gandi.net"}
	pages := strings.Join(githubPages, " ")
	for _, tt := range []struct {
		name            string
		said            Answers
		servers         []string
		addresses       string
		dns, ask, host  string
		seen, of, extra int
	}{
		{"at Cloudflare, no record", Answers{}, cloudflare, "", "Cloudflare", "", HostWorker, 0, 1, 0},
		{"at Cloudflare, whatever is said", Answers{Cloudflare: "no"}, cloudflare, "104.16.1.1 2606:4700::1", "Cloudflare", "", HostWorker, 1, 1, 0},
		{"at Cloudflare, the cloud is grey", Answers{}, cloudflare, "100::", "Cloudflare", "", HostWorker, 0, 1, 0},
		{"may move", Answers{Cloudflare: "yes"}, gandi, "192.0.2.1", "Gandi", "", HostWorker, 0, 1, 0},
		{"nothing said", Answers{}, gandi, "", "Gandi", "cloudflare", "", 0, 0, 0},
		{"may not move", Answers{Cloudflare: "no"}, nil, "", "", "freeHost", "", 0, 0, 0},
		{"free host", Answers{"no", "yes"}, gandi, "", "Gandi", "", HostGitHub, 0, 8, 0},
		{"free host, two there and a parking page", Answers{"no", "yes"}, gandi, "185.199.108.153 2606:50c0:8003::153 203.0.113.9", "Gandi", "", HostGitHub, 2, 8, 1},
		{"free host, done", Answers{"no", "yes"}, []string{"notgandi.net"}, pages, "", "", HostGitHub, 8, 8, 0},
		{"neither", Answers{"no", "no"}, gandi, "", "Gandi", "", HostFile, 0, 0, 0},
	} {
		var addresses []netip.Addr
		for a := range strings.FieldsSeq(tt.addresses) {
			addresses = append(addresses, netip.MustParseAddr(a))
		}
		g := GuideFor("example.com", tt.said, tt.servers, addresses)
		seen := len(slices.DeleteFunc(slices.Clone(g.Records), func(r Record) bool { return !r.Seen }))
		if g.DNS != tt.dns || g.Ask != tt.ask || g.Host != tt.host || seen != tt.seen || len(g.Records) != tt.of || len(g.Extra) != tt.extra {
			t.Errorf("%s: %+v", tt.name, g)
		}
		if (g.Host == "") != (len(g.Steps) == 0) {
			t.Errorf("%s: steps %v", tt.name, g.Steps)
		}
		if key := "wflines.way_worker_record wflines.way_records"; len(g.Records) > 0 && !strings.Contains(key, g.Steps[g.At].Key) {
			t.Errorf("%s: the records belong to %s", tt.name, g.Steps[g.At].Key)
		}
	}
}
