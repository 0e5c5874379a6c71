package admin

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// TailnetPeople lists the logins that the node sees and those that are linked.
func (a *Admin) TailnetPeople(ctx context.Context) (out TailnetPeople, err error) {
	seen, err := a.Reach.People(ctx)
	if err != nil {
		if idp.CodeOf(err) != idp.Unavailable {
			return out, err
		}
		out.Problem = err.Error()
	}
	err = a.Store.View(ctx, func(r store.Reads) error {
		if out.EnrolAtOnce, err = r.EnrolAtOnce(ctx); err != nil {
			return err
		}
		out.People, err = people(ctx, r, seen)
		return err
	})
	return out, err
}

// people puts what the node sees beside what is linked.
func people(ctx context.Context, r store.Reads, seen []idp.TailnetPerson) ([]TailnetPerson, error) {
	links, err := r.TailnetLogins(ctx)
	if err != nil {
		return nil, err
	}
	linked := map[int64]idp.TailnetLogin{}
	for _, l := range links {
		linked[l.TailscaleID] = l
	}
	out := []TailnetPerson{}
	for _, s := range seen {
		row := TailnetPerson{ID: loginID(s.TailscaleID), Login: s.Login, Name: s.Name, Nodes: s.Nodes, Seen: true}
		l, ok := linked[s.TailscaleID]
		if delete(linked, s.TailscaleID); ok {
			err = row.link(ctx, r, l)
		} else {
			err = row.suggest(ctx, r)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	for _, l := range linked {
		row := TailnetPerson{ID: loginID(l.TailscaleID), Login: l.Login, Nodes: []string{}}
		if err := row.link(ctx, r, l); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	slices.SortFunc(out, func(x, y TailnetPerson) int { return strings.Compare(x.Login+x.ID, y.Login+y.ID) })
	return out, nil
}

func loginID(id int64) string { return strconv.FormatInt(id, 10) }

func (p *TailnetPerson) link(ctx context.Context, r store.Reads, l idp.TailnetLogin) error {
	u, err := r.User(ctx, l.UserID)
	p.UserID, p.UserName, p.LinkedAt = u.ID, u.Name, l.LinkedAt
	return err
}

// suggest names the user whose verified e-mail address the login is. Nothing is linked by that: the owner decides.
func (p *TailnetPerson) suggest(ctx context.Context, r store.Reads) error {
	if !strings.Contains(p.Login, "@") {
		return nil
	}
	u, err := r.UserByEmail(ctx, p.Login)
	if idp.CodeOf(err) == idp.NotFound {
		return nil
	}
	if err == nil && !u.Disabled() {
		p.SuggestedID, p.SuggestedName = u.ID, u.Name
	}
	return err
}

// LinkTailnetLogin makes a login that the node sees a user's.
func (a *Admin) LinkTailnetLogin(ctx context.Context, userID, tailscaleID string) error {
	seen, err := a.Reach.People(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(seen, func(p idp.TailnetPerson) bool { return loginID(p.TailscaleID) == tailscaleID })
	if i < 0 {
		return idp.Fail(idp.NotFound, "tailnet.not_seen")
	}
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, userID)
		if err != nil {
			return err
		}
		l := idp.TailnetLogin{TailscaleID: seen[i].TailscaleID, UserID: userID, Login: seen[i].Login, LinkedAt: a.Clock()}
		if err := tx.LinkTailnetLogin(l); err != nil {
			return err
		}
		return tx.Record(a.aboutUser(idp.EventTailnetLinked, u, "login", l.Login, "tailscaleId", tailscaleID))
	})
}

// UnlinkTailnetLogin takes a login from its user and ends what came by it.
func (a *Admin) UnlinkTailnetLogin(ctx context.Context, tailscaleID string) error {
	id, err := strconv.ParseInt(tailscaleID, 10, 64)
	if err != nil {
		return idp.Fail(idp.NotFound, "tailnet.not_linked").Because(err)
	}
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		l, err := tx.TailnetLogin(ctx, id)
		if err != nil {
			return err
		}
		u, err := tx.User(ctx, l.UserID)
		if err != nil {
			return err
		}
		if err := tx.UnlinkTailnetLogin(id, a.Clock()); err != nil {
			return err
		}
		return tx.Record(a.aboutUser(idp.EventTailnetUnlinked, u, "login", l.Login, "tailscaleId", tailscaleID))
	})
}

// checkTailnet refuses to let an app take a Tailscale login for more than a hint before the owner has said that this is no circle: the tailnet would vouch for who signs in to it.
func checkTailnet(ctx context.Context, r store.Reads, before idp.Client, in ClientInput) error {
	field := ""
	switch {
	case in.TailnetEnrol && !before.TailnetEnrol:
		field = "tailnetEnrol"
	case in.TailnetSignIn && !before.TailnetSignIn:
		field = "tailnetSignIn"
	default:
		return nil
	}
	switch answer, err := r.Carrier(ctx); {
	case err != nil:
		return err
	case answer == store.CarrierYes:
		return idp.FailField(field, "tailnet.circle")
	case answer == "":
		return idp.FailField(field, "tailnet.unanswered")
	}
	return nil
}
