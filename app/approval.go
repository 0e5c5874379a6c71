package main

import (
	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// Approvals lists the requests that wait for the owner, oldest first.
func (a *App) Approvals() (_ []admin.ApprovalRow, err error) {
	defer a.caught(&err)
	return a.api.Approvals(a.ctx)
}

// Approve lets the browser that asked have what it asked for, once and within 15 minutes. Expired when the request is over.
func (a *App) Approve(id string) (err error) {
	defer a.caught(&err)
	return a.api.Approve(a.ctx, id)
}

// Deny turns a request away. Expired when it is over.
func (a *App) Deny(id string) (err error) {
	defer a.caught(&err)
	return a.api.Deny(a.ctx, id)
}

// SetEnrolAtOnce says whether people with a linked Tailscale login make their first passkey without waiting for Approve.
func (a *App) SetEnrolAtOnce(on bool) (err error) {
	defer a.caught(&err)
	return a.api.SetEnrolAtOnce(a.ctx, on)
}

// showApprovals opens the window where the requests are. They are answered there and never from the tray, so that nobody says yes without having read to what.
func (a *App) showApprovals() {
	a.desk.Emit("approvals")
	a.desk.Show()
}

// tellApprovals says on the desktop that a request came, and answers how many wait now. asked is how many did before.
func (a *App) tellApprovals(asked int, s admin.Status) int {
	if s.Approvals > asked {
		go a.desk.Notify(idp.Text("app.asks_title").String(), idp.Text("app.asks_body").String()) // it waits for the window
	}
	return s.Approvals
}
