package admin

import (
	"context"
	"regexp"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Tailscale's pages where a node and a tailnet get their names.
const (
	machinesPage = "https://login.tailscale.com/admin/machines"
	namePage     = "https://login.tailscale.com/admin/dns"
)

// What differs between the pinned name and the node's.
const (
	mismatchSuffix  = "suffix"
	mismatchLabel   = "label"
	mismatchTailnet = "tailnet"
)

// readHosts fills in what binds people and apps to this host and to those of before.
func (a *Admin) readHosts(ctx context.Context, r store.Reads, s *Status) error {
	count, err := r.CountStranded(ctx, s.Pin.RPID, "")
	if err != nil {
		return err
	}
	s.Stranded, s.Former = int(count), []FormerHost{}
	if s.Pin.Mode != idp.ModeTrial {
		trial, _, err := r.Bound(ctx, "localhost")
		if err != nil {
			return err
		}
		s.TrialOnly = int(trial)
	}
	list, err := r.Formers(ctx)
	if err != nil {
		return err
	}
	for _, f := range list {
		host, err := a.formerHost(ctx, r, s.Pin, f)
		if err != nil {
			return err
		}
		s.Former = append(s.Former, host)
	}
	return a.readMismatch(ctx, r, s)
}

func (a *Admin) formerHost(ctx context.Context, r store.Reads, pin idp.Pin, f idp.Former) (FormerHost, error) {
	way := a.Reach.Former(f.Pin.HostName)
	host := FormerHost{Host: f.Pin.HostName, LeftAt: f.LeftAt, State: way.State, CheckedAt: way.CheckedAt, Problem: way.Problem}
	passkeys, _, err := r.Bound(ctx, f.Pin.RPID)
	if err != nil {
		return host, err
	}
	people, err := r.CountStranded(ctx, pin.RPID, f.Pin.RPID)
	host.Passkeys, host.People = int(passkeys), int(people)
	return host, err
}

func (a *Admin) readMismatch(ctx context.Context, r store.Reads, s *Status) error {
	onTailnet := s.Pin.Mode == idp.ModeFunnel || s.Pin.Mode == idp.ModeTailnet
	if !onTailnet || s.Tunnel.State != idp.TunnelNameMismatch {
		return nil
	}
	m := Mismatch{Host: s.Pin.HostName, Name: hostOf(s.Tunnel.DNSName), Apps: s.Clients, Page: machinesPage}
	if m.Kind = mismatchKind(m.Host, m.Name); m.Kind == mismatchTailnet {
		m.Page = namePage
	}
	passkeys, people, err := r.Bound(ctx, s.Pin.RPID)
	m.Passkeys, m.People = int(passkeys), int(people)
	s.Mismatch = &m
	return err
}

// suffixForm is what Tailscale appends to a name that another machine has.
var suffixForm = regexp.MustCompile(`^-[0-9]+$`)

func mismatchKind(host, name string) string {
	label, domain, _ := strings.Cut(host, ".")
	newLabel, newDomain, _ := strings.Cut(name, ".")
	rest, longer := strings.CutPrefix(newLabel, label)
	switch {
	case domain != newDomain:
		return mismatchTailnet
	case longer && suffixForm.MatchString(rest):
		return mismatchSuffix
	}
	return mismatchLabel
}
