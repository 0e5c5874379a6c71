package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"hearthkey/backend/admin"
)

func tailnetConnect(c *call) error {
	in := admin.ConnectTailnet{}
	var keyFile string
	c.flags.StringVar(&in.HostName, "host-name", "", "first `label` of the name to join under, such as id")
	c.flags.StringVar(&keyFile, "auth-key-file", "", "`file` with an auth key or an OAuth client secret, - for standard input; TS_AUTHKEY and then a login page otherwise")
	c.flags.Var((*list)(&in.Tags), "tag", "`tag` to join with, as tag:name; may be given several times; an OAuth client secret as the key needs one")
	c.flags.BoolVar(&in.Funnel, "funnel", true, "serve the internet too")
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	var err error
	if in.AuthKey, err = c.authKey(keyFile); err != nil {
		return err
	}
	return c.with(func(api admin.API) error {
		if err := api.ConnectTailnet(c.ctx, in); err != nil {
			return err
		}
		return c.say("Joining. hearthkeyd status says how far it is, and the login page where one has to be opened.\n")
	})
}

func (c *call) authKey(file string) (string, error) {
	var raw []byte
	var err error
	switch file {
	case "":
		return os.Getenv("TS_AUTHKEY"), nil
	case "-":
		raw, err = io.ReadAll(io.LimitReader(c.stdin, 4096))
	default:
		raw, err = os.ReadFile(file)
	}
	return strings.TrimSpace(string(raw)), err
}

func tailnetDoctor(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		d, err := api.Doctor(c.ctx)
		if err != nil {
			return err
		}
		return c.print(d, func(w io.Writer) { printDoctor(w, d) })
	})
}

func printDoctor(w io.Writer, d admin.Doctor) {
	for _, check := range d.Checks {
		fmt.Fprintf(w, "%-8s %s\n", check.State, check.Title)
		for _, more := range []string{check.Detail, check.Page, check.Snippet} {
			if more != "" && (check.State != "ok" || check.Key == "grants") {
				fmt.Fprintln(w, "         "+strings.ReplaceAll(more, "\n", "\n         "))
			}
		}
	}
}

func tailnetPin(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		s, err := api.PinHostName(c.ctx, c.words[0])
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) { fmt.Fprintf(w, "The issuer is %s.\n", s.Pin.Issuer) })
	})
}

func tailnetFunnel(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	if c.words[0] != "on" && c.words[0] != "off" {
		return usageError{"say on or off: hearthkeyd tailnet funnel on"}
	}
	return c.with(func(api admin.API) error {
		s, err := api.SetFunnel(c.ctx, c.words[0] == "on")
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) { fmt.Fprintf(w, "Funnel is %s.\n", c.words[0]) })
	})
}

func trial(c *call) error {
	var port int
	c.flags.IntVar(&port, "port", 0, "`port` on localhost (default 1411)")
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		s, err := api.StartTrial(c.ctx, port)
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) { fmt.Fprintf(w, "The issuer is %s.\n", s.Pin.Issuer) })
	})
}
