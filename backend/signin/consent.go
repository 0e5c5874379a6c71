package signin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

type consentView struct {
	Frame frame
	App   app
	Who   person
	TX    string
	Gets  gets
	Again bool
}

// gets is what an app gets, in the person's own words, "" for what it does not.
type gets struct {
	Owner, Profile, Email, Groups string
	Offline                       bool
}

// ask shows the consent page, and remembers whom it was shown to.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request, tx pending, who account, again bool) error {
	gets, err := p.gets(r.Context(), who.user, tx.authorize.ConsentScope())
	if err != nil {
		return err
	}
	p.pendings.note(tx.id, tx.browser, func(t *pending) { t.asked = who.session.ID })
	return p.render(w, http.StatusOK, "consent", consentView{p.frame(r), tx.app(), p.who(tx, who.user), tx.id, gets, again})
}

func (p *Pages) gets(ctx context.Context, u idp.User, scope string) (gets, error) {
	out := gets{Owner: p.owner(ctx), Offline: idp.HasScope(scope, "offline_access")}
	if idp.HasScope(scope, "profile") {
		out.Profile = fullName(u)
	}
	if idp.HasScope(scope, "email") {
		out.Email = u.Email
	}
	if !idp.HasScope(scope, "groups") {
		return out, nil
	}
	groups, err := p.store.GroupsOf(ctx, u.ID)
	names := []string{}
	for _, g := range groups {
		names = append(names, g.Name)
	}
	if out.Groups = strings.Join(names, ", "); out.Groups == "" {
		out.Groups = text("page.consent_no_groups")
	}
	return out, err
}

// who names the person on a page of a request, with the way to another account.
func (p *Pages) who(tx pending, u idp.User) person {
	return person{u.UserName, txURL("/select-account", tx)}
}

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
		if err := p.inPlace(r.Context(), who.user); errors.Is(err, errAway) { // nothing is remembered of a yes that gives nothing
			return p.refuse(w, r, tx, who, idp.PersonNotThere)
		} else if err != nil {
			return err
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
