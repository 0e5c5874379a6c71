package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// mostInviteDays is how long an invite may be good for a person who has no passkey for the issuer.
const mostInviteDays = 7

// MovePlan says what moving the issuer to another host takes. It changes nothing.
func (a *Admin) MovePlan(ctx context.Context, to string) (plan MovePlan, err error) {
	err = a.Store.View(ctx, func(r store.Reads) error {
		plan, err = a.planMove(ctx, r, to)
		return err
	})
	return plan, err
}

func (a *Admin) planMove(ctx context.Context, r store.Reads, to string) (plan MovePlan, err error) {
	if plan.From, err = r.Pin(ctx); err != nil {
		return plan, err
	}
	if !plan.From.Secure() {
		return plan, idp.Fail(idp.Unavailable, "move.nothing_pinned")
	}
	if plan.To, err = a.destination(to); err != nil {
		return plan, err
	}
	if plan.From.HostName == plan.To.HostName {
		return plan, idp.Fail(idp.Conflict, "move.already", "host", plan.To.HostName)
	}
	plan.MostDays, plan.Lost = mostInviteDays, plan.From.Mode != idp.ModeDomain && plan.To.Mode != idp.ModeDomain
	_, keep, err := r.Bound(ctx, plan.To.RPID)
	if err != nil {
		return plan, err
	}
	plan.Keep = int(keep)
	if plan.People, err = stranded(ctx, r, plan.To.RPID); err != nil {
		return plan, err
	}
	plan.Apps, err = knowing(ctx, r)
	return plan, err
}

// stranded lists the people who have passkeys and none for rpID, the owner first.
func stranded(ctx context.Context, r store.Reads, rpID string) ([]MovePerson, error) {
	users, err := r.Stranded(ctx, rpID)
	people := make([]MovePerson, len(users))
	for i, u := range users {
		passkeys, err := r.Passkeys(ctx, u.ID)
		if err != nil {
			return nil, err
		}
		people[i] = MovePerson{ID: u.ID, Name: cmp.Or(u.Name, u.UserName), UserName: u.UserName, Email: u.Email, Owner: u.Owner, Passkeys: len(passkeys)}
	}
	return people, err
}

// destination is the pin that the owner may move to now: the name that the tailnet gives the node, which "" stands for, or a name of the owner's own.
func (a *Admin) destination(to string) (idp.Pin, error) {
	t := a.Reach.Tunnel()
	own, host := hostOf(t.DNSName), hostOf(to)
	switch {
	case host == "" && own == "":
		return idp.Pin{}, idp.Fail(idp.Unavailable, "admin.not_joined")
	case host == "" || host == own:
		mode := idp.ModeTailnet
		if t.Funnel {
			mode = idp.ModeFunnel
		}
		return idp.OnTailnet(mode, own, a.Clock()), nil
	case strings.HasSuffix(host, ".ts.net"): // Tailscale gives those, and nobody else
		return idp.Pin{}, idp.FailField("to", "admin.name_moved", "name", own)
	}
	host, err := checkDomainHost(host)
	if fail := new(idp.Error); errors.As(err, &fail) {
		fail.Field = "to"
	}
	return idp.OnDomain(host, a.Clock()), err
}

// entrance is where the proxy finds Hearthkey after a move to a name of the owner's own: as the owner says, or as before.
func (a *Admin) entrance(ctx context.Context, in DomainInput) (store.Domain, error) {
	kept, err := a.Store.Domain(ctx)
	if err != nil || kept.Listen.IsValid() && in.Listen == "" && len(in.Proxies) == 0 {
		return kept, err
	}
	d, err := a.checkDomainInput(in)
	if err != nil {
		return d, err
	}
	return d, a.Reach.MayListen(d.Listen)
}

// hostOf is a host name as pins spell it.
func hostOf(name string) string {
	return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(name)), ".")
}

// tailscaleHost is where a tailnet that signs in here takes its answers.
const tailscaleHost = "https://login.tailscale.com/"

// knowing lists the apps that have the issuer in their settings.
func knowing(ctx context.Context, r store.Reads) ([]MoveApp, error) {
	clients, err := r.Clients(ctx, "")
	apps := make([]MoveApp, 0, len(clients))
	for _, c := range clients {
		signsTailnetIn := slices.ContainsFunc(c.RedirectURIs, func(uri string) bool { return strings.HasPrefix(uri, tailscaleHost) })
		apps = append(apps, MoveApp{ID: c.ID, Name: c.Name, Tailnet: signsTailnetIn})
	}
	slices.SortStableFunc(apps, func(x, y MoveApp) int {
		switch {
		case x.Tailnet == y.Tailnet:
			return 0
		case x.Tailnet:
			return -1
		}
		return 1
	})
	return apps, err
}

