package admin

import (
	"encoding/json"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

// Limits of what the owner types, in characters; claims in bytes.
const (
	maxName   = 200
	maxEmail  = 254 // RFC 5321 §4.5.3.1.3
	maxClaims = 8 << 10
	maxURIs   = 50
)

var (
	userNameForm = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$`)
	tagForm      = regexp.MustCompile(`^tag:[a-zA-Z][a-zA-Z0-9-]*$`) // as tailcfg.CheckTag
	labelForm    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// line trims a name and refuses an empty, overlong or many-lined one.
func line(field, s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return s, idp.FailField(field, "admin.empty")
	case utf8.RuneCountInString(s) > maxName:
		return s, idp.FailField(field, "admin.long")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return s, idp.FailField(field, "admin.control")
	}
	return s, nil
}

func checkUserName(s string) (string, error) {
	s = strings.TrimSpace(s)
	if !userNameForm.MatchString(s) {
		suggestion := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("._-", r) {
				return r
			}
			return -1
		}, s)
		if suggestion == "" || suggestion == s {
			return s, idp.FailField("userName", "admin.user_name")
		}
		return s, idp.FailField("userName", "admin.user_name_try", "try", suggestion)
	}
	return s, nil
}

// checkEmail takes one plain address, or none.
func checkEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" || len(s) > maxEmail || strings.Count(s, "@") != 1 || strings.HasSuffix(s, ".") {
		return s, idp.FailField("email", "admin.email")
	}
	return s, nil
}

// checkClaims takes a JSON object that stands in for no claim of the provider or the protocol; "" is {}.
func checkClaims(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "{}", nil
	}
	var claims map[string]json.RawMessage
	if len(s) > maxClaims || json.Unmarshal([]byte(s), &claims) != nil || claims == nil {
		return s, idp.FailField("claims", "admin.claims")
	}
	for name := range claims {
		if oidc.Reserved(name) {
			return s, idp.FailField("claims", "admin.claims_reserved", "claim", name)
		}
	}
	return s, nil
}

// checkURIs trims addresses, drops empty lines and repeats, and lets check refuse.
func checkURIs(field string, uris []string, check func(string) error) ([]string, error) {
	out := []string{}
	seen := map[string]bool{}
	for _, uri := range uris {
		uri = strings.TrimSpace(uri)
		if uri == "" || seen[uri] {
			continue
		}
		if err := check(uri); err != nil {
			return nil, err
		}
		seen[uri] = true
		out = append(out, uri)
	}
	if len(out) > maxURIs {
		return nil, idp.FailField(field, "admin.many_uris")
	}
	return out, nil
}
