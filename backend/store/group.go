package store

import (
	"cmp"
	"context"

	"hearthkey/backend/idp"
)

const groupColumns = "g.id, g.name, g.claims, g.created_at, g.updated_at, g.network_rule"

func scanGroup(row scanner) (g idp.Group, err error) {
	err = row.Scan(&g.ID, &g.Name, &g.Claims, &g.CreatedAt, &g.UpdatedAt, &g.NetworkRule)
	return g, err
}

// Group reads one group; idp.NotFound.
func (r Reads) Group(ctx context.Context, id string) (idp.Group, error) {
	return one(ctx, r, scanGroup, "group.not_found", "SELECT "+groupColumns+" FROM groups g WHERE g.id = ?", id)
}

// GroupByName reads a group by its name, however it is spelled; idp.NotFound.
func (r Reads) GroupByName(ctx context.Context, name string) (idp.Group, error) {
	return one(ctx, r, scanGroup, "group.not_found", "SELECT "+groupColumns+" FROM groups g WHERE g.fold = ?", fold(name))
}

// Groups lists all groups by name.
func (r Reads) Groups(ctx context.Context) ([]idp.Group, error) {
	return all(ctx, r, scanGroup, "SELECT "+groupColumns+" FROM groups g ORDER BY g.fold")
}

// GroupsOf lists a person's groups by name; the slice is shared, and not to be changed. A join would be planned anew each time (see Standing).
func (r Reads) GroupsOf(ctx context.Context, userID string) ([]idp.Group, error) {
	return recall(r, label{of: ofGroups, a: userID}, func() ([]idp.Group, error) {
		return all(ctx, r, scanGroup, "SELECT "+groupColumns+" FROM groups g WHERE g.id IN (SELECT group_id FROM members WHERE user_id = ?) ORDER BY g.fold", userID)
	})
}

// Members lists the people of a group by name.
func (r Reads) Members(ctx context.Context, groupID string) ([]idp.User, error) {
	return all(ctx, r, scanUser, "SELECT "+userColumns+" FROM users WHERE id IN (SELECT user_id FROM members WHERE group_id = ?) ORDER BY lower(name), id", groupID)
}

// CreateGroup adds a group; idp.Conflict on name.
func (tx *Tx) CreateGroup(g idp.Group) error {
	_, err := tx.exec("INSERT INTO groups (id, name, fold, claims, created_at, updated_at, network_rule) VALUES (?, ?, ?, ?, ?, ?, ?)", g.ID, g.Name, fold(g.Name), g.Claims, g.CreatedAt, g.UpdatedAt, cmp.Or(g.NetworkRule, idp.NetworkAnywhere))
	return groupClash(err, g.Name)
}

// UpdateGroup replaces a group's name, claims and network rule; idp.Conflict on name.
func (tx *Tx) UpdateGroup(g idp.Group) error {
	return groupClash(tx.mustChange("group.not_found", "UPDATE groups SET name = ?, fold = ?, claims = ?, updated_at = ?, network_rule = ? WHERE id = ?", g.Name, fold(g.Name), g.Claims, g.UpdatedAt, cmp.Or(g.NetworkRule, idp.NetworkAnywhere), g.ID), g.Name)
}

func groupClash(err error, name string) error {
	if isUnique(err) {
		fail := idp.Fail(idp.Conflict, "group.taken", "value", name)
		fail.Field = "name"
		return fail
	}
	return err
}

// DeleteGroup removes a group, its memberships and the access it gave.
func (tx *Tx) DeleteGroup(id string) error {
	if _, err := tx.exec("DELETE FROM access WHERE kind = 'group' AND subject = ?", id); err != nil {
		return err
	}
	return tx.mustChange("group.not_found", "DELETE FROM groups WHERE id = ?", id)
}

// SetMembers makes exactly these people the group's members; idp.NotFound for an unknown one.
func (tx *Tx) SetMembers(groupID string, userIDs []string) error {
	if _, err := tx.exec("DELETE FROM members WHERE group_id = ?", groupID); err != nil {
		return err
	}
	for _, userID := range userIDs {
		if err := tx.addMember(groupID, userID); err != nil {
			return err
		}
	}
	return nil
}

// SetGroupsOf makes exactly these the person's groups; idp.NotFound for an unknown one.
func (tx *Tx) SetGroupsOf(userID string, groupIDs []string) error {
	if _, err := tx.exec("DELETE FROM members WHERE user_id = ?", userID); err != nil {
		return err
	}
	for _, groupID := range groupIDs {
		if err := tx.addMember(groupID, userID); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) addMember(groupID, userID string) error {
	if _, err := tx.Group(context.Background(), groupID); err != nil {
		return err
	}
	if _, err := tx.User(context.Background(), userID); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO members (group_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING", groupID, userID)
	return err
}
