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
	chosen := chosen(r, tx, c)
	if r.FormValue("other") != "" {
		config.Begin += "?other=1"
	}
	if chosen.there() {
		who := p.who(tx, chosen.user)
		view.Who, view.Again, config.Autofill = &who, true, false
	} else {
		view.Formers = p.formers()
	}
	var err error
	if view.Ceremony, err = p.ceremony(r.Context(), config, p.signingIn(r, chosen)); err != nil {
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

// signingIn begins a sign-in of the one who was chosen, or of whoever answers.
func (p *Pages) signingIn(r *http.Request, who account) func() (passkey.Options, error) {
	return func() (passkey.Options, error) {
		if who.there() {
			options, err := p.stepUp(r, who.user)()
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
	begin := p.signingIn(r, chosen(r, tx, c))
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
