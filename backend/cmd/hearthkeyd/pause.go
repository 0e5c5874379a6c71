package main

import (
	"fmt"
	"io"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

func pause(c *call) error {
	var minutes int
	c.flags.IntVar(&minutes, "minutes", 15, "for how many `minutes`, 0 until hearthkeyd resume")
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		s, err := api.PausePublic(c.ctx, minutes)
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) {
			fmt.Fprintf(w, "Nobody can begin a sign-in from the internet %s. The tailnet and what people are signed in to go on.\n", pauseEnd(s.Pause))
		})
	})
}

// pauseEnd is when a pause ends, in words.
func pauseEnd(p idp.Pause) string {
	if p.Until == 0 {
		return "until hearthkeyd resume"
	}
	return "until " + p.Until.Std().Format("2006-01-02 15:04 MST")
}

func resume(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		s, err := api.ResumePublic(c.ctx)
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) { fmt.Fprintln(w, "Sign-in from the internet goes on.") })
	})
}
