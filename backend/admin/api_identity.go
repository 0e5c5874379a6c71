package admin

import "hearthkey/backend/idp"

// TailnetPeople are the Tailscale logins that can be linked to users, or are.
type TailnetPeople struct {
	People      []TailnetPerson `json:"people"`      // by login
	Problem     string          `json:"problem"`     // a sentence on why the tailnet cannot be asked now, "" when it was
	EnrolAtOnce bool            `json:"enrolAtOnce"` // first passkeys from the tailnet do not wait for the owner
}

// TailnetPerson is a Tailscale login with whom it is linked to.
type TailnetPerson struct {
	ID            string   `json:"id"` // Tailscale's numeric user ID, as text: it may be beyond what a page can count
	Login         string   `json:"login"`
	Name          string   `json:"name"`
	Nodes         []string `json:"nodes"`
	Seen          bool     `json:"seen"`   // the node sees a machine of theirs now
	UserID        string   `json:"userId"` // "" while it is linked to nobody
	UserName      string   `json:"userName"`
	LinkedAt      idp.Time `json:"linkedAt"`
	SuggestedID   string   `json:"suggestedId"` // the user with that verified e-mail address, "" for none
	SuggestedName string   `json:"suggestedName"`
}

// ApprovalRow is a request that waits for the owner.
type ApprovalRow struct {
	ID         string      `json:"id"`
	Kind       string      `json:"kind"` // enrol
	UserID     string      `json:"userId"`
	UserName   string      `json:"userName"`
	ClientID   string      `json:"clientId"`
	ClientName string      `json:"clientName"`
	Login      string      `json:"login"`
	Node       string      `json:"node"`
	Network    idp.Network `json:"network"`
	Source     string      `json:"source"`
	UserAgent  string      `json:"userAgent"`
	CreatedAt  idp.Time    `json:"createdAt"`
	ExpiresAt  idp.Time    `json:"expiresAt"`
}
