package main

import (
	"fmt"
	"io"
	"strings"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// claimsHelp explains --claims of a group.
const claimsHelp = "custom claims of its members, a `JSON` object; a member's own win"

func groupAdd(c *call) error {
	var members list
	in := admin.GroupInput{}
	c.flags.Var(&members, "member", "`USER` to belong to it; may be given several times")
	c.flags.StringVar(&in.Claims, "claims", "", claimsHelp)
	c.networkFlag(&in.NetworkRule, "its members")
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		var err error
		if in.MemberIDs, err = findUsers(c.ctx, api, members); err != nil {
			return err
		}
		in.Name = c.words[0]
		g, err := api.CreateGroup(c.ctx, in)
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
				rule := ""
				if row.Group.NetworkRule == idp.NetworkTailnetOnly {
					rule = ", from the tailnet only"
				}
				fmt.Fprintf(w, "%s (%s): %s%s\n", row.Group.Name, row.Group.ID, strings.Join(names, ", "), rule)
			}
		})
	})
}

func groupChange(c *call) error {
	var name, claims string
	var members list
	var rule idp.NetworkRule
	c.networkFlag(&rule, "its members")
	c.flags.StringVar(&name, "name", "", "new `name`")
	c.flags.StringVar(&claims, "claims", "", claimsHelp)
	c.flags.Var(&members, "member", "`USER` to belong to it, in place of its members; may be given several times")
	return c.aboutGroup(func(api admin.API, row admin.GroupRow) error {
		in := admin.GroupInput{Name: row.Group.Name, Claims: row.Group.Claims, NetworkRule: row.Group.NetworkRule}
		for _, m := range row.Members {
			in.MemberIDs = append(in.MemberIDs, m.ID)
		}
		if c.given("name") {
			in.Name = name
		}
		if c.given("claims") {
			in.Claims = claims
		}
		if c.given("network") {
			in.NetworkRule = rule
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
