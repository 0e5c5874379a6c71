package main

import "hearthkey/backend/admin"

// StartTrial pins http://localhost on a port, 0 for 1411, and serves it. Conflict when another issuer is pinned; conflict on port, naming the next free one as argument next, when another program has it.
func (a *App) StartTrial(port int) (_ admin.Status, err error) {
	defer a.caught(&err)
	return a.api.StartTrial(a.ctx, port)
}

// ConnectTailnet joins the tailnet under a host name; Status.Tunnel then tells the login URL and how far it is. Nothing is pinned yet.
func (a *App) ConnectTailnet(in admin.ConnectTailnet) (err error) {
	defer a.caught(&err)
	return a.api.ConnectTailnet(a.ctx, in)
}

// Doctor says what the tailnet has to allow, with the page and the policy text for what it does not. It never blocks on the network, and is other after a change.
func (a *App) Doctor() (_ admin.Doctor, err error) {
	defer a.caught(&err)
	return a.api.Doctor(a.ctx)
}

// PinHostName makes the name that the node has now the issuer and RP ID for good, ends the trial if there is one, and serves it. name is that full name, as shown to the owner: invalid when the node has another by now.
func (a *App) PinHostName(name string) (_ admin.Status, err error) {
	defer a.caught(&err)
	return a.api.PinHostName(a.ctx, name)
}

// SetFunnel switches between the internet and the tailnet alone (true and false).
func (a *App) SetFunnel(on bool) (_ admin.Status, err error) {
	defer a.caught(&err)
	return a.api.SetFunnel(a.ctx, on)
}

// LogOutEffects is what LogOutTailnet would break now.
func (a *App) LogOutEffects() (_ admin.LogOutEffects, err error) {
	defer a.caught(&err)
	return a.api.LogOutEffects(a.ctx)
}

// LogOutTailnet takes the node off its tailnet and removes its keys. The pin stays.
func (a *App) LogOutTailnet() (err error) {
	defer a.caught(&err)
	return a.api.LogOutTailnet(a.ctx)
}
