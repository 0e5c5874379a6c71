package signin

import (
	"context"
	"net/http"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey"
)

// pathRenew is where somebody who signed in by a passkey of a former host makes one for the issuer.
const pathRenew = "/renew"

type renewView struct {
	Frame       frame
	App         *app
	Host, Later string
	Ceremony    ceremony
}

// mustRenew says whether a person signed in by a former host's passkey and has none for the issuer yet.
func (p *Pages) mustRenew(ctx context.Context, proof passkey.SignedIn) (bool, error) {
	if proof.Passkey.RPID == p.pin.RPID {
		return false, nil
	}
	keys, err := p.store.Passkeys(ctx, proof.User.ID)
	for _, k := range keys {
		if k.RPID == p.pin.RPID && k.FlaggedAt == 0 {
			return false, err
		}
	}
	return true, err
}

// Renew leads to a passkey for the issuer, right after a sign-in by one of a former host; then the app's request goes on.
func (p *Pages) Renew(w http.ResponseWriter, r *http.Request) error {
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	if !c.acting.there() || !p.fresh(c.acting.session) {
		return see(w, r, "/account")
	}
	view := renewView{Frame: p.frame(r), Later: "/account"}
	config := ceremony{Create: true, known: "page.account_known", Begin: "/account/passkeys/options", Finish: "/account/passkeys"}
	if id := r.FormValue("tx"); id != "" {
		tx, ok := p.pendings.look(id, c.key)
		if !ok || !tx.signsIn() {
			return p.lost(w, r)
		}
		a := tx.app()
		view.App, view.Later, config.TX, config.App = &a, txURL(tx.step(), tx), tx.id, a.ID
	}
	used, err := p.store.Passkey(r.Context(), c.acting.session.PasskeyID)
	if err != nil && idp.CodeOf(err) != idp.NotFound {
		return err
	}
	view.Host = used.RPID
	if view.Ceremony, err = p.ceremony(r.Context(), config, p.enrolment(r, c.acting.user)); err != nil {
		return err
	}
	return p.render(w, http.StatusOK, "renew", view)
}

type movedView struct {
	Frame         frame
	Owner, Issuer string
}

// Moved tells whom an app sent to a former host that the home is elsewhere now. The app would take no answer of another issuer (RFC 9207 §2.4), so it gets none.
func (p *Pages) Moved(w http.ResponseWriter, r *http.Request) error {
	return p.render(w, http.StatusGone, "moved", movedView{Frame: p.frame(r), Owner: p.owner(r.Context()), Issuer: p.pin.Issuer})
}
