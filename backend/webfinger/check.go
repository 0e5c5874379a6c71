package webfinger

import (
	"context"

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
	Host     string    `json:"host"`    // what serves the domain, as recognised: nginx, github, ...; "" for an unknown one
	Findings []Finding `json:"findings"`
}

// Finding is one thing that was looked at, in the order in which a client gets there.
type Finding struct {
	Key    string `json:"key"`    // dns, tls, redirect, http, status, bot, json, type, cors, issuer, discovery, encoding, rel, users, unknown, foreign, cache
	State  string `json:"state"`  // ok, warn, danger, unknown
	Title  string `json:"title"`  // what was found
	Detail string `json:"detail"` // what it means and how to mend it on that host, "" when it is fine
}

// Look visits a domain as Tailscale does, and as its documents say that others may. It makes at most a dozen requests.
func Look(ctx context.Context, c CheckConfig, d idp.WebFingerDomain) Report {
	return Report{At: c.Clock(), Verdict: StateUnknown, Findings: []Finding{}}
}
