package idp

// TailnetLogin ties a Tailscale login to a person: nodes of that login are then this person's. One login has one person, a person may have several logins.
type TailnetLogin struct {
	TailscaleID int64 // Tailscale's numeric user ID: a login name can be given to somebody else, this cannot
	UserID      string
	Login       string // as it was when linked
	LinkedAt    Time
}

// TailnetPerson is somebody who has nodes in the tailnet, as our own node sees them. Nodes that are tagged or shared in are nobody's.
type TailnetPerson struct {
	TailscaleID int64
	Login       string   // mostly an e-mail address
	Name        string   // as Tailscale shows it, may be ""
	Nodes       []string // first labels of their names, sorted
}
