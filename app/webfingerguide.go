package main

import "hearthkey/backend/admin"

// WebFingerGuide finds the way for a domain that has no website, and looks whether the DNS records that it takes are there. It changes nothing.
func (a *App) WebFingerGuide(in admin.WebFingerGuideInput) (_ admin.WebFingerGuide, err error) {
	defer a.caught(&err)
	return a.api.WebFingerGuide(a.ctx, in)
}
