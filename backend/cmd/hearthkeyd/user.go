package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// userFlags are the flags that describe a person.
type userFlags struct {
	in     admin.UserInput
	groups list
}

func (c *call) userFlags() *userFlags {
	f := &userFlags{}
	c.flags.StringVar(&f.in.Name, "name", "", "`name` as others see it")
	c.flags.StringVar(&f.in.UserName, "username", "", "user `name`: letters, digits, dots, dashes and underscores")
	c.flags.StringVar(&f.in.Email, "email", "", "e-mail `address`; counts as verified, since you typed it")
	c.flags.StringVar(&f.in.GivenName, "given-name", "", "given `name`")
	c.flags.StringVar(&f.in.FamilyName, "family-name", "", "family `name`")
	c.flags.StringVar(&f.in.Claims, "claims", "", "custom claims, a `JSON` object")
	c.networkFlag(&f.in.NetworkRule, "they")
	c.flags.Var(&f.groups, "group", "`group` to belong to; may be given several times")
	return f
}

func userAdd(c *call) error {
	f := c.userFlags()
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) (err error) {
		if f.in.GroupIDs, err = findGroups(c.ctx, api, f.groups); err != nil {
			return err
		}
		u, err := api.CreateUser(c.ctx, f.in)
		if err != nil {
			return err
		}
		return c.print(u, func(w io.Writer) { fmt.Fprintf(w, "%s was added (%s).\n", u.Name, u.ID) })
	})
}

func userList(c *call) error {
	if err := c.parse(0, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		rows, err := api.Users(c.ctx, c.word(0))
		if err != nil {
			return err
		}
		return c.print(rows, func(w io.Writer) {
			t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
			fmt.Fprintln(t, "USER NAME\tNAME\tE-MAIL\tPASSKEYS\tSTATE\tID")
			for _, row := range rows {
				fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\n", row.User.UserName, row.User.Name, row.User.Email, row.Passkeys, userState(row.User), row.User.ID)
			}
			_ = t.Flush()
		})
	})
}

func userState(u idp.User) string {
	switch {
	case u.Disabled():
		return "off"
	case u.Owner:
		return "owner"
	}
	return "on"
}

func userShow(c *call) error {
	return c.aboutUser(func(api admin.API, u idp.User) error {
		d, err := api.User(c.ctx, u.ID)
		if err != nil {
			return err
		}
		return c.print(d, func(w io.Writer) {
			fmt.Fprintf(w, "%s (%s), %s\n", d.User.Name, d.User.UserName, userState(d.User))
			fmt.Fprintf(w, "ID: %s\nE-mail: %s\n", d.User.ID, d.User.Email)
			for _, g := range d.Groups {
				fmt.Fprintf(w, "Group: %s\n", g.Name)
			}
			printRule(w, d)
			for _, p := range d.Passkeys {
				fmt.Fprintf(w, "Passkey: %s (%s), for %s\n", p.Passkey.Name, p.Passkey.ID, p.Passkey.RPID)
			}
			for _, s := range d.Sessions {
				fmt.Fprintf(w, "Signed in: %s (%s), %s\n", s.AuthTime.Std().Format("2006-01-02 15:04 MST"), s.ID, s.UserAgent)
			}
			for _, app := range d.MayUse {
				fmt.Fprintf(w, "May use: %s\n", app.Name)
			}
		})
	})
}

func userChange(c *call) error {
	f := c.userFlags()
	return c.aboutUser(func(api admin.API, u idp.User) error {
		d, err := api.User(c.ctx, u.ID)
		if err != nil {
			return err
		}
		in := admin.UserInput{UserName: u.UserName, Name: u.Name, GivenName: u.GivenName, FamilyName: u.FamilyName, Email: u.Email, Claims: u.Claims, NetworkRule: u.NetworkRule}
		for _, g := range d.Groups {
			in.GroupIDs = append(in.GroupIDs, g.ID)
		}
		for _, part := range []struct {
			name string
			from string
			to   *string
		}{
			{"name", f.in.Name, &in.Name}, {"username", f.in.UserName, &in.UserName}, {"email", f.in.Email, &in.Email},
			{"given-name", f.in.GivenName, &in.GivenName}, {"family-name", f.in.FamilyName, &in.FamilyName}, {"claims", f.in.Claims, &in.Claims},
		} {
			if c.given(part.name) {
				*part.to = part.from
			}
		}
		if c.given("network") {
			in.NetworkRule = f.in.NetworkRule
		}
		if c.given("group") {
			if in.GroupIDs, err = findGroups(c.ctx, api, f.groups); err != nil {
				return err
			}
		}
		changed, err := api.UpdateUser(c.ctx, u.ID, in)
		if err != nil {
			return err
		}
		return c.print(changed, func(w io.Writer) {
			fmt.Fprintf(w, "%s was changed.\n", changed.Name)
			if changed.Owner && changed.NetworkRule == idp.NetworkTailnetOnly && !d.SeenOnTailnet {
				fmt.Fprintln(w, "The owner has never signed in from a device in the tailnet. Connect one to Tailscale and try it there. --network anywhere takes this back.")
			}
		})
	})
}

func userDisable(c *call) error { return c.switchUser(true, "%s was disabled.\n") }
func userEnable(c *call) error  { return c.switchUser(false, "%s was enabled.\n") }

func (c *call) switchUser(disabled bool, said string) error {
	return c.aboutUser(func(api admin.API, u idp.User) error {
		if err := api.SetUserDisabled(c.ctx, u.ID, disabled); err != nil {
			return err
		}
		return c.say(said, u.Name)
	})
}

func userDelete(c *call) error {
	return c.aboutUser(func(api admin.API, u idp.User) error {
		if err := api.DeleteUser(c.ctx, u.ID); err != nil {
			return err
		}
		return c.say("%s was deleted.\n", u.Name)
	})
}

func userSignOut(c *call) error {
	return c.aboutUser(func(api admin.API, u idp.User) error {
		if err := api.EndSessions(c.ctx, u.ID); err != nil {
			return err
		}
		return c.say("All sign-ins of %s were ended.\n", u.Name)
	})
}

// aboutUser is a command whose one word names a person.
func (c *call) aboutUser(fn func(admin.API, idp.User) error) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		u, err := findUser(c.ctx, api, c.words[0])
		if err != nil {
			return err
		}
		return fn(api, u)
	})
}
