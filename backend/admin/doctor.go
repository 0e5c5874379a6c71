package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
)

// The words of DoctorCheck.State, the worst first.
const (
	checkMissing = "missing"
	checkWarn    = "warn"
	checkUnknown = "unknown"
	checkOK      = "ok"
)

// Tailscale's admin pages.
const (
	dnsPage    = "https://login.tailscale.com/admin/dns"
	policyPage = "https://login.tailscale.com/admin/acls/file"
)

// nodePage is this node's page, or the list of all before it has an address.
func nodePage(t idp.Tunnel) string { return cmp.Or(machinePage(t), machinesPage) }

// Doctor says what the tailnet has to allow and whether it does. It asks nobody: the node is told of every change, and Status changes with it.
func (a *Admin) Doctor(context.Context) (Doctor, error) { return examine(a.Reach.Tunnel()), nil }

// examine turns what the node was told into points with a way out.
func examine(t idp.Tunnel) Doctor {
	checks := []DoctorCheck{checkJoined(t), checkApproval(t)}
	if t.Node.Known {
		checks = append(checks, checkMagicDNS(t), checkHTTPS(t))
		if t.Funnel {
			checks = append(checks, checkFunnelAttr(t), checkFunnelPort(t))
		}
		checks = append(checks, checkName(t), checkKeyExpiry(t), checkOwner(t), checkUDPPort(t), checkGrants(t))
	}
	order := []string{checkMissing, checkWarn, checkUnknown, checkOK}
	slices.SortStableFunc(checks, func(x, y DoctorCheck) int {
		return cmp.Compare(slices.Index(order, x.State), slices.Index(order, y.State))
	})
	return Doctor{Checks: checks}
}

func point(key, state string, title, detail idp.Message, page string) DoctorCheck {
	return DoctorCheck{Key: key, State: state, Title: title.String(), Detail: detail.String(), Page: page}
}

// fine is a point that says nothing more.
func fine(key string, title idp.Message) DoctorCheck {
	return DoctorCheck{Key: key, State: checkOK, Title: title.String()}
}

func checkJoined(t idp.Tunnel) DoctorCheck {
	switch {
	case t.State == idp.TunnelOff:
		return point("joined", checkUnknown, idp.Text("doctor.off"), idp.Text("doctor.off_detail"), "")
	case joined(t):
		return fine("joined", idp.Text("doctor.joined", "name", t.DNSName))
	case t.State == idp.TunnelNeedsApproval:
		return point("joined", checkUnknown, idp.Text("doctor.not_joined"), idp.Text("doctor.joins_later"), "")
	case t.AskedTags != "" && t.State == idp.TunnelNeedsLogin && t.Problem != "":
		c := point("joined", checkMissing, idp.Text("doctor.not_joined"), idp.Message{}, policyPage)
		c.Detail, c.Snippet = t.Problem, tagOwners(t.AskedTags)
		return c
	}
	c := point("joined", checkMissing, idp.Text("doctor.not_joined"), idp.Text("doctor.not_joined_detail"), t.LoginURL)
	c.Detail = cmp.Or(t.Problem, c.Detail)
	return c
}

func checkApproval(t idp.Tunnel) DoctorCheck {
	switch {
	case t.State == idp.TunnelNeedsApproval:
		return point("approval", checkMissing, idp.Text("doctor.unapproved"), idp.Text("doctor.unapproved_detail", "host", t.HostName), nodePage(t))
	case joined(t) && t.Node.Known:
		return fine("approval", idp.Text("doctor.approved"))
	}
	return point("approval", checkUnknown, idp.Text("doctor.approval_unknown"), idp.Text("doctor.approval_unknown_detail"), "")
}

func checkMagicDNS(t idp.Tunnel) DoctorCheck {
	if t.Node.MagicDNS {
		return fine("magic_dns", idp.Text("doctor.magic_dns"))
	}
	return point("magic_dns", checkMissing, idp.Text("doctor.no_magic_dns"), idp.Text("doctor.no_magic_dns_detail"), dnsPage)
}

func checkHTTPS(t idp.Tunnel) DoctorCheck {
	if t.Node.HTTPS {
		return fine("https", idp.Text("doctor.https"))
	}
	return point("https", checkMissing, idp.Text("doctor.no_https"), idp.Text("doctor.no_https_detail"), dnsPage)
}

