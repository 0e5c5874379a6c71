package main

// EndSession revokes one session with all that came from it.
func (a *App) EndSession(id string) (err error) {
	defer a.caught(&err)
	return a.api.EndSession(a.ctx, id)
}

// EndSessions revokes all sessions of a person.
func (a *App) EndSessions(userID string) (err error) {
	defer a.caught(&err)
	return a.api.EndSessions(a.ctx, userID)
}

// RevokeConsent forgets a person's yes to an app and ends that app's grants for them.
func (a *App) RevokeConsent(userID string, clientID string) (err error) {
	defer a.caught(&err)
	return a.api.RevokeConsent(a.ctx, userID, clientID)
}
