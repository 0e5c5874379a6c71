package main

import (
	"time"

	"hearthkey/backend/admin"
)

const (
	watchPause = time.Second            // between two tries to reach a process that has gone
	watchCalm  = 100 * time.Millisecond // between two events: a burst of changes is read once
)

// watch tells the page of every change, and seen the state after it, until the process ends. An unreachable process counts as a change: the page finds out why.
func (a *App) watch(seen func(admin.Status, error)) {
	var newest int64
	asked := 0
	for a.ctx.Err() == nil {
		s, err := a.api.Status(a.ctx)
		a.announce(s)
		if err == nil {
			asked = a.tellApprovals(asked, s)
		}
		seen(s, err)
		number, err := a.api.WaitForChange(a.ctx, newest)
		pause := watchCalm
		if err != nil {
			number, pause = 0, watchPause
		}
		if number != newest || err != nil {
			a.desk.Emit("changed", number)
		}
		newest = number
		select {
		case <-time.After(pause):
		case <-a.ctx.Done():
		}
	}
}

// announce shows warnings on the desktop, each once for as often as it is worth saying again, starts in between or not.
func (a *App) announce(s admin.Status) {
	a.announceOne(s.Guard.Notice, ofEnds)
	a.announceOne(s.WebFinger, ofWebFinger)
}

func (a *App) announceOne(n admin.Notice, kind func(*savedPrefs) *string) {
	if n.Key == "" {
		return
	}
	first, err := a.prefs.announce(n.Key, kind)
	if err != nil {
		a.log.Warn("remember what was announced", "error", err)
	}
	if first {
		go a.desk.Notify(n.Title, n.Body) // it waits for the window
	}
}
