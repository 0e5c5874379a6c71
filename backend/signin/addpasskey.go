package signin

import (
	"context"
	"net/http"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// freshly is who acts in this browser and has used a passkey just now; idp.Denied otherwise.
func (p *Pages) freshly(r *http.Request) (caller, error) {
	c, err := p.signedIn(r)
	if err == nil && !p.fresh(c.acting.session) {
		err = idp.Fail(idp.Denied, "page.step_up_first")
	}
	return c, err
}

// AccountOptions gives the page a fresh ceremony for AccountPasskey.
func (p *Pages) AccountOptions(w http.ResponseWriter, r *http.Request) error {
	c, err := p.freshly(r)
	if err != nil {
		return err
	}
	options, err := p.enrolment(r, c.acting.user)()
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, options)
}

// AccountPasskey adds a passkey to the own account.
func (p *Pages) AccountPasskey(w http.ResponseWriter, r *http.Request) error {
	var in answered
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	c, err := p.freshly(r)
	if err != nil {
		return err
	}
	made, err := p.passkey.VerifyEnrol(r.Context(), in.Ceremony, in.Response, c.acting.user)
	if err != nil {
		return err
	}
	added := p.event(r, idp.EventPasskeyAdded, c.acting.user)
	added.ObjectID, added.Detail["passkey"] = made.ID, made.Name
	if err := p.addPasskey(r.Context(), c.acting, made, added); err != nil {
		return err
	}
	switch tx, ok := p.pendings.look(in.TX, c.key); {
	case in.TX == "":
		return answerJSON(w, http.StatusOK, next{"/account?done=added"})
	case !ok || !tx.signsIn():
		return answerJSON(w, http.StatusOK, next{lostURL(in.TX, in.App)})
	default:
		return answerJSON(w, http.StatusOK, next{txURL(tx.step(), tx)})
	}
}

// addPasskey keeps a passkey that somebody who is signed in has made.
func (p *Pages) addPasskey(ctx context.Context, who account, made idp.Passkey, added idp.Event) error {
	return p.store.Write(ctx, func(tx *store.Tx) error {
		if err := stillThere(tx, who.user.ID); err != nil {
			return err
		}
		s, err := tx.Session(context.Background(), who.session.ID)
		if err != nil {
			return err
		}
		if s.EndedAt != 0 { // ended since this request began
			return idp.Fail(idp.Denied, "page.not_signed_in")
		}
		if err := tx.AddPasskey(made); err != nil {
			return err
		}
		return tx.Record(added)
	})
}
