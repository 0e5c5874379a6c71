package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// appFlags are the flags that describe an app.
type appFlags struct {
	in                    admin.ClientInput
	redirects, postLogout list
	groups, users         list
	everyone, nobody      bool
}

func (c *call) appFlags() *appFlags {
	f := &appFlags{}
	c.flags.StringVar(&f.in.Name, "name", "", "`name` as people see it")
	c.flags.Var(&f.redirects, "redirect-uri", "redirect `URI`, exactly as the app sends it; may be given several times")
	c.flags.Var(&f.postLogout, "post-logout-redirect-uri", "`URI` to return to after a sign-out; may be given several times")
	c.flags.StringVar(&f.in.LaunchURL, "launch-url", "", "`address` where the app is opened")
	c.flags.BoolVar(&f.in.Public, "public", false, "the app cannot keep a secret: it gets none, and PKCE is required")
	c.flags.BoolVar(&f.in.Native, "native", false, "the app may register a private-use scheme such as app.example:/callback")
	c.flags.BoolVar(&f.in.AllowHTTP, "allow-http", false, "allow http redirect URIs to other machines")
	c.flags.BoolVar(&f.in.RequirePKCE, "require-pkce", false, "refuse requests without PKCE")
	c.flags.BoolVar(&f.in.SkipConsent, "skip-consent", false, "do not ask people what the app may see")
	c.flags.BoolVar(&f.in.AlwaysRefresh, "always-refresh", false, "give a refresh token even without the scope offline_access")
	c.flags.BoolVar(&f.everyone, "everyone", false, "everyone may use it")
	c.flags.BoolVar(&f.nobody, "nobody", false, "nobody may use it")
	c.flags.Var(&f.groups, "group", "`GROUP` that may use it; may be given several times")
	c.flags.Var(&f.users, "user", "`USER` who may use it; may be given several times")
	return f
}

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
			if app.Detail.People == 0 {
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

func appShow(c *call) error {
	return c.aboutApp(func(api admin.API, app idp.Client) error {
		d, err := api.Client(c.ctx, app.ID)
		if err != nil {
			return err
		}
		return c.print(d, func(w io.Writer) {
			fmt.Fprintf(w, "%s, %s\nClient ID: %s\nIssuer: %s\nPeople who may use it: %d\n", d.Client.Name, onOff(!d.Client.Disabled()), d.Client.ID, d.Endpoints.Issuer, d.People)
			for _, uri := range d.Client.RedirectURIs {
				fmt.Fprintf(w, "Redirect URI: %s\n", uri)
			}
			for _, uri := range d.Client.PostLogoutRedirectURIs {
				fmt.Fprintf(w, "Post-logout redirect URI: %s\n", uri)
			}
			for _, s := range d.Secrets {
				fmt.Fprintf(w, "Secret: %s, made %s\n", s.ID, s.CreatedAt.Std().Format("2006-01-02"))
			}
		})
	})
}

func appChange(c *call) error {
	f := c.appFlags()
	return c.aboutApp(func(api admin.API, app idp.Client) error {
		d, err := api.Client(c.ctx, app.ID)
		if err != nil {
			return err
		}
		in := f.over(c, d)
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
			fmt.Fprintf(w, "%s was changed. %d people may use it.\n", changed.Client.Name, changed.People)
		})
	})
}

// over is the app as it is, with what the command line named in its place.
func (f *appFlags) over(c *call, d admin.ClientDetail) admin.ClientInput {
	app := d.Client
	in := admin.ClientInput{
		Name: app.Name, Public: app.Public, Native: app.Native, AllowHTTP: app.AllowHTTP, RequirePKCE: app.RequirePKCE, SkipConsent: app.SkipConsent,
		AlwaysRefresh: app.AlwaysRefresh, LaunchURL: app.LaunchURL, RedirectURIs: app.RedirectURIs, PostLogoutRedirectURIs: app.PostLogoutRedirectURIs, Access: d.Access,
	}
	for name, set := range map[string]func(){
		"name":                     func() { in.Name = f.in.Name },
		"redirect-uri":             func() { in.RedirectURIs = f.redirects },
		"post-logout-redirect-uri": func() { in.PostLogoutRedirectURIs = f.postLogout },
		"launch-url":               func() { in.LaunchURL = f.in.LaunchURL },
		"public":                   func() { in.Public = f.in.Public },
		"native":                   func() { in.Native = f.in.Native },
		"allow-http":               func() { in.AllowHTTP = f.in.AllowHTTP },
		"require-pkce":             func() { in.RequirePKCE = f.in.RequirePKCE },
		"skip-consent":             func() { in.SkipConsent = f.in.SkipConsent },
		"always-refresh":           func() { in.AlwaysRefresh = f.in.AlwaysRefresh },
	} {
		if c.given(name) {
			set()
		}
	}
	return in
}

func appAddSecret(c *call) error {
	in := admin.SecretInput{}
	c.flags.StringVar(&in.Name, "name", "", "`name` to know the secret by")
	c.flags.IntVar(&in.LifeDays, "days", 0, "end it after so many `days`; 0 for never")
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
