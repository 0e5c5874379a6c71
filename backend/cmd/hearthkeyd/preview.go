package main

import (
	"fmt"
	"io"

	"hearthkey/backend/admin"
)

func appPreview(c *call) error {
	in := admin.PreviewInput{}
	c.flags.StringVar(&in.Scope, "scope", "", "`scopes` that the app asks for, separated by spaces; all that tell of a person where none is named")
	if err := c.parse(2, 2); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		app, err := findClient(c.ctx, api, c.words[0])
		if err != nil {
			return err
		}
		user, err := findUser(c.ctx, api, c.words[1])
		if err != nil {
			return err
		}
		in.ClientID, in.UserID = app.ID, user.ID
		seen, err := api.Preview(c.ctx, in)
		if err != nil {
			return err
		}
		return c.print(seen, func(w io.Writer) {
			if !seen.Allowed {
				fmt.Fprintf(w, "%s does not let %s in. %s\n", app.Name, user.Name, seen.Reason)
				return
			}
			fmt.Fprintf(w, "What %s sees of %s, asking for %s.\n\nIn the ID token:\n%s\n\nFrom userinfo:\n%s\n", app.Name, user.Name, seen.Scope, seen.IDToken, seen.UserInfo)
		})
	})
}
