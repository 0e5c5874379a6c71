package main

import (
	"fmt"
	"io"
	"strings"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// networkFlag is the flag that says where from people may sign in.
func (c *call) networkFlag(rule *idp.NetworkRule, who string) {
	c.flags.Func("network", "where "+who+" may sign in from: `anywhere or tailnet`, which is the tailnet and this machine", func(word string) error {
		*rule = idp.NetworkRule(word)
		return nil
	})
}

// printRule says where from a person may sign in, and which groups make it so.
func printRule(w io.Writer, d admin.UserDetail) {
	var strict []string
	for _, g := range d.Groups {
		if g.NetworkRule == idp.NetworkTailnetOnly {
			strict = append(strict, g.Name)
		}
	}
	switch {
	case d.User.NetworkRule == idp.NetworkTailnetOnly:
		fmt.Fprintln(w, "May sign in from: the tailnet only")
	case len(strict) > 0:
		fmt.Fprintf(w, "May sign in from: the tailnet only, by the group %s\n", strings.Join(strict, ", "))
	default:
		fmt.Fprintln(w, "May sign in from: anywhere")
	}
}
