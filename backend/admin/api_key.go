package admin

import "hearthkey/backend/idp"

// SigningKeys are the keys that sign tokens, by algorithm and then newest first.
type SigningKeys struct {
	Keys         []SigningKeyRow `json:"keys"`
	RotationDays int             `json:"rotationDays"`
}

// SigningKeyRow is one signing key, without its private part.
type SigningKeyRow struct {
	ID          string   `json:"id"` // `kid`
	Algorithm   string   `json:"algorithm"`
	State       string   `json:"state"`   // next, current, retired, withdrawn
	Clients     int      `json:"clients"` // apps whose ID tokens this algorithm signs
	PublishedAt idp.Time `json:"publishedAt"`
	ActiveAt    idp.Time `json:"activeAt"`
	RetiredAt   idp.Time `json:"retiredAt"`
	DueAt       idp.Time `json:"dueAt"` // when the next takes over from the current one, or this next one takes over; 0 otherwise
}
