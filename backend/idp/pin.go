package idp

import "strings"

// Mode is how the issuer is reached.
type Mode string

// The modes. ModeNone is a fresh data directory: nothing is pinned yet.
const (
	ModeNone    Mode = ""
	ModeTrial   Mode = "trial"   // http://localhost:PORT, this machine only
	ModeFunnel  Mode = "funnel"  // https on the node's name, for the internet and the tailnet
	ModeTailnet Mode = "tailnet" // same name, Funnel off
	ModeDomain  Mode = "domain"  // https on a name of the owner's own, behind their reverse proxy
)

// Pin is the issuer and RP ID as chosen by the owner. They never change by themselves: passkeys are bound to the one, apps to the other.
type Pin struct {
	Mode     Mode   `json:"mode"`
	Issuer   string `json:"issuer"`   // no trailing slash
	RPID     string `json:"rpId"`     // the issuer's host name (WebAuthn §5.1.2)
	HostName string `json:"hostName"` // RPID, with the port where the issuer has one: the only Host that is answered
	PinnedAt Time   `json:"pinnedAt"`
}

// Trial is the pin of a local trial on port.
func Trial(port string, now Time) Pin {
	return Pin{Mode: ModeTrial, Issuer: "http://localhost:" + port, RPID: "localhost", HostName: "localhost:" + port, PinnedAt: now}
}

// OnTailnet is the pin of a node's full name, such as id.tail1234.ts.net.
func OnTailnet(mode Mode, name string, now Time) Pin {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	return Pin{Mode: mode, Issuer: "https://" + name, RPID: name, HostName: name, PinnedAt: now}
}

// OnDomain is the pin of a name of the owner's own, such as id.example.com or id.example.com:8443. The host must have been checked; port 443 is left out of an https URL (RFC 3986 §6.2.3).
func OnDomain(host string, now Time) Pin {
	host = strings.TrimSuffix(host, ":443")
	name, _, _ := strings.Cut(host, ":")
	return Pin{Mode: ModeDomain, Issuer: "https://" + host, RPID: name, HostName: host, PinnedAt: now}
}

// OnNode says whether the issuer is a name that a tailnet gave, whatever carries it there.
func (p Pin) OnNode() bool { return p.Mode == ModeFunnel || p.Mode == ModeTailnet }

// Secure says whether the issuer is https; only a trial is not.
func (p Pin) Secure() bool { return strings.HasPrefix(p.Issuer, "https://") }

// Home is what the owner calls this installation; pages show it.
type Home struct {
	Name string `json:"name"`
}
