package tunnel

import (
	"context"
	"slices"
	"strings"

	"hearthkey/backend/idp"

	"tailscale.com/ipn/ipnstate"
	"tailscale.com/tailcfg"
)

// People lists who has nodes in the tailnet, as the node sees them now, by login; idp.Unavailable while it is no member. Whom a visitor could never be identified as is left out: nodes that are tagged or shared in belong to nobody here.
func (t *Tunnel) People(ctx context.Context) ([]idp.TailnetPerson, error) {
	n := t.node.Load()
	if n == nil {
		return nil, idp.Fail(idp.Unavailable, "tunnel.not_joined")
	}
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	st, err := n.client.Status(ctx)
	if err != nil {
		return nil, idp.Fail(idp.Unavailable, "tunnel.not_joined").Because(err)
	}
	return peopleOf(st), nil
}

// peopleOf gathers the owners of nodes.
func peopleOf(st *ipnstate.Status) []idp.TailnetPerson {
	nodes := map[tailcfg.UserID][]string{}
	add := func(p *ipnstate.PeerStatus, own bool) {
		switch {
		case p == nil || p.UserID == 0 || p.ShareeNode || p.AltSharerUserID != 0 || p.Tags != nil && p.Tags.Len() > 0:
			return
		case nodes[p.UserID] == nil:
			nodes[p.UserID] = []string{}
		}
		if label, _, _ := strings.Cut(p.DNSName, "."); !own { // whose machine this is signs in from another one
			nodes[p.UserID] = append(nodes[p.UserID], label)
		}
	}
	add(st.Self, true)
	for _, p := range st.Peer {
		add(p, false)
	}
	out := []idp.TailnetPerson{}
	for id, names := range nodes {
		who, ok := st.User[id]
		if !ok || who.LoginName == "" {
			continue
		}
		slices.Sort(names)
		out = append(out, idp.TailnetPerson{TailscaleID: int64(id), Login: who.LoginName, Name: who.DisplayName, Nodes: names})
	}
	slices.SortFunc(out, func(a, b idp.TailnetPerson) int { return strings.Compare(a.Login, b.Login) })
	return out
}
