package main

import "hearthkey/backend/admin"

// Status is the state of everything the Overview shows. It never blocks on the network.
func (a *App) Status() (_ admin.Status, err error) {
	defer a.caught(&err)
	return a.api.Status(a.ctx)
}

// WaitForChange answers the number of the newest change as soon as it is above since, or since itself after about 20 seconds. Windows call it in a loop and read again what they show.
func (a *App) WaitForChange(since int64) (_ int64, err error) {
	defer a.caught(&err)
	return a.api.WaitForChange(a.ctx, since)
}
