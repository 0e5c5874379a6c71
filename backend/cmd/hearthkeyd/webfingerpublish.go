package main

import (
	"fmt"
	"io"
	"strings"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

func webFingerPlan(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		p, err := api.PlanWebFinger(c.ctx, strings.ToLower(c.words[0]))
		if err != nil {
			return err
		}
		return c.print(p, func(w io.Writer) { printFingerPlan(w, p) })
	})
}

func printFingerPlan(w io.Writer, p admin.WebFingerPlan) {
	fmt.Fprintln(w, p.Where)
	if p.Problem != "" {
		fmt.Fprintln(w, p.Problem)
		return
	}
	for _, kept := range p.Foreign {
		fmt.Fprintf(w, "Kept: %s\n", kept)
	}
	for _, note := range p.Notes {
		fmt.Fprintln(w, note)
	}
	if p.Same {
		fmt.Fprintln(w, "Nothing is left to change.")
		return
	}
	for _, l := range p.Diff {
		fmt.Fprintf(w, "%-1s %s\n", l.Sign, l.Text)
	}
}

// webFingerPublish says what would change, and does it only after --yes.
func webFingerPublish(c *call) error {
	var yes bool
	c.flags.BoolVar(&yes, "yes", false, "publish, rather than say what that would change")
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	domain := strings.ToLower(c.words[0])
	return c.with(func(api admin.API) error {
		p, err := api.PlanWebFinger(c.ctx, domain)
		if err != nil {
			return err
		}
		if !yes || p.Problem != "" {
			return c.print(p, func(w io.Writer) {
				printFingerPlan(w, p)
				if p.Problem == "" {
					fmt.Fprintf(w, "Nothing is changed yet. To publish it:\nhearthkeyd webfinger publish %s --yes\n", domain)
				}
			})
		}
		d, err := c.finished(api, domain)(api.PublishWebFinger(c.ctx, domain, p.Digest))
		if err != nil {
			return err
		}
		return c.print(d, func(w io.Writer) { fmt.Fprintf(w, "%s shows the document.\n", d.Domain) })
	})
}

func webFingerUnpublish(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	domain := strings.ToLower(c.words[0])
	return c.with(func(api admin.API) error {
		d, err := c.finished(api, domain)(api.UnpublishWebFinger(c.ctx, domain))
		if err != nil {
			return err
		}
		return c.print(d, func(w io.Writer) {
			fmt.Fprintf(w, "The issuer was taken out of what stands on %s.\n", d.Domain)
			if d.Settings.Kind == idp.PublisherNone || d.Settings.Kind == idp.PublisherHand {
				fmt.Fprintf(w, "Take out of the web server what you put there by hand.\n")
			}
		})
	})
}

// finished waits for what a call left to do at a domain.
func (c *call) finished(api admin.API, domain string) func(admin.WebFingerDetail, error) (admin.WebFingerDetail, error) {
	return func(d admin.WebFingerDetail, err error) (admin.WebFingerDetail, error) {
		var since int64
		for said := ""; err == nil && d.Busy != ""; {
			if d.Busy != said {
				said = d.Busy
				fmt.Fprintln(c.stderr, said)
			}
			if since, err = api.WaitForChange(c.ctx, since); err == nil {
				d, err = api.WebFingerDomain(c.ctx, domain)
			}
		}
		if err == nil && d.Problem != "" {
			return d, fmt.Errorf("%s", d.Problem)
		}
		return d, err
	}
}
