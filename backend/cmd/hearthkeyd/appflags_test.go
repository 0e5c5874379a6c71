package main

import (
	"reflect"
	"strings"
	"testing"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// everySetting is an app with no setting left as it begins.
var everySetting = idp.Client{
	ID: "photos.app", Name: "Photos", Public: true, Native: true, AllowHTTP: true, RequirePKCE: true, RequirePAR: true, SkipConsent: true, Reauthenticate: true, AlwaysRefresh: true,
	ClientCredentials: true, DeviceGrant: true, DeviceAnywhere: true, UserInfoOnly: true, IDTokenAlgorithm: idp.EdDSA, AccessFormat: idp.FormatJWT, Audience: "api",
	AccessLife: 61, IDTokenLife: 120, RefreshIdle: 7200, RefreshAbsolute: 172800, NetworkRule: idp.NetworkTailnetOnly, TailnetHint: true, TailnetEnrol: true, TailnetSignIn: true,
	LaunchURL: "https://a.example", InitiateLoginURI: "https://a.example/login", BackchannelLogoutURI: "https://a.example/out", BackchannelInward: true,
	RedirectURIs: []string{"https://a.example/cb"}, PostLogoutRedirectURIs: []string{"https://a.example/bye"},
}

// changed parses a command line of app change for d.
func changed(t *testing.T, d admin.ClientDetail, args ...string) admin.ClientInput {
	t.Helper()
	c := &call{}
	c.begin(command{name: "app change"}, args)
	f := c.appFlags()
	if err := c.parse(0, 0); err != nil {
		t.Fatal(err)
	}
	return f.over(c, admin.InputOf(d))
}

// settingFlags name every setting, with the value that everySetting has.
var settingFlags = map[string]string{
	"name": "Photos", "public": "true", "native": "true", "allow-http": "true", "require-pkce": "true", "require-par": "true", "skip-consent": "true", "reauthenticate": "true", "always-refresh": "true",
	"client-credentials": "true", "device-grant": "true", "device-anywhere": "true", "userinfo-only": "true", "id-token-algorithm": "EdDSA", "access-format": "jwt", "audience": "api",
	"access-life": "61s", "id-token-life": "2m", "refresh-idle": "2h", "refresh-absolute": "2d", "network": "tailnet", "tailnet-hint": "true", "tailnet-enrol": "true", "tailnet-sign-in": "true",
	"launch-url": "https://a.example", "initiate-login-uri": "https://a.example/login", "backchannel-logout-uri": "https://a.example/out", "backchannel-inward": "true",
	"redirect-uri": "https://a.example/cb", "post-logout-redirect-uri": "https://a.example/bye",
}

func TestAppFlagsSetEverySetting(t *testing.T) {
	var args []string
	for name, value := range settingFlags {
		args = append(args, "--"+name+"="+value)
	}
	want := admin.InputOf(admin.ClientDetail{Client: everySetting})
	got := changed(t, admin.ClientDetail{Client: idp.Client{ID: "photos.app"}}, args...)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("all flags make\n%+v\nwant\n%+v", got, want)
	}
	fields := reflect.ValueOf(want)
	for i := range fields.NumField() {
		if name := fields.Type().Field(i).Name; fields.Field(i).IsZero() && name != "Access" {
			t.Errorf("this test leaves %s as it begins", name)
		}
	}
}

// TestAppChangeLeavesWhatIsNotNamed changes one setting at a time.
func TestAppChangeLeavesWhatIsNotNamed(t *testing.T) {
	d := admin.ClientDetail{Client: everySetting, Access: admin.Access{Everyone: true}}
	if got := changed(t, d); !reflect.DeepEqual(got, admin.InputOf(d)) {
		t.Errorf("no flag at all makes\n%+v", got)
	}
	for name, is := range settingFlags {
		other := map[bool]string{true: "false", false: "other"}[is == "true"]
		if strings.HasSuffix(name, "-life") || strings.HasPrefix(name, "refresh-") {
			other = "default"
		}
		before, after := reflect.ValueOf(admin.InputOf(d)), reflect.ValueOf(changed(t, d, "--"+name+"="+other))
		var differ []string
		for i := range before.NumField() {
			if !reflect.DeepEqual(before.Field(i).Interface(), after.Field(i).Interface()) {
				differ = append(differ, before.Type().Field(i).Name)
			}
		}
		if len(differ) != 1 {
			t.Errorf("--%s=%s changes %v", name, other, differ)
		}
	}
}

func TestLifeFlag(t *testing.T) {
	for text, want := range map[string]life{"90s": 90, "30m": 1800, "12h": 43200, "30d": 2592000, "1h30m": 5400, "99999999999d": maxLifeDays * 86400, "default": 0, "0": 0} {
		var l life
		if err := l.Set(text); err != nil || l != want {
			t.Errorf("%s is %d, want %d (%v)", text, l, want, err)
			continue
		}
		var again life
		if err := again.Set(l.String()); err != nil || again != want {
			t.Errorf("%s is written as %s, which is %d (%v)", text, &l, again, err)
		}
	}
	for _, text := range []string{"", "30", "-1h", "d", "1.5d", "soon", "1ms"} {
		var l life
		if err := l.Set(text); err == nil {
			t.Errorf("%q is taken as %d seconds", text, l)
		}
	}
}

// TestAppShowTellsEverySetting: a setting that differs must read differently.
func TestAppShowTellsEverySetting(t *testing.T) {
	words := func(c idp.Client) string {
		var b strings.Builder
		for _, line := range appLines(admin.ClientDetail{Client: c}, "Nobody") {
			b.WriteString(line[0] + "\t" + line[1] + "\n")
		}
		return b.String()
	}
	fields := reflect.TypeFor[idp.Client]()
	for i := range fields.NumField() {
		switch name := fields.Field(i).Name; name {
		case "Name", "CreatedAt", "UpdatedAt", "DisabledAt": // in the head, or of no use
		default:
			c := everySetting
			if name == "RequirePKCE" { // public apps need it anyhow
				c.Public = false
			}
			full := words(c)
			reflect.ValueOf(&c).Elem().Field(i).SetZero()
			if words(c) == full {
				t.Errorf("app show says nothing of %s", name)
			}
		}
	}
}
