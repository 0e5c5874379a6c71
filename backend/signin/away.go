package signin

import (
	"context"
	"errors"
	"net/http"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// errAway is what a person hears who may sign in from the tailnet only and is not there.
var errAway = idp.Fail(idp.Denied, "signin.away")

// isAway says whether the reason is where the browser is: connecting Tailscale mends it.
func isAway(reason idp.Reason) bool {
	return reason == idp.NotOnTailnet || reason == idp.PersonNotThere
}

// inPlace refuses, with errAway, a person who may not be signed in where the visitor is. The rule may have changed, and the browser gone elsewhere, since the session began.
func (p *Pages) inPlace(ctx context.Context, u idp.User) error {
	rule, err := p.store.SignInRule(ctx, u.ID)
	if err == nil && idp.MaySignIn(&u, rule, idp.VisitorOf(ctx).Network) == idp.PersonNotThere {
		return errAway
	}
	return err
}

// signsInHere is inPlace in the transaction that would begin a session. A refusal is an outcome: it leaves its event.
func (p *Pages) signsInHere(r *http.Request, tx *store.Tx, b beginning) (bool, error) {
	rule, err := tx.SignInRule(context.Background(), b.user.ID)
	if err != nil {
		return false, err
	}
	reason := idp.MaySignIn(&b.user, rule, idp.VisitorOf(r.Context()).Network)
	if reason != idp.PersonNotThere {
		return true, nil
	}
	event := p.event(r, idp.EventSignInRefused, b.user)
	event.ClientID, event.Reason, event.Detail["passkey"] = b.client.ID, string(reason), b.passkey.Name
	if b.client.Name != "" {
		event.Detail["app"] = b.client.Name
	}
	return false, tx.Record(event)
}

type awayView struct {
	Frame        frame
	App          *app
	Owner, Retry string
	TX           string // of the form that leads back to the app, "" where none does
	SignedIn     bool
}

// away says to connect Tailscale, and leads back to where the person was. It names nobody: a link opens it.
func (p *Pages) away(w http.ResponseWriter, r *http.Request, view awayView) error {
	view.Frame, view.Owner = p.frame(r), p.owner(r.Context())
	elsewhere(w)
	return p.render(w, http.StatusForbidden, "away", view)
}

// elsewhere has the browser connect anew for its next request: it goes on using a connection through the internet after it has joined the tailnet.
func elsewhere(w http.ResponseWriter) { w.Header().Set("Connection", "close") }

// Away is where a ceremony leads that succeeded in the wrong network.
func (p *Pages) Away(w http.ResponseWriter, r *http.Request) error {
	view := awayView{Retry: "/sign-in"}
	if id := r.FormValue("tx"); id != "" {
		tx, ok := p.pendings.look(id, p.cookieKey(r))
		if !ok || !tx.signsIn() {
			return p.lost(w, r)
		}
		a := tx.app()
		view.App, view.Retry = &a, txURL("/sign-in", tx)
		if tx.authorize != nil {
			view.TX = tx.id
		}
	}
	return p.away(w, r, view)
}

// awayNext leads the script to Away, where that is why no session began; otherwise it answers the error.
func (p *Pages) awayNext(w http.ResponseWriter, tx pending, err error) error {
	if !errors.Is(err, errAway) {
		return err
	}
	to := "/away"
	if tx.signsIn() {
		to = txURL(to, tx)
	}
	return answerJSON(w, http.StatusOK, next{to})
}
