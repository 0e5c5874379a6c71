package admin

import (
	"net/netip"
	"time"

	"hearthkey/backend/idp"
)

// ForgedAddress is what the second visit of a check claims to come from, an address that no machine has (RFC 5737): a proxy that passes it on lets every visitor claim what they like.
var ForgedAddress = netip.MustParseAddr("192.0.2.123")

// Where a visit came to an end (DomainVisit.Stage).
const (
	VisitName        = "name"        // no address was found
	VisitConnection  = "connection"  // nobody took the connection
	VisitCertificate = "certificate" // no TLS, or with a certificate that browsers refuse
	VisitAnswer      = "answer"      // an answer that is not ours
	VisitDone        = ""            // our own text came back
)

// DomainVisit is what a visit to the owner's own name met with, before anything is made of it.
type DomainVisit struct {
	Pin      idp.Pin
	Listen   netip.AddrPort
	Problem  string         // why the listener behind the proxy is not open, "" when it is
	Public   bool           // the address is what public name servers answer, not this machine's own
	Found    []netip.Addr   // the addresses of the name
	Address  netip.AddrPort // where the connection went
	Stage    string
	Because  string // a certificate's fault in TLS's own words
	Status   int    // of an answer, 0 without one
	Took     time.Duration
	Plain    []DomainArrival // what the listener saw of the visit
	Forged   []DomainArrival // of a second one with headers that a stranger could send
	ServesTo []netip.Prefix  // the proxies that are named
}

// DomainArrival is one request as the listener behind the proxy saw it.
type DomainArrival struct {
	Peer      netip.Addr
	Trusted   bool
	Host      string
	For       []string // lines of X-Forwarded-For
	Forwarded []string
	Proto     []string // lines of X-Forwarded-Proto
	Source    netip.Addr
	Scheme    string
	Problem   string // the sentence that it was refused with
}
