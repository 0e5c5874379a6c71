package main

import "hearthkey/backend/admin"

// TailnetPeople lists the Tailscale logins that the node sees and those that are linked to users.
func (a *App) TailnetPeople() (_ admin.TailnetPeople, err error) {
	defer a.caught(&err)
	return a.api.TailnetPeople(a.ctx)
}

// LinkTailnetLogin makes a login that the node sees a user's; conflict when it is somebody's already.
func (a *App) LinkTailnetLogin(userID, tailscaleID string) (err error) {
	defer a.caught(&err)
	return a.api.LinkTailnetLogin(a.ctx, userID, tailscaleID)
}

// UnlinkTailnetLogin takes a login from its user, and ends what came by it.
func (a *App) UnlinkTailnetLogin(tailscaleID string) (err error) {
	defer a.caught(&err)
	return a.api.UnlinkTailnetLogin(a.ctx, tailscaleID)
}
