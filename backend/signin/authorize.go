package signin

import (
	"errors"
	"net/http"
	"net/url"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

// Authorize takes an app's request (OIDC Core §3.1.2.1) and answers it at once where nobody need be shown anything; otherwise it keeps it and sends the browser to the page it needs. By POST it reads no cookie: SameSite=Lax keeps it back there.
func (p *Pages) Authorize(w http.ResponseWriter, r *http.Request) error {
	posted := r.Method == http.MethodPost
	form, err := p.parameters(w, r)
	if err != nil {
		return err
	}
	req, err := p.oidc.ParseAuthorize(r.Context(), form)
	if err != nil {
		return p.refuseRequest(w, r, err, posted)
	}
	tx := pending{source: idp.VisitorOf(r.Context()).SourceKey(), authorize: req, posted: posted}
	if posted {
		tx.id = p.pendings.add(tx)
		return see(w, r, txURL("/authorize/continue", tx))
	}
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	next := "/sign-in"
	if len(c.accounts) > 0 || req.Prompt.None {
		next = "/authorize/continue"
	}
	tx.browser = p.ensureCookie(w, r)
	if answered, err := p.answerAtOnce(w, r, &tx, c); answered || err != nil {
		return err
	}
	tx.id = p.pendings.add(tx)
	return see(w, r, txURL(next, tx))
}

// answerAtOnce gives the app its code where decide asks for nothing else. Whatever comes in between leaves the request to be kept, and to be decided again.
func (p *Pages) answerAtOnce(w http.ResponseWriter, r *http.Request, tx *pending, c caller) (bool, error) {
	if len(c.accounts) == 0 {
		return false, nil
	}
	d, err := p.decide(r.Context(), *tx, c)
	if err != nil || d.step != stepAnswer {
		return false, nil
	}
	code, reason, err := p.oidc.IssueCode(r.Context(), tx.authorize, d.who.session, idp.VisitorOf(r.Context()))
	switch {
	case isRefusal(err):
		return true, p.refuseRequest(w, r, err, false)
	case err != nil:
		return false, nil // ours: the page that goes on meets it again, and can be loaded once more
	case reason != idp.Allowed: // something ended since it was decided, which is noted
		tx.refused = true
		return false, nil
	}
	return true, p.leave(w, r, tx.authorize, p.oidc.Success(tx.authorize, code), false)
}

// AuthorizeContinue goes on with a kept request, for the browser that it is bound to or is bound to now.
func (p *Pages) AuthorizeContinue(w http.ResponseWriter, r *http.Request) error {
	tx, ok := p.pendings.look(r.FormValue("tx"), p.ensureCookie(w, r))
	if !ok || tx.authorize == nil {
		return p.lost(w, r)
	}
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	return p.proceed(w, r, tx, c)
}

// proceed does what decide says.
func (p *Pages) proceed(w http.ResponseWriter, r *http.Request, tx pending, c caller) error {
	d, err := p.decide(r.Context(), tx, c)
	if err != nil {
		return err
	}
	switch d.step {
	case stepSignIn:
		return see(w, r, txURL("/sign-in", tx))
	case stepChoose:
		return p.choose(w, r, tx, c)
	case stepRefuse:
		return p.refuse(w, r, tx, d.who, d.reason)
	case stepAsk:
		return p.ask(w, r, tx, d.who, d.again)
	case stepFail:
		return p.fail(w, r, tx, d.code, d.description)
	default:
		return p.answer(w, r, tx, d.who)
	}
}

// refuseRequest answers for a request that is wrong: to the app where that is safe, else by a page without a Location (RFC 6749 §4.1.2.1).
func (p *Pages) refuseRequest(w http.ResponseWriter, r *http.Request, err error, posted bool) error {
	if told := new(oidc.AppError); errors.As(err, &told) {
		return p.leave(w, r, told.Request, p.oidc.Failure(told.Request, told.Code, told.Description), posted)
	}
	return err
}

// isRefusal says whether an error is what the request gets, and no failure of ours.
func isRefusal(err error) bool {
	return errors.As(err, new(*oidc.AppError)) || errors.As(err, new(*oidc.PageError))
}

// answer ends the request with a code. The request is taken first, so that it gives one code only, and put back when the code could not be made.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, tx pending, who account) error {
	tx, ok := p.pendings.take(tx.id, tx.browser)
	if !ok {
		return p.lost(w, r)
	}
	code, reason, err := p.oidc.IssueCode(r.Context(), tx.authorize, who.session, idp.VisitorOf(r.Context()))
	switch {
	case isRefusal(err):
		return p.refuseRequest(w, r, err, tx.posted)
	case err != nil: // ours, and nothing was changed: it can be tried again
		p.pendings.putBack(tx)
		return err
	case reason != idp.Allowed: // something ended between the decision and this transaction, which has noted it
		tx.refused = true
		p.pendings.putBack(tx)
		return p.refuse(w, r, tx, who, reason)
	}
	return p.leave(w, r, tx.authorize, p.oidc.Success(tx.authorize, code), tx.posted)
}

// fail ends the request with an error for the app.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, tx pending, code, description string) error {
	tx, ok := p.pendings.take(tx.id, tx.browser)
	if !ok {
		return p.lost(w, r)
	}
	return p.leave(w, r, tx.authorize, p.oidc.Failure(tx.authorize, code, description), tx.posted)
}

// txURL is the address of a step of a kept request.
func txURL(path string, tx pending) string { return stepURL(path, tx.id, tx.client().ID) }

// stepURL names the app beside the request, so that a page can name it too when the request itself is gone.
func stepURL(path, id, client string) string {
	q := url.Values{"tx": {id}}
	if client != "" {
		q.Set("app", client)
	}
	return path + "?" + q.Encode()
}

// see sends the browser on by a 303, which makes a GET of whatever came (RFC 9110 §15.4.4).
func see(w http.ResponseWriter, _ *http.Request, address string) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
