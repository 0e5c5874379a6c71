package main

import "hearthkey/backend/admin"

// Clients lists apps by name; query filters by part of name or client ID.
func (a *App) Clients(query string) (_ []admin.ClientRow, err error) {
	defer a.caught(&err)
	return a.api.Clients(a.ctx, query)
}

// Client is admin.API.Client.
func (a *App) Client(id string) (_ admin.ClientDetail, err error) {
	defer a.caught(&err)
	return a.api.Client(a.ctx, id)
}

// CreateClient registers an app. The secret is in the answer and nowhere else.
func (a *App) CreateClient(in admin.ClientInput) (_ admin.NewClient, err error) {
	defer a.caught(&err)
	return a.api.CreateClient(a.ctx, in)
}

// UpdateClient is admin.API.UpdateClient.
func (a *App) UpdateClient(id string, in admin.ClientInput) (_ admin.ClientDetail, err error) {
	defer a.caught(&err)
	return a.api.UpdateClient(a.ctx, id, in)
}

// SetClientDisabled is admin.API.SetClientDisabled.
func (a *App) SetClientDisabled(id string, disabled bool) (err error) {
	defer a.caught(&err)
	return a.api.SetClientDisabled(a.ctx, id, disabled)
}

// DeleteClient is admin.API.DeleteClient.
func (a *App) DeleteClient(id string) (err error) {
	defer a.caught(&err)
	return a.api.DeleteClient(a.ctx, id)
}

// Preview is what an app would be told of a person, and whether the person would be let in.
func (a *App) Preview(in admin.PreviewInput) (_ admin.Preview, err error) {
	defer a.caught(&err)
	return a.api.Preview(a.ctx, in)
}
