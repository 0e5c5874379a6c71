package tunnel

import (
	"context"
	"strings"
	"time"

	"hearthkey/backend/idp"

	"tailscale.com/ipn"
	"tailscale.com/ipn/ipnstate"
)

// asideFor bounds the wait for the tailnet to give the node the name that it stepped aside to; where an admin has fixed its name, it never does.
const asideFor = 10 * time.Second

// TakeBackName asks the tailnet for the wished host name again, at once where no other machine has it, else as soon as the other machine lets go of it;
// Snapshot tells. It does nothing where the node has that name. Its error is idp.Unavailable while the node is not a member of a tailnet.
func (t *Tunnel) TakeBackName(context.Context) error {
	if !t.Joined() {
		return idp.Fail(idp.Unavailable, "tunnel.not_joined")
	}
	t.tell(func(r *run) { r.reclaiming, r.stepped = true, false })
	return nil
}

// stepAside is how a name is asked for anew. The tailnet chooses a name when a node reports another host name than before, and not when a better one has
// become free; so the node asks for a name that nobody has, and when that has come, or does not come, for its own again. Nothing is served meanwhile,
// because the name is wrong before it begins.
func (r *run) stepAside() {
	r.stepped = true
	r.aside = time.Now().Add(asideFor)
	r.rename(r.t.cfg.Hostname + asideEnding)
}

// asideEnding makes the name that the node steps aside to.
const asideEnding = "-returning"

// stepBack asks for the own name again, once the tailnet has followed the step aside or its time is over.
func (r *run) stepBack() {
	r.aside = time.Time{}
	r.rename(r.t.cfg.Hostname)
}

// rename tells the tailnet another host name. What it makes of it comes as an event.
func (r *run) rename(host string) {
	if err := r.node.rename(r.ctx, host); err != nil {
		r.t.cfg.Logger.Error("ask the tailnet for the name "+host, "err", err)
	}
}

func (n *node) rename(ctx context.Context, host string) error {
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	_, err := n.client.EditPrefs(ctx, &ipn.MaskedPrefs{HostnameSet: true, Prefs: ipn.Prefs{Hostname: host}})
	return err
}

// holder finds the machine that has the name host in st's tailnet, the node itself aside.
func holder(st *ipnstate.Status, host string) idp.Machine {
	for _, p := range st.Peer {
		if !strings.EqualFold(firstLabel(p.DNSName), host) || p.ShareeNode {
			continue
		}
		m := idp.Machine{Name: fqdn(p.DNSName), OS: p.OS, Online: p.Online}
		if p.Tags == nil || p.Tags.Len() == 0 {
			m.Owner = st.User[p.UserID].LoginName
		}
		if !p.Online && !p.LastSeen.IsZero() {
			m.LastSeen = idp.At(p.LastSeen)
		}
		return m
	}
	return idp.Machine{}
}

func firstLabel(name string) string {
	label, _, _ := strings.Cut(name, ".")
	return label
}
