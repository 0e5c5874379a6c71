package tunnel

import (
	"cmp"
	"strings"

	"hearthkey/backend/idp"

	"tailscale.com/ipn"
	"tailscale.com/ipn/ipnstate"
	"tailscale.com/tailcfg"
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
	tags     string           // the tags that the node asks for
	outage   outage           // what the node's health says of the way to Tailscale
	ran      bool             // the node has been Running since it was started
	member   bool             // it was a member of a tailnet at some time, by its kept keys too
	wanted   bool             // a login page was asked for

	holder     idp.Machine // who has hostName where the tailnet gave the node another name
	reclaiming bool        // the owner wants hostName back
	stepped    bool        // the node has stepped aside for it since the holder was last seen
	aside      bool        // it stands aside now
	asideOver  bool        // and has waited long enough
	port       int         // its UDP port, 0 when not known
	wantPort   int

	refusal    string // what control answered to the last login, "" if it took it
	keyRefused bool   // the auth key was refused
	enableURL  string // the page that control named for switching a feature on

	certEnds      idp.Time // of the certificate held for pinned, zero if none
	startProblem  idp.Message
	certProblem   idp.Message
	certRetry     idp.Time // when the certificate is asked for again
	listenProblem idp.Message
}

// steps are what the owner is to do next. Each is taken when it is not under way already.
type steps struct {
	name  nameStep   // what to do about the node's name
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
	s := idp.Tunnel{State: idp.TunnelStarting, HostName: f.hostName, AskedTags: f.tags, CertRetry: f.certRetry, PinnedURL: urlOf(f.pinned), Funnel: f.funnel, CertExpiry: f.certEnds}
	if f.status == nil {
		s.Problem = sentence(f.startProblem)
		return s, steps{}
	}
	describe(&s, f)
	switch f.status.BackendState {
	case ipn.NeedsLogin.String():
		return judgeLogin(s, f)
	case ipn.NeedsMachineAuth.String():
		s.State, s.Problem = idp.TunnelNeedsApproval, idp.Text("tunnel.needs_approval", "host", f.hostName).String()
		return s, steps{}
	case ipn.Running.String():
		if s.LoginURL != "" && !f.wanted { // removed by an admin: the node goes on as it was told before
			return judgeLogin(s, f)
		}
		s, next := judgeRunning(s, f)
		next.name = judgeName(s, f)
		return s, next
	}
	s.Problem = f.outage.sentence()
	return s, steps{}
}

// judgeName follows the owner's wish to have the host name back.
func judgeName(s idp.Tunnel, f facts) nameStep {
	label := firstLabel(s.DNSName)
	switch {
	case f.aside && (f.asideOver || strings.HasPrefix(label, f.hostName+asideEnding)):
		return nameBack
	case f.aside || !f.reclaiming:
		return nameStay
	case label == f.hostName || f.stepped && f.holder.Name == "":
		return nameGiveUp
	case f.holder.Name == "":
		return nameAside
	}
	return nameStay
}

// nameStep is what to do about the node's name.
type nameStep string

const (
	nameStay   nameStep = ""
	nameAside  nameStep = "aside"   // ask for another name, so that the next wish is a new one
	nameBack   nameStep = "back"    // ask for the own name
	nameGiveUp nameStep = "give up" // the node has the name, or asking did not help
)

// describe copies what the node says about itself.
func describe(s *idp.Tunnel, f facts) {
	st := f.status
	s.LoginURL = st.AuthURL
	s.Node = examine(f)
	self := st.Self
	if self == nil {
		return
	}
	s.DNSName = fqdn(self.DNSName)
	s.URL = urlOf(s.DNSName)
	if self.KeyExpiry != nil && !self.KeyExpiry.IsZero() {
		s.KeyExpiry = idp.At(*self.KeyExpiry)
	}
	if len(self.TailscaleIPs) > 0 { // IPv4 first
		s.Address = self.TailscaleIPs[0].String()
	}
	if s.Tagged = self.Tags != nil && self.Tags.Len() > 0; !s.Tagged {
		s.Account = st.User[self.UserID].LoginName
	}
	if s.DNSName != "" && firstLabel(s.DNSName) != f.hostName {
		s.Collision, s.TakingBack = f.holder, f.reclaiming
	}
}

