package idp

import "time"

// Grant is what one sign-in gave one app: codes and tokens point to it, and revoking it ends them all.
type Grant struct {
	ID           string  `json:"id"`
	UserID       string  `json:"userId"`
	ClientID     string  `json:"clientId"`
	SessionID    string  `json:"sessionId"`
	Scope        string  `json:"scope"`   // space-separated (RFC 6749 §3.3)
	Network      Network `json:"network"` // of the browser that made it, never of the app's server
	Source       string  `json:"source"`
	ACR          string  `json:"acr"`
	AMR          string  `json:"amr"`
	AuthTime     Time    `json:"authTime"`
	CreatedAt    Time    `json:"createdAt"`
	RevokedAt    Time    `json:"revokedAt"`
	RevokeReason string  `json:"revokeReason"`
	Claims       string  `json:"claims"` // single claims that were asked for (OIDC Core §5.5), JSON of oidc's; "" for none
	Epoch        int64   `json:"-"`
}

// Offline says whether the grant outlives the session's sign-out (OIDC Core §11).
func (g Grant) Offline() bool { return HasScope(g.Scope, "offline_access") }

// Lifetimes of codes and tokens.
const (
	CodeLife        = time.Minute
	AccessLife      = time.Hour
	AccessJWTLife   = 5 * time.Minute // apps may honour one until it ends
	IDTokenLife     = time.Hour
	RefreshIdle     = 30 * Day
	RefreshAbsolute = 180 * Day
	RefreshGrace    = 10 * time.Second
	RefreshReplays  = 5
	PushedLife      = 90 * time.Second
	DeviceLife      = 5 * time.Minute
	DeviceInterval  = 5 * time.Second // between two polls of a device (RFC 8628 §3.2)
	DeviceTries     = 5               // wrong answers at the confirmation of one device
)

// AuthorizationCode is a single-use code (RFC 6749 §4.1.2), kept under the SHA-256 of its text.
type AuthorizationCode struct {
	Hash        []byte
	GrantID     string
	ClientID    string
	RedirectURI string
	Challenge   string // S256 code challenge, "" when the app sent none (RFC 7636)
	Nonce       string
	CreatedAt   Time
	ExpiresAt   Time
	UsedAt      Time
}

// AccessToken is a bearer token: opaque, kept under the SHA-256 of its text, or a JWT (RFC 9068), kept under that of its `jti`. GrantID is "" for one of an app that acts for itself.
type AccessToken struct {
	Hash      []byte
	Format    string // FormatOpaque or FormatJWT: a token counts only in its own form
	GrantID   string
	ClientID  string
	Scope     string
	CreatedAt Time
	ExpiresAt Time
	RevokedAt Time
}

// RefreshToken is one link of a grant's chain of refresh tokens, kept under the SHA-256 of its text.
type RefreshToken struct {
	Hash       []byte
	GrantID    string
	ClientID   string
	Scope      string
	KeyID      string // server key that its successor is derived with
	CreatedAt  Time
	ExpiresAt  Time // idle end
	AbsoluteAt Time // end that no rotation moves
	SpentAt    Time
	Seed       []byte // 16 bytes; nil when spent for good
	Successor  []byte // hash of the token that replaced it, nil when unspent
	Replays    int
}

// SigningKey is a key of the provider. Sealed is the private part in the vault's envelope.
type SigningKey struct {
	ID          string // `kid`; never reused
	Use         string // "sig" signs tokens, "refresh" derives refresh tokens
	Algorithm   string // JWA name (RFC 7518 §3.1), or "HS256" for derivation
	Public      string // JWK as JSON, "" for symmetric keys
	Sealed      []byte // empty once retired
	CreatedAt   Time
	ActiveAt    Time // when it began to sign; 0 while it is the next
	RetiredAt   Time // when another took over; 0 before
	WithdrawnAt Time // when it left the key set, so that what it signed counts no more; 0 before
}

// PushedRequest is an authorization request that an app left here beforehand (RFC 9126), kept under the SHA-256 of its request_uri.
type PushedRequest struct {
	Hash      []byte
	ClientID  string
	Form      string // urlencoded, without the app's credentials
	CreatedAt Time
	ExpiresAt Time
	UsedAt    Time
}

// DeviceState is how far a device's request is.
type DeviceState string

// The states of a device's request (RFC 8628 §3.5).
const (
	DeviceWaiting  DeviceState = "waiting"
	DeviceApproved DeviceState = "approved"
	DeviceDenied   DeviceState = "denied"
	DeviceUsed     DeviceState = "used"
)

// DeviceCode is the request of a device that cannot sign anyone in by itself (RFC 8628 §3.1), kept under the SHA-256 of its device code.
type DeviceCode struct {
	Hash      []byte
	UserHash  []byte // SHA-256 of the user code, in capitals and without hyphen
	ClientID  string
	Scope     string
	Network   Network // of the device
	Source    string
	UserAgent string
	CreatedAt Time
	ExpiresAt Time
	Interval  int64 // seconds between polls; grows with each that comes too soon
	PolledAt  Time
	Tries     int // wrong answers at its confirmation
	State     DeviceState
	GrantID   string // "" until approved
}

// LogoutDelivery is a logout token that an app is still to get (OIDC Back-Channel Logout §2.5).
type LogoutDelivery struct {
	ID        string
	ClientID  string
	UserID    string
	SessionID string
	CreatedAt Time
	DueAt     Time // of the next attempt
	Attempts  int
}

// Consent is a person's remembered yes to an app's scopes.
type Consent struct {
	UserID    string `json:"userId"`
	ClientID  string `json:"clientId"`
	Scope     string `json:"scope"`
	GrantedAt Time   `json:"grantedAt"`
}
