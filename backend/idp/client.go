package idp

// Client is an app that signs people in here: an OAuth client (RFC 6749 §2).
type Client struct {
	ID                     string   `json:"id"`
	Name                   string   `json:"name"`
	Public                 bool     `json:"public"` // cannot keep a secret (RFC 6749 §2.1): PKCE is then required
	Native                 bool     `json:"native"` // may register private-use URI schemes (RFC 8252 §7.1)
	AllowHTTP              bool     `json:"allowHttp"`
	RequirePKCE            bool     `json:"requirePkce"`
	SkipConsent            bool     `json:"skipConsent"`
	AlwaysRefresh          bool     `json:"alwaysRefresh"` // a refresh token even without offline_access
	LaunchURL              string   `json:"launchUrl"`
	RedirectURIs           []string `json:"redirectUris"`
	PostLogoutRedirectURIs []string `json:"postLogoutRedirectUris"`
	CreatedAt              Time     `json:"createdAt"`
	UpdatedAt              Time     `json:"updatedAt"`
	DisabledAt             Time     `json:"disabledAt"` // 0 when enabled
}

// Disabled says whether the owner has switched the app off.
func (c Client) Disabled() bool { return c.DisabledAt != 0 }

// NeedsPKCE says whether an authorization request of this app must carry a code challenge (RFC 9700 §2.1.1).
func (c Client) NeedsPKCE() bool { return c.Public || c.RequirePKCE }

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
