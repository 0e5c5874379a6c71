package idp

import (
	"slices"
	"strings"
	"time"
)

// Client is an app that signs people in here: an OAuth client (RFC 6749 §2).
type Client struct {
	ID                     string      `json:"id"`
	Name                   string      `json:"name"`
	Public                 bool        `json:"public"` // cannot keep a secret (RFC 6749 §2.1): PKCE is then required
	Native                 bool        `json:"native"` // may register private-use URI schemes (RFC 8252 §7.1)
	AllowHTTP              bool        `json:"allowHttp"`
	RequirePKCE            bool        `json:"requirePkce"`
	RequirePAR             bool        `json:"requirePar"` // only pushed requests (RFC 9126)
	SkipConsent            bool        `json:"skipConsent"`
	Reauthenticate         bool        `json:"reauthenticate"` // a passkey for each sign-in, whatever session there is
	AlwaysRefresh          bool        `json:"alwaysRefresh"`  // a refresh token even without offline_access
	ClientCredentials      bool        `json:"clientCredentials"`
	DeviceGrant            bool        `json:"deviceGrant"`      // RFC 8628
	DeviceAnywhere         bool        `json:"deviceAnywhere"`   // the device may be in another network than who confirms it
	UserInfoOnly           bool        `json:"userInfoOnly"`     // the claims of scopes stand in userinfo and not in the ID token
	IDTokenAlgorithm       string      `json:"idTokenAlgorithm"` // RS256, ES256 or EdDSA
	AccessFormat           string      `json:"accessFormat"`     // opaque or jwt (RFC 9068)
	Audience               string      `json:"audience"`         // `aud` of JWT access tokens; the client ID when ""
	AccessLife             int64       `json:"accessLife"`       // seconds, 0 for the default; so the next three
	IDTokenLife            int64       `json:"idTokenLife"`
	RefreshIdle            int64       `json:"refreshIdle"`
	RefreshAbsolute        int64       `json:"refreshAbsolute"`
	NetworkRule            NetworkRule `json:"networkRule"`
	TailnetHint            bool        `json:"tailnetHint"`   // a linked Tailscale login preselects the person
	TailnetEnrol           bool        `json:"tailnetEnrol"`  // a linked person without a passkey may enrol the first one from the tailnet
	TailnetSignIn          bool        `json:"tailnetSignIn"` // one click instead of a passkey, from the tailnet
	LaunchURL              string      `json:"launchUrl"`
	InitiateLoginURI       string      `json:"initiateLoginUri"`     // OIDC Core §4; "" for none
	BackchannelLogoutURI   string      `json:"backchannelLogoutUri"` // OIDC Back-Channel Logout §2.2; "" for none
	BackchannelInward      bool        `json:"backchannelInward"`    // its public name may resolve to an address of the home
	RedirectURIs           []string    `json:"redirectUris"`
	PostLogoutRedirectURIs []string    `json:"postLogoutRedirectUris"`
	CreatedAt              Time        `json:"createdAt"`
	UpdatedAt              Time        `json:"updatedAt"`
	DisabledAt             Time        `json:"disabledAt"` // 0 when enabled
}

// NetworkRule says from where people may use an app, or where a person or the members of a group may sign in from.
type NetworkRule string

// The rules. This machine itself is within the tailnet.
const (
	NetworkAnywhere    NetworkRule = "anywhere"
	NetworkTailnetOnly NetworkRule = "tailnet"
)

// Admits says whether a browser in network may be used to sign in.
func (n NetworkRule) Admits(network Network) bool {
	return n != NetworkTailnetOnly || network == NetworkTailnet || network == NetworkLocal
}

// Formats of access tokens.
const (
	FormatOpaque = "opaque"
	FormatJWT    = "jwt"
)

// Algorithms that sign ID tokens (RFC 7518 §3.1, RFC 8037), the default first.
const (
	RS256 = "RS256"
	ES256 = "ES256"
	EdDSA = "EdDSA"
)

// Disabled says whether the owner has switched the app off.
func (c Client) Disabled() bool { return c.DisabledAt != 0 }

// NeedsPKCE says whether an authorization request of this app must carry a code challenge (RFC 9700 §2.1.1).
func (c Client) NeedsPKCE() bool { return c.Public || c.RequirePKCE }

// Lifetimes of this app's tokens: its own, or the defaults.
func (c Client) Lifetimes() Lifetimes {
	l := Lifetimes{Access: AccessLife, IDToken: IDTokenLife, RefreshIdle: RefreshIdle, RefreshAbsolute: RefreshAbsolute}
	if c.AccessFormat == FormatJWT {
		l.Access = AccessJWTLife
	}
	own := func(life *time.Duration, seconds int64) {
		if seconds > 0 {
			*life = time.Duration(seconds) * time.Second
		}
	}
	own(&l.Access, c.AccessLife)
	own(&l.IDToken, c.IDTokenLife)
	own(&l.RefreshIdle, c.RefreshIdle)
	own(&l.RefreshAbsolute, c.RefreshAbsolute)
	return l
}

// Lifetimes are how long what an app is given lasts.
type Lifetimes struct{ Access, IDToken, RefreshIdle, RefreshAbsolute time.Duration }

// Origins are the web origins that a public app's pages come from: those of its http and https redirect addresses. Others have none, since their secret must not be in a browser.
func (c Client) Origins() []string {
	if !c.Public {
		return nil
	}
	var out []string
	for _, uri := range c.RedirectURIs {
		if origin := originOf(uri); origin != "" && !slices.Contains(out, origin) {
			out = append(out, origin)
		}
	}
	return out
}

// originOf is the origin of a web address that registration has checked, as browsers write it: without its scheme's own port (RFC 6454 §6.2). "" for other schemes.
func originOf(uri string) string {
	for scheme, port := range map[string]string{"https://": ":443", "http://": ":80"} {
		rest, ok := strings.CutPrefix(uri, scheme)
		if !ok {
			continue
		}
		if end := strings.IndexAny(rest, "/?"); end >= 0 {
			rest = rest[:end]
		}
		return scheme + strings.TrimSuffix(strings.ToLower(rest), port)
	}
	return ""
}

// ClientSecret is one of an app's secrets. The secret itself is shown once and kept as its SHA-256 only.
type ClientSecret struct {
	ID         string `json:"id"`
	ClientID   string `json:"clientId"`
	Name       string `json:"name"`
	CreatedAt  Time   `json:"createdAt"`
	ExpiresAt  Time   `json:"expiresAt"`  // 0 when it does not expire
	LastUsedAt Time   `json:"lastUsedAt"` // 0 when never used; kept to the hour
}

// AccessKind says whom an access row names.
type AccessKind string

// The kinds of access rows. An app with no row may be used by nobody.
const (
	AccessEveryone AccessKind = "everyone"
	AccessGroup    AccessKind = "group"
	AccessUser     AccessKind = "user"
)

// Access lets everyone, one group or one person use one app.
type Access struct {
	ClientID string     `json:"clientId"`
	Kind     AccessKind `json:"kind"`
	Subject  string     `json:"subject"` // the group's or user's ID, "" for everyone
}
