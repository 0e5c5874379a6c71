package signin

import (
	"net/http"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

type deviceAskView struct {
	Frame    frame
	App      app
	Who      person
	TX       string
	Gets     gets
	Agent    string
	Where    string
	Source   string
	Away     bool // in another network, which the owner allows for this app
	Fresh    bool // a passkey was used for this very request
	Ceremony ceremony
}

// askDevice shows the confirmation, and remembers whom it was shown to.
func (p *Pages) askDevice(w http.ResponseWriter, r *http.Request, tx pending, who account, d *oidc.Device) error {
	v := idp.VisitorOf(r.Context())
	view := deviceAskView{
		Frame: p.frame(r), App: deviceApp(d.Client), Who: p.who(tx, who.user), TX: tx.id, Agent: agentOf(d.Code.UserAgent).text(),
		Source: d.Code.Source, Fresh: tx.isFresh(who, d),
	}
	view.Where, view.Away = whereOf(d, v)
	var err error
	if view.Gets, err = p.gets(r.Context(), who.user, d.Code.Scope); err != nil {
		return err
	}
	if !view.Fresh {
		config := ceremony{Begin: "/device/options", Finish: "/device/passkey", TX: tx.id, App: d.Client.ID}
		if view.Ceremony, err = p.ceremony(r.Context(), config, p.stepUp(r, who.user)); err != nil {
			return err
		}
	}
	p.noteAsked(tx, who, view.Ceremony.ID)
	return p.render(w, http.StatusOK, "device-ask", view)
}

// noteAsked remembers the person and the ceremony that the page was given: another ceremony of theirs confirms nothing here.
func (p *Pages) noteAsked(tx pending, who account, ceremony string) {
	p.pendings.note(tx.id, tx.browser, func(t *pending) {
		asked := *t.device
		asked.ceremony = ceremony
		t.device, t.asked = &asked, who.session.ID
	})
}

// isFresh says whether the person used a passkey for this very request, after the device asked.
func (t *pending) isFresh(who account, d *oidc.Device) bool {
	return t.fresh && t.sessionID == who.session.ID && who.session.AuthTime >= d.Code.CreatedAt
}

// whereOf says in plain words where the device is, seen from who would confirm it.
func whereOf(d *oidc.Device, v idp.Visitor) (words string, away bool) {
	near := *d
	near.Client.DeviceAnywhere = false
	switch {
	case !near.Near(v):
		return text("page.device_where_away"), true
	case d.Code.Network == idp.NetworkLocal:
		return text("page.device_where_local"), false
	case d.Code.Network == idp.NetworkTailnet:
		return text("page.device_where_tailnet"), false
	}
	return text("page.device_where_same"), false
}

// DeviceOptions gives the confirmation a fresh ceremony.
func (p *Pages) DeviceOptions(w http.ResponseWriter, r *http.Request) error {
	var in asked
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	tx, who, _, d, err := p.deviceTX(r, in.TX)
	if err != nil || d == nil || !who.there() || tx.asked != who.session.ID { // the page says why
		return answerJSON(w, http.StatusGone, next{stepURL("/device/confirm", in.TX, in.App)})
	}
	options, err := p.stepUp(r, who.user)()
	if err != nil {
		return err
	}
	p.noteAsked(tx, who, options.ID)
	return answerJSON(w, http.StatusOK, options)
}

// DevicePasskey confirms with a passkey that is used on the confirmation itself.
func (p *Pages) DevicePasskey(w http.ResponseWriter, r *http.Request) error {
	var in answered
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	tx, who, c, d, err := p.deviceTX(r, in.TX)
	switch {
	case err != nil:
		return err
	case d == nil:
		return answerJSON(w, http.StatusOK, next{txURL("/device/confirm", tx)})
	case !who.there() || tx.asked != who.session.ID:
		return idp.Fail(idp.Denied, "page.not_signed_in")
	case tx.device.ceremony == "" || tx.device.ceremony != in.Ceremony:
		return idp.Fail(idp.Expired, "passkey.expired")
	}
	proof, err := p.passkey.FinishSignIn(r.Context(), in.Ceremony, in.Response)
	if err != nil {
		return err
	}
	if proof.User.ID != who.user.ID {
		return idp.Fail(idp.Denied, "passkey.not_yours")
	}
	begun, err := p.begin(w, r, c, beginning{user: proof.User, passkey: proof.Passkey, acr: idp.ACRPasskey, client: d.Client})
	if err != nil {
		return p.awayNext(w, tx, err)
	}
	tx.browser = begun.key
	if err := p.allowDevice(r, tx, begun.session, d); err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, next{txURL("/device/confirm", tx)})
}

// allowDevice lets the device in, or notes why it may not be.
func (p *Pages) allowDevice(r *http.Request, tx pending, session idp.Session, d *oidc.Device) error {
	reason, err := p.oidc.AllowDevice(r.Context(), d, session, idp.VisitorOf(r.Context()))
	switch {
	case err != nil:
		return err
	case reason == idp.Allowed:
		p.endDevice(tx, deviceAllowed, "")
	case reason != idp.SessionOver: // the next look leads to the sign-in page
		p.refuseDevice(tx, reason)
	}
	return nil
}

// DeviceAnswer takes the no, and the yes of somebody who has signed in with a passkey for this very request.
func (p *Pages) DeviceAnswer(w http.ResponseWriter, r *http.Request) error {
	form, err := p.parameters(w, r)
	if err != nil {
		return err
	}
	tx, who, _, d, err := p.deviceTX(r, form.Get("tx"))
	if idp.CodeOf(err) == idp.Expired {
		return p.deviceOver(w, r, err)
	}
	if err != nil {
		return err
	}
	again := txURL("/device/confirm", tx)
	if d == nil || !who.there() || tx.asked != who.session.ID { // ended, or shown to somebody else: the page says what is next
		return see(w, r, again)
	}
	switch decision := form.Get("decision"); {
	case decision == "deny":
		if err := p.oidc.DenyDevice(r.Context(), d, who.session, idp.VisitorOf(r.Context())); err != nil {
			return err
		}
		p.endDevice(tx, deviceDenied, "")
	case decision != "allow" || !tx.isFresh(who, d):
		return idp.Fail(idp.Invalid, "page.request_wrong")
	default:
		if err := p.allowDevice(r, tx, who.session, d); err != nil {
			return err
		}
	}
	return see(w, r, again)
}
