package idp

// Reason says why MayUse denied. It is a word for logs, activity and protocol answers; people read the page that belongs to it.
type Reason string

// The reasons.
const (
	Allowed         Reason = ""
	UserMissing     Reason = "user_deleted"
	UserDisabled    Reason = "user_disabled"
	ClientMissing   Reason = "app_deleted"
	ClientDisabled  Reason = "app_disabled"
	NoAccess        Reason = "no_access"
	NotOnTailnet    Reason = "not_on_tailnet"        // the app may be used from the tailnet only
	PersonNotThere  Reason = "person_not_on_tailnet" // the person may sign in from the tailnet only
	GrantRevoked    Reason = "grant_revoked"
	SessionRevoked  Reason = "session_revoked"
	SessionOver     Reason = "session_over"
	EarlierEpoch    Reason = "restored_from_backup"
	ConsentRevoked  Reason = "consent_revoked"
	RedemptionReuse Reason = "code_reused"
	RefreshReuse    Reason = "refresh_reused"
	TokenRevoked    Reason = "token_revoked" // by the app itself (RFC 7009)
	LoginUnlinked   Reason = "tailnet_login" // the Tailscale login no longer signs this person in here
)

// Standing is all that MayUse looks at, as it stands now, read in one transaction. Nil means that the row does not exist.
type Standing struct {
	User    *User
	Rule    NetworkRule // where from the person may sign in: the strictest of their own rule and their groups'
	Client  *Client
	Access  bool     // some access row lets this person use this app
	Grant   *Grant   // nil while there is none yet, at authorize
	Session *Session // the session the grant came from, or the browser's session at authorize
	Network Network  // of the browser that asks, at authorize; a grant brings its own
	Epoch   int64
	Linked  bool // the Tailscale login that the session began by is still this person's, and no circle; false for any other session
}

// MayUse is the only place that decides whether this person may use this app now. It is asked at authorize, code and device redemption, refresh, userinfo and introspection (shared rule: PROTOCOL, "Grants").
// It returns Allowed or the first reason against.
func MayUse(s Standing, now Time) Reason {
	switch {
	case s.Client == nil:
		return ClientMissing
	case s.Client.Disabled():
		return ClientDisabled
	}
	if reason := MaySignIn(s.User, s.Rule, s.network()); reason != Allowed {
		return reason
	}
	switch {
	case !s.Access:
		return NoAccess
	case !s.Client.NetworkRule.Admits(s.network()):
		return NotOnTailnet
	case s.Session != nil && s.Session.ClientID != "" && s.Session.ClientID != s.Client.ID: // it is another app's alone
		return SessionOver
	case s.byTailnet() && (!s.Linked || !s.Client.TailnetSignIn || s.network() != NetworkTailnet):
		return LoginUnlinked
	}
	if s.Grant != nil {
		if reason := grantStands(s, now); reason != Allowed {
			return reason
		}
	} else if s.Session == nil || s.Session.UserID != s.User.ID || !s.Session.Live(now, s.Epoch) {
		return SessionOver
	}
	return Allowed
}

// byTailnet says whether nothing but a click on a node of the person's stands behind it.
func (s Standing) byTailnet() bool {
	return s.Session != nil && s.Session.ACR == ACRTailnet || s.Grant != nil && s.Grant.ACR == ACRTailnet
}

// MaySignIn is the part of MayUse that holds without an app: whether this person may sign in, or stay signed in, with a browser in network. rule is the strictest of their own and their groups'.
func MaySignIn(u *User, rule NetworkRule, network Network) Reason {
	switch {
	case u == nil:
		return UserMissing
	case u.Disabled():
		return UserDisabled
	case !rule.Admits(network):
		return PersonNotThere
	}
	return Allowed
}

// grantStands looks at what the grant hangs on: a session revoked by somebody ends all that came from it, one that ran out or was signed out ends only grants without offline_access.
func grantStands(s Standing, now Time) Reason {
	switch {
	case s.Grant.RevokedAt != 0:
		return GrantRevoked
	case s.Grant.Epoch != s.Epoch:
		return EarlierEpoch
	case s.Session == nil:
		return SessionOver
	case s.Session.EndReason == EndRevoked:
		return SessionRevoked
	case !s.Grant.Offline() && !s.Session.Live(now, s.Epoch):
		return SessionOver
	}
	return Allowed
}

// network is that of the browser in which the person signed in. The address of an app's server never counts.
func (s Standing) network() Network {
	if s.Grant != nil {
		return s.Grant.Network
	}
	return s.Network
}

// MayAct decides whether an app may act for itself now (RFC 6749 §4.4): there is nobody else to ask about.
func MayAct(c *Client) Reason {
	switch {
	case c == nil:
		return ClientMissing
	case c.Disabled():
		return ClientDisabled
	case !c.ClientCredentials:
		return NoAccess
	}
	return Allowed
}