func checkFunnelAttr(t idp.Tunnel) DoctorCheck {
	if t.Node.FunnelAttr {
		return fine("funnel_attr", idp.Text("doctor.funnel_attr"))
	}
	c := point("funnel_attr", checkMissing, idp.Text("doctor.no_funnel_attr"), idp.Text("doctor.no_funnel_attr_detail"), policyPage)
	if t.State == idp.TunnelNeedsFunnel && strings.HasPrefix(t.EnableURL, "https://login.tailscale.com/") {
		c.Page = t.EnableURL // one press there does it
	}
	c.Snippet = funnelAttr(t)
	return c
}

func checkFunnelPort(t idp.Tunnel) DoctorCheck {
	switch {
	case t.Node.FunnelPort:
		return fine("funnel_port", idp.Text("doctor.funnel_port"))
	case !t.Node.FunnelAttr:
		return point("funnel_port", checkUnknown, idp.Text("doctor.funnel_port_unknown"), idp.Text("doctor.funnel_port_unknown_detail"), "")
	}
	return point("funnel_port", checkMissing, idp.Text("doctor.no_funnel_port"), idp.Text("doctor.no_funnel_port_detail"), policyPage)
}

func checkName(t idp.Tunnel) DoctorCheck {
	label, _, _ := strings.Cut(t.DNSName, ".")
	switch {
	case label == t.HostName || label == "":
		return fine("name", idp.Text("doctor.name", "host", t.HostName))
	case t.PinnedURL == "https://"+t.DNSName: // taken on purpose
		return fine("name", idp.Text("doctor.name", "host", label))
	case t.Collision.Name != "":
		return point("name", checkWarn, idp.Text("doctor.name_taken", "host", t.HostName), idp.Text("doctor.name_taken_detail", "name", t.Collision.Name, "label", label), machinesPage)
	}
	return point("name", checkWarn, idp.Text("doctor.other_name", "label", label), idp.Text("doctor.other_name_detail", "host", t.HostName), nodePage(t))
}

func checkKeyExpiry(t idp.Tunnel) DoctorCheck {
	if t.KeyExpiry == 0 {
		return fine("key_expiry", idp.Text("doctor.key_stays"))
	}
	return point("key_expiry", checkWarn, idp.Text("doctor.key_ends", "date", dateOf(t.KeyExpiry)), idp.Text("doctor.key_ends_detail"), nodePage(t))
}

func checkOwner(t idp.Tunnel) DoctorCheck {
	if t.Node.Tags != "" {
		return fine("owner", idp.Text("doctor.tagged", "tags", t.Node.Tags))
	}
	return point("owner", checkOK, idp.Text("doctor.owned", "account", t.Account), idp.Text("doctor.owned_detail"), nodePage(t))
}

func checkUDPPort(t idp.Tunnel) DoctorCheck {
	port := strconv.Itoa(t.Node.Port)
	switch {
	case t.Node.Port == 0:
		return point("udp_port", checkUnknown, idp.Text("doctor.port_unknown"), idp.Text("doctor.port_unknown_detail"), "")
	case t.Node.PortTaken:
		return point("udp_port", checkWarn, idp.Text("doctor.port_taken"), idp.Text("doctor.port_taken_detail", "port", port), "")
	}
	return fine("udp_port", idp.Text("doctor.port", "port", port))
}

// checkGrants is advice: the node answers on its two ports and on no other, and a policy can say the same.
func checkGrants(t idp.Tunnel) DoctorCheck {
	c := point("grants", checkOK, idp.Text("doctor.grants"), idp.Text("doctor.grants_detail"), policyPage)
	c.Snippet = fmt.Sprintf("\"grants\": [\n\t{\"src\": [\"autogroup:member\"], \"dst\": [%s], \"ip\": [\"tcp:443\", \"tcp:80\"]},\n],", quoted(cmp.Or(t.Node.Tags, t.Address)))
	return c
}

// funnelAttr is the policy that lets this node, or its owner's nodes, use Funnel.
func funnelAttr(t idp.Tunnel) string {
	return fmt.Sprintf("\"nodeAttrs\": [\n\t{\"target\": [%s], \"attr\": [\"funnel\"]},\n],", quoted(cmp.Or(t.Node.Tags, t.Account, "autogroup:member")))
}

// tagOwners is the policy that makes tags known, for the tailnet's admins to give.
func tagOwners(tags string) string {
	lines := ""
	for _, tag := range strings.Fields(tags) {
		lines += fmt.Sprintf("\t%s: [\"autogroup:admin\"],\n", quoted(tag))
	}
	return "\"tagOwners\": {\n" + lines + "},"
}

// quoted writes words as the strings of a list.
func quoted(words string) string {
	list := strings.Fields(words)
	for i, w := range list {
		list[i] = strconv.Quote(w)
	}
	return strings.Join(list, ", ")
}
