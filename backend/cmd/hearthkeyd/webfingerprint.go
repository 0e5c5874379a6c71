package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"hearthkey/backend/admin"
)

// webFingerPrint prints what to paste onto a web server.
func webFingerPrint(c *call) error {
	if err := c.parse(1, 2); err != nil {
		return done(err)
	}
	host := ""
	if len(c.words) == 2 {
		host = strings.ToLower(c.words[1])
	}
	return c.with(func(api admin.API) error {
		list, err := api.WebFingerLines(c.ctx, strings.ToLower(c.words[0]))
		if err != nil {
			return err
		}
		var hosts []string
		for _, l := range list {
			hosts = append(hosts, l.Host)
		}
		if host != "" && !slices.Contains(hosts, host) {
			return usageError{"there are lines for " + strings.Join(hosts, ", ")}
		}
		if host != "" {
			list = slices.DeleteFunc(list, func(l admin.WebFingerLines) bool { return l.Host != host })
		}
		return c.print(list, func(w io.Writer) {
			for _, l := range list {
				if host == "" {
					fmt.Fprintf(w, "%-10s %s: %s\n", l.Host, l.Name, l.Said)
					continue
				}
				printLines(w, l)
			}
			if host == "" {
				fmt.Fprintf(w, "\nhearthkeyd webfinger print %s HOST prints the text for one of them.\n", strings.ToLower(c.words[0]))
			}
		})
	})
}

func printLines(w io.Writer, l admin.WebFingerLines) {
	fmt.Fprintf(w, "# %s. %s\n", l.Name, l.Said)
	for _, f := range l.Files {
		fmt.Fprintf(w, "\n# %s\n", f.Where)
		if f.Name != "" {
			fmt.Fprintf(w, "# %s\n", f.Name)
		}
		fmt.Fprintf(w, "%s\n", strings.TrimSuffix(f.Text, "\n"))
	}
}
