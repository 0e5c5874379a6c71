package main

import (
	"fmt"
	"io"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// inviteResult is what invite prints as JSON.
type inviteResult struct {
	URL       string   `json:"url"`
	UserID    string   `json:"userId"`
	ExpiresAt idp.Time `json:"expiresAt"`
}

func invite(c *call) error {
	var user string
	c.flags.StringVar(&user, "user", "", "`USER` to invite, as the word after the command does")
	if err := c.parse(0, 1); err != nil {
		return done(err)
	}
	if user == "" {
		user = c.word(0)
	}
	return c.with(func(api admin.API) error {
		id, err := c.userOrOwner(api, user)
		if err != nil {
			return err
		}
		link, err := api.Invite(c.ctx, id)
		if err != nil {
			return err
		}
		return c.print(inviteResult{link.URL, link.Invite.UserID, link.Invite.ExpiresAt}, func(w io.Writer) { fmt.Fprintln(w, link.URL) })
	})
}

func (c *call) userOrOwner(api admin.API, word string) (string, error) {
	if word != "" {
		u, err := findUser(c.ctx, api, word)
		return u.ID, err
	}
	s, err := api.Status(c.ctx)
	if err != nil {
		return "", err
	}
	if s.Owner == nil {
		return "", idp.Fail(idp.NotFound, "user.no_owner")
	}
	return s.Owner.ID, nil
}

func inviteRevoke(c *call) error {
	return c.aboutUser(func(api admin.API, u idp.User) error {
		if err := api.RevokeInvites(c.ctx, u.ID); err != nil {
			return err
		}
		return c.say("The open invites of %s were ended.\n", u.Name)
	})
}

func passkeyRename(c *call) error {
	if err := c.parse(2, 2); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		if err := api.RenamePasskey(c.ctx, c.words[0], c.words[1]); err != nil {
			return err
		}
		return c.say("The passkey is called %s now.\n", c.words[1])
	})
}

func passkeyRemove(c *call) error {
	return c.aboutID(func(api admin.API, id string) error { return api.RemovePasskey(c.ctx, id) }, "The passkey was removed.\n")
}

func sessionEnd(c *call) error {
	return c.aboutID(func(api admin.API, id string) error { return api.EndSession(c.ctx, id) }, "The sign-in was ended.\n")
}

// aboutID is a command whose one word is an ID.
func (c *call) aboutID(fn func(admin.API, string) error, said string) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		if err := fn(api, c.words[0]); err != nil {
			return err
		}
		return c.say("%s", said)
	})
}

func consentRevoke(c *call) error {
	if err := c.parse(2, 2); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		u, err := findUser(c.ctx, api, c.words[0])
		if err != nil {
			return err
		}
		app, err := findClient(c.ctx, api, c.words[1])
		if err != nil {
			return err
		}
		if err := api.RevokeConsent(c.ctx, u.ID, app.ID); err != nil {
			return err
		}
		return c.say("The permission of %s for %s was withdrawn.\n", u.Name, app.Name)
	})
}
