package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"time"

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
	appSettings(c.flags, &f.in)
	c.flags.Var(&f.redirects, "redirect-uri", "redirect `URI`, exactly as the app sends it; may be given several times")
	c.flags.Var(&f.postLogout, "post-logout-redirect-uri", "`URI` to return to after a sign-out; may be given several times")
	c.flags.BoolVar(&f.everyone, "everyone", false, "everyone may use it")
	c.flags.BoolVar(&f.nobody, "nobody", false, "nobody may use it")
	c.flags.Var(&f.groups, "group", "`GROUP` that may use it; may be given several times")
	c.flags.Var(&f.users, "user", "`USER` who may use it; may be given several times")
	return f
}

// appSettings are the flags of single settings. They begin as in has them.
func appSettings(flags *flag.FlagSet, in *admin.ClientInput) {
	text := func(p *string, name, help string) { flags.StringVar(p, name, *p, help) }
	tick := func(p *bool, name, help string) { flags.BoolVar(p, name, *p, help) }
	lives := func(p *int64, name, help string) { flags.Var((*life)(p), name, help) }

	text(&in.Name, "name", "`name` as people see it")
	tick(&in.Public, "public", "the app cannot keep a secret: it gets none, and PKCE is required; fixed once the app is there")
	tick(&in.Native, "native", "the app may register a private-use scheme such as app.example:/callback")
	tick(&in.AllowHTTP, "allow-http", "allow http addresses on other machines")
	tick(&in.RequirePKCE, "require-pkce", "refuse requests without PKCE")
	tick(&in.RequirePAR, "require-par", "take only requests that the app has pushed beforehand (RFC 9126)")
	tick(&in.SkipConsent, "skip-consent", "do not ask people what the app may see")
	tick(&in.Reauthenticate, "reauthenticate", "ask for a passkey at each sign-in, also of people who are signed in")
	tick(&in.AlwaysRefresh, "always-refresh", "give a refresh token even without the scope offline_access")
	tick(&in.ClientCredentials, "client-credentials", "the app may get tokens for itself (RFC 6749, 4.4); not for a public app")
	tick(&in.DeviceGrant, "device-grant", "televisions and command lines may sign people in by a code (RFC 8628)")
	tick(&in.DeviceAnywhere, "device-anywhere", "such a device may be in another network than who confirms it; a stranger could then talk somebody into it")
	tick(&in.UserInfoOnly, "userinfo-only", "tell of the person in userinfo alone, not in the ID token")
	text(&in.IDTokenAlgorithm, "id-token-algorithm", "`algorithm` that signs ID tokens: RS256 (the default), ES256 or EdDSA")
	text(&in.AccessFormat, "access-format", "`form` of access tokens: opaque (the default), or jwt (RFC 9068) for apps that read them themselves")
	text(&in.Audience, "audience", "`audience` of access tokens in JWT form; the client ID where none is named")
	lives(&in.AccessLife, "access-life", "`TIME` that access tokens last, such as 30m: 1m to 24h, in JWT form to 1h; default 1h, in JWT form 5m")
	lives(&in.IDTokenLife, "id-token-life", "`TIME` that ID tokens last: 1m to 24h; default 1h")
	lives(&in.RefreshIdle, "refresh-idle", "`TIME` that a refresh token may lie unused, such as 30d: 1h to 365d; default 30d")
	lives(&in.RefreshAbsolute, "refresh-absolute", "`TIME` that a refresh token lasts in all: 1h to 730d; default 180d")
	tick(&in.TailnetHint, "tailnet-hint", "a linked Tailscale login preselects the person")
	tick(&in.TailnetEnrol, "tailnet-enrol", "a linked person may make their first passkey from the tailnet without an invite")
	tick(&in.TailnetSignIn, "tailnet-sign-in", "from the tailnet one click signs a linked person in, instead of a passkey")
	text((*string)(&in.NetworkRule), "network", "`NETWORK` that people may sign in from: anywhere (the default) or tailnet")
	text(&in.LaunchURL, "launch-url", "`address` where the app is opened")
	text(&in.InitiateLoginURI, "initiate-login-uri", "https `address` of the app that begins a sign-in by itself (OpenID Connect Core, 4)")
	text(&in.BackchannelLogoutURI, "backchannel-logout-uri", "`address` of the app that is told when somebody signs out (OpenID Connect Back-Channel Logout)")
	tick(&in.BackchannelInward, "backchannel-inward", "the public name of that address may lead into the home")
}

// over is the app as it is, with what the command line named in its place.
func (f *appFlags) over(c *call, in admin.ClientInput) admin.ClientInput {
	settings := flag.NewFlagSet("", flag.ContinueOnError)
	appSettings(settings, &in)
	c.flags.Visit(func(given *flag.Flag) {
		if settings.Lookup(given.Name) != nil {
			_ = settings.Set(given.Name, given.Value.String()) // what it was once parsed from parses again
		}
	})
	if c.given("redirect-uri") {
		in.RedirectURIs = f.redirects
	}
	if c.given("post-logout-redirect-uri") {
		in.PostLogoutRedirectURIs = f.postLogout
	}
	return in
}

// maxLifeDays is more than any lifetime may be, and little enough to count in nanoseconds.
const maxLifeDays = 100_000

// life is a flag of seconds, written like 90s, 30m, 12h or 30d; "default" is 0.
type life int64

func (l *life) String() string {
	if l == nil || *l == 0 {
		return "default"
	}
	return span(int64(*l))
}

func (l *life) Set(v string) error {
	if v == "default" || v == "0" {
		*l = 0
		return nil
	}
	d, err := time.ParseDuration(v)
	if days, ok := strings.CutSuffix(v, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(min(n, maxLifeDays)) * idp.Day
	}
	if err != nil || d < time.Second {
		return fmt.Errorf("write how long as 90s, 30m, 12h or 30d, or default")
	}
	*l = life(d / time.Second)
	return nil
}

// lasts is span of a duration.
func lasts(d time.Duration) string { return span(int64(d / time.Second)) }

// span writes seconds in the largest unit that fits them.
func span(seconds int64) string {
	for _, unit := range []struct {
		seconds int64
		name    string
	}{{86400, "d"}, {3600, "h"}, {60, "m"}} {
		if seconds%unit.seconds == 0 {
			return fmt.Sprint(seconds/unit.seconds, unit.name)
		}
	}
	return fmt.Sprint(seconds, "s")
}
