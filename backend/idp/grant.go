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
	Epoch        int64   `json:"-"`
}

// Offline says whether the grant outlives the session's sign-out (OIDC Core §11).
func (g Grant) Offline() bool { return HasScope(g.Scope, "offline_access") }

// Lifetimes of codes and tokens.
const (
	CodeLife        = time.Minute
	AccessLife      = time.Hour
	IDTokenLife     = time.Hour
	RefreshIdle     = 30 * Day
	RefreshAbsolute = 180 * Day
	RefreshGrace    = 10 * time.Second
	RefreshReplays  = 5
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

// AccessToken is an opaque bearer token, kept under the SHA-256 of its text.
type AccessToken struct {
	Hash      []byte
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
	ID        string // `kid`; never reused
	Use       string // "sig" signs tokens, "refresh" derives refresh tokens
	Algorithm string // JWA name (RFC 7518 §3.1), or "HS256" for derivation
	Public    string // JWK as JSON, "" for symmetric keys
	Sealed    []byte
	CreatedAt Time
	RetiredAt Time
}

// Consent is a person's remembered yes to an app's scopes.
type Consent struct {
	UserID    string `json:"userId"`
	ClientID  string `json:"clientId"`
	Scope     string `json:"scope"`
	GrantedAt Time   `json:"grantedAt"`
}
