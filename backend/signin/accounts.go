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
	view := accountsView{Frame: p.frame(r), App: tx.app(), TX: tx.id, Other: txURL("/sign-in", tx) + "&other=1"}
	for _, a := range c.accounts {
		view.Accounts = append(view.Accounts, accountRow{a.session.ID, fullName(a.user), a.user.UserName, initial(fullName(a.user))})
	}
	return p.render(w, http.StatusOK, "accounts", view)
}

// Accounts is the way to another account than the one a page names: those of this browser, or the sign-in page where there is no other.
func (p *Pages) Accounts(w http.ResponseWriter, r *http.Request) error {
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	tx, ok := p.pendings.look(r.FormValue("tx"), c.key)
	switch {
	case !ok || !tx.signsIn():
		return p.lost(w, r)
	case len(c.accounts) < 2:
		return see(w, r, txURL("/sign-in", tx)+"&other=1")
	}
	return p.choose(w, r, tx, c)
}

// SelectAccount takes the choice among the accounts of this browser. It holds for this request alone.
func (p *Pages) SelectAccount(w http.ResponseWriter, r *http.Request) error {
	tx, c, err := p.postedTX(w, r)
	if err != nil {
		return err
	}
	if !tx.signsIn() {
		return p.lost(w, r)
	}
	chosen := c.find(func(a account) bool { return a.session.ID == r.PostFormValue("session") })
	if !chosen.there() {
		return idp.Fail(idp.Invalid, "page.request_wrong")
	}
	change := func(t *pending) { t.sessionID, t.fresh, t.asked, t.posted = chosen.session.ID, false, "", true }
	p.pendings.note(tx.id, tx.browser, change)
	change(&tx)
	if tx.device != nil {
		return see(w, r, txURL(tx.step(), tx))
	}
	return p.proceed(w, r, tx, c)
}
