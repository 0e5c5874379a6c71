package main

import "hearthkey/backend/admin"

// WebFingerDomains lists the domains whose WebFinger names the issuer, by name.
func (a *App) WebFingerDomains() (_ []admin.WebFingerRow, err error) {
	defer a.caught(&err)
	return a.api.WebFingerDomains(a.ctx)
}

// WebFingerDomain is all that there is to say of one.
func (a *App) WebFingerDomain(domain string) (_ admin.WebFingerDetail, err error) {
	defer a.caught(&err)
	return a.api.WebFingerDomain(a.ctx, domain)
}

// AddWebFingerDomain puts a domain on the list, and answers for it at the issuer's own endpoint. Nothing is published yet. Conflict when it is there.
func (a *App) AddWebFingerDomain(in admin.WebFingerInput) (_ admin.WebFingerDetail, err error) {
	defer a.caught(&err)
	return a.api.AddWebFingerDomain(a.ctx, in)
}

// SetWebFingerDomain changes whom a domain's WebFinger answers for. What is published stays as it is.
func (a *App) SetWebFingerDomain(in admin.WebFingerInput) (_ admin.WebFingerDetail, err error) {
	defer a.caught(&err)
	return a.api.SetWebFingerDomain(a.ctx, in)
}

// PlanWebFinger reads what stands on a domain, and lays what publishing would make of it beside that. Nothing is changed there. Unavailable in a trial.
func (a *App) PlanWebFinger(domain string) (_ admin.WebFingerPlan, err error) {
	defer a.caught(&err)
	return a.api.PlanWebFinger(a.ctx, domain)
}

// PublishWebFinger carries out a plan that the owner saw, which digest names, reads the domain back, and puts back what was there where that fails.
func (a *App) PublishWebFinger(domain, digest string) (_ admin.WebFingerDetail, err error) {
	defer a.caught(&err)
	return a.api.PublishWebFinger(a.ctx, domain, digest)
}

// UnpublishWebFinger takes the issuer out of what stands on a domain, and leaves what others have there, as they had it.
func (a *App) UnpublishWebFinger(domain string) (_ admin.WebFingerDetail, err error) {
	defer a.caught(&err)
	return a.api.UnpublishWebFinger(a.ctx, domain)
}

// SetPublisher chooses how a domain's document gets there. Secrets that are left empty stay while place and user do. What is published now stays as it is.
func (a *App) SetPublisher(domain string, in admin.PublisherInput) (_ admin.WebFingerDetail, err error) {
	defer a.caught(&err)
	return a.api.SetPublisher(a.ctx, domain, in)
}

// TestPublisher visits a publisher's target as it would be set, and changes nothing. Secrets that are left empty are the kept ones, if they are for the same place and user. It takes up to 40 seconds. Before a host's key is confirmed it only tells the key.
func (a *App) TestPublisher(domain string, in admin.PublisherInput) (_ admin.PublisherTest, err error) {
	defer a.caught(&err)
	return a.api.TestPublisher(a.ctx, domain, in)
}

// CheckWebFinger looks at a domain from outside as Tailscale does, and says what is wrong and how to mend it on that host. It takes up to 25 seconds. Conflict in a trial, which nobody outside can sign in by.
func (a *App) CheckWebFinger(domain string) (_ admin.WebFingerDetail, err error) {
	defer a.caught(&err)
	return a.api.CheckWebFinger(a.ctx, domain)
}

// WebFingerLines are what to put onto each kind of web server by hand, so that it answers for a domain. Unavailable in a trial.
func (a *App) WebFingerLines(domain string) (_ []admin.WebFingerLines, err error) {
	defer a.caught(&err)
	return a.api.WebFingerLines(a.ctx, domain)
}

// RemoveWebFingerDomain takes a domain off the list, with its publisher's credentials. What is published stays there.
func (a *App) RemoveWebFingerDomain(domain string) (err error) {
	defer a.caught(&err)
	return a.api.RemoveWebFingerDomain(a.ctx, domain)
}
