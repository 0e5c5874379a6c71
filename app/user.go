package main

import (
	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// Users lists people by name; query filters by part of name, user name or e-mail.
func (a *App) Users(query string) (_ []admin.UserRow, err error) {
	defer a.caught(&err)
	return a.api.Users(a.ctx, query)
}

// User is admin.API.User.
func (a *App) User(id string) (_ admin.UserDetail, err error) {
	defer a.caught(&err)
	return a.api.User(a.ctx, id)
}

// CreateUser is admin.API.CreateUser.
func (a *App) CreateUser(in admin.UserInput) (_ idp.User, err error) {
	defer a.caught(&err)
	return a.api.CreateUser(a.ctx, in)
}

// UpdateUser is admin.API.UpdateUser.
func (a *App) UpdateUser(id string, in admin.UserInput) (_ idp.User, err error) {
	defer a.caught(&err)
	return a.api.UpdateUser(a.ctx, id, in)
}

// SetUserDisabled switches a person off or on; off ends their sessions and grants at once.
func (a *App) SetUserDisabled(id string, disabled bool) (err error) {
	defer a.caught(&err)
	return a.api.SetUserDisabled(a.ctx, id, disabled)
}

// DeleteUser removes a person with passkeys, sessions and grants. Their names stay reserved.
func (a *App) DeleteUser(id string) (err error) {
	defer a.caught(&err)
	return a.api.DeleteUser(a.ctx, id)
}
