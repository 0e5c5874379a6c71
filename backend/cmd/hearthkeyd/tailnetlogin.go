package main

import (
	"fmt"
	"io"
	"strings"

	"hearthkey/backend/admin"
)

func tailnetPeople(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		out, err := api.TailnetPeople(c.ctx)
		if err != nil {
			return err
		}
		return c.print(out, func(w io.Writer) { printPeople(w, out) })
	})
}

func printPeople(w io.Writer, out admin.TailnetPeople) {
	if out.Problem != "" {
		fmt.Fprintln(w, out.Problem)
	}
	for _, p := range out.People {
		whose := "linked to nobody"
		switch {
		case p.UserID != "":
			whose = "linked to " + p.UserName
		case p.SuggestedID != "":
			whose = "has the e-mail address of " + p.SuggestedName + ", and is linked to nobody"
		}
		if !p.Seen {
			whose += ", not in the tailnet now"
		}
		fmt.Fprintf(w, "%-20s %-32s %s", p.ID, p.Login, whose)
		if len(p.Nodes) > 0 {
			fmt.Fprintf(w, " (%s)", strings.Join(p.Nodes, ", "))
		}
		fmt.Fprintln(w)
	}
}

func tailnetLink(c *call) error {
	if err := c.parse(2, 2); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		u, err := findUser(c.ctx, api, c.words[0])
		if err != nil {
			return err
		}
		p, err := c.findLogin(api, c.words[1])
		if err != nil {
			return err
		}
		if err := api.LinkTailnetLogin(c.ctx, u.ID, p.ID); err != nil {
			return err
		}
		return c.say("%s is %s's now.\n", p.Login, u.Name)
	})
}

func tailnetUnlink(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		p, err := c.findLogin(api, c.words[0])
		if err != nil {
			return err
		}
		if err := api.UnlinkTailnetLogin(c.ctx, p.ID); err != nil {
			return err
		}
		return c.say("%s is nobody's now. What came by it has ended.\n", p.Login)
	})
}

// findLogin takes Tailscale's numeric user ID, or a login that only one person has.
func (c *call) findLogin(api admin.API, word string) (admin.TailnetPerson, error) {
	out, err := api.TailnetPeople(c.ctx)
	if err != nil {
		return admin.TailnetPerson{}, err
	}
	var found []admin.TailnetPerson
	for _, p := range out.People {
		if p.ID == word {
			return p, nil
		}
		if strings.EqualFold(p.Login, word) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return admin.TailnetPerson{}, fmt.Errorf("there is no Tailscale login %q; hearthkeyd tailnet people shows them all", word)
	}
	return admin.TailnetPerson{}, fmt.Errorf("%d people have the login %q; name one by the number in front", len(found), word)
}
