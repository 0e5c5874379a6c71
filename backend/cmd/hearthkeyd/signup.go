package main

import (
	"cmp"
	"fmt"
	"io"

	"hearthkey/backend/admin"
)

func signUpStart(c *call) error {
	in := admin.SignUpInput{}
	c.flags.StringVar(&in.Person, "for", "", "`who` gets an address that nobody has yet: owner, or new for a user of its own")
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	in.Email = c.words[0]
	return c.aboutSignUp(func(api admin.API) (admin.SignUp, error) { return api.StartSignUp(c.ctx, in) }, func(w io.Writer, s admin.SignUp) {
		printTodos(w, s.Made)
		fmt.Fprintf(w, "\nNext: publish on %s (hearthkeyd webfinger publish), choose who may join (hearthkeyd tailscale people), then hearthkeyd tailscale fields.\n", s.Domain)
	})
}

func signUpShow(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.aboutSignUp(func(api admin.API) (admin.SignUp, error) { return api.SignUp(c.ctx) }, printSignUp)
}

func signUpPeople(c *call) error {
	if err := c.parse(0, 1000); err != nil {
		return done(err)
	}
	return c.aboutSignUp(func(api admin.API) (admin.SignUp, error) {
		users, err := findUsers(c.ctx, api, c.words)
		if err != nil {
			return admin.SignUp{}, err
		}
		return api.SetSignUpPeople(c.ctx, users)
	}, printJoiners)
}

func signUpEnd(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.aboutSignUp(func(api admin.API) (admin.SignUp, error) { return api.EndSignUpSessions(c.ctx) }, func(w io.Writer, s admin.SignUp) {
		fmt.Fprintf(w, "%s is signed out here. Sign out of Tailscale too, and sign in there again with %s.\n", s.Name, s.Email)
	})
}

func signUpCard(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.aboutSignUp(begun(c), func(w io.Writer, s admin.SignUp) {
		for i, line := range s.Card {
			fmt.Fprintf(w, "%d. %s\n", i+1, line)
		}
	})
}

func signUpSupport(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.aboutSignUp(begun(c), func(w io.Writer, s admin.SignUp) {
		fmt.Fprintf(w, "To be sent by %s, with the name of the tailnet filled in:\n\n%s", s.SupportURL, s.Support)
	})
}

// fieldsResult is what tailscale fields prints as JSON.
type fieldsResult struct {
	Fields       []admin.SignUpField `json:"fields"`
	ClientSecret string              `json:"client_secret"`
}

func signUpFields(c *call) error {
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		s, err := begun(c)(api)
		if err != nil {
			return err
		}
		secret, err := api.SignUpSecret(c.ctx)
		if err != nil {
			return err
		}
		return c.print(fieldsResult{s.Fields, secret.Value}, func(w io.Writer) {
			fmt.Fprintf(w, "Open %s\n\n", s.StartURL)
			for _, f := range s.Fields {
				if f.Key == "secret" {
					f.Value = secret.Value
				}
				fmt.Fprintf(w, "%-24s %s\n%-24s %s\n", f.Name, cmp.Or(f.Value, "-"), "", f.Said)
			}
			fmt.Fprintln(w, "\nHearthkey keeps only a hash of the secret. Nobody can show it again.")
		})
	})
}

func signUpForget(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		if err := api.ForgetSignUp(c.ctx, c.words[0]); err != nil {
			return err
		}
		return c.say("The tailnet %s is forgotten here: its user, app and domain can be changed and deleted. Whoever signs in to it by Tailscale still does so through this issuer.\n", c.words[0])
	})
}

// begun is the sign-up, for commands that make no sense before there is one.
func begun(c *call) func(admin.API) (admin.SignUp, error) {
	return func(api admin.API) (admin.SignUp, error) {
		s, err := api.SignUp(c.ctx)
		if err == nil && !s.Begun() {
			err = fmt.Errorf("no sign-up has been begun; hearthkeyd tailscale sign-up EMAIL begins one")
		}
		return s, err
	}
}

// aboutSignUp carries out what answers with how the sign-up stands, and prints it.
func (c *call) aboutSignUp(do func(admin.API) (admin.SignUp, error), text func(io.Writer, admin.SignUp)) error {
	return c.with(func(api admin.API) error {
		s, err := do(api)
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) { text(w, s) })
	})
}

func printSignUp(w io.Writer, s admin.SignUp) {
	if s.Problem != "" {
		fmt.Fprintln(w, s.Problem)
	}
	if !s.Begun() {
		fmt.Fprintln(w, "No tailnet is signed up with this issuer. hearthkeyd tailscale sign-up EMAIL begins.")
		return
	}
	printTodos(w, s.Made)
	fmt.Fprintln(w)
	printJoiners(w, s)
	fmt.Fprintln(w)
	switch {
	case s.VerifiedAt != 0:
		fmt.Fprintf(w, "It works: %s signed in to Tailscale, signed out, and in again.\n", s.Name)
	case s.SignedInAt != 0:
		fmt.Fprintf(w, "It worked: %s signed in to Tailscale. Sign out of Tailscale, run hearthkeyd tailscale sign-out, and sign in again to be sure.\n", s.Name)
	default:
		fmt.Fprintf(w, "%s has not signed in to Tailscale yet. hearthkeyd tailscale fields prints what to put into its form.\n", s.Name)
	}
	if s.Trouble != "" {
		fmt.Fprintln(w, s.Trouble)
	}
	fmt.Fprintln(w, "\nAgainst being locked out:")
	printTodos(w, s.Checklist)
}

func printJoiners(w io.Writer, s admin.SignUp) {
	fmt.Fprintln(w, "Each person who joins is a user of the tailnet and counts in its plan.")
	for _, p := range s.People {
		may := "no"
		if p.Allowed {
			may = "may join"
		}
		fmt.Fprintf(w, "%-9s %s %s\n", may, p.Name, p.Email)
		if p.Said != "" {
			fmt.Fprintf(w, "%-9s %s\n", "", p.Said)
		}
	}
}

func printTodos(w io.Writer, list []admin.Todo) {
	for _, t := range list {
		fmt.Fprintf(w, "%-7s %s\n", t.Level, t.Title)
		if t.Detail != "" {
			fmt.Fprintf(w, "%-7s %s\n", "", t.Detail)
		}
	}
}
