package admin

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
)

// joinedNode is a node that serves the internet.
func joinedNode(change func(*idp.Tunnel)) idp.Tunnel {
	const host = "id.tail1234.ts.net"
	t := idp.Tunnel{
		State: idp.TunnelOnline, HostName: "id", DNSName: host, URL: "https://" + host, PinnedURL: "https://" + host, Account: "ann@example.com", Address: "100.64.0.2",
		CertExpiry: 1, Online: true, Funnel: true, Node: idp.TunnelNode{Known: true, MagicDNS: true, HTTPS: true, FunnelAttr: true, FunnelPort: true, Port: 41643},
	}
	change(&t)
	return t
}

func TestConnectSteps(t *testing.T) {
	public := func(state idp.ReachState, problem string) []idp.Reach {
		return []idp.Reach{{Network: idp.NetworkLocal, State: idp.ReachUp}, {Network: idp.NetworkPublic, State: state, Problem: problem, Took: 214 * time.Millisecond}}
	}
	at := func(state idp.TunnelState, change func(*idp.Tunnel)) idp.Tunnel {
		return joinedNode(func(t *idp.Tunnel) {
			t.State = state
			change(t)
		})
	}
	fresh := func(t *idp.Tunnel) {
		t.DNSName, t.Node, t.CertExpiry, t.PinnedURL, t.Address = "", idp.TunnelNode{}, 0, "", ""
	}
	unpinned := func(t *idp.Tunnel) { t.CertExpiry, t.PinnedURL = 0, "" }
	for _, tt := range []struct {
		what   string
		tunnel idp.Tunnel
		reach  []idp.Reach
		want   string // a letter for each step's state: done, now, waiting, stopped
		link   string // of the step that has one
		detail string // part of a detail
	}{
		{"connecting", at(idp.TunnelStarting, fresh), nil, "nwwww", "", ""},
		{"no network", at(idp.TunnelStarting, func(t *idp.Tunnel) { fresh(t); t.Problem = "no network" }), nil, "swwww", "", "no network"},
		{"login page", at(idp.TunnelNeedsLogin, func(t *idp.Tunnel) { fresh(t); t.LoginURL = "https://login" }), nil, "nwwww", "https://login", "the account"},
		{"key refused", at(idp.TunnelNeedsLogin, func(t *idp.Tunnel) { fresh(t); t.LoginURL, t.Problem = "https://login", "refused" }), nil, "swwww", "https://login", "refused"},
		{"logged out", at(idp.TunnelNeedsLogin, func(t *idp.Tunnel) {
			t.LoginURL, t.Problem, t.LoggedOut, t.CertExpiry = "https://login", "out", true, 0
		}), nil, "swwww", "https://login", "out"},
		{"key ended", at(idp.TunnelKeyExpired, func(t *idp.Tunnel) { t.Problem, t.CertExpiry = "ended", 0 }), nil, "swwww", "", "ended"},
		{"approval", at(idp.TunnelNeedsApproval, func(t *idp.Tunnel) { unpinned(t); t.Problem = "approve" }), nil, "dswww", "https://login.tailscale.com/admin/machines/100.64.0.2", "approve"},
		{"no https", at(idp.TunnelNeedsHTTPS, func(t *idp.Tunnel) { unpinned(t); t.Problem, t.EnableURL = "https", "https://enable" }), nil, "ddsww", "https://enable", "https"},
		{"no funnel, not pinned", at(idp.TunnelNeedsFunnel, func(t *idp.Tunnel) { unpinned(t); t.EnableURL = "https://enable" }), nil, "ddwsw", "https://enable", "After you confirm"},
		{"no funnel", at(idp.TunnelNeedsFunnel, func(t *idp.Tunnel) { t.EnableURL = "https://enable" }), nil, "dddsw", "https://enable", ""},
		{"no name", at(idp.TunnelNeedsName, unpinned), nil, "ddwww", "", ""},
		{"another name", at(idp.TunnelNameMismatch, func(t *idp.Tunnel) { t.CertExpiry, t.Problem = 0, "other" }), nil, "dswww", machinesPage, "other"},
		{"certificate", at(idp.TunnelFetchingCertificate, func(t *idp.Tunnel) { t.CertExpiry = 0 }), nil, "ddnww", "", "a minute"},
		{"certificate refused", at(idp.TunnelFetchingCertificate, func(t *idp.Tunnel) { t.CertExpiry, t.Problem = 0, "limited" }), nil, "ddsww", "", "limited"},
		{"not looked at yet", at(idp.TunnelOnline, func(*idp.Tunnel) {}), public(idp.ReachUnknown, ""), "ddddn", "", "from outside"},
		{"reached", at(idp.TunnelOnline, func(*idp.Tunnel) {}), public(idp.ReachUp, ""), "ddddd", "", "214 ms"},
		{"not reached", at(idp.TunnelOnline, func(*idp.Tunnel) {}), public(idp.ReachDown, "no answer"), "dddds", "", "no answer"},
		{"paused", at(idp.TunnelOnline, func(*idp.Tunnel) {}), public(idp.ReachPaused, ""), "ddddw", "", "paused"},
		{"degraded", at(idp.TunnelDegraded, func(t *idp.Tunnel) { t.Problem = "no relay" }), public(idp.ReachUp, ""), "dddds", "", "no relay"},
		{"tailnet only", at(idp.TunnelOnline, func(t *idp.Tunnel) { t.Funnel = false }), nil, "ddd", "", ""},
		{"off", at(idp.TunnelOff, fresh), nil, "", "", ""},
	} {
		steps := connectSteps(tt.tunnel, tt.reach)
		states, links, details := "", "", ""
		for _, s := range steps {
			states += s.State[:1]
			links += s.Link
			details += s.Detail + "\n"
			if s.Title == "" || (s.Link == "") != (s.Open == "") {
				t.Errorf("%s: %+v", tt.what, s)
			}
		}
		if states != tt.want || links != tt.link || !strings.Contains(details, tt.detail) {
			t.Errorf("%s: %s, page %q: %s", tt.what, states, links, details)
		}
	}
}

