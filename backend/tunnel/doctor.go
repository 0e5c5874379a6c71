package tunnel

import (
	"strings"

	"hearthkey/backend/idp"

	"tailscale.com/ipn"
	"tailscale.com/tailcfg"
)

// examine reads what the tailnet lets the node do from the node's own state, as the doctor shows it.
func examine(f facts) idp.TunnelNode {
	st := f.status
	if st.Self == nil || st.CurrentTailnet == nil || st.BackendState == ipn.NeedsLogin.String() {
		return idp.TunnelNode{}
	}
	self := st.Self
	n := idp.TunnelNode{
		Known:      true,
		MagicDNS:   st.CurrentTailnet.MagicDNSEnabled,
		HTTPS:      self.HasCap(tailcfg.CapabilityHTTPS) && len(st.CertDomains) > 0,
		FunnelAttr: self.HasCap(tailcfg.NodeAttrFunnel),
		FunnelPort: ipn.CheckFunnelPort(443, self) == nil,
		Port:       f.port,
		PortTaken:  f.port != 0 && f.port != f.wantPort,
	}
	if self.Tags != nil {
		n.Tags = strings.Join(self.Tags.AsSlice(), " ")
	}
	return n
}
