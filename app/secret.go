package main

import "hearthkey/backend/admin"

// RotateSecret adds a secret, shown once. With endOthers the earlier ones stop working now, otherwise they stay until removed.
func (a *App) RotateSecret(clientID string, endOthers bool) (_ admin.NewSecret, err error) {
	defer a.caught(&err)
	return a.api.RotateSecret(a.ctx, clientID, endOthers)
}

// RemoveSecret is admin.API.RemoveSecret.
func (a *App) RemoveSecret(secretID string) (err error) {
	defer a.caught(&err)
	return a.api.RemoveSecret(a.ctx, secretID)
}
