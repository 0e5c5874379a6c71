package main

import (
	"fmt"
	"io"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

func reachCheck(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		s, err := api.CheckReach(c.ctx)
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) {
			fmt.Fprintf(w, "%-16s %s\n", "State:", s.State)
			printReach(w, s, idp.SystemClock())
		})
	})
}

func reachHistory(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		h, err := api.ReachHistory(c.ctx)
		if err != nil {
			return err
		}
		return c.print(h, func(w io.Writer) { printHistory(w, h) })
	})
}

// ways are the names of the networks in lines of text.
var ways = map[idp.Network]string{idp.NetworkLocal: "This machine:", idp.NetworkTailnet: "Tailnet:", idp.NetworkPublic: "Public:"}

// printReach tells what was measured, a line for each way in that is meant to be open.
func printReach(w io.Writer, s admin.Status, now idp.Time) {
	for _, r := range s.Reach {
		if r.State != idp.ReachOff {
			fmt.Fprintf(w, "%-16s %s\n", ways[r.Network], measured(r, now))
		}
	}
}

// measured is what the last look found, and when.
func measured(r idp.Reach, now idp.Time) string {
	text := "not checked yet"
	switch r.State {
	case idp.ReachUp:
		text = fmt.Sprintf("answered in %d ms", r.Took.Milliseconds())
	case idp.ReachPaused:
		text = fmt.Sprintf("paused; answered in %d ms", r.Took.Milliseconds())
	case idp.ReachDown:
		text = "nobody gets in"
	case idp.ReachUnknown:
		if r.CheckedAt != 0 {
			return "not known; last looked at " + before(r.CheckedAt, now)
		}
		return text
	}
	if r.CheckedAt != 0 {
		text += ", " + before(r.CheckedAt, now)
	}
	if r.Problem != "" {
		text += ". " + r.Problem
	}
	return text
}

func before(t, now idp.Time) string {
	past := max(0, now.Sub(t)).Round(time.Second)
	if past >= time.Hour {
		past = past.Round(time.Minute)
	}
	return past.String() + " ago"
}

// printHistory tells the days on which anything was measured.
func printHistory(w io.Writer, h admin.ReachHistory) {
	for _, way := range h.Ways {
		fmt.Fprintf(w, "%-16s %s\n", ways[way.Network], summary(way))
		for _, d := range way.Days {
			if d.Up+d.Down+d.Paused > 0 {
				fmt.Fprintf(w, "  %s  up %8s  down %8s  paused %8s\n", time.UnixMilli(int64(d.At)).Format("Mon _2 Jan"), hours(d.Up), hours(d.Down), hours(d.Paused))
			}
		}
	}
}

// summary is 30 days in one line.
func summary(way admin.ReachWay) string {
	all := way.Up + way.Down + way.Paused
	if all == 0 {
		return "nothing measured in the last 30 days"
	}
	text := fmt.Sprintf("up %.1f %% of the %s measured in 30 days", 100*float64(way.Up+way.Paused)/float64(all), hours(all))
	if way.Outages > 0 {
		text += fmt.Sprintf("; %d times nobody got in, at most for %s", way.Outages, hours(way.Longest))
	}
	return text
}

// hours writes seconds as people read them: 40s, 12m, 3h05m.
func hours(seconds int64) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%dm", seconds/60)
	}
	return fmt.Sprintf("%dh%02dm", seconds/3600, seconds/60%60)
}
