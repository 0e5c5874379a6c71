package store

import (
	"context"

	"hearthkey/backend/idp"
)

// Warned is the newest warning that was given of something that ends.
type Warned struct {
	Ends idp.Time `json:"ends"` // what is renewed ends at another time, and is warned of anew
	Days int      `json:"days"` // how long ahead, 0 when it had ended
}

// What is warned of.
const (
	NodeKey     = "node_key"
	Certificate = "certificate"
)

// Warned is the newest warning of NodeKey or Certificate; the zero value before the first.
func (r Reads) Warned(ctx context.Context, what string) (Warned, error) {
	return setting[Warned](ctx, r, "warned_"+what)
}

// SetWarned notes a warning of NodeKey or Certificate.
func (tx *Tx) SetWarned(what string, w Warned) error { return setSetting(tx, "warned_"+what, w) }

// KeepAwake is whether the owner wants this machine kept awake on mains power.
func (r Reads) KeepAwake(ctx context.Context) (bool, error) {
	return setting[bool](ctx, r, "keep_awake")
}

// SetKeepAwake keeps that wish.
func (tx *Tx) SetKeepAwake(on bool) error { return setSetting(tx, "keep_awake", on) }
