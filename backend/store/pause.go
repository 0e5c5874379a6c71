package store

import (
	"context"

	"hearthkey/backend/idp"
)

// Pause is whether the owner has paused sign-in from the internet, over by the clock or not.
func (r Reads) Pause(ctx context.Context) (idp.Pause, error) {
	return setting[idp.Pause](ctx, r, "pause")
}

// SetPause keeps the owner's wish; the zero Pause ends it.
func (tx *Tx) SetPause(p idp.Pause) error { return setSetting(tx, "pause", p) }
