package signin

import (
	"net/http"
	"slices"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

type endSessionView struct {
	Frame        frame
	App          *app
	TX, UserName string
	Problem      string // why the app will not be gone back to, "" when it will
}

// EndSession takes an app's wish to sign somebody out (OIDC RP-Initiated Logout §2), keeps it and goes on where the cookie can be read.
func (p *Pages) EndSession(w http.ResponseWriter, r *http.Request) error {
	form, err := p.parameters(w, r)
	if err != nil {
		return err
	}
	wish, err := p.oidc.ParseEndSession(r.Context(), form)
	if err != nil {
		return err
	}
	tx := pending{source: source(r), endSession: wish, posted: r.Method == http.MethodPost}
	tx.id = p.pendings.add(tx)
	return see(w, r, txURL("/end-session/continue", tx))
}

// EndSessionContinue signs out at once when the hint names a session of this browser, and asks otherwise: any page could send the browser here.
func (p *Pages) EndSessionContinue(w http.ResponseWriter, r *http.Request) error {
	tx, ok := p.pendings.look(r.FormValue("tx"), p.ensureCookie(w, r))
	if !ok || tx.endSession == nil {
		return p.lost(w, r)
	}
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	hinted, who := p.hinted(tx.endSession, c), c.acting
	if !who.there() {
		who = c.clickAt(tx.client())
	}
	if hinted.there() || !who.there() { // or nobody is signed in, so nobody need be asked
		return p.finish(w, r, tx, hinted)
	}
	view := endSessionView{Frame: p.frame(r), TX: tx.id, UserName: who.user.UserName, Problem: problemOf(tx.endSession)}
	if wish := tx.endSession; wish.Client != nil {
		a := appOf(*wish.Client, wish.Client.LaunchURL)
		view.App = &a
	}
	p.pendings.note(tx.id, tx.browser, func(t *pending) { t.asked = who.session.ID })
	return p.render(w, http.StatusOK, "end-session", view)
}

// hinted is the session of this browser that a verified hint names, zero otherwise.
func (p *Pages) hinted(wish *oidc.EndSession, c caller) account {
	if !wish.HintVerified || wish.HintSessionID == "" {
		return account{}
	}
	named := func(a account) bool { return a.session.ID == wish.HintSessionID && a.user.ID == wish.HintUserID }
	if i := slices.IndexFunc(c.clicks, named); i >= 0 { // which its app alone knows the ID of
		return c.clicks[i]
	}
	return c.find(named)
}

// EndSessionConfirm takes the answer of the confirmation page. It signs out whom the page named.
func (p *Pages) EndSessionConfirm(w http.ResponseWriter, r *http.Request) error {
	tx, c, err := p.postedTX(w, r)
	if err != nil {
		return err
	}
	if tx.endSession == nil {
		return p.lost(w, r)
	}
	switch r.PostFormValue("decision") {
	case "sign-out":
		tx.posted = true
		asked := c.find(func(a account) bool { return a.session.ID == tx.asked })
		if !asked.there() {
			asked = c.click(tx.asked, tx.client().ID)
		}
		return p.finish(w, r, tx, asked)
	case "stay":
		p.pendings.take(tx.id, tx.browser)
		return see(w, r, "/account")
	}
	return idp.Fail(idp.Invalid, "page.request_wrong")
}

// finish signs out and goes where the app asked, after that and only to a registered address.
func (p *Pages) finish(w http.ResponseWriter, r *http.Request, tx pending, a account) error {
	told, err := p.endSession(r, a, tx.client())
	if err != nil {
		return err
	}
	if _, ok := p.pendings.take(tx.id, tx.browser); !ok {
		return p.lost(w, r)
	}
	address := tx.endSession.Location()
	switch {
	case address == "":
		return p.signedOut(w, r, told, problemOf(tx.endSession))
	case tx.posted || !isWeb(address):
		who := appOf(tx.client(), address)
		return p.leaving(w, r, &who, address)
	}
	return see(w, r, address)
}

// problemOf is a sentence on why a sign-out does not lead back to the app, "" when nothing was wrong.
func problemOf(wish *oidc.EndSession) string {
	if wish.Problem.Key == "" {
		return ""
	}
	return wish.Problem.String()
}
