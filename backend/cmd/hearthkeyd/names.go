package main

import (
	"context"
	"fmt"
	"strings"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// findUser takes a user name, an e-mail or an ID.
func findUser(ctx context.Context, api admin.API, word string) (idp.User, error) {
	rows, err := api.Users(ctx, "")
	if err != nil {
		return idp.User{}, err
	}
	for _, row := range rows {
		if row.User.ID == word || strings.EqualFold(row.User.UserName, word) || (word != "" && strings.EqualFold(row.User.Email, word)) {
			return row.User, nil
		}
	}
	return idp.User{}, fmt.Errorf("there is no user %q; hearthkeyd user list shows them all", word)
}

// findGroups takes names or IDs.
func findGroups(ctx context.Context, api admin.API, words []string) ([]string, error) {
	ids := []string{}
	for _, word := range words {
		g, err := findGroup(ctx, api, word)
		if err != nil {
			return nil, err
		}
		ids = append(ids, g.Group.ID)
	}
	return ids, nil
}

func findGroup(ctx context.Context, api admin.API, word string) (admin.GroupRow, error) {
	rows, err := api.Groups(ctx)
	if err != nil {
		return admin.GroupRow{}, err
	}
	for _, row := range rows {
		if row.Group.ID == word || strings.EqualFold(row.Group.Name, word) {
			return row, nil
		}
	}
	return admin.GroupRow{}, fmt.Errorf("there is no group %q; hearthkeyd group add %q makes it", word, word)
}

// findUsers takes user names, e-mails or IDs.
func findUsers(ctx context.Context, api admin.API, words []string) ([]string, error) {
	ids := []string{}
	for _, word := range words {
		u, err := findUser(ctx, api, word)
		if err != nil {
			return nil, err
		}
		ids = append(ids, u.ID)
	}
	return ids, nil
}

// findClient takes a client ID, or a name that only one app has.
func findClient(ctx context.Context, api admin.API, word string) (idp.Client, error) {
	rows, err := api.Clients(ctx, "")
	if err != nil {
		return idp.Client{}, err
	}
	var found []idp.Client
	for _, row := range rows {
		if row.Client.ID == word {
			return row.Client, nil
		}
		if strings.EqualFold(row.Client.Name, word) {
			found = append(found, row.Client)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return idp.Client{}, fmt.Errorf("there is no app %q; hearthkeyd app list shows them all", word)
	}
	return idp.Client{}, fmt.Errorf("%d apps are called %q; name one by its client ID", len(found), word)
}
