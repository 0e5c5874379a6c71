package main

import (
	"fmt"
	"io"
	"strings"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

func status(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		s, err := api.Status(c.ctx)
		if err != nil {
			return err
		}
		h, err := api.ReachHistory(c.ctx)
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) { printStatus(w, s, h) })
	})
}

func printStatus(w io.Writer, s admin.Status, h admin.ReachHistory) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%-16s %s\n", name, value)
		}
	}
	line("State:", s.State)
	line("Problem:", s.Problem)
	if s.Pause.On {
		line("Paused:", "sign-in from the internet, "+pauseEnd(s.Pause))
	}
	line("Issuer:", s.Pin.Issuer)
	printReach(w, s, idp.SystemClock())
	for _, way := range h.Ways {
		if way.Network == s.Way() {
			line("Last 30 days:", summary(way))
		}
	}
	line("Node state:", string(s.Tunnel.State))
	line("Node:", s.Tunnel.DNSName)
	for _, step := range s.Connect {
		line(stepWord[step.State]+":", strings.TrimSuffix(step.Title+". "+step.Detail, ". "))
		line("  Open:", step.Link)
	}
	line("Tailnet problem:", s.Tunnel.Problem)
	if s.Tunnel.KeyExpiry != 0 {
		line("Node key until:", dateOf(s.Tunnel.KeyExpiry))
	}
	if s.Tunnel.CertExpiry != 0 {
		line("Certificate to:", dateOf(s.Tunnel.CertExpiry))
	}
	if s.Guard.Ask {
		line("Question:", "Do people sign in to Tailscale itself through this issuer? hearthkeyd tailnet carrier --help")
	}
	line("For Tailscale:", s.Carrier)
	line("WebFinger:", s.WebFinger.Title)
	line("Keep awake:", awakeWords(s.Awake))
	line("Data:", s.DataDir)
	line("Key:", s.KeyStorage)
	fmt.Fprintf(w, "%-16s %d people, %d passkeys, %d apps\n", "Holds:", s.Users, s.Passkeys, s.Clients)
	printTodo(w, s)
}

func printTodo(w io.Writer, s admin.Status) {
	for _, t := range s.Todo {
		if t.Level != "ok" {
			fmt.Fprintf(w, "To do: %s. %s\n", t.Title, t.Detail)
		}
	}
}

// stepWord is how the state of a step of connecting reads before it.
var stepWord = map[string]string{"done": "Done", "now": "Now", "waiting": "Then", "stopped": "Stopped"}

func setUp(c *call) error {
	in := admin.SetUp{}
	c.flags.StringVar(&in.Home, "home", "", "`name` of this home")
	c.flags.StringVar(&in.Name, "name", "", "the owner's `name`")
	c.flags.StringVar(&in.UserName, "username", "", "the owner's user `name`")
	c.flags.StringVar(&in.Email, "email", "", "the owner's e-mail `address`")
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		u, err := api.SetUp(c.ctx, in)
		if err != nil {
			return err
		}
		return c.print(u, func(w io.Writer) { fmt.Fprintf(w, "%s belongs to %s.\n", in.Home, u.Name) })
	})
}

func printVersion(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.print(map[string]string{"version": version}, func(w io.Writer) { fmt.Fprintln(w, "hearthkeyd", version) })
}