// MoveIssuer makes another host the issuer, ends every sign-in, and invites everybody whose passkeys stay behind: one transaction.
func (a *Admin) MoveIssuer(ctx context.Context, in MoveInput) (moved Moved, err error) {
	if hostOf(in.To) == "" || hostOf(in.Confirm) != hostOf(in.To) {
		return moved, idp.FailField("confirm", "move.confirm", "name", hostOf(in.To))
	}
	to, err := a.destination(in.To)
	if err != nil {
		return moved, err
	}
	var door store.Domain
	if to.Mode == idp.ModeDomain {
		if door, err = a.entrance(ctx, in.Domain); err != nil {
			return moved, err
		}
	}
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		plan, err := a.planMove(ctx, tx.Reads, in.To)
		if err != nil {
			return err
		}
		if to = plan.To; to.Mode == idp.ModeDomain {
			if err := tx.SetDomain(door); err != nil {
				return err
			}
		}
		if err := a.Move(ctx, tx, to); err != nil {
			return err
		}
		moved.Invites, err = a.reinvite(ctx, tx, to, in.Days)
		return err
	})
	if err != nil {
		return Moved{}, err
	}
	if err := a.settle(ctx, to); err != nil {
		return Moved{}, err
	}
	moved.Status, err = a.Status(ctx)
	return moved, err
}

// Move makes to the issuer within a transaction, remembers the host that is left and notes it. The caller serves it afterwards.
func (a *Admin) Move(ctx context.Context, tx *store.Tx, to idp.Pin) error {
	from, err := tx.Move(to, a.Clock())
	if err != nil {
		return err
	}
	if from.OnNode() && to.OnNode() && tailnetOf(from) != tailnetOf(to) { // nobody has said whether this one signs in here
		if err := tx.SetCarrier(ctx, ""); err != nil {
			return err
		}
	}
	e := a.event(idp.EventIssuerPinned)
	if from.Secure() && from.HostName != to.HostName {
		e = a.event(idp.EventIssuerMoved)
		e.Detail = pairs("from", from.HostName, "issuer", to.HostName)
	}
	e.Reason = string(to.Mode)
	return tx.Record(e)
}

// tailnetOf is the tailnet's part of a node's name.
func tailnetOf(pin idp.Pin) string {
	_, tailnet, _ := strings.Cut(pin.HostName, ".")
	return tailnet
}

// settle serves the pin after a move, and lets the node ask for the name that is pinned from now on, so that its next start does not bring the old one back.
func (a *Admin) settle(ctx context.Context, to idp.Pin) error {
	if err := a.Reach.Repin(ctx); err != nil {
		return err
	}
	wish, err := a.Store.TunnelWish(ctx)
	label, _, _ := strings.Cut(to.HostName, ".")
	if err != nil || !wish.On || to.Mode == idp.ModeDomain || wish.HostName == label {
		return err
	}
	wish.HostName = label
	return a.Reach.Connect(ctx, wish, "")
}

// Reinvite makes new invites for everybody whose passkeys are all bound to other hosts than the issuer's; the earlier ones end.
func (a *Admin) Reinvite(ctx context.Context, days int) (moved Moved, err error) {
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		pin, err := tx.Pin(ctx)
		if err != nil {
			return err
		}
		if !pin.Secure() {
			return idp.Fail(idp.Unavailable, "move.nothing_pinned")
		}
		moved.Invites, err = a.reinvite(ctx, tx, pin, days)
		return err
	})
	if err != nil {
		return Moved{}, err
	}
	moved.Status, err = a.Status(ctx)
	return moved, err
}

func (a *Admin) reinvite(ctx context.Context, tx *store.Tx, pin idp.Pin, days int) ([]MoveInvite, error) {
	if days = cmp.Or(days, 1); days < 1 || days > mostInviteDays {
		return nil, idp.FailField("days", "move.days", "most", strconv.Itoa(mostInviteDays))
	}
	people, err := tx.Stranded(ctx, pin.RPID)
	if err != nil {
		return nil, err
	}
	list := make([]MoveInvite, len(people))
	for i, u := range people {
		link, err := a.invite(ctx, tx, u, pin, firstInviteLife*time.Duration(days))
		if err != nil {
			return nil, err
		}
		list[i] = MoveInvite{UserID: u.ID, Name: cmp.Or(u.Name, u.UserName), UserName: u.UserName, Email: u.Email, Owner: u.Owner, URL: link.URL, ExpiresAt: link.Invite.ExpiresAt}
	}
	return list, nil
}

// ForgetHost lets go of a former host for good.
func (a *Admin) ForgetHost(ctx context.Context, host string) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.ForgetFormer(hostOf(host)); err != nil {
			return err
		}
		e := a.event(idp.EventHostForgotten)
		e.Detail = pairs("from", hostOf(host))
		return tx.Record(e)
	})
}

// TakeBackName asks the tailnet once more for the name that the issuer has. Status tells when it is back.
func (a *Admin) TakeBackName(ctx context.Context) error { return a.Reach.TakeBack(ctx) }
