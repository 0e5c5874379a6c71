package signin

import (
	"context"
	"net/http"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

type signedOutView struct {
	Frame   frame
	Told    string // the apps that are told of it, as a list in a sentence
	Problem string // why nobody is sent back to the app that asked, "" when none wished so
}

// SignOut ends the acting session of this browser with the grants that need it.
func (p *Pages) SignOut(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.parameters(w, r); err != nil {
		return err
	}
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	told, err := p.endSession(r, c.acting, idp.Client{})
	if err != nil {
		return err
	}
	return p.signedOut(w, r, told, "")
}

func (p *Pages) signedOut(w http.ResponseWriter, r *http.Request, told []string, problem string) error {
	return p.render(w, http.StatusOK, "signed-out", signedOutView{p.frame(r), listed(told), problem})
}

// listed is a list of names in a sentence: a, b and c.
func listed(names []string) string {
	if len(names) == 0 {
		return ""
	}
	out := names[0]
	for i, name := range names[1:] {
		if i == len(names)-2 {
			return text("page.list_and", "first", out, "last", name)
		}
		out = text("page.list_comma", "first", out, "next", name)
	}
	return out
}

// endSession ends one session, if there is one, with its online grants and its event; client is the app that asked, zero for the person themselves. It names the apps that are to be told; nobody waits until they were.
func (p *Pages) endSession(r *http.Request, a account, client idp.Client) (told []string, err error) {
	if !a.there() {
		return nil, nil
	}
	event := p.event(r, idp.EventSignedOut, a.user)
	event.ObjectID, event.ClientID = a.session.ID, client.ID
	if client.Name != "" {
		event.Detail["app"] = client.Name
	}
	err = p.store.Write(r.Context(), func(tx *store.Tx) error {
		ended, err := tx.EndSession(a.session.ID, idp.EndSignedOut, p.clock())
		if err != nil || !ended { // somebody was faster
			return err
		}
		if err := tx.EndOnlineGrants(a.session.ID, p.clock()); err != nil {
			return err
		}
		if told, err = tx.AppsToTell(context.Background(), a.session.ID); err != nil {
			return err
		}
		return tx.Record(event)
	})
	return told, err
}
