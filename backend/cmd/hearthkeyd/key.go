package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

func keyList(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		keys, err := api.SigningKeys(c.ctx)
		if err != nil {
			return err
		}
		return c.printKeys(keys)
	})
}

// printKeys shows the keys and their schedule.
func (c *call) printKeys(keys admin.SigningKeys) error {
	return c.print(keys, func(w io.Writer) {
		t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		fmt.Fprintln(t, "ALGORITHM\tSTATE\tAPPS\tPUBLISHED\tSIGNED FROM\tUNTIL\tNEXT TAKES OVER\tID")
		for _, k := range keys.Keys {
			fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n", k.Algorithm, k.State, k.Clients, day(k.PublishedAt), day(k.ActiveAt), day(k.RetiredAt), day(k.DueAt), k.ID)
		}
		_ = t.Flush()
		fmt.Fprintf(w, "Each key signs for %d days.\n", keys.RotationDays)
	})
}

// day is a date, or a dash for never.
func day(t idp.Time) string {
	if t == 0 {
		return "-"
	}
	return t.Std().Format("2006-01-02")
}

func keyRotate(c *call) error {
	var now bool
	c.flags.BoolVar(&now, "now", false, "also where the next key has been published for less than a day: apps that have not fetched it refuse sign-ins until they do")
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.withKeys(func(api admin.API) (admin.SigningKeys, error) {
		return api.RotateSigningKey(c.ctx, c.words[0], now)
	})
}

func keyWithdraw(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.withKeys(func(api admin.API) (admin.SigningKeys, error) {
		return api.WithdrawSigningKey(c.ctx, c.words[0])
	})
}

func keySchedule(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	days, err := strconv.Atoi(c.words[0])
	if err != nil {
		return usageError{fmt.Sprintf("%q is no number of days", c.words[0])}
	}
	return c.withKeys(func(api admin.API) (admin.SigningKeys, error) { return api.SetKeyRotation(c.ctx, days) })
}

// withKeys carries out fn and shows the keys as they stand then.
func (c *call) withKeys(fn func(admin.API) (admin.SigningKeys, error)) error {
	return c.with(func(api admin.API) error {
		keys, err := fn(api)
		if err != nil {
			return err
		}
		return c.printKeys(keys)
	})
}
