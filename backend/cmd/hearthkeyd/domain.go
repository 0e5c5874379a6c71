package main

import (
	"fmt"
	"io"
	"strings"

	"hearthkey/backend/admin"
)

func (c *call) domainFlags(in *admin.DomainInput) {
	c.flags.StringVar(&in.Listen, "listen", "", "`address` and port of this machine that the proxy connects to (default 127.0.0.1 and the first free port from 1411)")
	c.flags.Var((*list)(&in.Proxies), "proxy", "`address` or network of the reverse proxy, such as 192.168.1.20 or 172.18.0.0/16; may be repeated (default: this machine)")
}

func domainPin(c *call) error {
	in := admin.DomainInput{}
	c.domainFlags(&in)
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	in.HostName = c.words[0]
	return c.with(func(api admin.API) error {
		s, err := api.PinDomain(c.ctx, in)
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) {
			fmt.Fprintf(w, "The issuer is %s.\nhearthkeyd domain lines prints what to paste into the proxy, and hearthkeyd domain check says whether it arrives.\n", s.Pin.Issuer)
		})
	})
}

func domainSet(c *call) error {
	in := admin.DomainInput{}
	c.domainFlags(&in)
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		before, err := api.Domain(c.ctx)
		if err != nil {
			return err
		}
		if !c.given("listen") {
			in.Listen = before.Listen
		}
		if !c.given("proxy") {
			in.Proxies = before.Proxies
		}
		if _, err := api.SetDomain(c.ctx, in); err != nil {
			return err
		}
		return c.domainShow(api)
	})
}

func domainShow(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(c.domainShow)
}

func (c *call) domainShow(api admin.API) error {
	d, err := api.Domain(c.ctx)
	if err != nil {
		return err
	}
	return c.print(d, func(w io.Writer) {
		if !d.Pinned {
			fmt.Fprintf(w, "The issuer is no name of your own. hearthkeyd domain pin makes one the issuer.\n")
			return
		}
		fmt.Fprintf(w, "%-16s %s\n%-16s %s\n%-16s %s\n", "Name:", d.HostName, "Listens at:", d.Listen, "Proxies:", strings.Join(d.Proxies, ", "))
	})
}

func domainLines(c *call) error {
	if err := c.parse(0, 1); err != nil {
		return done(err)
	}
	kind := ""
	if len(c.words) == 1 {
		kind = strings.ToLower(c.words[0])
		if kind != "caddy" && kind != "nginx" && kind != "traefik" {
			return usageError{"say caddy, nginx or traefik: hearthkeyd domain lines caddy"}
		}
	}
	return c.with(func(api admin.API) error {
		d, err := api.Domain(c.ctx)
		if err != nil {
			return err
		}
		return c.print(d.Lines, func(w io.Writer) {
			for _, l := range d.Lines {
				if kind == "" || kind == l.Proxy {
					fmt.Fprintf(w, "# %s. %s\n%s\n", l.Name, l.Where, l.Text)
				}
			}
			if !d.Pinned {
				fmt.Fprintf(w, "The issuer is no name of your own. hearthkeyd domain pin makes one the issuer.\n")
			}
		})
	})
}

func domainCheck(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		d, err := api.CheckDomain(c.ctx)
		if err != nil {
			return err
		}
		return c.print(d, func(w io.Writer) { printDomainCheck(w, d) })
	})
}

func printDomainCheck(w io.Writer, d admin.DomainCheck) {
	for _, f := range d.Findings {
		fmt.Fprintf(w, "%-8s %s\n", f.State, f.Title)
		if f.Detail != "" {
			fmt.Fprintf(w, "         %s\n", f.Detail)
		}
		if f.Add != "" {
			fmt.Fprintf(w, "         hearthkeyd domain set --proxy %s, beside those that are to stay\n", f.Add)
		}
		for _, l := range f.Mend {
			fmt.Fprintf(w, "\n         %s: %s\n           %s\n", l.Name, l.Where, strings.ReplaceAll(strings.TrimSpace(l.Text), "\n", "\n           "))
		}
	}
	if d.Took > 0 {
		fmt.Fprintf(w, "Answered in %d ms.\n", d.Took)
	}
}
