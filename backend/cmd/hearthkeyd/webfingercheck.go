package main

import (
	"fmt"
	"io"
	"strings"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// webFingerCheck looks at domains from outside. It fails where Tailscale would refuse one, so that scripts may ask.
func webFingerCheck(c *call) error {
	if err := c.parse(0, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		domains := []string{strings.ToLower(c.word(0))}
		if c.word(0) == "" {
			rows, err := api.WebFingerDomains(c.ctx)
			if err != nil {
				return err
			}
			domains = nil
			for _, row := range rows {
				domains = append(domains, row.Domain)
			}
		}
		checks, failed := map[string]admin.WebFingerCheck{}, 0
		for _, domain := range domains {
			d, err := api.CheckWebFinger(c.ctx, domain)
			if err != nil {
				return err
			}
			checks[domain] = d.Check
			if d.Check.Verdict == "danger" || d.Check.Verdict == "unknown" {
				failed++
			}
		}
		if err := c.print(checks, func(w io.Writer) { printChecks(w, domains, checks) }); err != nil || failed == 0 {
			return err
		}
		return idp.Fail(idp.Unavailable, "wfcheck.failed")
	})
}

// findingWord is how the state of a finding reads before it.
var findingWord = map[string]string{"ok": "ok", "warn": "better", "danger": "WRONG", "unknown": "unknown"}

func printChecks(w io.Writer, domains []string, checks map[string]admin.WebFingerCheck) {
	if len(domains) == 0 {
		fmt.Fprintln(w, "No domain is on the list. hearthkeyd webfinger add puts one there.")
	}
	for _, domain := range domains {
		fmt.Fprintln(w, checks[domain].Summary)
		for _, f := range checks[domain].Findings {
			fmt.Fprintf(w, "  %-8s %s\n", findingWord[f.State], f.Title)
			if f.Detail != "" {
				fmt.Fprintf(w, "  %-8s %s\n", "", f.Detail)
			}
		}
	}
}
