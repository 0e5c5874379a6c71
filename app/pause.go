package main

import "hearthkey/backend/admin"

// PausePublic lets nobody begin a sign-in from the internet, for some minutes or, with 0, until ResumePublic. What apps ask for themselves, sign-outs and the tailnet go on. Conflict where nobody can come from the internet.
func (a *App) PausePublic(minutes int) (_ admin.Status, err error) {
	defer a.caught(&err)
	return a.api.PausePublic(a.ctx, minutes)
}

// ResumePublic ends the pause, if there is one.
func (a *App) ResumePublic() (_ admin.Status, err error) {
	defer a.caught(&err)
	return a.api.ResumePublic(a.ctx)
}
