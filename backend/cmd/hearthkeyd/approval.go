package main

import (
	"fmt"
	"io"
	"time"

	"hearthkey/backend/admin"
)

func approvals(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		rows, err := api.Approvals(c.ctx)
		if err != nil {
			return err
		}
		return c.print(rows, func(w io.Writer) {
			for _, r := range rows {
				fmt.Fprintf(w, "%s  %s asks to make a first passkey for %s, on %s (%s, %s), until %s\n", r.ID, r.UserName, r.ClientName, r.Node, r.Login, r.Source, r.ExpiresAt.Std().Local().Format(time.TimeOnly))
			}
			if len(rows) == 0 {
				fmt.Fprintln(w, "Nobody waits.")
			}
		})
	})
}

func approve(c *call) error {
	return c.aboutID(func(api admin.API, id string) error { return api.Approve(c.ctx, id) }, "Approved. The browser that asked goes on within 15 minutes.\n")
}

func deny(c *call) error {
	return c.aboutID(func(api admin.API, id string) error { return api.Deny(c.ctx, id) }, "Denied.\n")
}

func approvalsAtOnce(c *call) error {
	return c.onOff("approvals at-once on", func(api admin.API, on bool) error { return api.SetEnrolAtOnce(c.ctx, on) }, map[bool]string{
		true:  "First passkeys from the tailnet do not wait for you any more.\n",
		false: "First passkeys from the tailnet wait for you.\n",
	})
}

// onOff is a command whose one word is on or off.
func (c *call) onOff(example string, fn func(admin.API, bool) error, said map[bool]string) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	if c.words[0] != "on" && c.words[0] != "off" {
		return usageError{"say on or off: hearthkeyd " + example}
	}
	on := c.words[0] == "on"
	return c.with(func(api admin.API) error {
		if err := fn(api, on); err != nil {
			return err
		}
		return c.say("%s", said[on])
	})
}
