package main

import "hearthkey/backend/admin"

// AddSecret adds a secret, shown once, and says how long the earlier ones go on.
func (a *App) AddSecret(clientID string, in admin.SecretInput) (_ admin.NewSecret, err error) {
	defer a.caught(&err)
	return a.api.AddSecret(a.ctx, clientID, in)
}

// RemoveSecret is admin.API.RemoveSecret.
func (a *App) RemoveSecret(secretID string) (err error) {
	defer a.caught(&err)
	return a.api.RemoveSecret(a.ctx, secretID)
}