// judgeLogin is for a node that is nobody's yet or no more. The node passes through this state at every start, and Self.Expired stays false: only the key's
// time and a node that has run before tell an ended key from a beginning.
func judgeLogin(s idp.Tunnel, f facts) (idp.Tunnel, steps) {
	switch {
	case s.KeyExpiry.Passed(f.now):
		s.State, s.Problem = idp.TunnelKeyExpired, idp.Text("tunnel.key_expired").String()
	case s.LoginURL != "" || f.ran || f.refusal != "":
		s.State, s.LoggedOut = idp.TunnelNeedsLogin, f.member
	default:
		s.Problem = f.outage.sentence()
	}
	switch {
	case f.refusal != "":
		s.Problem = refusalOf(f.refusal, f.keyRefused, f.tags).String()
	case s.LoggedOut:
		s.Problem = idp.Text("tunnel.logged_out").String()
	}
	return s, steps{login: s.LoginURL == "" && f.ran}
}

// judgeRunning goes through what serving needs, in the order in which the owner can mend it.
func judgeRunning(s idp.Tunnel, f facts) (idp.Tunnel, steps) {
	s.Online = f.outage == ""
	self, domains := f.status.Self, f.status.CertDomains
	funnel := !f.funnel || ipn.CheckFunnelAccess(443, self) == nil
	switch {
	case !self.HasCap(tailcfg.CapabilityHTTPS) || len(domains) == 0:
		return needs(s, f, idp.TunnelNeedsHTTPS, httpsPage, "tunnel.needs_https")
	case !funnel && f.pinned == "":
		return needs(s, f, idp.TunnelNeedsFunnel, funnelPage, "tunnel.needs_funnel")
	case f.pinned == "":
		s.State = idp.TunnelNeedsName
		return s, steps{decided: true}
	case s.DNSName != f.pinned || fqdn(domains[0]) != f.pinned: // Funnel serves CertDomains[0], whatever the name
		s.State = idp.TunnelNameMismatch
		s.Problem = idp.Text("tunnel.name_mismatch", "name", s.DNSName, "pinned", f.pinned).String()
		return s, steps{decided: true}
	}
	s, next := judgeServing(s, f, funnel)
	if !funnel { // the tailnet is served all the same
		next.ask = "funnel"
		s = lacks(s, f, idp.TunnelNeedsFunnel, funnelPage, "tunnel.needs_funnel")
	}
	return s, next
}

func lacks(s idp.Tunnel, f facts, state idp.TunnelState, page, key string) idp.Tunnel {
	s.State, s.Problem, s.EnableURL = state, idp.Text(key).String(), cmp.Or(f.enableURL, page)
	return s
}

func needs(s idp.Tunnel, f facts, state idp.TunnelState, page, key string) (idp.Tunnel, steps) {
	feature := "serve" // certificates alone
	if f.funnel {
		feature = "funnel" // the page of Funnel switches both on
	}
	return lacks(s, f, state, page, key), steps{ask: feature}
}

// judgeServing is for a node that has its name; the internet is served where funnel is allowed.
func judgeServing(s idp.Tunnel, f facts, funnel bool) (idp.Tunnel, steps) {
	if f.certEnds == 0 {
		s.State, s.Problem = idp.TunnelFetchingCertificate, sentence(f.certProblem)
		return s, steps{fetch: f.pinned}
	}
	next := steps{decided: true, doors: []entrance{entranceTailnet, entranceRedirect}}
	if f.funnel && funnel {
		next.doors = append(next.doors, entranceFunnel)
	}
	s.State = idp.TunnelDegraded
	switch {
	case f.certEnds.Passed(f.now):
		next.fetch = f.pinned
		s.Problem = idp.Text("tunnel.certificate_ended", "host", f.pinned).String()
	case f.listenProblem.Key != "":
		s.Problem = sentence(f.listenProblem)
	case f.outage != "":
		s.Problem = f.outage.sentence()
	case f.certEnds.Sub(f.now) < certWarn && f.certProblem.Key != "":
		s.Problem = sentence(f.certProblem)
	default:
		s.State = idp.TunnelOnline
	}
	return s, next
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
