package main

import (
	"fmt"
	"io"
	"strings"

	"hearthkey/backend/admin"
)

// webFingerGuide says how a domain without a website comes to answer, and how far its DNS records are.
func webFingerGuide(c *call) error {
	in := admin.WebFingerGuideInput{}
	c.flags.StringVar(&in.Cloudflare, "cloudflare", "", "`yes` or no: the domain's DNS may be at Cloudflare")
	c.flags.StringVar(&in.FreeHost, "free-host", "", "`yes` or no: a free web host is fine")
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	in.Domain = c.words[0]
	return c.with(func(api admin.API) error {
		g, err := api.WebFingerGuide(c.ctx, in)
		if err != nil {
			return err
		}
		return c.print(g, func(w io.Writer) { printGuide(w, g) })
	})
}

func printGuide(w io.Writer, g admin.WebFingerGuide) {
	if g.Problem != "" {
		fmt.Fprintln(w, g.Problem)
	}
	if len(g.Servers) > 0 {
		fmt.Fprintf(w, "Name servers: %s\n", strings.Join(g.Servers, ", "))
	}
	switch g.Ask {
	case "cloudflare":
		fmt.Fprintln(w, "May the domain's DNS be at Cloudflare, free of charge? Say --cloudflare yes or --cloudflare no.")
	case "freeHost":
		fmt.Fprintln(w, "Is a free web host fine, GitHub Pages? Say --free-host yes or --free-host no.")
	}
	for i, step := range g.Steps {
		fmt.Fprintf(w, "%d. %s\n", i+1, step)
		if i != g.At {
			continue
		}
		for _, r := range g.Records {
			fmt.Fprintf(w, "   %-5s %s  %-20s %s\n", r.Type, r.Name, r.Value, map[bool]string{true: "there", false: "not seen yet"}[r.Seen])
		}
	}
	for _, address := range g.Extra {
		fmt.Fprintf(w, "   %s leads elsewhere. Delete its record.\n", address)
	}
	if g.Host != "" {
		fmt.Fprintf(w, "What to put there: hearthkeyd webfinger print %s %s\n", g.Domain, g.Host)
	}
}
