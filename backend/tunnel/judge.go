package tunnel

import (
	"slices"
	"strings"

	"hearthkey/backend/idp"

	"tailscale.com/health"
	"tailscale.com/ipn"
	"tailscale.com/ipn/ipnstate"
	"tailscale.com/tailcfg"
	"tailscale.com/tsconst"
)

// Pages that say how to switch something on, for when control names none.
const (
	httpsPage  = "https://tailscale.com/s/https"
	funnelPage = "https://tailscale.com/s/no-funnel"
)

// facts are all that the published state and the next steps follow from.
type facts struct {
	now      idp.Time
	hostName string           // the first label that the node asks for
	pinned   string           // the full name that may be served, "" before pinning
	funnel   bool             // the internet is to be served
	status   *ipnstate.Status // nil while there is no node
	offline  bool             // the node's health says that Tailscale cannot be reached
	ran      bool             // the node has been Running since it was started

	refusal    string // what control answered to the last login, "" if it took it
	keyRefused bool   // the auth key was refused
	enableURL  string // the page that control named for switching a feature on

	certEnds      idp.Time // of the certificate held for pinned, zero if none
	startProblem  idp.Message
	certProblem   idp.Message
	listenProblem idp.Message
}

// steps are what the owner is to do next. Each is taken when it is not under way already.
type steps struct {
	login bool       // ask for a login page
	ask   string     // the feature to ask control the page for
	fetch string     // the host to fetch a certificate for
	doors []entrance // what is to be open, if decided
	// decided is false where open doors stay as they are: a listener that is closed without need costs its visitors the time that control takes to
	// announce it again, and works on by itself after a login.
	decided bool
}

// judge says how things stand and what to do.
func judge(f facts) (idp.Tunnel, steps) {
	s := idp.Tunnel{State: idp.TunnelStarting, HostName: f.hostName, PinnedURL: urlOf(f.pinned), Funnel: f.funnel, CertExpiry: f.certEnds}
	if f.status == nil {
		s.Problem = sentence(f.startProblem)
		return s, steps{}
	}
	describe(&s, f.status)
	switch f.status.BackendState {
	case ipn.NeedsLogin.String():
		return judgeLogin(s, f)
	case ipn.NeedsMachineAuth.String():
		s.State, s.Problem = idp.TunnelNeedsApproval, idp.Text("tunnel.needs_approval", "host", f.hostName).String()
		return s, steps{}
	case ipn.Running.String():
		return judgeRunning(s, f)
	}
	if f.offline {
		s.Problem = idp.Text("tunnel.offline").String()
	}
	return s, steps{}
}

// describe copies what the node says about itself.
func describe(s *idp.Tunnel, st *ipnstate.Status) {
	s.LoginURL = st.AuthURL
	self := st.Self
	if self == nil {
		return
	}
	s.DNSName = fqdn(self.DNSName)
	s.URL = urlOf(s.DNSName)
	if self.KeyExpiry != nil && !self.KeyExpiry.IsZero() {
		s.KeyExpiry = idp.At(*self.KeyExpiry)
	}
	if self.Tags == nil || self.Tags.Len() == 0 {
		s.Account = st.User[self.UserID].LoginName
	}
}

// judgeLogin is for a node that is nobody's yet or no more. The node passes through this state at every start, and Self.Expired stays false: only the key's
// time and a node that has run before tell an ended key from a beginning.
func judgeLogin(s idp.Tunnel, f facts) (idp.Tunnel, steps) {
	switch {
	case s.KeyExpiry.Passed(f.now):
		s.State, s.Problem = idp.TunnelKeyExpired, idp.Text("tunnel.key_expired").String()
	case s.LoginURL != "" || f.ran || f.refusal != "":
		s.State = idp.TunnelNeedsLogin
	case f.offline:
		s.Problem = idp.Text("tunnel.offline").String()
	}
	switch {
	case f.keyRefused:
		s.Problem = idp.Text("tunnel.auth_key_refused", "reason", f.refusal).String()
	case f.refusal != "":
		s.Problem = idp.Text("tunnel.login_refused", "reason", f.refusal).String()
	}
	return s, steps{login: s.LoginURL == "" && f.ran}
}

// judgeRunning goes through what serving needs, in the order in which the owner can mend it.
func judgeRunning(s idp.Tunnel, f facts) (idp.Tunnel, steps) {
	s.Online = !f.offline
	self, domains := f.status.Self, f.status.CertDomains
	switch {
	case !self.HasCap(tailcfg.CapabilityHTTPS) || len(domains) == 0:
		return needs(s, f, idp.TunnelNeedsHTTPS, httpsPage, "tunnel.needs_https")
	case f.funnel && ipn.CheckFunnelAccess(443, self) != nil:
		return needs(s, f, idp.TunnelNeedsFunnel, funnelPage, "tunnel.needs_funnel")
	case f.pinned == "":
		s.State = idp.TunnelNeedsName
		return s, steps{decided: true}
	case s.DNSName != f.pinned || fqdn(domains[0]) != f.pinned: // Funnel serves CertDomains[0], whatever the name
		s.State = idp.TunnelNameMismatch
		s.Problem = idp.Text("tunnel.name_mismatch", "name", s.DNSName, "pinned", f.pinned).String()
		return s, steps{decided: true}
	case f.certEnds == 0:
		s.State, s.Problem = idp.TunnelFetchingCertificate, sentence(f.certProblem)
		return s, steps{fetch: f.pinned}
	}
	return judgeServing(s, f)
}

func needs(s idp.Tunnel, f facts, state idp.TunnelState, page, key string) (idp.Tunnel, steps) {
	s.State, s.Problem, s.EnableURL = state, idp.Text(key).String(), f.enableURL
	if s.EnableURL == "" {
		s.EnableURL = page
	}
	feature := "serve" // certificates alone
	if f.funnel {
		feature = "funnel" // the page of Funnel switches both on
	}
	return s, steps{ask: feature}
}

func judgeServing(s idp.Tunnel, f facts) (idp.Tunnel, steps) {
	next := steps{decided: true, doors: []entrance{entranceTailnet, entranceRedirect}}
	if f.funnel {
		next.doors = append(next.doors, entranceFunnel)
	}
	s.State = idp.TunnelDegraded
	switch {
	case f.certEnds.Passed(f.now):
		next.fetch = f.pinned
		s.Problem = idp.Text("tunnel.certificate_ended", "host", f.pinned).String()
	case f.listenProblem.Key != "":
		s.Problem = sentence(f.listenProblem)
	case f.offline:
		s.Problem = idp.Text("tunnel.offline").String()
	case f.certEnds.Sub(f.now) < certWarn && f.certProblem.Key != "":
		s.Problem = sentence(f.certProblem)
	default:
		s.State = idp.TunnelOnline
	}
	return s, next
}

// offline says whether the node's warnings mean that Tailscale cannot be reached. Status.Online says it earlier and then goes stale: nothing on the bus
// tells when it comes back.
func offline(h *health.State) bool {
	for code, w := range h.Warnings {
		lost := []health.WarnableCode{tsconst.HealthWarnableNotInMapPoll, tsconst.HealthWarnableMapResponseTimeout}
		if w.ImpactsConnectivity || slices.Contains(lost, code) {
			return true
		}
	}
	return false
}

// fqdn writes a full name as it is pinned: lower case, no trailing dot.
func fqdn(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

func urlOf(host string) string {
	if host == "" {
		return ""
	}
	return "https://" + host
}

func sentence(m idp.Message) string {
	if m.Key == "" {
		return ""
	}
	return m.String()
}
