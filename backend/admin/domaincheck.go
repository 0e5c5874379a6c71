package admin

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
)

// States of a finding.
const (
	findingOK      = "ok"
	findingWarn    = "warn"
	findingDanger  = "danger"
	findingUnknown = "unknown"
)

// CheckDomain visits the owner's own name and says what is wrong on the way.
func (a *Admin) CheckDomain(ctx context.Context) (DomainCheck, error) {
	pin, err := a.Store.Pin(ctx)
	if err != nil {
		return DomainCheck{}, err
	}
	if pin.Mode != idp.ModeDomain {
		return DomainCheck{}, idp.Fail(idp.Conflict, "admin.no_domain")
	}
	v, err := a.Reach.VisitDomain(ctx)
	if err != nil {
		return DomainCheck{}, err
	}
	c := judgeVisit(v)
	c.CheckedAt = a.Clock()
	return c, nil
}

// verdict collects findings.
type verdict struct {
	DomainCheck
	v DomainVisit
}

// judgeVisit makes findings of a visit, in the order in which it went. What lies behind the first obstacle is not known, and not said.
func judgeVisit(v DomainVisit) DomainCheck {
	c := verdict{v: v, DomainCheck: DomainCheck{HostName: v.Pin.HostName, Findings: []DomainFinding{}}}
	if v.Address.IsValid() {
		c.Address = v.Address.String()
	}
	if c.listening() && c.found() && c.answered() && c.byProxy() {
		c.hostKept()
		if c.addressTold() {
			c.schemeTold()
			c.notForged()
		}
	}
	if v.Stage == VisitDone {
		c.Took = max(1, v.Took.Milliseconds())
	}
	c.OK = !slices.ContainsFunc(c.Findings, func(f DomainFinding) bool { return f.State != findingOK })
	return c.DomainCheck
}

func (c *verdict) fine(key string, title idp.Message) bool {
	c.Findings = append(c.Findings, DomainFinding{Key: key, State: findingOK, Title: title.String(), Mend: []ProxyLines{}})
	return true
}

func (c *verdict) wrong(key, state string, title, detail idp.Message, mend []ProxyLines) bool {
	c.Findings = append(c.Findings, DomainFinding{Key: key, State: state, Title: title.String(), Detail: detail.String(), Mend: mend})
	return false
}

func (c *verdict) listening() bool {
	at := c.v.Listen.String()
	if c.v.Problem != "" {
		c.wrong("listen", findingDanger, idp.Text("domain.listen_bad", "address", at), idp.Message{}, []ProxyLines{})
		c.Findings[len(c.Findings)-1].Detail = c.v.Problem
		return false
	}
	return c.fine("listen", idp.Text("domain.listen", "address", at))
}

// found looks at what the name led to.
func (c *verdict) found() bool {
	host := c.v.Pin.RPID
	if c.v.Stage == VisitName {
		return c.wrong("name", findingDanger, idp.Text("domain.name_bad", "host", host), idp.Text("domain.name_bad_detail", "host", host), []ProxyLines{})
	}
	to := c.v.Found[0]
	if c.v.Address.IsValid() {
		to = c.v.Address.Addr()
	}
	switch {
	case inHome(to) && c.v.Public:
		c.wrong("name", findingWarn, idp.Text("domain.name_home", "host", host, "ip", to.String()), idp.Text("domain.name_public_detail"), []ProxyLines{})
	case inHome(to):
		c.wrong("name", findingUnknown, idp.Text("domain.name_home", "host", host, "ip", to.String()), idp.Text("domain.name_home_detail"), []ProxyLines{})
	default:
		c.fine("name", idp.Text("domain.name", "host", host, "ip", to.String()))
	}
	return true
}

// answered looks at the way to the proxy, and to Hearthkey behind it.
func (c *verdict) answered() bool {
	to, host := c.v.Address.String(), c.v.Pin.HostName
	switch c.v.Stage {
	case VisitConnection:
		state, detail := findingDanger, idp.Text("domain.connection_bad_detail", "address", to)
		if !inHome(c.v.Address.Addr()) {
			state, detail = findingUnknown, idp.Text("domain.connection_loop_detail")
		}
		return c.wrong("connection", state, idp.Text("domain.connection_bad", "address", to), detail, []ProxyLines{})
	case VisitCertificate:
		return c.wrong("certificate", findingDanger, idp.Text("domain.certificate_bad", "host", host), idp.Text("domain.certificate_bad_detail", "reason", c.v.Because), []ProxyLines{})
	}
	c.fine("certificate", idp.Text("domain.certificate"))
	if len(c.v.Plain) > 0 {
		return true
	}
	lines := proxyLines(host, c.v.Listen)
	switch c.v.Status {
	case 0:
		return c.wrong("answer", findingDanger, idp.Text("domain.silent"), idp.Text("domain.silent_detail", "upstream", upstream(c.v.Listen)), lines)
	case 502, 503, 504:
		return c.wrong("answer", findingDanger, idp.Text("domain.gateway", "status", strconv.Itoa(c.v.Status)), idp.Text("domain.gateway_detail", "upstream", upstream(c.v.Listen)), lines)
	}
	return c.wrong("answer", findingDanger, idp.Text("domain.other", "status", strconv.Itoa(c.v.Status)), idp.Text("domain.other_detail", "host", host, "upstream", upstream(c.v.Listen)), lines)
}

