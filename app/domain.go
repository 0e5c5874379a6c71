package main

import "hearthkey/backend/admin"

// Domain is how the own-domain mode stands, with the lines for the owner's reverse proxy, or what is proposed for it.
func (a *App) Domain() (_ admin.Domain, err error) {
	defer a.caught(&err)
	return a.api.Domain(a.ctx)
}

// PinDomain makes a name of the owner's own the issuer and RP ID for good, ends the trial if there is one, and serves it to the owner's reverse proxy. Conflict when another https issuer is pinned.
func (a *App) PinDomain(in admin.DomainInput) (_ admin.Status, err error) {
	defer a.caught(&err)
	return a.api.PinDomain(a.ctx, in)
}

// SetDomain changes where the proxy finds Hearthkey and which proxies are trusted. The name stays.
func (a *App) SetDomain(in admin.DomainInput) (_ admin.Status, err error) {
	defer a.caught(&err)
	return a.api.SetDomain(a.ctx, in)
}

// CheckDomain visits the owner's own name as anybody would, and says what is wrong on the way, with the lines that mend it. It takes up to 15 seconds.
func (a *App) CheckDomain() (_ admin.DomainCheck, err error) {
	defer a.caught(&err)
	return a.api.CheckDomain(a.ctx)
}
