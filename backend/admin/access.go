package admin

import (
	"context"
	"slices"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

func accessRows(clientID string, in Access) []idp.Access {
	if in.Everyone {
		return []idp.Access{{ClientID: clientID, Kind: idp.AccessEveryone}}
	}
	var rows []idp.Access
	for _, id := range in.GroupIDs {
		rows = append(rows, idp.Access{ClientID: clientID, Kind: idp.AccessGroup, Subject: id})
	}
	for _, id := range in.UserIDs {
		rows = append(rows, idp.Access{ClientID: clientID, Kind: idp.AccessUser, Subject: id})
	}
	return rows
}

// readAccess is who may use an app, as rows and in words.
func readAccess(ctx context.Context, r store.Reads, clientID string) (out Access, text string, err error) {
	rows, err := r.Access(ctx, clientID)
	if err != nil {
		return out, "", err
	}
	out.GroupIDs, out.UserIDs = []string{}, []string{}
	var names []string
	for _, row := range rows {
		switch row.Kind {
		case idp.AccessEveryone:
			out.Everyone = true
			names = append(names, idp.Text("admin.everyone").String())
		case idp.AccessGroup:
			g, err := r.Group(ctx, row.Subject)
			if err != nil {
				return out, "", err
			}
			out.GroupIDs, names = append(out.GroupIDs, g.ID), append(names, g.Name)
		case idp.AccessUser:
			u, err := r.User(ctx, row.Subject)
			if err != nil {
				return out, "", err
			}
			out.UserIDs, names = append(out.UserIDs, u.ID), append(names, u.Name)
		}
	}
	if len(names) == 0 {
		names = append(names, idp.Text("admin.nobody").String())
	}
	return out, strings.Join(names, ", "), nil
}

// changeAccess replaces the rows and records it, where they differ.
func (a *Admin) changeAccess(ctx context.Context, tx *store.Tx, c idp.Client, in Access) error {
	before, err := tx.Access(ctx, c.ID)
	if err != nil {
		return err
	}
	if err := tx.SetAccess(c.ID, accessRows(c.ID, in)); err != nil {
		return err
	}
	if err := tx.EndGrantsWithoutAccess(a.Clock()); err != nil {
		return err
	}
	after, err := tx.Access(ctx, c.ID)
	if err != nil || slices.Equal(before, after) {
		return err
	}
	return tx.Record(a.aboutClient(idp.EventAppAccess, c))
}
