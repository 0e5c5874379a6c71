package admin

import (
	"context"
	"strconv"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// maxPause is the longest pause that ends by itself, in minutes.
const maxPause = 24 * 60

// PausePublic pauses sign-in from the internet.
func (a *Admin) PausePublic(ctx context.Context, minutes int) (Status, error) {
	if minutes < 0 || minutes > maxPause {
		return Status{}, idp.FailField("minutes", "admin.pause_minutes", "most", strconv.Itoa(maxPause))
	}
	err := a.Store.Write(ctx, func(tx *store.Tx) error {
		pin, err := tx.Pin(ctx)
		if err != nil {
			return err
		}
		if !onInternet(pin) {
			return idp.Fail(idp.Conflict, "admin.pause_nothing")
		}
		pause, event := idp.Pause{On: true}, a.event(idp.EventPublicPaused)
		if minutes > 0 {
			pause.Until = a.Clock().Add(time.Duration(minutes) * time.Minute)
			event.Detail = pairs("minutes", strconv.Itoa(minutes))
		}
		if err := tx.SetPause(pause); err != nil {
			return err
		}
		return tx.Record(event)
	})
	return a.pauseChanged(ctx, err)
}

// ResumePublic ends the pause.
func (a *Admin) ResumePublic(ctx context.Context) (Status, error) {
	err := a.Store.Write(ctx, func(tx *store.Tx) error {
		pause, err := tx.Pause(ctx)
		if err != nil || !pause.On {
			return err
		}
		if err := tx.SetPause(idp.Pause{}); err != nil {
			return err
		}
		return tx.Record(a.event(idp.EventPublicResumed))
	})
	return a.pauseChanged(ctx, err)
}

func (a *Admin) pauseChanged(ctx context.Context, err error) (Status, error) {
	if err == nil {
		err = a.Reach.Pause(ctx)
	}
	if err != nil {
		return Status{}, err
	}
	return a.Status(ctx)
}

// onInternet says whether visitors from the internet come to the issuer at all.
func onInternet(pin idp.Pin) bool { return pin.Mode == idp.ModeFunnel || pin.Mode == idp.ModeDomain }

// paused is the pause that holds now; zero for none, and where nobody comes from the internet.
func (a *Admin) paused(ctx context.Context, r store.Reads, pin idp.Pin) (idp.Pause, error) {
	pause, err := r.Pause(ctx)
	if err != nil || !pause.Holds(a.Clock()) || !onInternet(pin) {
		return idp.Pause{}, err
	}
	return pause, nil
}
