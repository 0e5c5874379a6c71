package admin

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hearthkey/backend/idp"
)

// clientIDForm has no character that any encoding of it changes (RFC 3986 §2.3).
var clientIDForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{3,100}$`)

// checkClient gives the app's fields as they are kept, or says which is wrong.
func checkClient(in ClientInput) (ClientInput, error) {
	for _, check := range []func(*ClientInput) error{checkNames, checkRedirects, checkAddresses, checkChoices, checkLives, checkTogether} {
		if err := check(&in); err != nil {
			return in, err
		}
	}
	return in, nil
}

func checkNames(in *ClientInput) (err error) {
	if in.ID = strings.TrimSpace(in.ID); in.ID != "" && !clientIDForm.MatchString(in.ID) {
		return idp.FailField("id", "admin.client_id")
	}
	in.Name, err = line("name", in.Name)
	return err
}

// checkChoices looks at what is one of a few.
func checkChoices(in *ClientInput) error {
	in.Audience = strings.TrimSpace(in.Audience)
	switch {
	case in.IDTokenAlgorithm != "" && !slices.Contains(algorithms, in.IDTokenAlgorithm):
		return idp.FailField("idTokenAlgorithm", "admin.algorithm")
	case !slices.Contains([]string{"", idp.FormatOpaque, idp.FormatJWT}, in.AccessFormat):
		return idp.FailField("accessFormat", "admin.access_format")
	case !utf8.ValidString(in.Audience) || utf8.RuneCountInString(in.Audience) > maxName || strings.ContainsFunc(in.Audience, func(r rune) bool { return !unicode.IsPrint(r) }):
		return idp.FailField("audience", "admin.audience")
	}
	return checkNetworkRule(in.NetworkRule)
}

// checkLives looks at the lifetimes, each in seconds; 0 is the default.
func checkLives(in *ClientInput) error {
	within := func(seconds int64, least, most time.Duration) bool {
		return seconds == 0 || seconds >= int64(least/time.Second) && seconds <= int64(most/time.Second)
	}
	switch {
	case !within(in.AccessLife, time.Minute, idp.Day):
		return idp.FailField("accessLife", "admin.life_access")
	case in.AccessFormat == idp.FormatJWT && !within(in.AccessLife, time.Minute, time.Hour): // apps may honour one until it ends, whatever happens here
		return idp.FailField("accessLife", "admin.life_access_jwt")
	case !within(in.IDTokenLife, time.Minute, idp.Day):
		return idp.FailField("idTokenLife", "admin.life_id_token")
	case !within(in.RefreshIdle, time.Hour, 365*idp.Day):
		return idp.FailField("refreshIdle", "admin.life_refresh_idle")
	case !within(in.RefreshAbsolute, time.Hour, 730*idp.Day):
		return idp.FailField("refreshAbsolute", "admin.life_refresh_absolute")
	}
	lives := idp.Client{RefreshIdle: in.RefreshIdle, RefreshAbsolute: in.RefreshAbsolute}.Lifetimes()
	if lives.RefreshIdle <= lives.RefreshAbsolute {
		return nil
	}
	field := "refreshIdle"
	if in.RefreshAbsolute != 0 {
		field = "refreshAbsolute"
	}
	return idp.FailField(field, "admin.life_refresh_order")
}

// checkTogether finds settings that contradict each other.
func checkTogether(in *ClientInput) error {
	switch {
	case in.Public && in.ClientCredentials: // RFC 6749 §4.4: only confidential clients
		return idp.FailField("clientCredentials", "admin.public_credentials")
	case len(in.RedirectURIs) == 0 && !in.ClientCredentials && !in.DeviceGrant:
		return idp.FailField("redirectUris", "admin.no_redirect_uri")
	}
	return nil
}
