package main

import "hearthkey/backend/admin"

// RenewNodeKey asks Tailscale for a page to log the node in again, which then stands in Status.Tunnel.LoginURL. The node goes on serving meanwhile. Unavailable while it has not joined.
func (a *App) RenewNodeKey() (err error) {
	defer a.caught(&err)
	return a.api.RenewNodeKey(a.ctx)
}

// SetCarrier answers whether this issuer signs people in to the very tailnet that carries it: yes or no.
func (a *App) SetCarrier(answer string) (_ admin.Status, err error) {
	defer a.caught(&err)
	return a.api.SetCarrier(a.ctx, answer)
}

// SetPasskeyAdmin notes whether an admin of the tailnet signs in to Tailscale with a passkey, as the owner says.
func (a *App) SetPasskeyAdmin(there bool) (_ admin.Status, err error) {
	defer a.caught(&err)
	return a.api.SetPasskeyAdmin(a.ctx, there)
}

// SetKeepAwake says whether this machine is kept from going to sleep by itself while on mains power.
func (a *App) SetKeepAwake(on bool) (_ admin.Status, err error) {
	defer a.caught(&err)
	return a.api.SetKeepAwake(a.ctx, on)
}
