package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"hearthkey/backend/admin"
)

func claimList(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		claims, err := api.CustomClaims(c.ctx)
		if err != nil {
			return err
		}
		return c.print(claims, func(w io.Writer) {
			t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
			fmt.Fprintln(t, "CLAIM\tSCOPE\tPEOPLE\tGROUPS")
			for _, claim := range claims {
				fmt.Fprintf(t, "%s\t%s\t%d\t%d\n", claim.Name, claim.Scope, claim.Users, claim.Groups)
			}
			_ = t.Flush()
		})
	})
}

func claimScope(c *call) error {
	if err := c.parse(2, 2); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		if err := api.SetClaimScope(c.ctx, c.words[0], c.words[1]); err != nil {
			return err
		}
		return c.say("Apps that ask for %s see %s.\n", c.words[1], c.words[0])
	})
}
