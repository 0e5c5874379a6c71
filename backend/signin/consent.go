package signin

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

type consentView struct {
	Frame                  frame
	App                    app
	Who                    person
	TX, Owner              string
	Profile, Email, Groups string // what the app gets, "" for what it does not
	Offline, Again         bool
}

// ask shows the consent page, and remembers whom it was shown to.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request, tx pending, who account, again bool) error {
	req := tx.authorize
	scope := req.ConsentScope()
	view := consentView{
		Frame: p.frame(r), App: appOf(req.Client, req.RedirectURI), Who: p.who(tx, who.user), TX: tx.id, Owner: p.owner(r.Context()),
		Offline: idp.HasScope(scope, "offline_access"), Again: again,
	}
	if idp.HasScope(scope, "profile") {
		view.Profile = fullName(who.user)
	}
	if idp.HasScope(scope, "email") {
		view.Email = who.user.Email
	}
	if idp.HasScope(scope, "groups") {
		groups, err := p.store.GroupsOf(r.Context(), who.user.ID)
		if err != nil {
			return err
		}
		names := []string{}
		for _, g := range groups {
			names = append(names, g.Name)
		}
		if view.Groups = strings.Join(names, ", "); view.Groups == "" {
			view.Groups = text("page.consent_no_groups")
		}
	}
	p.pendings.note(tx.id, tx.browser, func(t *pending) { t.asked = who.session.ID })
	return p.render(w, http.StatusOK, "consent", view)
}

// who names the person on a page of a request, with the way to another account.
func (p *Pages) who(tx pending, u idp.User) person { return person{u.UserName, txURL("/sign-in", tx)} }

// Consent takes the answer of the consent page, and the way back from the page that refuses.
func (p *Pages) Consent(w http.ResponseWriter, r *http.Request) error {
	tx, c, err := p.postedTX(w, r)
	if err != nil {
		return err
	}
	if tx.authorize == nil {
		return p.lost(w, r)
	}
	p.pendings.note(tx.id, tx.browser, func(t *pending) { t.posted = true })
	who := actor(tx, c)
	switch r.PostFormValue("decision") {
	case "allow":
		if !who.there() || tx.asked != who.session.ID { // the page was shown to somebody else: ask again
			return p.proceed(w, r, tx, c)
		}
		if err := p.allow(r, tx, who); err != nil {
			return err
		}
		return p.answer(w, r, tx, who)
	case "deny":
		if err := p.deny(r, tx, who); err != nil {
			return err
		}
		return p.fail(w, r, tx, "access_denied", "this person did not allow it")
	}
	return idp.Fail(idp.Invalid, "page.request_wrong")
}

// allow remembers the yes, beside what was allowed before.
func (p *Pages) allow(r *http.Request, tx pending, who account) error {
	req := tx.authorize
	asked := req.ConsentScope()
	event := p.event(r, idp.EventConsented, who.user)
	event.ClientID, event.ObjectID = req.Client.ID, who.session.ID
	event.Detail["app"], event.Detail["scope"] = req.Client.Name, asked
	return p.store.Write(r.Context(), func(w *store.Tx) error {
		have, err := w.Consent(context.Background(), who.user.ID, req.Client.ID)
		if err != nil && idp.CodeOf(err) != idp.NotFound {
			return err
		}
		scope := strings.Fields(have.Scope)
		for s := range strings.FieldsSeq(asked) {
			if !slices.Contains(scope, s) {
				scope = append(scope, s)
			}
		}
		if err := w.SaveConsent(idp.Consent{UserID: who.user.ID, ClientID: req.Client.ID, Scope: strings.Join(scope, " "), GrantedAt: p.clock()}); err != nil {
			return err
		}
		return w.Record(event)
	})
}

// deny notes the no. Who was refused has said none.
func (p *Pages) deny(r *http.Request, tx pending, who account) error {
	if tx.refused || tx.asked == "" || tx.asked != who.session.ID {
		return nil
	}
	event := p.event(r, idp.EventConsentDenied, who.user)
	event.ClientID, event.Detail["app"] = tx.authorize.Client.ID, tx.authorize.Client.Name
	return p.store.Write(r.Context(), func(w *store.Tx) error { return w.Record(event) })
}
