package signin

import (
	"net/http"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

type refusedView struct {
	Frame         frame
	App           app
	Who           person
	TX            string // of the form that leads back to the app, "" where none does
	Owner, Retry  string
	Heading, Lead string // message keys
}

// refuse shows that this person may not use this app, and offers the way back with access_denied.
func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, tx pending, who account, reason idp.Reason) error {
	switch reason {
	case idp.UserMissing, idp.UserDisabled, idp.SessionRevoked, idp.SessionOver, idp.EarlierEpoch, idp.LoginUnlinked: // they are signed out by now
		return see(w, r, txURL("/sign-in", tx))
	case idp.ClientMissing:
		return p.lost(w, r)
	}
	app := tx.app()
	if err := p.noteRefusal(r, tx, who, reason); err != nil {
		return err
	}
	view := refusedView{
		Frame: p.frame(r), App: app, Who: p.who(tx, who.user), Owner: p.owner(r.Context()),
		Heading: "page.no_access_heading", Lead: "page.no_access_lead",
	}
	if who.user.Owner {
		view.Heading, view.Lead = "page.no_access_owner_heading", "page.no_access_owner_lead"
	}
	switch reason {
	case idp.ClientDisabled:
		view.Heading, view.Lead = "page.app_off_heading", "page.app_off_lead"
	case idp.NotOnTailnet:
		view.Heading, view.Lead, view.Retry = "page.tailnet_heading", "page.tailnet_lead", txURL(tx.step(), tx)
	case idp.PersonNotThere:
		view.Heading, view.Lead, view.Retry = "page.tailnet_heading", "page.away_lead", txURL(tx.step(), tx)
	}
	if view.Retry != "" {
		elsewhere(w)
	}
	if tx.authorize != nil {
		view.TX = tx.id
	}
	return p.render(w, http.StatusForbidden, "no-access", view)
}

// noteRefusal writes one event for a request, however often its page is looked at.
func (p *Pages) noteRefusal(r *http.Request, tx pending, who account, reason idp.Reason) error {
	if tx.refused {
		return nil
	}
	event := p.event(r, idp.EventAccessDenied, who.user)
	event.ClientID, event.Reason, event.Detail["app"] = tx.client().ID, string(reason), tx.client().Name
	if err := p.store.Write(r.Context(), func(w *store.Tx) error { return w.Record(event) }); err != nil {
		return err
	}
	p.pendings.note(tx.id, tx.browser, func(t *pending) { t.refused = true })
	return nil
}
