package main

import "hearthkey/backend/admin"

// TakeBackName asks the tailnet once more for the name that the issuer has; Status.Mismatch is null when it is back.
func (a *App) TakeBackName() (err error) {
	defer a.caught(&err)
	return a.api.TakeBackName(a.ctx)
}

// MovePlan says what moving the issuer to another host takes, and changes nothing. to is that host: the name that the node has now, which "" stands for, or one of the owner's own. Conflict when it is the issuer already.
func (a *App) MovePlan(to string) (_ admin.MovePlan, err error) {
	defer a.caught(&err)
	return a.api.MovePlan(a.ctx, to)
}

// MoveIssuer makes another host the issuer, ends every sign-in and invites everybody whose passkeys stay behind. Invalid when the host is not the one to be had any more, and on confirm when it was not typed.
func (a *App) MoveIssuer(in admin.MoveInput) (_ admin.Moved, err error) {
	defer a.caught(&err)
	return a.api.MoveIssuer(a.ctx, in)
}

// Reinvite makes the list of a move anew: invites, good for 1 to 7 days, for everybody whose passkeys are all bound to other hosts; their earlier ones end.
func (a *App) Reinvite(days int) (_ admin.Moved, err error) {
	defer a.caught(&err)
	return a.api.Reinvite(a.ctx, days)
}

// ForgetHost lets go of a former host: it is answered no more, and passkeys that are bound to it are of no use.
func (a *App) ForgetHost(host string) (err error) {
	defer a.caught(&err)
	return a.api.ForgetHost(a.ctx, host)
}
