package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

func appShow(c *call) error {
	return c.aboutApp(func(api admin.API, app idp.Client) error {
		d, err := api.Client(c.ctx, app.ID)
		if err != nil {
			return err
		}
		rows, err := api.Clients(c.ctx, app.ID)
		if err != nil {
			return err
		}
		who := ""
		for _, row := range rows {
			if row.Client.ID == app.ID {
				who = row.AccessText
			}
		}
		return c.print(d, func(w io.Writer) {
			fmt.Fprintf(w, "%s, %s\n\n", d.Client.Name, onOff(!d.Client.Disabled()))
			t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
			for _, line := range appLines(d, who) {
				fmt.Fprintf(t, "%s\t%s\n", line[0], line[1])
			}
			_ = t.Flush()
			for _, s := range d.Secrets {
				fmt.Fprintln(w, secretLine(s, idp.SystemClock()))
			}
			for _, e := range endpointLines(d.Endpoints) {
				fmt.Fprintf(w, "%s: %s\n", e[0], e[1])
			}
		})
	})
}

// appLines are all of an app's settings in words, as pairs of a name and what it is.
func appLines(d admin.ClientDetail, who string) (out [][2]string) {
	c, lives := d.Client, d.Client.Lifetimes()
	add := func(name, value string) { out = append(out, [2]string{name, value}) }
	add("Client ID", c.ID)
	add("Who may use it", fmt.Sprintf("%s (%s)", who, people(d.People)))
	add("Last used", day(d.LastUsed))
	add("From where", choose(c.NetworkRule == idp.NetworkTailnetOnly, "the tailnet only", "anywhere"))
	add("Kind", choose(c.Public, "public: no secret, PKCE required", "confidential: proves itself with a secret")+choose(c.Native, ", native", ""))
	for _, uri := range c.RedirectURIs {
		add("Redirect URI", uri)
	}
	for _, uri := range c.PostLogoutRedirectURIs {
		add("Post-logout redirect URI", uri)
	}
	add("http addresses", choose(c.AllowHTTP, "allowed on other machines", "on this machine only"))
	add("PKCE", choose(c.NeedsPKCE(), "required", "accepted"))
	add("Pushed requests", choose(c.RequirePAR, "required", "accepted"))
	add("Consent", choose(c.SkipConsent, "not asked", "asked once"))
	add("Passkey", choose(c.Reauthenticate, "at each sign-in", "when somebody is not signed in"))
	add("Refresh token", choose(c.AlwaysRefresh, "always", "with the scope offline_access"))
	add("Tokens for itself", choose(c.ClientCredentials, "yes (client credentials)", "no"))
	add("Sign-in by a device", choose(c.DeviceGrant, choose(c.DeviceAnywhere, "yes, in any network", "yes, in the network of who confirms it"), "no"))
	add("Tailscale login", choose(c.TailnetHint, "preselects the person", "does not preselect anybody"))
	add("First passkey from the tailnet", choose(c.TailnetEnrol, "yes", "no"))
	add("Sign-in from the tailnet", choose(c.TailnetSignIn, "with one click", "with a passkey"))
	add("Claims of the person", choose(c.UserInfoOnly, "in userinfo alone", "in the ID token and userinfo"))
	add("ID token", fmt.Sprintf("%s, lasts %s", c.IDTokenAlgorithm, lasts(lives.IDToken)))
	add("Access token", fmt.Sprintf("%s, lasts %s", c.AccessFormat, lasts(lives.Access)))
	if c.AccessFormat == idp.FormatJWT {
		add("Audience", cmp.Or(c.Audience, c.ID))
	}
	add("Refresh token lasts", fmt.Sprintf("%s unused, %s in all", lasts(lives.RefreshIdle), lasts(lives.RefreshAbsolute)))
	add("Opened at", cmp.Or(c.LaunchURL, "-"))
	add("Begins a sign-in at", cmp.Or(c.InitiateLoginURI, "-"))
	add("Told of sign-outs at", cmp.Or(c.BackchannelLogoutURI, "-")+choose(c.BackchannelLogoutURI != "" && c.BackchannelInward, ", which may lead into the home", ""))
	return out
}

// secretLine is one secret in words.
func secretLine(s idp.ClientSecret, now idp.Time) string {
	parts := []string{"Secret " + s.ID}
	if s.Name != "" {
		parts = append(parts, s.Name)
	}
	parts = append(parts, "made "+day(s.CreatedAt), choose(s.LastUsedAt == 0, "never used", "last used "+day(s.LastUsedAt)))
	switch {
	case s.ExpiresAt.Passed(now):
		parts = append(parts, "EXPIRED "+day(s.ExpiresAt))
	case s.ExpiresAt != 0:
		parts = append(parts, "ends "+day(s.ExpiresAt))
	}
	return strings.Join(parts, ", ")
}

// endpointLines are the addresses that an app may ask for; none before an issuer is pinned.
func endpointLines(e admin.Endpoints) [][2]string {
	if e.Issuer == "" {
		return nil
	}
	return [][2]string{
		{"Issuer", e.Issuer}, {"Discovery", e.Discovery}, {"Authorization", e.Authorization}, {"Token", e.Token}, {"Userinfo", e.UserInfo}, {"JWKS", e.JWKS},
		{"End session", e.EndSession}, {"Pushed requests", e.PAR}, {"Introspection", e.Introspection}, {"Revocation", e.Revocation}, {"Device code", e.DeviceCode},
	}
}

// people counts them.
func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

func choose(when bool, this, otherwise string) string {
	if when {
		return this
	}
	return otherwise
}