func TestDoctor(t *testing.T) {
	for _, tt := range []struct {
		what    string
		tunnel  idp.Tunnel
		key     string
		state   string
		page    string
		snippet string // part of it
	}{
		{"off", idp.Tunnel{State: idp.TunnelOff}, "joined", checkUnknown, "", ""},
		{"login", idp.Tunnel{State: idp.TunnelNeedsLogin, LoginURL: "https://login"}, "joined", checkMissing, "https://login", ""},
		{"tag not owned", idp.Tunnel{State: idp.TunnelNeedsLogin, AskedTags: "tag:id", Problem: "refused"}, "joined", checkMissing, policyPage, `"tag:id": ["autogroup:admin"]`},
		{"in", joinedNode(func(*idp.Tunnel) {}), "joined", checkOK, "", ""},
		{"approval", joinedNode(func(t *idp.Tunnel) { t.State = idp.TunnelNeedsApproval }), "approval", checkMissing, "https://login.tailscale.com/admin/machines/100.64.0.2", ""},
		{"approved", joinedNode(func(*idp.Tunnel) {}), "approval", checkOK, "", ""},
		{"MagicDNS off", joinedNode(func(t *idp.Tunnel) { t.Node.MagicDNS = false }), "magic_dns", checkMissing, dnsPage, ""},
		{"MagicDNS on", joinedNode(func(*idp.Tunnel) {}), "magic_dns", checkOK, "", ""},
		{"HTTPS off", joinedNode(func(t *idp.Tunnel) { t.Node.HTTPS = false }), "https", checkMissing, dnsPage, ""},
		{"HTTPS on", joinedNode(func(*idp.Tunnel) {}), "https", checkOK, "", ""},
		{"Funnel denied", joinedNode(func(t *idp.Tunnel) { t.Node.FunnelAttr = false }), "funnel_attr", checkMissing, policyPage, `{"target": ["ann@example.com"], "attr": ["funnel"]}`},
		{"Funnel denied to a tag", joinedNode(func(t *idp.Tunnel) { t.Node.FunnelAttr, t.Node.Tags = false, "tag:id tag:home" }), "funnel_attr", checkMissing, policyPage, `["tag:id", "tag:home"]`},
		{"Funnel denied, page offered", joinedNode(func(t *idp.Tunnel) {
			t.Node.FunnelAttr, t.State, t.EnableURL = false, idp.TunnelNeedsFunnel, "https://login.tailscale.com/f/funnel?node=n1"
		}), "funnel_attr", checkMissing, "https://login.tailscale.com/f/funnel?node=n1", "funnel"},
		{"Funnel allowed", joinedNode(func(*idp.Tunnel) {}), "funnel_attr", checkOK, "", ""},
		{"port denied", joinedNode(func(t *idp.Tunnel) { t.Node.FunnelPort = false }), "funnel_port", checkMissing, policyPage, ""},
		{"port allowed", joinedNode(func(*idp.Tunnel) {}), "funnel_port", checkOK, "", ""},
		{"key ends", joinedNode(func(t *idp.Tunnel) { t.KeyExpiry = 1 }), "key_expiry", checkWarn, "https://login.tailscale.com/admin/machines/100.64.0.2", ""},
		{"key stays", joinedNode(func(*idp.Tunnel) {}), "key_expiry", checkOK, "", ""},
		{"tagged", joinedNode(func(t *idp.Tunnel) { t.Node.Tags = "tag:id" }), "owner", checkOK, "", ""},
		{"name taken", joinedNode(func(t *idp.Tunnel) {
			t.DNSName, t.Collision.Name = "id-1.tail1234.ts.net", "id.tail1234.ts.net"
		}), "name", checkWarn, machinesPage, ""},
		{"name taken on purpose", joinedNode(func(t *idp.Tunnel) {
			t.DNSName, t.PinnedURL = "id-1.tail1234.ts.net", "https://id-1.tail1234.ts.net"
		}), "name", checkOK, "", ""},
		{"UDP port taken", joinedNode(func(t *idp.Tunnel) { t.Node.PortTaken = true }), "udp_port", checkWarn, "", ""},
		{"grants", joinedNode(func(*idp.Tunnel) {}), "grants", checkOK, policyPage, `"dst": ["100.64.0.2"], "ip": ["tcp:443", "tcp:80"]`},
	} {
		checks := examine(tt.tunnel).Checks
		i := slices.IndexFunc(checks, func(c DoctorCheck) bool { return c.Key == tt.key })
		if i < 0 {
			t.Errorf("%s: no point about %s", tt.what, tt.key)
			continue
		}
		c := checks[i]
		if c.State != tt.state || c.Page != tt.page || !strings.Contains(c.Snippet, tt.snippet) || (c.Snippet != "") != (tt.snippet != "") || c.Title == "" || c.State != checkOK && c.Detail == "" {
			t.Errorf("%s: %+v", tt.what, c)
		}
		if c.State == checkMissing && i != 0 {
			t.Errorf("%s: what is missing comes after %+v", tt.what, checks[0])
		}
	}
	if checks := examine(joinedNode(func(t *idp.Tunnel) { t.Funnel, t.Node.FunnelAttr = false, false })).Checks; slices.ContainsFunc(checks, func(c DoctorCheck) bool { return c.State == checkMissing }) {
		t.Errorf("the tailnet alone needs no Funnel: %+v", checks)
	}
}

func TestTags(t *testing.T) {
	for _, tt := range []struct {
		typed []string
		want  string
		ok    bool
	}{
		{nil, "", true},
		{[]string{" tag:id ", "", "tag:id", "tag:Home-2"}, "tag:id tag:Home-2", true},
		{[]string{"id"}, "", false}, {[]string{"tag:"}, "", false}, {[]string{"tag:2"}, "", false}, {[]string{"tag:a b"}, "", false},
	} {
		got, err := checkTags(tt.typed)
		if strings.Join(got, " ") != tt.want || (err == nil) != tt.ok || err != nil && idp.CodeOf(err) != idp.Invalid {
			t.Errorf("%q: %q, %v", tt.typed, got, err)
		}
	}
}
