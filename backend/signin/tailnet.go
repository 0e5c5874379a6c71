package signin

import (
	"context"
	"net/http"
	"slices"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

// neighbour is the person whose node asks, with what the app that they go to makes of it. The zero value is nobody: a node that is nobody's, or whose person is not known here, is told nothing.
type neighbour struct {
	user  idp.User
	hint  bool // the page is for them
	click bool // one click is enough
	enrol bool // they may make their first passkey here
}

func (n neighbour) there() bool { return n.hint || n.click || n.enrol }

// neighbour reads who visits with a request of an app, as far as the app's settings let pages know.
func (p *Pages) neighbour(r *http.Request, tx pending) (n neighbour, err error) {
	if tx.authorize == nil {
		return n, nil
	}
	err = p.store.View(r.Context(), func(rd store.Reads) (err error) {
		n, err = p.meet(r.Context(), rd, tx.authorize)
		return err
	})
	return n, err
}

// meet holds the tailnet identity rules in one place. Only a node that belongs to one person counts, and of the internet none does; the login must be linked, its person enabled and let in by the app; a click or an enrolment wants the owner's word that this issuer does not sign people in to the tailnet that carries it.
func (p *Pages) meet(ctx context.Context, r store.Reads, req *oidc.Authorize) (neighbour, error) {
	v := idp.VisitorOf(ctx)
	if !v.Identified || v.Network != idp.NetworkTailnet || v.TailscaleUserID == 0 {
		return neighbour{}, nil
	}
	l, err := r.TailnetLogin(ctx, v.TailscaleUserID)
	if err != nil {
		return neighbour{}, unlessMissing(err)
	}
	st, err := r.Standing(ctx, l.UserID, req.Client.ID, "", "")
	if err != nil || st.User == nil || st.User.Disabled() || st.Client == nil || st.Client.Disabled() || !st.Access {
		return neighbour{}, err
	}
	if req.HintUserID != "" && req.HintUserID != l.UserID { // the app asks for somebody else (OIDC Core §3.1.2.1)
		return neighbour{}, nil
	}
	carrier, err := r.Carrier(ctx)
	if err != nil {
		return neighbour{}, err
	}
	passkeys, err := r.Passkeys(ctx, l.UserID)
	has := slices.ContainsFunc(passkeys, func(k idp.Passkey) bool { return k.RPID == p.pin.RPID })
	return neighbour{
		user:  *st.User,
		hint:  st.Client.TailnetHint && has,
		click: st.Client.TailnetSignIn && carrier == store.CarrierNo && !st.Client.Reauthenticate && req.TakesClick(),
		enrol: st.Client.TailnetEnrol && carrier == store.CarrierNo && !has,
	}, err
}

// unlessMissing makes idp.NotFound no error.
func unlessMissing(err error) error {
	if idp.CodeOf(err) == idp.NotFound {
		return nil
	}
	return err
}

// nearView is what the sign-in page says to the person whose node asks.
type nearView struct {
	Name, UserName, Initial string
	Other, TX               string
	Hint, Click, Enrol      bool
}

// near names the person on the page of a request, and remembers whom it named: what is clicked counts for them alone.
func (p *Pages) near(tx pending, n neighbour) *nearView {
	p.pendings.note(tx.id, tx.browser, func(t *pending) { t.met = n.user.ID })
	name := fullName(n.user)
	return &nearView{Name: firstName(n.user), UserName: n.user.UserName, Initial: initial(name), Other: txURL("/sign-in", tx) + "&other=1", TX: tx.id, Hint: n.hint, Click: n.click, Enrol: n.enrol}
}

// notByLogin is the one answer to a click that may not be, whatever the reason: a node learns nothing of people by trying.
func (p *Pages) notByLogin(ctx context.Context) error {
	return idp.Fail(idp.Denied, "signin.not_by_login", "owner", p.owner(ctx))
}

// SignInTailnet takes the click of the person whose node asks, in place of a passkey: for one app, never silently. The session that begins is that app's alone, and who acts in this browser stays.
func (p *Pages) SignInTailnet(w http.ResponseWriter, r *http.Request) error {
	tx, c, err := p.postedTX(w, r)
	if err != nil {
		return err
	}
	if tx.authorize == nil {
		return p.lost(w, r)
	}
	req, err := p.asOfNow(r.Context(), tx.authorize)
	if err != nil {
		return err
	}
	n, err := p.neighbour(r, tx)
	if err != nil {
		return err
	}
	if !n.click || tx.met != n.user.ID {
		return p.notByLogin(r.Context())
	}
	login := idp.VisitorOf(r.Context()).TailscaleUserID
	begun, err := p.begin(w, r, c, beginning{user: n.user, acr: idp.ACRTailnet, client: req.Client, login: login, also: func(tx *store.Tx) error {
		still, err := p.meet(r.Context(), tx.Reads, req)
		if err == nil && (!still.click || still.user.ID != n.user.ID) {
			err = p.notByLogin(r.Context())
		}
		return err
	}})
	if err != nil {
		return err
	}
	p.pendings.note(tx.id, begun.key, func(t *pending) { t.sessionID, t.fresh, t.asked, t.posted = begun.session.ID, false, "", true })
	return see(w, r, txURL(tx.step(), tx))
}
