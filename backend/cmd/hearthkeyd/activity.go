package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

func activity(c *call) error {
	q := admin.ActivityQuery{}
	var user, app string
	c.flags.IntVar(&q.Limit, "limit", 50, "how `many` events, at most 200")
	c.flags.Int64Var(&q.Before, "before", 0, "only events before this `number`")
	c.flags.StringVar(&q.Text, "text", "", "only events that hold this `text`")
	c.flags.StringVar(&q.Kind, "kind", "", "only events of this `kind`")
	c.flags.StringVar(&q.Network, "network", "", "only events from this `network`: local, tailnet, public")
	c.flags.StringVar(&user, "user", "", "only events about this `USER`")
	c.flags.StringVar(&app, "app", "", "only events about this `APP`")
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		if user != "" {
			u, err := findUser(c.ctx, api, user)
			if err != nil {
				return err
			}
			q.UserID = u.ID
		}
		if app != "" {
			found, err := findClient(c.ctx, api, app)
			if err != nil {
				return err
			}
			q.ClientID = found.ID
		}
		page, err := api.Activity(c.ctx, q)
		if err != nil {
			return err
		}
		return c.print(page, func(w io.Writer) {
			for _, row := range page.Rows {
				fmt.Fprintf(w, "%6d  %s  %-7s  %s%s\n", row.Event.Seq, row.Event.At.Std().Format("2006-01-02 15:04:05Z"), row.Event.Network, row.Text, from(row.Event))
			}
		})
	})
}

// from is where an event came from, as far as it is known: the tailnet node with its login, and the address.
func from(e idp.Event) string {
	var parts []string
	for _, name := range []string{"node", "login", "source"} {
		if e.Detail[name] != "" {
			parts = append(parts, e.Detail[name])
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "  [" + strings.Join(parts, ", ") + "]"
}

func activityVerify(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		report, err := api.VerifyActivity(c.ctx)
		if err != nil {
			return err
		}
		if err := c.print(report, func(w io.Writer) { fmt.Fprintln(w, report.Text) }); err != nil {
			return err
		}
		if !report.OK {
			return errors.New("the activity log was tampered with, or the disk is damaged")
		}
		return nil
	})
}
