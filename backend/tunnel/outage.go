package tunnel

import (
	"hearthkey/backend/idp"

	"tailscale.com/health"
	"tailscale.com/tsconst"
)

// outage is what is wrong with the way to Tailscale, "" for nothing.
type outage string

const (
	outageNetwork outage = "network" // this machine has no network
	outageControl outage = "control" // the control server does not answer
	outageRelay   outage = "relay"   // nor do the relays
)

// sentence says it with what to do.
func (o outage) sentence() string {
	switch o {
	case outageNetwork:
		return idp.Text("tunnel.no_network").String()
	case outageControl:
		return idp.Text("tunnel.no_control").String()
	case outageRelay:
		return idp.Text("tunnel.offline").String()
	}
	return ""
}

// outageOf reads the node's warnings. Status.Online says it earlier and then goes stale: nothing on the bus tells when it comes back. That nobody is logged
// in is no outage, unless it comes with an error: of a login that could not be asked for.
func outageOf(h *health.State) outage {
	worst := outage("")
	for code, w := range h.Warnings {
		switch {
		case code == tsconst.HealthWarnableNetworkStatus:
			return outageNetwork
		case code == tsconst.HealthWarnableNotInMapPoll, code == tsconst.HealthWarnableMapResponseTimeout, code == tsconst.HealthWarnableLoginState && w.Args[health.ArgError] != "":
			worst = outageControl
		case w.ImpactsConnectivity && worst == "":
			worst = outageRelay
		}
	}
	return worst
}
