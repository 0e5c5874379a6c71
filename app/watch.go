package main

import (
	"time"

	"hearthkey/backend/admin"
)

// watchPause is between two tries to reach a process that has gone.
const watchPause = time.Second

// watch tells the page of every change, and seen the state after it, until the process ends. An unreachable process counts as a change: the page finds out why.
func (a *App) watch(seen func(admin.Status, error)) {
	var newest int64
	for a.ctx.Err() == nil {
		seen(a.api.Status(a.ctx))
		number, err := a.api.WaitForChange(a.ctx, newest)
		if err != nil {
			number = 0
			select {
			case <-time.After(watchPause):
			case <-a.ctx.Done():
				return
			}
		}
		if number != newest || err != nil {
			a.desk.Emit("changed", number)
		}
		newest = number
	}
}
