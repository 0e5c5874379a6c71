package main

import (
	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// SetUp names the home and makes the owner's user. It may be called again, to correct, until the owner has a passkey.
func (a *App) SetUp(in admin.SetUp) (_ idp.User, err error) {
	defer a.caught(&err)
	return a.api.SetUp(a.ctx, in)
}
