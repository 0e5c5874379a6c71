package admin

import (
	"cmp"
	"slices"
	"strconv"

	"hearthkey/backend/idp"
)

// The words of ConnectStep.State.
const (
	stepDone    = "done"
	stepNow     = "now"
	stepWaiting = "waiting"
	stepStopped = "stopped"
)

// connectSteps tells step by step how far the way to the internet is, from what the node and the last look say. It is empty while no tailnet is asked for.
func connectSteps(t idp.Tunnel, reach []idp.Reach) []ConnectStep {
	if t.State == idp.TunnelOff {
		return []ConnectStep{}
	}
	steps := []ConnectStep{stepSignIn(t), stepJoin(t), stepCertificate(t)}
	if t.Funnel {
		steps = append(steps, stepFunnel(t), stepPublic(t, reach))
	}
	return steps
}

func step(key, state string, title idp.Message, detail string) ConnectStep {
	return ConnectStep{Key: key, State: state, Title: title.String(), Detail: detail}
}

// opening adds the page to open.
func (s ConnectStep) opening(link string, open idp.Message) ConnectStep {
	if link != "" {
		s.Link, s.Open = link, open.String()
	}
	return s
}

// signedIn says whether the node is past its login, and joined whether it is past its approval too.
func signedIn(t idp.Tunnel) bool {
	return !slices.Contains([]idp.TunnelState{idp.TunnelStarting, idp.TunnelNeedsLogin, idp.TunnelKeyExpired}, t.State)
}

func joined(t idp.Tunnel) bool { return signedIn(t) && t.State != idp.TunnelNeedsApproval }

func stepSignIn(t idp.Tunnel) ConnectStep {
	open := idp.Text("connect.open_login")
	switch {
	case signedIn(t) && t.Node.Tags != "":
		return step("sign_in", stepDone, idp.Text("connect.signed_in"), t.Node.Tags)
	case signedIn(t):
		return step("sign_in", stepDone, idp.Text("connect.signed_in"), t.Account)
	case t.State == idp.TunnelKeyExpired, t.LoggedOut:
		return step("sign_in", stepStopped, idp.Text("connect.sign_in_again"), t.Problem).opening(t.LoginURL, open)
	case t.Problem != "":
		return step("sign_in", stepStopped, idp.Text("connect.signing_in"), t.Problem).opening(t.LoginURL, open)
	case t.LoginURL != "":
		return step("sign_in", stepNow, idp.Text("connect.sign_in"), idp.Text("connect.sign_in_detail").String()).opening(t.LoginURL, open)
	}
	return step("sign_in", stepNow, idp.Text("connect.signing_in"), "")
}

func stepJoin(t idp.Tunnel) ConnectStep {
	switch {
	case t.State == idp.TunnelNeedsApproval:
		return step("join", stepStopped, idp.Text("connect.approval"), t.Problem).opening(nodePage(t), idp.Text("connect.open_machines"))
	case t.State == idp.TunnelNameMismatch:
		return step("join", stepStopped, idp.Text("connect.other_name"), t.Problem).opening(machinesPage, idp.Text("connect.open_machines"))
	case joined(t):
		return step("join", stepDone, idp.Text("connect.joined"), t.DNSName)
	}
	return step("join", stepWaiting, idp.Text("connect.join"), "")
}

func stepCertificate(t idp.Tunnel) ConnectStep {
	title := idp.Text("connect.certificate")
	switch {
	case t.State == idp.TunnelNeedsHTTPS:
		return step("certificate", stepStopped, title, t.Problem).opening(t.EnableURL, idp.Text("connect.open_https"))
	case t.CertExpiry != 0:
		return step("certificate", stepDone, title, idp.Text("connect.certificate_to", "date", dateOf(t.CertExpiry)).String())
	case !joined(t) || t.State == idp.TunnelNameMismatch:
		return step("certificate", stepWaiting, title, "")
	case t.PinnedURL == "":
		return step("certificate", stepWaiting, title, idp.Text("connect.certificate_name").String())
	case t.State == idp.TunnelFetchingCertificate && t.Problem != "":
		return step("certificate", stepStopped, title, t.Problem)
	}
	return step("certificate", stepNow, title, idp.Text("connect.certificate_long").String())
}

// serving says whether visitors are let in.
func serving(t idp.Tunnel) bool { return t.State == idp.TunnelOnline || t.State == idp.TunnelDegraded }

func stepFunnel(t idp.Tunnel) ConnectStep {
	title := idp.Text("connect.funnel")
	switch {
	case t.State == idp.TunnelNeedsFunnel:
		return step("funnel", stepStopped, title, t.Problem).opening(t.EnableURL, idp.Text("connect.open_funnel"))
	case serving(t):
		return step("funnel", stepDone, title, "")
	}
	return step("funnel", stepWaiting, title, "")
}

// stepPublic is done when our own answer came back by the way that the internet takes.
func stepPublic(t idp.Tunnel, reach []idp.Reach) ConnectStep {
	title := idp.Text("connect.public")
	i := slices.IndexFunc(reach, func(r idp.Reach) bool { return r.Network == idp.NetworkPublic })
	switch {
	case t.State == idp.TunnelDegraded:
		return step("public", stepStopped, title, t.Problem)
	case !serving(t):
		return step("public", stepWaiting, title, "")
	case i < 0:
		return step("public", stepDone, title, "")
	}
	switch r := reach[i]; r.State {
	case idp.ReachUp:
		return step("public", stepDone, title, idp.Text("connect.public_took", "ms", strconv.FormatInt(r.Took.Milliseconds(), 10)).String())
	case idp.ReachDown:
		return step("public", stepStopped, title, cmp.Or(r.Problem, t.Problem))
	case idp.ReachPaused:
		return step("public", stepWaiting, title, idp.Text("connect.public_paused").String())
	}
	return step("public", stepNow, title, idp.Text("connect.public_checking").String())
}
