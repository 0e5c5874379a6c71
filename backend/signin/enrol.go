package signin

import (
	"context"
	"net/http"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

type enrolView struct {
	Frame                 frame
	App                   app
	Owner, Name, UserName string
	Ends                  moment
	State, Node, Login    string
	Again                 string // where the person begins anew
	Ceremony              ceremony
}

// Enrol shows how far the request of this browser is, and makes the passkey once the owner said yes. The waiting page asks for the state by itself.
func (p *Pages) Enrol(w http.ResponseWriter, r *http.Request) error {
	a, err := p.asking(r)
	if err != nil && idp.CodeOf(err) != idp.NotFound {
		return err
	}
	view := enrolView{Frame: p.frame(r), Owner: p.owner(r.Context()), State: "over", Again: stepURL("/sign-in", r.FormValue("tx"), r.FormValue("app"))}
	if err == nil {
		view.App, view.Name, view.UserName = appOf(a.client, a.client.LaunchURL), firstName(a.user), a.user.UserName
		view.State, view.Ends, view.Node, view.Login = a.state(p.clock()), momentOf(a.approval.ExpiresAt, "Mon 2 Jan, 15:04 MST"), a.approval.Node, a.approval.Login
	}
	if view.State == string(idp.ApprovalApproved) {
		if err := p.store.View(r.Context(), func(rd store.Reads) error { return p.mayEnrol(r.Context(), rd, a.approval) }); err != nil {
			return err
		}
		config := ceremony{Create: true, known: "page.make_known", Begin: "/enrol/options", Finish: "/enrol/passkey", TX: r.FormValue("tx"), App: r.FormValue("app")}
		if view.Ceremony, err = p.ceremony(r.Context(), config, p.enrolment(r, a.user)); err != nil {
			return err
		}
	}
	return p.render(w, http.StatusOK, "enrol", view)
}

// EnrolState tells the waiting page how far its request is.
func (p *Pages) EnrolState(w http.ResponseWriter, r *http.Request) error {
	a, err := p.asking(r)
	if err != nil && idp.CodeOf(err) != idp.NotFound {
		return err
	}
	state := "over"
	if err == nil {
		state = a.state(p.clock())
	}
	return answerJSON(w, http.StatusOK, struct {
		State string `json:"state"`
	}{state})
}

// mayEnrol asks again whether the approved request still holds, for the visitor who would use it.
func (p *Pages) mayEnrol(ctx context.Context, r store.Reads, a idp.Approval) error {
	epoch, err := r.Epoch(ctx)
	if err != nil {
		return err
	}
	if a.State != idp.ApprovalApproved || !a.Open(p.clock(), epoch) {
		return idp.Fail(idp.Expired, "approval.over")
	}
	n, err := p.meet(ctx, r, &oidc.Authorize{Client: idp.Client{ID: a.ClientID}})
	if err == nil && (!n.enrol || n.user.ID != a.UserID || a.TailscaleID != idp.VisitorOf(ctx).TailscaleUserID) {
		err = p.notByLogin(ctx)
	}
	return err
}

// EnrolOptions gives the page a fresh ceremony.
func (p *Pages) EnrolOptions(w http.ResponseWriter, r *http.Request) error {
	a, err := p.asking(r)
	if err != nil {
		return err
	}
	if err := p.store.View(r.Context(), func(rd store.Reads) error { return p.mayEnrol(r.Context(), rd, a.approval) }); err != nil {
		return err
	}
	options, err := p.enrolment(r, a.user)()
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, options)
}

// EnrolPasskey enrols the person's first passkey and signs them in: approval, passkey, session and events in one transaction, so that an approval is used once.
func (p *Pages) EnrolPasskey(w http.ResponseWriter, r *http.Request) error {
	var in answered
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	a, err := p.asking(r)
	if err != nil {
		return err
	}
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	if err := p.store.View(r.Context(), func(rd store.Reads) error { return p.mayEnrol(r.Context(), rd, a.approval) }); err != nil {
		return err
	}
	made, err := p.passkey.VerifyEnrol(r.Context(), in.Ceremony, in.Response, a.user)
	if err != nil {
		return err
	}
	added := p.event(r, idp.EventPasskeyAdded, a.user)
	added.ObjectID, added.Detail["passkey"], added.Detail["approval"] = made.ID, made.Name, a.approval.ID
	begun, err := p.begin(w, r, c, beginning{user: a.user, passkey: made, acr: idp.ACREnrol, also: func(tx *store.Tx) error {
		fresh, err := tx.Approval(context.Background(), a.approval.ID)
		if err == nil {
			err = p.mayEnrol(r.Context(), tx.Reads, fresh)
		}
		if err == nil {
			err = tx.AnswerApproval(fresh.ID, idp.ApprovalApproved, idp.ApprovalUsed, fresh.ExpiresAt, p.clock())
		}
		if err == nil {
			err = tx.AddPasskey(made)
		}
		if err != nil {
			return err
		}
		return tx.Record(added)
	}})
	if err != nil {
		return err
	}
	p.setAskCookie(w, "", -time.Second)
	tx, ok := p.pendings.look(in.TX, begun.key)
	if !ok || !tx.signsIn() {
		return answerJSON(w, http.StatusOK, next{"/account?done=welcome"})
	}
	p.pendings.note(tx.id, begun.key, func(t *pending) { t.sessionID, t.fresh, t.posted = begun.session.ID, false, false })
	return answerJSON(w, http.StatusOK, next{txURL(tx.step(), tx)})
}
