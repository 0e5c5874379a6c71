package admin

import (
	"reflect"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

const (
	minute = int64(60)
	hour   = 60 * minute
	day    = 24 * hour
)

// goodClient is a plain app.
func goodClient() ClientInput {
	return ClientInput{Name: "Photos", RedirectURIs: []string{"https://photos.example/cb"}}
}

func TestClientSettings(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*ClientInput)
		field  string // "" when it is good
	}{
		{"ID of 3 characters", func(in *ClientInput) { in.ID = "a.b" }, ""},
		{"ID of all characters that may be", func(in *ClientInput) { in.ID = "Aa0._~-" }, ""},
		{"ID of 100 characters", func(in *ClientInput) { in.ID = strings.Repeat("a", 100) }, ""},
		{"ID of 101 characters", func(in *ClientInput) { in.ID = strings.Repeat("a", 101) }, "id"},
		{"ID of 2 characters", func(in *ClientInput) { in.ID = "ab" }, "id"},
		{"ID with a colon, which Basic cannot carry", func(in *ClientInput) { in.ID = "a:b" }, "id"},
		{"ID with a slash", func(in *ClientInput) { in.ID = "https://app" }, "id"},
		{"ID in another script", func(in *ClientInput) { in.ID = "фото" }, "id"},
		{"ID of two lines", func(in *ClientInput) { in.ID = "abc\ndef" }, "id"},

		{"RS256", func(in *ClientInput) { in.IDTokenAlgorithm = "RS256" }, ""},
		{"ES256", func(in *ClientInput) { in.IDTokenAlgorithm = "ES256" }, ""},
		{"EdDSA", func(in *ClientInput) { in.IDTokenAlgorithm = "EdDSA" }, ""},
		{"no signature", func(in *ClientInput) { in.IDTokenAlgorithm = "none" }, "idTokenAlgorithm"},
		{"shared secret", func(in *ClientInput) { in.IDTokenAlgorithm = "HS256" }, "idTokenAlgorithm"},
		{"JWT", func(in *ClientInput) { in.AccessFormat = "jwt" }, ""},
		{"opaque", func(in *ClientInput) { in.AccessFormat = "opaque" }, ""},
		{"unknown format", func(in *ClientInput) { in.AccessFormat = "JWT" }, "accessFormat"},
		{"tailnet", func(in *ClientInput) { in.NetworkRule = "tailnet" }, ""},
		{"anywhere", func(in *ClientInput) { in.NetworkRule = "anywhere" }, ""},
		{"a rule that would admit everyone because nobody knows it", func(in *ClientInput) { in.NetworkRule = "Tailnet" }, "networkRule"},
		{"audience", func(in *ClientInput) { in.Audience = "https://api.example/v1" }, ""},
		{"audience of 200 characters", func(in *ClientInput) { in.Audience = strings.Repeat("å", 200) }, ""},
		{"audience of 201 characters", func(in *ClientInput) { in.Audience = strings.Repeat("å", 201) }, "audience"},
		{"audience of two lines", func(in *ClientInput) { in.Audience = "a\nb" }, "audience"},
		{"audience with what nobody sees", func(in *ClientInput) { in.Audience = "a\u200bb" }, "audience"},

		{"access token for a minute", func(in *ClientInput) { in.AccessLife = minute }, ""},
		{"access token for less", func(in *ClientInput) { in.AccessLife = minute - 1 }, "accessLife"},
		{"access token for a day", func(in *ClientInput) { in.AccessLife = day }, ""},
		{"access token for more", func(in *ClientInput) { in.AccessLife = day + 1 }, "accessLife"},
		{"access token for less than nothing", func(in *ClientInput) { in.AccessLife = -1 }, "accessLife"},
		{"JWT for an hour", func(in *ClientInput) { in.AccessFormat, in.AccessLife = "jwt", hour }, ""},
		{"JWT for more", func(in *ClientInput) { in.AccessFormat, in.AccessLife = "jwt", hour+1 }, "accessLife"},
		{"ID token for a minute", func(in *ClientInput) { in.IDTokenLife = minute }, ""},
		{"ID token for less", func(in *ClientInput) { in.IDTokenLife = minute - 1 }, "idTokenLife"},
		{"ID token for a day", func(in *ClientInput) { in.IDTokenLife = day }, ""},
		{"ID token for more", func(in *ClientInput) { in.IDTokenLife = day + 1 }, "idTokenLife"},
		{"refresh unused for an hour", func(in *ClientInput) { in.RefreshIdle = hour }, ""},
		{"refresh unused for less", func(in *ClientInput) { in.RefreshIdle = hour - 1 }, "refreshIdle"},
		{"refresh unused for a year", func(in *ClientInput) { in.RefreshIdle, in.RefreshAbsolute = 365*day, 365*day }, ""},
		{"refresh unused for more", func(in *ClientInput) { in.RefreshIdle, in.RefreshAbsolute = 365*day+1, 730*day }, "refreshIdle"},
		{"refresh in all for two years", func(in *ClientInput) { in.RefreshAbsolute = 730 * day }, ""},
		{"refresh in all for more", func(in *ClientInput) { in.RefreshAbsolute = 730*day + 1 }, "refreshAbsolute"},
		{"unused longer than in all", func(in *ClientInput) { in.RefreshIdle, in.RefreshAbsolute = 2*day, day }, "refreshAbsolute"},
		{"unused longer than the default in all", func(in *ClientInput) { in.RefreshIdle = 181 * day }, "refreshIdle"},
		{"unused as long as the default in all", func(in *ClientInput) { in.RefreshIdle = 180 * day }, ""},
		{"in all shorter than the default unused", func(in *ClientInput) { in.RefreshAbsolute = 29 * day }, "refreshAbsolute"},

		{"public", func(in *ClientInput) { in.Public = true }, ""},
		{"public that acts for itself", func(in *ClientInput) { in.Public, in.ClientCredentials = true, true }, "clientCredentials"},
		{"public that signs in devices", func(in *ClientInput) { in.Public, in.DeviceGrant = true, true }, ""},
		{"public that pushes requests", func(in *ClientInput) { in.Public, in.RequirePAR = true, true }, ""},
		{"no redirect URI, for devices", func(in *ClientInput) { in.RedirectURIs, in.DeviceGrant = nil, true }, ""},
		{"no redirect URI, for itself", func(in *ClientInput) { in.RedirectURIs, in.ClientCredentials = nil, true }, ""},
		{"no redirect URI and nothing else", func(in *ClientInput) { in.RedirectURIs = nil }, "redirectUris"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := goodClient()
			c.change(&in)
			if _, err := checkClient(in); c.field != "" {
				refused(t, err, idp.Invalid, c.field)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestClientAddresses(t *testing.T) {
	http := func(in *ClientInput) { in.AllowHTTP = true }
	public := func(in *ClientInput) { in.Public = true }
	for _, c := range []struct {
		uri      string
		login    bool // good as the address that begins a sign-in
		back     bool // good as the address of the back channel
		with     func(*ClientInput)
		withBack bool // the same for the back channel, when with is set
	}{
		{"https://photos.example/path?x=1", true, true, nil, false},
		{"https://photos.example:8443/", true, true, public, true},
		{"http://localhost:3000/x", true, true, public, true},
		{"http://127.0.0.1/x", true, true, nil, false},
		{"http://[::1]:8080/x", true, true, nil, false},
		{"http://photos.example/x", false, false, http, true},
		{"http://nas/x", false, true, public, false},
		{"http://nas.lan/x", false, true, nil, false},
		{"http://photos.home.arpa/x", false, true, nil, false},
		{"http://nas.tail1234.ts.net/x", false, true, nil, false},
		{"http://192.168.1.20:2283/x", false, true, public, false},
		{"http://100.100.1.2/x", false, true, nil, false},
		{"http://[fd00::2]/x", false, true, nil, false},
		{"http://100.63.0.1/x", false, false, http, true},
		{"http://203.0.113.7/x", false, false, nil, false},
		{"http://lan.example/x", false, false, nil, false},
		{"http://localhost.example/x", false, false, nil, false},
		{"https://photos.example/#top", false, false, http, false},
		{"https://nora@photos.example/", false, false, http, false},
		{"https://", false, false, http, false},
		{"//photos.example/x", false, false, http, false},
		{"photos.example", false, false, http, false},
		{"javascript:alert(1)", false, false, http, false},
		{"ftp://photos.example/x", false, false, http, false},
		{"https://photos.example/a b", false, false, http, false},
		{"https://*.example/x", false, false, http, false},
		{"https://photos.example/login?iss=x", false, true, nil, false},
		{"https://photos.example/" + strings.Repeat("a", 2000), false, false, nil, false},
	} {
		try := func(field string, set func(*ClientInput), with func(*ClientInput), good bool) {
			t.Helper()
			in := goodClient()
			set(&in)
			if with != nil {
				with(&in)
			}
			if _, err := checkClient(in); !good {
				refused(t, err, idp.Invalid, field)
			} else if err != nil {
				t.Errorf("%s as %s: %v", c.uri, field, err)
			}
		}
		t.Run(c.uri, func(t *testing.T) {
			try("initiateLoginUri", func(in *ClientInput) { in.InitiateLoginURI = c.uri }, nil, c.login)
			try("backchannelLogoutUri", func(in *ClientInput) { in.BackchannelLogoutURI = c.uri }, nil, c.back)
			if c.with != nil {
				try("initiateLoginUri", func(in *ClientInput) { in.InitiateLoginURI = c.uri }, c.with, c.login)
				try("backchannelLogoutUri", func(in *ClientInput) { in.BackchannelLogoutURI = c.uri }, c.with, c.withBack)
			}
		})
	}
}

func TestClientIDOfTheOwnersOwn(t *testing.T) {
	h := newHome(t)
	in := goodClient()
	in.ID = " photos.app "
	made, err := h.CreateClient(h.ctx, in)
	h.must(err)
	if made.Detail.Client.ID != "photos.app" {
		t.Fatalf("the app's ID is %q", made.Detail.Client.ID)
	}
	_, err = h.CreateClient(h.ctx, in)
	refused(t, err, idp.Conflict, "id")

	same, err := h.UpdateClient(h.ctx, "photos.app", InputOf(made.Detail))
	h.must(err)
	in = InputOf(same)
	in.ID = ""
	_, err = h.UpdateClient(h.ctx, "photos.app", in)
	h.must(err)
	in.ID = "pictures.app"
	_, err = h.UpdateClient(h.ctx, "photos.app", in)
	refused(t, err, idp.Invalid, "id")

	// another app under the ID of a deleted one meets nothing that was given to that
	u := h.user("Emil")
	reason := h.granted(u.ID, "photos.app")
	h.must(h.DeleteClient(h.ctx, "photos.app"))
	in.ID, in.Access = "photos.app", Access{Everyone: true}
	again, err := h.CreateClient(h.ctx, in)
	h.must(err)
	if got := reason(); got == idp.Allowed {
		t.Error("what the deleted app was given still counts")
	}
	if len(again.Detail.Secrets) != 1 || again.Secret == made.Secret {
		t.Errorf("the new app has the secrets %v", again.Detail.Secrets)
	}
}

func TestInputOfChangesNothing(t *testing.T) {
	h := newHome(t)
	in := goodClient()
	in.ID, in.RequirePAR, in.DeviceGrant, in.DeviceAnywhere, in.UserInfoOnly, in.Reauthenticate, in.ClientCredentials = "photos.app", true, true, true, true, true, true
	in.IDTokenAlgorithm, in.AccessFormat, in.Audience, in.NetworkRule = idp.ES256, idp.FormatJWT, "api", idp.NetworkTailnetOnly
	in.AccessLife, in.IDTokenLife, in.RefreshIdle, in.RefreshAbsolute = hour, hour, day, 2*day
	in.InitiateLoginURI, in.BackchannelLogoutURI, in.BackchannelInward = "https://photos.example/login", "https://photos.example/out", true
	made, err := h.CreateClient(h.ctx, in)
	h.must(err)
	d, err := h.UpdateClient(h.ctx, "photos.app", InputOf(made.Detail))
	h.must(err)
	want := in
	want.PostLogoutRedirectURIs, want.Access = []string{}, Access{GroupIDs: []string{}, UserIDs: []string{}}
	if got := InputOf(d); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v became %+v", want, got)
	}
}
