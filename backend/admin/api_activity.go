package admin

import "hearthkey/backend/idp"

// ActivityQuery selects events. Empty fields select all.
type ActivityQuery struct {
	Before   int64  `json:"before"` // only events with a smaller seq; 0 for the newest
	Limit    int    `json:"limit"`  // at most 200; 0 for 50
	Text     string `json:"text"`   // part of kind or of the personal detail
	UserID   string `json:"userId"`
	ClientID string `json:"clientId"`
	Kind     string `json:"kind"`
	Network  string `json:"network"`
}

// ActivityRow is an event as people read it.
type ActivityRow struct {
	Event      idp.Event `json:"event"`
	Text       string    `json:"text"`
	UserName   string    `json:"userName"`
	ClientName string    `json:"clientName"`
	Level      string    `json:"level"` // ok, warn, danger
}

// ActivityPage is one read of the log.
type ActivityPage struct {
	Rows []ActivityRow `json:"rows"`
	More bool          `json:"more"`
}

// ChainReport is the result of verifying the activity chain.
type ChainReport struct {
	OK     bool   `json:"ok"`
	Events int64  `json:"events"`
	Broken int64  `json:"broken"` // seq of the first event that does not fit, 0 when OK
	Text   string `json:"text"`
}
