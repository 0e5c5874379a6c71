package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// access reads who may use the app; nil when no flag said so.
func (f *appFlags) access(c *call, api admin.API) (*admin.Access, error) {
	some := len(f.groups)+len(f.users) > 0
	if (f.everyone && f.nobody) || (some && (f.everyone || f.nobody)) {
		return nil, usageError{"choose one of --everyone, --nobody, or --group and --user"}
	}
	if !some && !f.everyone && !f.nobody {
		return nil, nil
	}
	groups, err := findGroups(c.ctx, api, f.groups)
	if err != nil {
		return nil, err
	}
	users, err := findUsers(c.ctx, api, f.users)
	return &admin.Access{Everyone: f.everyone, GroupIDs: groups, UserIDs: users}, err
}

// appResult is what app add prints as JSON.
type appResult struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret,omitempty"`
}

func appAdd(c *call) error {
	f := c.appFlags()
	c.flags.StringVar(&f.in.ID, "id", "", "client `ID` of your own choice; one is made where none is named")
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	f.in.RedirectURIs, f.in.PostLogoutRedirectURIs = f.redirects, f.postLogout
	return c.with(func(api admin.API) error {
		access, err := f.access(c, api)
		if err != nil {
			return err
		}
		if access != nil {
			f.in.Access = *access
		}
		app, err := api.CreateClient(c.ctx, f.in)
		if err != nil {
			return err
		}
		return c.print(appResult{app.Detail.Client.ID, app.Secret}, func(w io.Writer) {
			fmt.Fprintf(w, "Client ID:     %s\n", app.Detail.Client.ID)
			if app.Secret != "" {
				fmt.Fprintf(w, "Client secret: %s\nHearthkey keeps only a hash of the secret. Nobody can show it again.\n", app.Secret)
			}
			if app.Detail.People == 0 && (len(f.in.RedirectURIs) > 0 || f.in.DeviceGrant) {
				fmt.Fprintf(w, "Nobody can sign in to %s until you choose who: hearthkeyd app change %s --everyone, --group or --user.\n", f.in.Name, app.Detail.Client.ID)
			}
		})
	})
}

func appList(c *call) error {
	if err := c.parse(0, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		rows, err := api.Clients(c.ctx, c.word(0))
		if err != nil {
			return err
		}
		return c.print(rows, func(w io.Writer) {
			t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
			fmt.Fprintln(t, "NAME\tWHO\tSTATE\tCLIENT ID")
			for _, row := range rows {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", row.Client.Name, row.AccessText, onOff(!row.Client.Disabled()), row.Client.ID)
			}
			_ = t.Flush()
		})
	})
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func appChange(c *call) error {
	f := c.appFlags()
	return c.aboutApp(func(api admin.API, app idp.Client) error {
		d, err := api.Client(c.ctx, app.ID)
		if err != nil {
			return err
		}
		in := f.over(c, admin.InputOf(d))
		access, err := f.access(c, api)
		if err != nil {
			return err
		}
		if access != nil {
			in.Access = *access
		}
		changed, err := api.UpdateClient(c.ctx, app.ID, in)
		if err != nil {
			return err
		}
		return c.print(changed, func(w io.Writer) {
			fmt.Fprintf(w, "%s was changed. %s may use it.\n", changed.Client.Name, people(changed.People))
		})
	})
}

func appAddSecret(c *call) error {
	in := admin.SecretInput{}
	c.flags.StringVar(&in.Name, "name", "", "`name` to know the secret by")
	c.flags.IntVar(&in.LifeDays, "days", 0, "end it after so many `days`, up to 3650; 0 for never")
	c.flags.IntVar(&in.OthersHours, "end-others", -1, "end the earlier secrets in so many `hours`, 0 for now; -1 leaves them as they are")
	return c.aboutApp(func(api admin.API, app idp.Client) error {
		secret, err := api.AddSecret(c.ctx, app.ID, in)
		if err != nil {
			return err
		}
		return c.print(appResult{app.ID, secret.Value}, func(w io.Writer) {
			fmt.Fprintf(w, "Client secret: %s\nHearthkey keeps only a hash of the secret. Nobody can show it again.\n", secret.Value)
		})
	})
}

func appRemoveSecret(c *call) error {
	return c.aboutID(func(api admin.API, id string) error { return api.RemoveSecret(c.ctx, id) }, "The secret was removed.\n")
}

func appDisable(c *call) error { return c.switchApp(true, "%s was disabled.\n") }
func appEnable(c *call) error  { return c.switchApp(false, "%s was enabled.\n") }

func (c *call) switchApp(disabled bool, said string) error {
	return c.aboutApp(func(api admin.API, app idp.Client) error {
		if err := api.SetClientDisabled(c.ctx, app.ID, disabled); err != nil {
			return err
		}
		return c.say(said, app.Name)
	})
}

func appDelete(c *call) error {
	return c.aboutApp(func(api admin.API, app idp.Client) error {
		if err := api.DeleteClient(c.ctx, app.ID); err != nil {
			return err
		}
		return c.say("%s was deleted.\n", app.Name)
	})
}

// aboutApp is a command whose one word names an app.
func (c *call) aboutApp(fn func(admin.API, idp.Client) error) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		app, err := findClient(c.ctx, api, c.words[0])
		if err != nil {
			return err
		}
		return fn(api, app)
	})
}
