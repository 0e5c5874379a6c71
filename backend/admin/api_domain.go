package admin

import "hearthkey/backend/idp"

// DomainInput is a name of the owner's own, and where their reverse proxy finds Hearthkey.
type DomainInput struct {
	HostName string   `json:"hostName"` // id.example.com, with a port where it is not 443
	Listen   string   `json:"listen"`   // address and port of this machine that the proxy connects to; "" for 127.0.0.1 and the first free port from 1411
	Proxies  []string `json:"proxies"`  // addresses or prefixes of the proxies; empty for this machine
}

// Domain is how the own-domain mode stands, or what is proposed for it while it is not pinned.
type Domain struct {
	Pinned    bool         `json:"pinned"`
	HostName  string       `json:"hostName"`
	Listen    string       `json:"listen"`
	Proxies   []string     `json:"proxies"`
	Addresses []string     `json:"addresses"` // of this machine, which a proxy elsewhere could connect to
	Lines     []ProxyLines `json:"lines"`     // empty while it is not pinned
}

// ProxyLines are what to paste into one kind of reverse proxy.
type ProxyLines struct {
	Proxy string `json:"proxy"` // caddy, nginx, traefik
	Name  string `json:"name"`  // Caddy
	Where string `json:"where"` // a sentence: which file they belong into
	Text  string `json:"text"`
}

// DomainCheck is what a visit to the owner's own name found, in the order in which a visit goes.
type DomainCheck struct {
	HostName  string          `json:"hostName"`
	CheckedAt idp.Time        `json:"checkedAt"`
	OK        bool            `json:"ok"` // nothing is wrong
	Address   string          `json:"address"`
	Took      int64           `json:"took"` // milliseconds to the answer, 0 without one
	Findings  []DomainFinding `json:"findings"`
}

// DomainFinding is one thing that was looked at.
type DomainFinding struct {
	Key    string       `json:"key"`   // listen, name, connection, certificate, answer, peer, host, address, scheme, forged
	State  string       `json:"state"` // ok, warn, danger, unknown
	Title  string       `json:"title"`
	Detail string       `json:"detail"` // what it means and what to do, "" when it is fine
	Mend   []ProxyLines `json:"mend"`   // the lines that mend it, empty where it is not in the proxy's settings
	Add    string       `json:"add"`    // an address to name among the proxies, "" for none
}
