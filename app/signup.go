package main

import "hearthkey/backend/admin"

// SignUp is how signing a tailnet up with this issuer stands, with all that the owner needs on the way.
func (a *App) SignUp() (_ admin.SignUp, err error) {
	defer a.caught(&err)
	return a.api.SignUp(a.ctx)
}

// StartSignUp makes what a sign-up at Tailscale needs here: a user with exactly that address, the app, the domain in the list. Invalid on person where the owner has to say who gets the address.
func (a *App) StartSignUp(in admin.SignUpInput) (_ admin.SignUp, err error) {
	defer a.caught(&err)
	return a.api.StartSignUp(a.ctx, in)
}

// SetSignUpPeople says who may join the tailnet, beside who signs up. Invalid when somebody's address is at another domain.
func (a *App) SetSignUpPeople(userIDs []string) (_ admin.SignUp, err error) {
	defer a.caught(&err)
	return a.api.SetSignUpPeople(a.ctx, userIDs)
}

// SignUpSecret makes the client secret that Tailscale is given, in place of those that were never used.
func (a *App) SignUpSecret() (_ admin.NewSecret, err error) {
	defer a.caught(&err)
	return a.api.SignUpSecret(a.ctx)
}

// EndSignUpSessions signs out here who signed the tailnet up, so that signing in once more proves something.
func (a *App) EndSignUpSessions() (_ admin.SignUp, err error) {
	defer a.caught(&err)
	return a.api.EndSignUpSessions(a.ctx)
}

// ForgetSignUp lets go of the tailnet: its user's address, its app and its domain are guarded no more. typed is the domain, as shown to the owner.
func (a *App) ForgetSignUp(typed string) (err error) {
	defer a.caught(&err)
	return a.api.ForgetSignUp(a.ctx, typed)
}
