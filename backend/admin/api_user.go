package admin

import "hearthkey/backend/idp"

// UserInput is what the owner types about a person. A field left empty is empty.
type UserInput struct {
	UserName   string   `json:"userName"`
	Name       string   `json:"name"`
	GivenName  string   `json:"givenName"`
	FamilyName string   `json:"familyName"`
	Email      string   `json:"email"`
	Claims     string   `json:"claims"` // JSON object, "" for none
	GroupIDs   []string `json:"groupIds"`

	NetworkRule idp.NetworkRule `json:"networkRule"` // where from they may sign in; "" for anywhere. Their groups may be stricter
}

// UserRow is a line of the Users page.
type UserRow struct {
	User       idp.User `json:"user"`
	Groups     []string `json:"groups"` // names
	Passkeys   int      `json:"passkeys"`
	LastSignIn idp.Time `json:"lastSignIn"`
	OpenInvite idp.Time `json:"openInvite"` // when an open invite ends, 0 without one
}

// UserDetail is the panel of one person.
type UserDetail struct {
	User       idp.User      `json:"user"`
	Groups     []idp.Group   `json:"groups"`
	Passkeys   []PasskeyRow  `json:"passkeys"`
	Sessions   []idp.Session `json:"sessions"` // live ones, newest first
	Consents   []ConsentRow  `json:"consents"`
	MayUse     []idp.Client  `json:"mayUse"`
	OpenInvite idp.Time      `json:"openInvite"`
	LastSignIn idp.Time      `json:"lastSignIn"`

	SeenOnTailnet bool `json:"seenOnTailnet"` // they have signed in from a device of the tailnet before
}

// PasskeyRow is a passkey with whether it works under the pinned issuer.
type PasskeyRow struct {
	Passkey   idp.Passkey `json:"passkey"`
	TrialOnly bool        `json:"trialOnly"` // bound to another RP ID than the pinned one
}

// ConsentRow is a consent with its app's name.
type ConsentRow struct {
	Consent    idp.Consent `json:"consent"`
	ClientName string      `json:"clientName"`
}

// InviteLink is a new invite, with the link that exists only here.
type InviteLink struct {
	Invite   idp.Invite `json:"invite"`
	URL      string     `json:"url"`
	UserName string     `json:"userName"`
	Phone    bool       `json:"phone"` // another device can open it
}
