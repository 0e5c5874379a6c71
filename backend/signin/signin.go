package signin

import (
	"net/http"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey"
)

type signInView struct {
	Frame    frame
	App      *app
	Who      *person // who was chosen, nil for anybody
	Near     *nearView
	Again    bool
	Owner    string
	Formers  []string // former hosts whose passkeys can be used here
	Ceremony ceremony
}

// Home is the account page for who is signed in, and the sign-in page for anybody else.
func (p *Pages) Home(w http.ResponseWriter, r *http.Request) error {
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	if c.acting.there() {
		return see(w, r, "/account")
	}
	return p.signInPage(w, r, pending{}, c)
}

// SignIn is the sign-in page, for an app's request or for the own account.
func (p *Pages) SignIn(w http.ResponseWriter, r *http.Request) error {
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	id := r.FormValue("tx")
	tx, ok := p.pendings.look(id, c.key)
	switch {
	case id != "" && (!ok || !tx.signsIn()):
		return p.lost(w, r)
	case id == "" && c.acting.there():
		return see(w, r, "/account")
	}
	return p.signInPage(w, r, tx, c)
}

func (p *Pages) signInPage(w http.ResponseWriter, r *http.Request, tx pending, c caller) error {
	view := signInView{Frame: p.frame(r), Owner: p.owner(r.Context())}
	config := ceremony{Begin: "/sign-in/options", Finish: "/sign-in/passkey", Autofill: true}
	if tx.signsIn() {
		a := tx.app()
		view.App, config.TX, config.App = &a, tx.id, a.ID
	}
	if req := tx.authorize; req != nil {
		view.Again = c.acting.there() && (req.Prompt.Login || req.MaxAge >= 0)
	}
	if r.FormValue("other") != "" {
		config.Begin += "?other=1"
	}
	who, err := p.expected(r, tx, c)
	switch {
	case err != nil:
		return err
	case who.chosen.there():
		named := p.who(tx, who.chosen.user)
		view.Who, view.Again, config.Autofill = &named, true, false
	case who.near.there():
		view.Near, config.Autofill = p.near(tx, who.near), false
	default:
		view.Formers = p.formers()
	}
	if view.Ceremony, err = p.ceremony(r.Context(), config, p.signingIn(r, who.user())); err != nil {
		return err
	}
	return p.render(w, http.StatusOK, "sign-in", view)
}

// chosen is the account that was picked for the request and has to sign in again; zero for anybody.
func chosen(r *http.Request, tx pending, c caller) account {
	if tx.sessionID == "" || tx.fresh || r.FormValue("other") != "" {
		return account{}
	}
	return actor(tx, c)
}

// expectation is whom a sign-in page is for: the account that was chosen, else the person whose node asks, else anybody.
type expectation struct {
	chosen account
	near   neighbour
}

// expected says whom the sign-in page of a request is for, unless the visitor said "somebody else".
func (p *Pages) expected(r *http.Request, tx pending, c caller) (e expectation, err error) {
	if e.chosen = chosen(r, tx, c); e.chosen.there() || r.FormValue("other") != "" {
		return e, nil
	}
	e.near, err = p.neighbour(r, tx)
	return e, err
}

// user is that person, zero for anybody.
func (e expectation) user() idp.User {
	switch {
	case e.chosen.there():
		return e.chosen.user
	case e.near.hint:
		return e.near.user
	}
	return idp.User{}
}

// signingIn begins a sign-in of the one whom the page names, or of whoever answers.
func (p *Pages) signingIn(r *http.Request, who idp.User) func() (passkey.Options, error) {
	return func() (passkey.Options, error) {
		if who.ID != "" {
			options, err := p.stepUp(r, who)()
			if idp.CodeOf(err) != idp.Denied { // who has no passkey for this address may still use another's
				return options, err
			}
		}
		return p.passkey.BeginSignIn(r.Context(), source(r))
	}
}

// source is what waiting ceremonies and requests are counted by.
func source(r *http.Request) string { return idp.VisitorOf(r.Context()).SourceKey() }

// SignInOptions gives the page a fresh ceremony, or the page to go to when its request is gone.
func (p *Pages) SignInOptions(w http.ResponseWriter, r *http.Request) error {
	var in asked
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	tx, ok := p.pendings.look(in.TX, c.key)
	if in.TX != "" && !ok {
		return answerJSON(w, http.StatusGone, next{lostURL(in.TX, in.App)})
	}
	who, err := p.expected(r, tx, c)
	if err != nil {
		return err
	}
	begin := p.signingIn(r, who.user())
	if in.Former != "" {
		begin = func() (passkey.Options, error) { return p.passkey.BeginFormer(r.Context(), in.Former, source(r)) }
	}
	options, err := begin()
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, options)
}

// SignInPasskey begins a session for who answered the ceremony.
func (p *Pages) SignInPasskey(w http.ResponseWriter, r *http.Request) error {
	var in answered
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	proof, err := p.passkey.FinishSignIn(r.Context(), in.Ceremony, in.Response)
	if err != nil {
		return err
	}
	tx, ok := p.pendings.look(in.TX, c.key)
	begun, err := p.begin(w, r, c, beginning{user: proof.User, passkey: proof.Passkey, acr: idp.ACRPasskey, client: tx.client()})
	if err != nil {
		return p.awayNext(w, tx, err)
	}
	renew, err := p.mustRenew(r.Context(), proof)
	switch {
	case err != nil:
		return err
	case in.TX == "" && renew:
		return answerJSON(w, http.StatusOK, next{pathRenew})
	case in.TX == "":
		return answerJSON(w, http.StatusOK, next{"/account"})
	case !ok || !tx.signsIn():
		return answerJSON(w, http.StatusOK, next{lostURL(in.TX, in.App)})
	}
	// The script goes on from here, so no form's chain of redirects does.
	p.pendings.note(tx.id, begun.key, func(t *pending) { t.sessionID, t.fresh, t.posted = begun.session.ID, true, false })
	if renew {
		return answerJSON(w, http.StatusOK, next{txURL(pathRenew, tx)})
	}
	return answerJSON(w, http.StatusOK, next{txURL(tx.step(), tx)})
}

// lostURL is the page that says a request is gone.
func lostURL(id, client string) string { return stepURL("/sign-in", id, client) }
