package main

import (
	"fmt"
	"io"
	"strings"

	"hearthkey/backend/admin"
)

func tailnetTakeBack(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		if err := api.TakeBackName(c.ctx); err != nil {
			return err
		}
		return c.say("Asked. hearthkeyd status says what the tailnet calls this machine now.\n")
	})
}

func tailnetMovePlan(c *call) error {
	if err := c.parse(0, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		plan, err := api.MovePlan(c.ctx, c.word(0))
		if err != nil {
			return err
		}
		return c.print(plan, func(w io.Writer) { printPlan(w, plan) })
	})
}

func printPlan(w io.Writer, plan admin.MovePlan) {
	fmt.Fprintf(w, "From %s to %s. Nothing has changed yet.\n", plan.From.HostName, plan.To.HostName)
	fmt.Fprintf(w, "\nEvery sign-in ends. These people need a new passkey (%d keep one that works there):\n", plan.Keep)
	for _, p := range plan.People {
		fmt.Fprintf(w, "  %-24s %s\n", p.UserName, p.Email)
	}
	fmt.Fprintf(w, "\nThese apps need the issuer %s in their settings:\n", plan.To.Issuer)
	for _, app := range plan.Apps {
		warning := ""
		if app.Tailnet {
			warning = "signs a tailnet in: nobody gets in there until its issuer and WebFinger are changed"
		}
		fmt.Fprintf(w, "  %-24s %s\n", app.Name, warning)
	}
}

func tailnetMove(c *call) error {
	in := admin.MoveInput{}
	c.flags.StringVar(&in.Confirm, "confirm", "", "the new `name` once more: every sign-in ends, and everybody needs a new passkey")
	c.flags.IntVar(&in.Days, "days", 1, "how many `days` the links are good, at most 7")
	c.flags.StringVar(&in.Domain.Listen, "listen", "", "`address` and port that the reverse proxy connects to, for a name of your own")
	var proxies string
	c.flags.StringVar(&proxies, "proxies", "", "`addresses` of the proxies, separated by commas (default this machine)")
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	in.To, in.Domain.Proxies = c.words[0], strings.FieldsFunc(proxies, func(r rune) bool { return r == ',' || r == ' ' })
	return c.with(func(api admin.API) error {
		moved, err := api.MoveIssuer(c.ctx, in)
		if err != nil {
			return err
		}
		return c.print(moved, func(w io.Writer) {
			fmt.Fprintf(w, "The issuer is %s.\n", moved.Status.Pin.Issuer)
			printInvites(w, moved)
		})
	})
}

func tailnetReinvite(c *call) error {
	days := 1
	c.flags.IntVar(&days, "days", 1, "how many `days` the links are good, at most 7")
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		moved, err := api.Reinvite(c.ctx, days)
		if err != nil {
			return err
		}
		return c.print(moved, func(w io.Writer) { printInvites(w, moved) })
	})
}

func printInvites(w io.Writer, moved admin.Moved) {
	if len(moved.Invites) == 0 {
		fmt.Fprintln(w, "Nobody needs a new passkey.")
		return
	}
	fmt.Fprintln(w, "Each link works once and is shown only now:")
	for _, i := range moved.Invites {
		fmt.Fprintf(w, "  %-24s %-32s %s\n", i.UserName, i.Email, i.URL)
	}
}

func tailnetForget(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		if err := api.ForgetHost(c.ctx, c.words[0]); err != nil {
			return err
		}
		return c.say("%s is given up.\n", c.words[0])
	})
}
