package tunnel

import (
	"net/netip"
	"regexp"
	"slices"
	"testing"
	"time"

	"hearthkey/backend/idp"

	"tailscale.com/ipn"
	"tailscale.com/ipn/ipnstate"
	"tailscale.com/tailcfg"
	"tailscale.com/types/views"
)

const name = "id.tail1234.ts.net"

// at is the clock of these tests.
var at = idp.At(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC))

// running are the facts of a node that serves as it should.
func running(change func(*facts)) facts {
	f := facts{now: at, hostName: "id", pinned: name, funnel: true, ran: true, certEnds: at.Add(60 * idp.Day)}
	f.status = &ipnstate.Status{
		BackendState: ipn.Running.String(), CertDomains: []string{name}, CurrentTailnet: &ipnstate.TailnetStatus{MagicDNSEnabled: true},
		Self: &ipnstate.PeerStatus{DNSName: name + ".", UserID: 7, CapMap: tailcfg.NodeCapMap{
			tailcfg.CapabilityHTTPS: nil, tailcfg.NodeAttrFunnel: nil, tailcfg.CapabilityFunnelPorts + "?ports=443": nil,
		}},
		User: map[tailcfg.UserID]tailcfg.UserProfile{7: {ID: 7, LoginName: "ann@example.com"}},
	}
	if change != nil {
		change(&f)
	}
	return f
}

func needingLogin(change func(*facts)) facts {
	return running(func(f *facts) {
		f.status = &ipnstate.Status{BackendState: ipn.NeedsLogin.String(), Self: &ipnstate.PeerStatus{}}
		f.ran, f.certEnds = false, 0
		change(f)
	})
}

// other are the facts of a node that the tailnet calls id-1.
func other(change func(*facts)) facts {
	return running(func(f *facts) {
		f.status.Self.DNSName = "id-1.tail1234.ts.net."
		change(f)
	})
}

