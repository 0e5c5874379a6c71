package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// webFingerFlags are what the owner chooses about a domain.
func (c *call) webFingerFlags(in *admin.WebFingerInput) {
	c.flags.Func("scope", "`SCOPE`: domain answers for every address at the domain, accounts only for those that you name, which are public by that (default domain)", func(text string) error {
		in.Scope = idp.WebFingerScope(text)
		return nil
	})
	c.flags.Var((*list)(&in.Accounts), "account", "`ACCOUNT` to answer for, such as emil or emil@example.com; may be given several times")
}

func webFingerList(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		rows, err := api.WebFingerDomains(c.ctx)
		if err != nil {
			return err
		}
		return c.print(rows, func(w io.Writer) {
			for _, row := range rows {
				fmt.Fprintf(w, "%-8s %s: %s\n", row.Verdict, row.Domain, row.Summary)
			}
			if len(rows) == 0 {
				fmt.Fprintln(w, "No domain is on the list. hearthkeyd webfinger add puts one there.")
			}
		})
	})
}

func webFingerShow(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		d, err := api.WebFingerDomain(c.ctx, strings.ToLower(c.words[0]))
		if err != nil {
			return err
		}
		return c.print(d, func(w io.Writer) { printWebFinger(w, d) })
	})
}

func printWebFinger(w io.Writer, d admin.WebFingerDetail) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%-13s %s\n", name+":", value)
		}
	}
	line("Domain", d.Domain)
	line("Answers for", map[idp.WebFingerScope]string{idp.WebFingerWhole: "every address at the domain", idp.WebFingerAccounts: "these accounts alone"}[d.Scope])
	line("Accounts", strings.Join(d.Accounts, ", "))
	line("Publisher", cmp.Or(string(d.Settings.Kind), "none chosen"))
	line("People", fmt.Sprint(d.Users))
	if d.PublishedAt != 0 {
		line("Published", d.PublishedAt.Std().Local().Format(time.DateTime))
	}
	line("Now", d.Busy)
	line("Last look", d.Verdict+": "+d.Summary)
	for _, f := range d.Check.Findings {
		fmt.Fprintf(w, "  %-8s %s\n", f.State, f.Title)
		if f.Detail != "" {
			fmt.Fprintf(w, "           %s\n", f.Detail)
		}
	}
}

func webFingerAdd(c *call) error {
	in := admin.WebFingerInput{}
	c.webFingerFlags(&in)
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	in.Domain = c.words[0]
	return c.with(func(api admin.API) error {
		d, err := api.AddWebFingerDomain(c.ctx, in)
		if err != nil {
			return err
		}
		return c.print(d, func(w io.Writer) { fmt.Fprintf(w, "The domain %s was added. Nothing is published yet.\n", d.Domain) })
	})
}

func webFingerSet(c *call) error {
	in := admin.WebFingerInput{}
	c.webFingerFlags(&in)
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	in.Domain = strings.ToLower(c.words[0])
	return c.with(func(api admin.API) error {
		before, err := api.WebFingerDomain(c.ctx, in.Domain)
		if err != nil {
			return err
		}
		if !c.given("scope") {
			in.Scope = before.Scope
		}
		if !c.given("account") {
			in.Accounts = before.Accounts
		}
		d, err := api.SetWebFingerDomain(c.ctx, in)
		if err != nil {
			return err
		}
		return c.print(d, func(w io.Writer) { printWebFinger(w, d) })
	})
}

func webFingerRemove(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		if err := api.RemoveWebFingerDomain(c.ctx, strings.ToLower(c.words[0])); err != nil {
			return err
		}
		return c.say("The domain %s was removed from the list. What is published there stays, but what its web server passes on to Hearthkey is no longer answered.\n", c.words[0])
	})
}
