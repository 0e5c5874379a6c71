package main

import (
	"fmt"
	"io"
	"strings"

	"hearthkey/backend/admin"
)

// claimsHelp explains --claims of a group.
const claimsHelp = "custom claims of its members, a `JSON` object; a member's own win"

func groupAdd(c *call) error {
	var members list
	var claims string
	c.flags.Var(&members, "member", "`USER` to belong to it; may be given several times")
	c.flags.StringVar(&claims, "claims", "", claimsHelp)
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		ids, err := findUsers(c.ctx, api, members)
		if err != nil {
			return err
		}
		g, err := api.CreateGroup(c.ctx, admin.GroupInput{Name: c.words[0], Claims: claims, MemberIDs: ids})
		if err != nil {
			return err
		}
		return c.print(g, func(w io.Writer) { fmt.Fprintf(w, "The group %s was added (%s).\n", g.Name, g.ID) })
	})
}

func groupList(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		rows, err := api.Groups(c.ctx)
		if err != nil {
			return err
		}
		return c.print(rows, func(w io.Writer) {
			for _, row := range rows {
				names := []string{}
				for _, m := range row.Members {
					names = append(names, m.UserName)
				}
				fmt.Fprintf(w, "%s (%s): %s\n", row.Group.Name, row.Group.ID, strings.Join(names, ", "))
			}
		})
	})
}

func groupChange(c *call) error {
	var name, claims string
	var members list
	c.flags.StringVar(&name, "name", "", "new `name`")
	c.flags.StringVar(&claims, "claims", "", claimsHelp)
	c.flags.Var(&members, "member", "`USER` to belong to it, in place of its members; may be given several times")
	return c.aboutGroup(func(api admin.API, row admin.GroupRow) error {
		in := admin.GroupInput{Name: row.Group.Name, Claims: row.Group.Claims}
		for _, m := range row.Members {
			in.MemberIDs = append(in.MemberIDs, m.ID)
		}
		if c.given("name") {
			in.Name = name
		}
		if c.given("claims") {
			in.Claims = claims
		}
		if c.given("member") {
			ids, err := findUsers(c.ctx, api, members)
			if err != nil {
				return err
			}
			in.MemberIDs = ids
		}
		g, err := api.UpdateGroup(c.ctx, row.Group.ID, in)
		if err != nil {
			return err
		}
		return c.print(g, func(w io.Writer) { fmt.Fprintf(w, "The group %s was changed.\n", g.Name) })
	})
}

func groupDelete(c *call) error {
	return c.aboutGroup(func(api admin.API, row admin.GroupRow) error {
		if err := api.DeleteGroup(c.ctx, row.Group.ID); err != nil {
			return err
		}
		return c.say("The group %s was deleted.\n", row.Group.Name)
	})
}

// aboutGroup is a command whose one word names a group.
func (c *call) aboutGroup(fn func(admin.API, admin.GroupRow) error) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		row, err := findGroup(c.ctx, api, c.words[0])
		if err != nil {
			return err
		}
		return fn(api, row)
	})
}