func TestJudge(t *testing.T) {
	all := []entrance{entranceTailnet, entranceRedirect, entranceFunnel}
	problem := idp.Text("tunnel.not_served")
	for _, tt := range []struct {
		what    string
		facts   facts
		state   idp.TunnelState
		problem string // message key
		page    string
		next    steps
	}{
		{"no node", running(func(f *facts) { f.status = nil }), idp.TunnelStarting, "", "", steps{}},
		{"node does not start", running(func(f *facts) { f.status, f.startProblem = nil, problem }), idp.TunnelStarting, problem.Key, "", steps{}},
		{"connecting", running(func(f *facts) { f.status.BackendState = ipn.Starting.String() }), idp.TunnelStarting, "", "", steps{}},
		{"connecting, no internet", running(func(f *facts) { f.status.BackendState, f.outage = ipn.Starting.String(), outageNetwork }), idp.TunnelStarting, "tunnel.no_network", "", steps{}},
		{"approval", running(func(f *facts) { f.status.BackendState = ipn.NeedsMachineAuth.String() }), idp.TunnelNeedsApproval, "tunnel.needs_approval", "", steps{}},

		{"login begins", needingLogin(func(*facts) {}), idp.TunnelStarting, "", "", steps{}},
		{"login begins, no internet", needingLogin(func(f *facts) { f.outage = outageControl }), idp.TunnelStarting, "tunnel.no_control", "", steps{}},
		{"login page", needingLogin(func(f *facts) { f.status.AuthURL = "https://login" }), idp.TunnelNeedsLogin, "", "", steps{}},
		{"refused", needingLogin(func(f *facts) { f.refusal = "no" }), idp.TunnelNeedsLogin, "tunnel.login_refused", "", steps{}},
		{"auth key refused", needingLogin(func(f *facts) { f.refusal, f.keyRefused = "no", true }), idp.TunnelNeedsLogin, "tunnel.auth_key_refused", "", steps{}},
		{"thrown out", needingLogin(func(f *facts) { f.ran, f.member = true, true }), idp.TunnelNeedsLogin, "tunnel.logged_out", "", steps{login: true}},
		{"thrown out while off", needingLogin(func(f *facts) { f.member, f.status.AuthURL = true, "https://login" }), idp.TunnelNeedsLogin, "tunnel.logged_out", "", steps{}},
		{"a member that starts", needingLogin(func(f *facts) { f.member = true }), idp.TunnelStarting, "", "", steps{}},
		{"tag refused", needingLogin(func(f *facts) { f.refusal, f.tags = "requested tags [tag:id] are invalid or not permitted", "tag:id" }), idp.TunnelNeedsLogin, "tunnel.tags_refused", "", steps{}},
		{"tags of the key refused", needingLogin(func(f *facts) { f.refusal, f.keyRefused, f.tags = "tailnet owns no such tag", true, "tag:id" }), idp.TunnelNeedsLogin, "tunnel.tags_refused", "", steps{}},
		{"too many logins", needingLogin(func(f *facts) { f.refusal, f.keyRefused = "node registration rate limited; will retry after 1m", true }), idp.TunnelNeedsLogin, "tunnel.login_limited", "", steps{}},
		{"key ended", needingLogin(func(f *facts) { f.ran, f.status.Self.KeyExpiry = true, ended() }), idp.TunnelKeyExpired, "tunnel.key_expired", "", steps{login: true}},
		{"key ended, page there", needingLogin(func(f *facts) { f.ran, f.status.Self.KeyExpiry, f.status.AuthURL = true, ended(), "https://login" }), idp.TunnelKeyExpired, "tunnel.key_expired", "", steps{}},

		{"thrown out, and told nothing of it", running(func(f *facts) { f.ran, f.member, f.status.AuthURL = true, true, "https://login" }), idp.TunnelNeedsLogin, "tunnel.logged_out", "", steps{}},
		{"no https", running(func(f *facts) { delete(f.status.Self.CapMap, tailcfg.CapabilityHTTPS) }), idp.TunnelNeedsHTTPS, "tunnel.needs_https", httpsPage, steps{ask: "funnel"}},
		{"no certificate domain", running(func(f *facts) { f.status.CertDomains = nil }), idp.TunnelNeedsHTTPS, "tunnel.needs_https", httpsPage, steps{ask: "funnel"}},
		{"no https, tailnet only", running(func(f *facts) { f.funnel, f.status.CertDomains = false, nil }), idp.TunnelNeedsHTTPS, "tunnel.needs_https", httpsPage, steps{ask: "serve"}},
		{"no funnel", running(func(f *facts) { delete(f.status.Self.CapMap, tailcfg.NodeAttrFunnel) }), idp.TunnelNeedsFunnel, "tunnel.needs_funnel", funnelPage, steps{ask: "funnel", decided: true, doors: all[:2]}},
		{"no funnel on 443", running(func(f *facts) {
			delete(f.status.Self.CapMap, tailcfg.CapabilityFunnelPorts+"?ports=443")
			f.status.Self.CapMap[tailcfg.CapabilityFunnelPorts+"?ports=8443"] = nil
		}), idp.TunnelNeedsFunnel, "tunnel.needs_funnel", funnelPage, steps{ask: "funnel", decided: true, doors: all[:2]}},
		{"no funnel, page named", running(func(f *facts) { delete(f.status.Self.CapMap, tailcfg.NodeAttrFunnel); f.enableURL = "https://page" }), idp.TunnelNeedsFunnel, "tunnel.needs_funnel", "https://page", steps{ask: "funnel", decided: true, doors: all[:2]}},
		{"no funnel, not pinned", running(func(f *facts) { delete(f.status.Self.CapMap, tailcfg.NodeAttrFunnel); f.pinned, f.certEnds = "", 0 }), idp.TunnelNeedsFunnel, "tunnel.needs_funnel", funnelPage, steps{ask: "funnel"}},
		{"no funnel, no certificate", running(func(f *facts) { delete(f.status.Self.CapMap, tailcfg.NodeAttrFunnel); f.certEnds = 0 }), idp.TunnelNeedsFunnel, "tunnel.needs_funnel", funnelPage, steps{ask: "funnel", fetch: name}},
		{"no funnel, tailnet only", running(func(f *facts) { f.funnel = false; delete(f.status.Self.CapMap, tailcfg.NodeAttrFunnel) }), idp.TunnelOnline, "", "", steps{decided: true, doors: all[:2]}},

		{"has the name it wants back", running(func(f *facts) { f.reclaiming = true }), idp.TunnelOnline, "", "", steps{decided: true, doors: all, name: nameGiveUp}},
		{"wants the name back", other(func(f *facts) { f.reclaiming = true }), idp.TunnelNameMismatch, "tunnel.name_mismatch", "", steps{decided: true, name: nameAside}},
		{"wants it back from a machine", other(func(f *facts) { f.reclaiming, f.holder.Name = true, name }), idp.TunnelNameMismatch, "tunnel.name_mismatch", "", steps{decided: true}},
		{"does not want it back", other(func(*facts) {}), idp.TunnelNameMismatch, "tunnel.name_mismatch", "", steps{decided: true}},
		{"stands aside", other(func(f *facts) { f.reclaiming, f.stepped, f.aside = true, true, true }), idp.TunnelNameMismatch, "tunnel.name_mismatch", "", steps{decided: true}},
		{"stands aside, and the tailnet followed", other(func(f *facts) {
			f.reclaiming, f.stepped, f.aside, f.status.Self.DNSName = true, true, true, "id-returning.tail1234.ts.net."
		}), idp.TunnelNameMismatch, "tunnel.name_mismatch", "", steps{decided: true, name: nameBack}},
		{"stands aside for too long", other(func(f *facts) { f.reclaiming, f.stepped, f.aside, f.asideOver = true, true, true, true }), idp.TunnelNameMismatch, "tunnel.name_mismatch", "", steps{decided: true, name: nameBack}},
		{"asked in vain", other(func(f *facts) { f.reclaiming, f.stepped = true, true }), idp.TunnelNameMismatch, "tunnel.name_mismatch", "", steps{decided: true, name: nameGiveUp}},

		{"not pinned", running(func(f *facts) { f.pinned, f.certEnds = "", 0 }), idp.TunnelNeedsName, "", "", steps{decided: true}},
		{"other name", running(func(f *facts) { f.status.Self.DNSName = "id-1.tail1234.ts.net." }), idp.TunnelNameMismatch, "tunnel.name_mismatch", "", steps{decided: true}},
		{"other certificate domain", running(func(f *facts) { f.status.CertDomains = []string{"id-1.tail1234.ts.net", name} }), idp.TunnelNameMismatch, "tunnel.name_mismatch", "", steps{decided: true}},
		{"name in capitals", running(func(f *facts) { f.status.Self.DNSName = "ID.Tail1234.ts.net." }), idp.TunnelOnline, "", "", steps{decided: true, doors: all}},
		{"no certificate", running(func(f *facts) { f.certEnds = 0 }), idp.TunnelFetchingCertificate, "", "", steps{fetch: name}},
		{"no certificate to be had", running(func(f *facts) { f.certEnds, f.certProblem = 0, problem }), idp.TunnelFetchingCertificate, problem.Key, "", steps{fetch: name}},

		{"serving", running(nil), idp.TunnelOnline, "", "", steps{decided: true, doors: all}},
		{"serving, no internet", running(func(f *facts) { f.outage = outageControl }), idp.TunnelDegraded, "tunnel.no_control", "", steps{decided: true, doors: all}},
		{"cannot listen", running(func(f *facts) { f.listenProblem = problem }), idp.TunnelDegraded, problem.Key, "", steps{decided: true, doors: all}},
		{"renewal failed, time left", running(func(f *facts) { f.certProblem = problem }), idp.TunnelOnline, "", "", steps{decided: true, doors: all}},
		{"renewal failed, no time left", running(func(f *facts) { f.certProblem, f.certEnds = problem, at.Add(6*idp.Day) }), idp.TunnelDegraded, problem.Key, "", steps{decided: true, doors: all}},
		{"short certificate", running(func(f *facts) { f.certEnds = at.Add(6 * idp.Day) }), idp.TunnelOnline, "", "", steps{decided: true, doors: all}},
		{"certificate ended", running(func(f *facts) { f.certEnds = at }), idp.TunnelDegraded, "tunnel.certificate_ended", "", steps{decided: true, doors: all, fetch: name}},
	} {
		s, next := judge(tt.facts)
		if s.State != tt.state {
			t.Errorf("%s: state %s, want %s", tt.what, s.State, tt.state)
		}
		if !says(s.Problem, tt.problem) {
			t.Errorf("%s: problem %q, want %s", tt.what, s.Problem, tt.problem)
		}
		if s.EnableURL != tt.page {
			t.Errorf("%s: page %q, want %q", tt.what, s.EnableURL, tt.page)
		}
		if next.name != tt.next.name || next.login != tt.next.login || next.ask != tt.next.ask || next.fetch != tt.next.fetch || next.decided != tt.next.decided || !slices.Equal(next.doors, tt.next.doors) {
			t.Errorf("%s: next %+v, want %+v", tt.what, next, tt.next)
		}
		if s.Online != (tt.facts.status != nil && tt.facts.status.BackendState == ipn.Running.String() && tt.facts.status.AuthURL == "" && tt.facts.outage == "") {
			t.Errorf("%s: online is %v", tt.what, s.Online)
		}
	}
}

