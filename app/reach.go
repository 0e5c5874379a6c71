package main

import "hearthkey/backend/admin"

// CheckReach measures now whether this machine, the tailnet and the internet get in, and answers when that is done.
func (a *App) CheckReach() (_ admin.Status, err error) {
	defer a.caught(&err)
	return a.api.CheckReach(a.ctx)
}

// ReachHistory is how they did in the last 30 days.
func (a *App) ReachHistory() (_ admin.ReachHistory, err error) {
	defer a.caught(&err)
	return a.api.ReachHistory(a.ctx)
}
