package main

import (
	"fmt"
	"io"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// tailnetLogOut says what breaks, and does it only after --yes; where people may be locked out of Tailscale itself, the host name has to be named too.
func tailnetLogOut(c *call) error {
	var yes bool
	var host string
	c.flags.BoolVar(&yes, "yes", false, "leave the tailnet, rather than say what that breaks")
	c.flags.StringVar(&host, "host-name", "", "the full host `name`, wanted where people sign in to Tailscale itself through this issuer")
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		effects, err := api.LogOutEffects(c.ctx)
		if err != nil {
			return err
		}
		if yes && effects.Typed != "" && effects.Typed != host {
			return usageError{"people sign in to Tailscale itself through this issuer; add --host-name " + effects.Typed + " to leave all the same, and see hearthkeyd tailnet log-out for what that breaks"}
		}
		if !yes {
			return c.print(effects, func(w io.Writer) { printEffects(w, effects) })
		}
		if err := api.LogOutTailnet(c.ctx); err != nil {
			return err
		}
		return c.say("This machine has left the tailnet.\n")
	})
}

func printEffects(w io.Writer, effects admin.LogOutEffects) {
	fmt.Fprintln(w, "Nothing is changed yet. Logging out of the tailnet means:")
	for _, line := range effects.Lines {
		fmt.Fprintln(w, "-", line)
	}
	command := "hearthkeyd tailnet log-out --yes"
	if effects.Typed != "" {
		command += " --host-name " + effects.Typed
	}
	fmt.Fprintln(w, "To do it:", command)
}

func tailnetRenew(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		if err := api.RenewNodeKey(c.ctx); err != nil {
			return err
		}
		return c.say("Asked for a login page. hearthkeyd status names it as soon as Tailscale has answered; open it and connect this machine. It goes on serving meanwhile.\n")
	})
}

func tailnetCarrier(c *call) error {
	return c.choose("yes", "no", func(api admin.API, yes bool) (admin.Status, error) { return api.SetCarrier(c.ctx, c.words[0]) },
		func(w io.Writer, s admin.Status) {
			if s.Carrier != "yes" {
				fmt.Fprintln(w, "Noted: nobody signs in to Tailscale itself through this issuer.")
				return
			}
			fmt.Fprintln(w, "Noted: people sign in to Tailscale itself through this issuer. Sign-in by Tailscale login is refused from now on, since it would go in a circle.")
			for _, app := range s.Guard.OneClick {
				fmt.Fprintf(w, "- %s loses sign-in with one click; people use their passkey there.\n", app)
			}
			printTodo(w, s)
		})
}

func tailnetPasskeyAdmin(c *call) error {
	return c.choose("yes", "no", func(api admin.API, yes bool) (admin.Status, error) { return api.SetPasskeyAdmin(c.ctx, yes) },
		func(w io.Writer, s admin.Status) { fmt.Fprintln(w, "Noted.") })
}

func keepAwake(c *call) error {
	return c.choose("on", "off", func(api admin.API, on bool) (admin.Status, error) { return api.SetKeepAwake(c.ctx, on) },
		func(w io.Writer, s admin.Status) {
			if !s.Awake.On {
				fmt.Fprintln(w, "This machine may go to sleep by itself.")
				return
			}
			fmt.Fprintln(w, awakeWords(s.Awake))
			fmt.Fprintln(w, "Closing the lid still sends most laptops to sleep.")
		})
}

// choose reads one of two words and carries it out.
func (c *call) choose(yes, no string, set func(api admin.API, yes bool) (admin.Status, error), say func(io.Writer, admin.Status)) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	if c.words[0] != yes && c.words[0] != no {
		return usageError{fmt.Sprintf("say %s or %s: hearthkeyd %s %s", yes, no, c.cmd.name, yes)}
	}
	return c.with(func(api admin.API) error {
		s, err := set(api, c.words[0] == yes)
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) { say(w, s) })
	})
}

// awakeWords is how keeping awake stands, "" where nobody asked for it.
func awakeWords(a idp.Awake) string {
	switch {
	case !a.On:
		return ""
	case a.Detail != "":
		return a.Detail
	}
	return "From the next start of Hearthkey on."
}

func dateOf(t idp.Time) string { return t.Std().Format("2 January 2006") }
