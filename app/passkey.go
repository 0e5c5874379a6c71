package main

// RenamePasskey is admin.API.RenamePasskey.
func (a *App) RenamePasskey(id string, name string) (err error) {
	defer a.caught(&err)
	return a.api.RenamePasskey(a.ctx, id, name)
}

// RemovePasskey is admin.API.RemovePasskey.
func (a *App) RemovePasskey(id string) (err error) {
	defer a.caught(&err)
	return a.api.RemovePasskey(a.ctx, id)
}
