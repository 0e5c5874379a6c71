package main

import "hearthkey/backend/admin"

// CustomClaims lists the names of the custom claims in use, with the scope each belongs to.
func (a *App) CustomClaims() (_ []admin.CustomClaim, err error) {
	defer a.caught(&err)
	return a.api.CustomClaims(a.ctx)
}

// SetClaimScope says which scope (openid, profile, email or groups) lets apps see a custom claim.
func (a *App) SetClaimScope(claim, scope string) (err error) {
	defer a.caught(&err)
	return a.api.SetClaimScope(a.ctx, claim, scope)
}
