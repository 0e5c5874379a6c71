package admin

import "hearthkey/backend/idp"

// Mismatch says that the tailnet calls the node otherwise than the issuer, so that nothing is served.
type Mismatch struct {
	Host     string `json:"host"`     // the pinned one, which passkeys and apps know
	Name     string `json:"name"`     // the one that the node has now
	Kind     string `json:"kind"`     // suffix (another machine has the name: id-1), label (the node was renamed), tailnet (the tailnet was)
	Page     string `json:"page"`     // Tailscale's admin page where the name is given back
	Passkeys int    `json:"passkeys"` // bound to Host
	People   int    `json:"people"`   // who have them
	Apps     int    `json:"apps"`     // that know the issuer
}

// FormerHost is a host that was the issuer before, with whether it still leads here.
type FormerHost struct {
	Host      string         `json:"host"`
	LeftAt    idp.Time       `json:"leftAt"`
	Passkeys  int            `json:"passkeys"` // still bound to it
	People    int            `json:"people"`   // who have no passkey for the issuer of now
	State     idp.ReachState `json:"state"`    // up: public DNS leads its name here, and we answered
	CheckedAt idp.Time       `json:"checkedAt"`
	Problem   string         `json:"problem"` // a sentence, "" when it leads here
}

// MovePlan is what moving the issuer would take.
type MovePlan struct {
	From     idp.Pin      `json:"from"`
	To       idp.Pin      `json:"to"`
	People   []MovePerson `json:"people"`   // who will need a new passkey, the owner first
	Apps     []MoveApp    `json:"apps"`     // that need the new issuer pasted, the one that may lock a tailnet first
	Keep     int          `json:"keep"`     // people who have a passkey for the new host already
	Lost     bool         `json:"lost"`     // the host that is left will not lead here any more, so its passkeys are of no use at all
	MostDays int          `json:"mostDays"` // how long invites may be good
}

// MovePerson is somebody whose passkeys stay behind.
type MovePerson struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	UserName string `json:"userName"`
	Email    string `json:"email"`
	Owner    bool   `json:"owner"`
	Passkeys int    `json:"passkeys"`
}

// MoveApp is an app that knows the issuer by its old name.
type MoveApp struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Tailnet bool   `json:"tailnet"` // a tailnet signs in here: with the old issuer in its settings it lets nobody in
}

// MoveInput is the owner's yes to a move.
type MoveInput struct {
	To      string `json:"to"`      // the new host, as MovePlan named it
	Confirm string `json:"confirm"` // the same, typed
	Days    int    `json:"days"`    // how long the invites are good, 1 to 7; 0 for 1
	// Domain says where the owner's reverse proxy finds Hearthkey, when To is a name of the owner's own; what is empty stays as it was. Its HostName is not read.
	Domain DomainInput `json:"domain"`
}

// Moved is what a move, or a new list, has made. The links exist only here.
type Moved struct {
	Status  Status       `json:"status"`
	Invites []MoveInvite `json:"invites"` // the owner's first
}

// MoveInvite is one line of the list: the link by which a person makes their new passkey.
type MoveInvite struct {
	UserID    string   `json:"userId"`
	Name      string   `json:"name"`
	UserName  string   `json:"userName"`
	Email     string   `json:"email"`
	Owner     bool     `json:"owner"`
	URL       string   `json:"url"`
	ExpiresAt idp.Time `json:"expiresAt"`
}
