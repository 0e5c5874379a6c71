package main

import "hearthkey/backend/admin"

// Activity lists events, newest first.
func (a *App) Activity(q admin.ActivityQuery) (_ admin.ActivityPage, err error) {
	defer a.caught(&err)
	return a.api.Activity(a.ctx, q)
}

// VerifyActivity checks the whole chain.
func (a *App) VerifyActivity() (_ admin.ChainReport, err error) {
	defer a.caught(&err)
	return a.api.VerifyActivity(a.ctx)
}
