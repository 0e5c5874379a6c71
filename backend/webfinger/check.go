package webfinger

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
)

// The words of Report.Verdict and Finding.State.
const (
	StateOK      = "ok"
	StateWarn    = "warn"    // it works, and could be better
	StateDanger  = "danger"  // Tailscale refuses it
	StateUnknown = "unknown" // nothing can be said, since this machine is not on the internet now
)

// CheckConfig is what Look needs to know.
type CheckConfig struct {
	Client *outgoing.Client // one with Public, whose names are those of the internet
	Issuer string           // that has to be named, byte for byte
	Clock  idp.Clock
	// Ask are parts before @ that must have an answer, the first of them for most of the questions. None: the domain's own accounts, or a made-up one.
	Ask []string
}

// Report is what a client on the internet finds at a domain.
type Report struct {
	At       idp.Time  `json:"at"`
	Verdict  string    `json:"verdict"` // the worst state of the findings: whether Tailscale accepts what is there
	Summary  string    `json:"summary"` // a sentence
	Address  string    `json:"address"` // that answered, "" for none
	Took     int64     `json:"took"`    // milliseconds to the answer
	Href     string    `json:"href"`    // the issuer that is named there, "" for none
	Host     string    `json:"host"`    // what serves the domain, as recognised: one of the Host constants, "" for an unknown one
	Findings []Finding `json:"findings"`
}

// Finding is one thing that was looked at, in the order in which a client gets there.
type Finding struct {
	Key    string `json:"key"`    // one of order
	State  string `json:"state"`  // ok, warn, danger, unknown
	Title  string `json:"title"`  // what was found
	Detail string `json:"detail"` // what it means and how to mend it on that host, "" when it is fine
}

// order are the keys of findings, as a client gets there.
var order = []string{"dns", "connect", "tls", "redirect", "http", "bot", "status", "json", "type", "cors", "issuer", "discovery", "subject", "encoding", "rel", "users", "unknown", "foreign", "cache"}

// How long a look takes at most: on the way to the first answer, and for all that is asked beside each other after it.
const (
	wayTime  = 12 * time.Second
	restTime = 8 * time.Second
)

// askAtMost is how many people's answers are looked at.
const askAtMost = 10

// visit is one look in the making.
type visit struct {
	CheckConfig
	domain idp.WebFingerDomain
	host   string // recognised
	wrong  bool   // the first answer names no issuer, or another: the others will too
	report Report

	offline sync.Once  // that this machine is not on the internet is said once
	mu      sync.Mutex // held to add a finding
}

// Look visits a domain as Tailscale does, and as the standards say that others may: by at most two dozen requests, within 20 seconds. The worst finding is the verdict.
func Look(ctx context.Context, c CheckConfig, d idp.WebFingerDomain) Report {
	v := &visit{CheckConfig: c, domain: d, report: Report{At: c.Clock(), Findings: []Finding{}}}
	if d.Scope == idp.WebFingerAccounts { // nobody else has an answer to expect
		v.Ask = d.Accounts
	}
	if len(v.Ask) == 0 {
		v.Ask = []string{standIn}
	}
	v.Ask = v.Ask[:min(len(v.Ask), askAtMost)]
	if doc, ok := v.first(ctx); ok {
		v.rest(ctx, doc)
	}
	return v.finish()
}

// first asks as Tailscale does, and tells how the answer came and what is in it. ok is false where nothing more can be learnt.
func (v *visit) first(ctx context.Context) (doc document, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, wayTime)
	defer cancel()
	hops, err := v.ask(ctx, question{account: v.Ask[0], rel: true})
	v.host = recognise(hops)
	if err != nil {
		v.failed(ctx, hops, err)
		return doc, false
	}
	last := hops[len(hops)-1]
	v.report.Address, v.report.Took = last.Address.Addr().String(), last.Took.Milliseconds()
	v.arrived(hops)
	return v.answer(last.Answer)
}

// rest asks the other questions beside each other.
func (v *visit) rest(ctx context.Context, doc document) {
	v.issuer(doc)
	v.subject(doc)
	ctx, cancel := context.WithTimeout(ctx, restTime)
	defer cancel()
	var all sync.WaitGroup
	for _, one := range []func(context.Context){v.plain, v.discovery, v.encoding, v.agent, v.withoutRel, v.users, v.unknown} {
		all.Go(func() { one(ctx) })
	}
	all.Wait()
}

// finish sorts what was found and draws the conclusion.
func (v *visit) finish() Report {
	r := v.report
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Compare(slices.Index(order, a.Key), slices.Index(order, b.Key))
	})
	count := map[string]int{}
	for _, f := range r.Findings {
		count[f.State]++
	}
	domain := v.domain.Domain
	switch {
	case count[StateDanger] > 0:
		worst := r.Findings[slices.IndexFunc(r.Findings, func(f Finding) bool { return f.State == StateDanger })]
		r.Verdict, r.Summary = StateDanger, idp.Text("wfcheck.sum_danger", "domain", domain, "what", worst.Title).String()
	case count[StateUnknown] > 0:
		r.Verdict, r.Summary = StateUnknown, idp.Text("wfcheck.sum_unknown", "domain", domain).String()
	case count[StateWarn] == 1:
		r.Verdict, r.Summary = StateWarn, idp.Text("wfcheck.sum_warn_one", "domain", domain).String()
	case count[StateWarn] > 0:
		r.Verdict, r.Summary = StateWarn, idp.Text("wfcheck.sum_warn", "domain", domain, "count", strconv.Itoa(count[StateWarn])).String()
	default:
		r.Verdict, r.Summary = StateOK, idp.Text("wfcheck.sum_ok", "domain", domain).String()
	}
	r.Host = v.host
	return r
}

// The four ways to tell what was found: word is the end of the text's key, and with _mend that of the detail. mend is the host's own way to mend it, where there is one.
func (v *visit) ok(key, word string, args ...string) {
	v.add(Finding{Key: key, State: StateOK, Title: idp.Text("wfcheck.ok_"+word, args...).String()})
}

func (v *visit) warn(key, mend, word string, args ...string) {
	v.bad(key, StateWarn, mend, word, args...)
}

func (v *visit) danger(key, mend, word string, args ...string) {
	v.bad(key, StateDanger, mend, word, args...)
}

func (v *visit) bad(key, state, mend, word string, args ...string) {
	detail := idp.Text("wfcheck."+word+"_mend", args...).String()
	if how := v.how(mend); how != "" {
		detail += " " + how
	}
	v.add(Finding{Key: key, State: state, Title: idp.Text("wfcheck."+word, args...).String(), Detail: detail})
}

func (v *visit) add(f Finding) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.report.Findings = append(v.report.Findings, f)
}
