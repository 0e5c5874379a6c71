package main

import "hearthkey/backend/admin"

// Invite makes a single-use enrolment link for a person; earlier open ones end.
func (a *App) Invite(userID string) (_ admin.InviteLink, err error) {
	defer a.caught(&err)
	return a.api.Invite(a.ctx, userID)
}

// RevokeInvites ends a person's open links.
func (a *App) RevokeInvites(userID string) (err error) {
	defer a.caught(&err)
	return a.api.RevokeInvites(a.ctx, userID)
}
