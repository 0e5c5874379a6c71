package idp

// Browser is one browser that somebody has signed in with. Its cookie's secret is kept as a hash and changes at each sign-in; its row stays, and holds the sessions of several people.
type Browser struct {
	ID        string `json:"id"`
	SessionID string `json:"sessionId"` // the session that acts now, "" when signed out
	UserAgent string `json:"userAgent"`
	CreatedAt Time   `json:"createdAt"`
	SeenAt    Time   `json:"seenAt"`
}

// Authentication context: what really happened at a sign-in. AMR values are those of RFC 8176.
const (
	ACRPasskey = "urn:hearthkey:acr:passkey" // a passkey with user verification
	ACREnrol   = "urn:hearthkey:acr:enrol"   // a passkey that was enrolled by an invite in the same step
	ACRDevice  = "urn:hearthkey:acr:device"  // confirmed with a passkey on another device than the one that is signed in
	ACRTailnet = "urn:hearthkey:acr:tailnet" // one click by the person whose node it is, without a passkey
)

// AMRTailnet is the method of ACRTailnet. RFC 8176 has no value for it, and must not be stretched: nothing was proved but whose node it is.
const AMRTailnet = "tailnet"

// Why a session ended.
const (
	EndSignedOut = "signed_out"
	EndRevoked   = "revoked" // by the person or the owner: everything that came from it ends
	EndReplaced  = "replaced"
)

// Session is one person signed in in one browser.
type Session struct {
	ID          string  `json:"id"` // the `sid` of ID tokens
	BrowserID   string  `json:"browserId"`
	UserID      string  `json:"userId"`
	CreatedAt   Time    `json:"createdAt"`
	AuthTime    Time    `json:"authTime"`
	SeenAt      Time    `json:"seenAt"`
	ACR         string  `json:"acr"`
	AMR         string  `json:"amr"` // space-separated (RFC 8176)
	PasskeyID   string  `json:"passkeyId"`
	Network     Network `json:"network"`
	Source      string  `json:"source"`
	UserAgent   string  `json:"userAgent"`
	ClientID    string  `json:"clientId"` // the one app it is for, "" for every app and the account
	TailscaleID int64   `json:"-"`        // whose node the click of ACRTailnet came from, 0 for any other sign-in
	EndedAt     Time    `json:"endedAt"`
	EndReason   string  `json:"endReason"`
	Epoch       int64   `json:"-"`
}

// Lifetimes of sessions.
const (
	SessionIdle     = 30 * Day
	SessionAbsolute = 90 * Day
)

// Live says whether the session may still act: not ended, not idle or old beyond its lifetimes, and of this epoch.
func (s Session) Live(now Time, epoch int64) bool {
	return s.EndedAt == 0 && s.Epoch == epoch && now.Sub(s.SeenAt) < SessionIdle && now.Sub(s.CreatedAt) < SessionAbsolute
}
