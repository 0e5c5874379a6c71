package main

import "hearthkey/backend/admin"

// SigningKeys lists the keys that sign tokens: next, current, retired.
func (a *App) SigningKeys() (_ admin.SigningKeys, err error) {
	defer a.caught(&err)
	return a.api.SigningKeys(a.ctx)
}

// RotateSigningKey makes the next key of an algorithm (RS256, ES256, EdDSA) the current one now. Conflict when apps have not had a day to fetch it, unless atOnce.
func (a *App) RotateSigningKey(algorithm string, atOnce bool) (_ admin.SigningKeys, err error) {
	defer a.caught(&err)
	return a.api.RotateSigningKey(a.ctx, algorithm, atOnce)
}

// WithdrawSigningKey takes a retired key out of the key set: tokens and hints that it signed count no more.
func (a *App) WithdrawSigningKey(id string) (_ admin.SigningKeys, err error) {
	defer a.caught(&err)
	return a.api.WithdrawSigningKey(a.ctx, id)
}

// SetKeyRotation says after how many days the next key takes over, 7 to 730.
func (a *App) SetKeyRotation(days int) (_ admin.SigningKeys, err error) {
	defer a.caught(&err)
	return a.api.SetKeyRotation(a.ctx, days)
}
