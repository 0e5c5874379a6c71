package idp

// TunnelState is the one word that says how the tailnet side stands.
type TunnelState string

const (
	// TunnelOff: not started, or stopped.
	TunnelOff TunnelState = "off"
	// TunnelStarting: the node is connecting.
	TunnelStarting TunnelState = "starting"
	// TunnelNeedsLogin: somebody has to open Tunnel.LoginURL and connect the node.
	TunnelNeedsLogin TunnelState = "needs_login"
	// TunnelNeedsApproval: an admin of the tailnet has to approve the node.
	TunnelNeedsApproval TunnelState = "needs_approval"
	// TunnelNeedsHTTPS: the tailnet gives out no certificates yet. EnableURL, if any, is the page that changes it.
	TunnelNeedsHTTPS TunnelState = "needs_https"
	// TunnelNeedsFunnel: the tailnet does not allow this node Funnel yet. EnableURL, if any, is the page that changes it.
	TunnelNeedsFunnel TunnelState = "needs_funnel"
	// TunnelNeedsName: the node has joined and the owner has not pinned its name yet; nothing is served.
	TunnelNeedsName TunnelState = "needs_name"
	// TunnelNameMismatch: the tailnet gives the node another name than the pinned one; nothing is served.
	TunnelNameMismatch TunnelState = "name_mismatch"
	// TunnelFetchingCertificate: listening begins when the certificate is there.
	TunnelFetchingCertificate TunnelState = "fetching_certificate"
	// TunnelOnline: serving.
	TunnelOnline TunnelState = "online"
	// TunnelDegraded: serving, and something is wrong that Problem names.
	TunnelDegraded TunnelState = "degraded"
	// TunnelKeyExpired: the node's key has expired; somebody has to open LoginURL and log in again.
	TunnelKeyExpired TunnelState = "key_expired"
	// TunnelPaused: the owner has stopped serving for a while; the node stays in the tailnet.
	TunnelPaused TunnelState = "paused"
)

// Tunnel is a snapshot of the tailnet side, as the window shows it.
type Tunnel struct {
	// State is the summary; the fields below say why.
	State TunnelState `json:"state"`
	// HostName is the first label that the node asks for.
	HostName string `json:"hostName"`
	// AskedTags are the tags that the node asks for, with spaces between; empty for none.
	AskedTags string `json:"askedTags"`
	// DNSName is the full name that the tailnet gave the node. Empty until it has joined.
	DNSName string `json:"dnsName"`
	// URL is https at DNSName: the issuer that pinning would fix.
	URL string `json:"url"`
	// PinnedURL is https at the pinned host name. Empty before pinning.
	PinnedURL string `json:"pinnedURL"`
	// Account is the Tailscale login that owns the node. Empty until it has joined, and for tagged nodes.
	Account string `json:"account"`
	// Tagged says that the node belongs to a tag rather than to a person. False until it has joined.
	Tagged bool `json:"tagged"`
	// Address is the node's IPv4 address in the tailnet, IPv6 where it has none. Empty until it has joined.
	Address string `json:"address"`
	// LoginURL is the page to open in TunnelNeedsLogin and TunnelKeyExpired. Empty while it is being fetched.
	LoginURL string `json:"loginURL"`
	// EnableURL is the page to open in TunnelNeedsHTTPS and TunnelNeedsFunnel.
	EnableURL string `json:"enableURL"`
	// KeyExpiry is when the node's key ends, zero for never.
	KeyExpiry Time `json:"keyExpiry"`
	// CertExpiry is when the certificate in use ends, zero while there is none.
	CertExpiry Time `json:"certExpiry"`
	// Online says that Tailscale's control server and relays can be reached.
	Online bool `json:"online"`
	// Funnel says that the internet is to be served too; false is tailnet only.
	Funnel bool `json:"funnel"`
	// Problem is a sentence on what is wrong and what to do. Empty when nothing is.
	Problem string `json:"problem"`
	// LoggedOut says in TunnelNeedsLogin that the node was a member before: somebody logged it out or removed it on Tailscale's side, or its key has ended meanwhile.
	LoggedOut bool `json:"loggedOut"`
	// Collision is the machine that is called HostName, where the tailnet therefore gave the node another name. Its Name is empty where there is none, and where policy hides it from this node.
	Collision Machine `json:"collision"`
	// TakingBack says that the tailnet is asked for HostName again as soon as no other machine has it.
	TakingBack bool `json:"takingBack"`
	// CertRetry is when the certificate is asked for again after a refusal, zero when nothing waits.
	CertRetry Time `json:"certRetry"`
	// Node is what the tailnet says of this node. The zero value until it has joined.
	Node TunnelNode `json:"node"`
}

// Machine is another machine of the tailnet.
type Machine struct {
	// Name is its full name in the tailnet.
	Name string `json:"name"`
	// OS is its system as it calls it, such as linux or windows; empty where it does not say.
	OS string `json:"os"`
	// Owner is the Tailscale login it belongs to, empty for a tagged one.
	Owner string `json:"owner"`
	// Online says that it is connected now.
	Online bool `json:"online"`
	// LastSeen is when it last was, zero while it is online and where nobody says.
	LastSeen Time `json:"lastSeen"`
}

// TunnelNode is what the tailnet lets the node do, as the node itself was told.
type TunnelNode struct {
	// Known says that the node has been told: the other fields mean something.
	Known bool `json:"known"`
	// Tags are its tags with spaces between, empty for a node that belongs to a person.
	Tags string `json:"tags"`
	// MagicDNS says that the tailnet gives its machines names.
	MagicDNS bool `json:"magicDNS"`
	// HTTPS says that the tailnet gives out certificates.
	HTTPS bool `json:"https"`
	// FunnelAttr says that the policy gives the node the attribute funnel.
	FunnelAttr bool `json:"funnelAttr"`
	// FunnelPort says that Funnel may use port 443.
	FunnelPort bool `json:"funnelPort"`
	// Port is the UDP port for traffic between nodes. PortTaken says that another program has the one it should be, so it is another at each start.
	Port      int  `json:"port"`
	PortTaken bool `json:"portTaken"`
}
