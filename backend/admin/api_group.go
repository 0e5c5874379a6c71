package admin

import "hearthkey/backend/idp"

// GroupInput is what the owner types about a group.
type GroupInput struct {
	Name      string   `json:"name"`
	Claims    string   `json:"claims"` // JSON object, "" for none
	MemberIDs []string `json:"memberIds"`

	NetworkRule idp.NetworkRule `json:"networkRule"` // where from its members may sign in; "" for anywhere
}

// GroupRow is a line of the Groups page.
type GroupRow struct {
	Group   idp.Group    `json:"group"`
	Members []idp.User   `json:"members"`
	Clients []idp.Client `json:"clients"` // apps it lets its members use
}
