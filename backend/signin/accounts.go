package signin

import (
	"net/http"

	"hearthkey/backend/idp"
)

type accountsView struct {
	Frame     frame
	App       app
	TX, Other string
	Accounts  []accountRow
}

type accountRow struct{ SessionID, Name, UserName, Initial string }

// choose shows who is signed in on this browser (prompt=select_account).
func (p *Pages) choose(w http.ResponseWriter, r *http.Request, tx pending, c caller) error {
	view := accountsView{Frame: p.frame(r), App: appOf(tx.authorize.Client, tx.authorize.RedirectURI), TX: tx.id, Other: txURL("/sign-in", tx)}
	for _, a := range c.accounts {
		view.Accounts = append(view.Accounts, accountRow{a.session.ID, fullName(a.user), a.user.UserName, initial(fullName(a.user))})
	}
	return p.render(w, http.StatusOK, "accounts", view)
}

// SelectAccount takes the choice among the accounts of this browser. It holds for this request alone.
func (p *Pages) SelectAccount(w http.ResponseWriter, r *http.Request) error {
	tx, c, err := p.postedTX(w, r)
	if err != nil {
		return err
	}
	if tx.authorize == nil {
		return p.lost(w, r)
	}
	chosen := c.find(func(a account) bool { return a.session.ID == r.PostFormValue("session") })
	if !chosen.there() {
		return idp.Fail(idp.Invalid, "page.request_wrong")
	}
	change := func(t *pending) { t.sessionID, t.fresh, t.posted = chosen.session.ID, false, true }
	p.pendings.note(tx.id, tx.browser, change)
	change(&tx)
	return p.proceed(w, r, tx, c)
}
