package signin

import (
	"net/http"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

type signedOutView struct{ Frame frame }

// SignOut ends the acting session of this browser with the grants that need it.
func (p *Pages) SignOut(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.parameters(w, r); err != nil {
		return err
	}
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	if err := p.endSession(r, c.acting, idp.Client{}); err != nil {
		return err
	}
	return p.signedOut(w, r)
}

func (p *Pages) signedOut(w http.ResponseWriter, r *http.Request) error {
	return p.render(w, http.StatusOK, "signed-out", signedOutView{p.frame(r)})
}

// endSession ends one session, if there is one, with its online grants and its event; client is the app that asked, zero for the person themselves.
func (p *Pages) endSession(r *http.Request, a account, client idp.Client) error {
	if !a.there() {
		return nil
	}
	event := p.event(r, idp.EventSignedOut, a.user)
	event.ObjectID, event.ClientID = a.session.ID, client.ID
	if client.Name != "" {
		event.Detail["app"] = client.Name
	}
	return p.store.Write(r.Context(), func(tx *store.Tx) error {
		ended, err := tx.EndSession(a.session.ID, idp.EndSignedOut, p.clock())
		if err != nil || !ended { // somebody was faster
			return err
		}
		if err := tx.EndOnlineGrants(a.session.ID, p.clock()); err != nil {
			return err
		}
		return tx.Record(event)
	})
}
