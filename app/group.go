package main

import (
	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// Groups is admin.API.Groups.
func (a *App) Groups() (_ []admin.GroupRow, err error) {
	defer a.caught(&err)
	return a.api.Groups(a.ctx)
}

// CreateGroup is admin.API.CreateGroup.
func (a *App) CreateGroup(in admin.GroupInput) (_ idp.Group, err error) {
	defer a.caught(&err)
	return a.api.CreateGroup(a.ctx, in)
}

// UpdateGroup is admin.API.UpdateGroup.
func (a *App) UpdateGroup(id string, in admin.GroupInput) (_ idp.Group, err error) {
	defer a.caught(&err)
	return a.api.UpdateGroup(a.ctx, id, in)
}

// DeleteGroup is admin.API.DeleteGroup.
func (a *App) DeleteGroup(id string) (err error) {
	defer a.caught(&err)
	return a.api.DeleteGroup(a.ctx, id)
}