func ended() *time.Time {
	past := at.Std().Add(-time.Minute)
	return &past
}

func TestJudgeDescribes(t *testing.T) {
	ends := at.Std().Add(48 * time.Hour)
	s, _ := judge(running(func(f *facts) { f.status.Self.KeyExpiry, f.status.AuthURL, f.wanted = &ends, "https://login", true }))
	want := idp.Tunnel{
		State: idp.TunnelOnline, HostName: "id", DNSName: name, URL: "https://" + name, PinnedURL: "https://" + name, Account: "ann@example.com",
		LoginURL: "https://login", KeyExpiry: idp.At(ends), CertExpiry: at.Add(60 * idp.Day), Online: true, Funnel: true,
		Node: idp.TunnelNode{Known: true, MagicDNS: true, HTTPS: true, FunnelAttr: true, FunnelPort: true},
	}
	if s != want {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	s, _ = judge(running(func(f *facts) {
		tags := views.SliceOf([]string{"tag:id"})
		f.status.Self.Tags, f.status.Self.TailscaleIPs = &tags, []netip.Addr{netip.MustParseAddr("100.64.0.7"), netip.MustParseAddr("fd7a:115c:a1e0::7")}
	}))
	if !s.Tagged || s.Account != "" || s.Address != "100.64.0.7" || s.KeyExpiry != 0 {
		t.Errorf("a tagged node is told as %+v", s)
	}
	holder := idp.Machine{Name: name, OS: "linux"}
	if s, _ := judge(running(func(f *facts) { f.holder = holder })); s.Collision.Name != "" {
		t.Errorf("a node with its own name collides with %+v", s.Collision)
	}
	if s, _ := judge(other(func(f *facts) { f.holder, f.reclaiming = holder, true })); s.Collision != holder || !s.TakingBack {
		t.Errorf("a node with another name: %+v", s)
	}
	tags := views.SliceOf([]string{"tag:id"})
	if s, _ := judge(running(func(f *facts) { f.status.Self.Tags = &tags })); s.Account != "" {
		t.Errorf("a tagged node belongs to %q", s.Account)
	}
}

// says whether text is the message of that key, whatever its arguments; no key is no text.
func says(text, key string) bool {
	if key == "" {
		return text == ""
	}
	pattern := regexp.QuoteMeta(idp.Text(key).String())
	pattern = regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(pattern, ".*")
	return idp.Known(key) && regexp.MustCompile("^"+pattern+"$").MatchString(text)
}
