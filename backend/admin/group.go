package admin

import (
	"cmp"
	"context"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Groups lists groups with their people and apps.
func (a *Admin) Groups(ctx context.Context) ([]GroupRow, error) {
	rows := []GroupRow{}
	err := a.Store.View(ctx, func(r store.Reads) error {
		groups, err := r.Groups(ctx)
		if err != nil {
			return err
		}
		for _, g := range groups {
			row := GroupRow{Group: g}
			if row.Members, err = r.Members(ctx, g.ID); err != nil {
				return err
			}
			if row.Clients, err = r.ClientsOfGroup(ctx, g.ID); err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

// CreateGroup adds a group with its members.
func (a *Admin) CreateGroup(ctx context.Context, in GroupInput) (idp.Group, error) {
	g := idp.Group{ID: idp.NewID(idp.PrefixGroup), CreatedAt: a.Clock()}
	if err := a.fillGroup(&g, in); err != nil {
		return idp.Group{}, err
	}
	return g, a.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.CreateGroup(g); err != nil {
			return err
		}
		return a.saveMembers(tx, a.aboutGroup(idp.EventGroupCreated, g), in.MemberIDs)
	})
}

// fillGroup puts checked input into g.
func (a *Admin) fillGroup(g *idp.Group, in GroupInput) (err error) {
	if g.Name, err = line("name", in.Name); err != nil {
		return err
	}
	if err := checkNetworkRule(in.NetworkRule); err != nil {
		return err
	}
	g.NetworkRule = cmp.Or(in.NetworkRule, idp.NetworkAnywhere)
	g.Claims, err = checkClaims(in.Claims)
	g.UpdatedAt = a.Clock()
	return err
}

// UpdateGroup replaces a group's name, custom claims, network rule and members.
func (a *Admin) UpdateGroup(ctx context.Context, id string, in GroupInput) (g idp.Group, err error) {
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		if g, err = tx.Group(ctx, id); err != nil {
			return err
		}
		before := g.NetworkRule
		if err := a.fillGroup(&g, in); err != nil {
			return err
		}
		if err := tx.UpdateGroup(g); err != nil {
			return err
		}
		return a.saveMembers(tx, tellRule(a.aboutGroup(idp.EventGroupChanged, g), before, g.NetworkRule), in.MemberIDs)
	})
	return g, err
}

// saveMembers makes these people the members of the group that the event is about.
func (a *Admin) saveMembers(tx *store.Tx, about idp.Event, memberIDs []string) error {
	if err := tx.SetMembers(about.ObjectID, memberIDs); err != nil {
		return err
	}
	if err := a.endLost(tx); err != nil {
		return err
	}
	return tx.Record(about)
}

// DeleteGroup removes a group; its people lose what only it let them use.
func (a *Admin) DeleteGroup(ctx context.Context, id string) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		g, err := tx.Group(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.DeleteGroup(id); err != nil {
			return err
		}
		if err := a.endLost(tx); err != nil {
			return err
		}
		return tx.Record(a.aboutGroup(idp.EventGroupDeleted, g))
	})
}

func (a *Admin) aboutGroup(kind string, g idp.Group) idp.Event {
	e := a.event(kind)
	e.ObjectID, e.Detail = g.ID, pairs("group", g.Name)
	return e
}