// byProxy looks at who connected.
func (c *verdict) byProxy() bool {
	peer := c.v.Plain[0].Peer.String()
	if !c.v.Plain[0].Trusted {
		c.wrong("peer", findingDanger, idp.Text("domain.peer_bad", "peer", peer), idp.Text("domain.peer_bad_detail"), []ProxyLines{})
		c.Findings[len(c.Findings)-1].Add = peer
		return false
	}
	return c.fine("peer", idp.Text("domain.peer", "peer", peer))
}

func (c *verdict) hostKept() {
	host, want := c.v.Plain[0].Host, c.v.Pin.HostName
	if strings.EqualFold(host, want) {
		c.fine("host", idp.Text("domain.host"))
		return
	}
	c.wrong("host", findingDanger, idp.Text("domain.host_bad", "host", short(host)), idp.Text("domain.host_bad_detail", "host", want), mend(mendHost))
}

func (c *verdict) addressTold() bool {
	a := c.v.Plain[0]
	switch {
	case len(a.For)+len(a.Forwarded) == 0:
		return c.wrong("address", findingDanger, idp.Text("domain.address_none"), idp.Text("domain.address_none_detail"), mend(mendAddress))
	case !a.Source.IsValid() && len(a.For) > 0 && len(a.Forwarded) > 0:
		return c.wrong("address", findingDanger, idp.Text("domain.address_two"), idp.Text("domain.address_two_detail"), mend(mendForged))
	case !lastOf(a).IsValid():
		return c.wrong("address", findingDanger, idp.Text("domain.address_bad", "text", short(strings.Join(append(a.For, a.Forwarded...), ", "))), idp.Text("domain.address_none_detail"), mend(mendAddress))
	}
	return c.fine("address", idp.Text("domain.address", "ip", lastOf(a).String()))
}

func (c *verdict) schemeTold() {
	a := c.v.Plain[0]
	switch {
	case a.Scheme == "https":
		c.fine("scheme", idp.Text("domain.scheme"))
	case len(a.Proto) == 0:
		c.wrong("scheme", findingDanger, idp.Text("domain.scheme_none"), idp.Text("domain.scheme_none_detail"), mend(mendScheme))
	default:
		c.wrong("scheme", findingDanger, idp.Text("domain.scheme_bad", "text", short(strings.Join(a.Proto, ", "))), idp.Text("domain.scheme_none_detail"), mend(mendScheme))
	}
}

// notForged looks at what became of headers that a stranger could send.
func (c *verdict) notForged() {
	if c.v.Plain[0].Problem != "" || c.v.Plain[0].Scheme != "https" || len(c.v.Forged) == 0 { // the first visit told what to mend
		return
	}
	a := c.v.Forged[0]
	switch {
	case lastOf(a) == ForgedAddress:
		c.wrong("forged", findingDanger, idp.Text("domain.forged"), idp.Text("domain.forged_detail"), mend(mendForged))
	case a.Problem != "" || a.Scheme != "https":
		c.wrong("forged", findingWarn, idp.Text("domain.passed_on"), idp.Text("domain.passed_on_detail"), mend(mendForged))
	default:
		c.fine("forged", idp.Text("domain.unforged"))
	}
}

// lastOf is the address that the proxy itself added, on the right of what it was sent.
func lastOf(a DomainArrival) netip.Addr {
	if len(a.For) == 0 {
		return a.Source
	}
	list := strings.Split(a.For[len(a.For)-1], ",")
	ip, err := netip.ParseAddr(strings.TrimSpace(list[len(list)-1]))
	if err != nil { // with a port, or unreadable
		return a.Source
	}
	return ip.Unmap().WithZone("")
}

// inHome says whether only this machine, its home or its tailnet get to an address.
func inHome(a netip.Addr) bool {
	return !a.IsGlobalUnicast() || a.IsPrivate() || tailnet.Contains(a)
}

// short keeps what a stranger's program sent within a line.
func short(text string) string {
	if len(text) > 60 {
		return text[:60] + "…"
	}
	return text
}
