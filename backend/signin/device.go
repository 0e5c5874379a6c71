package signin

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

// deviceWish is a device that waits for a person's answer (RFC 8628 §3.3). Its rows are read anew at each step.
type deviceWish struct {
	code     string // that the person typed
	client   idp.Client
	ceremony string // the one that this request's page was given last
	ended    deviceEnd
	kind     agent
	reason   idp.Reason // of deviceRefused
}

type deviceEnd int

// How a device's request ended for who answered it.
const (
	deviceOpen deviceEnd = iota
	deviceAllowed
	deviceDenied
	deviceRefused
)

type deviceView struct {
	Frame   frame
	Start   string // the letters that an address brought, "" for none
	Typed   string
	Problem string
}

// startLength is how many letters of a user code an address may bring: the last two come from the device's screen, so that nobody confirms by a link alone.
const startLength = 6

// startOf is what an address says of a code, as XXXX-XX; "" unless it holds enough of its letters. One that brings more is cut.
func startOf(address string) string {
	var letters []rune
	for _, r := range strings.ToUpper(address) {
		switch {
		case strings.ContainsRune(oidc.UserCodeLetters, r):
			letters = append(letters, r)
		case r != '-' && r != ' ':
			return ""
		}
	}
	if len(letters) < startLength || len(address) > 64 {
		return ""
	}
	return string(letters[:4]) + "-" + string(letters[4:startLength])
}

// Device is the page where a person types the code that a device shows. It reads nothing but the address.
func (p *Pages) Device(w http.ResponseWriter, r *http.Request) error {
	return p.render(w, http.StatusOK, "device", deviceView{Frame: p.frame(r), Start: startOf(r.FormValue("code"))})
}

// DeviceCode takes the code, and goes on with the device that waits under it.
func (p *Pages) DeviceCode(w http.ResponseWriter, r *http.Request) error {
	form, err := p.parameters(w, r)
	if err != nil {
		return err
	}
	start, typed := startOf(form.Get("start")), form.Get("code")
	d, err := p.oidc.FindDevice(r.Context(), start+typed)
	if idp.CodeOf(err) == idp.NotFound {
		err = p.missDevice(r.Context(), start+typed, err)
	}
	if err != nil {
		f := p.explain(r, err)
		if !slices.Contains([]idp.Code{idp.NotFound, idp.Expired, idp.Unavailable}, f.Code) {
			return err
		}
		return p.render(w, f.status, "device", deviceView{p.frame(r), start, typed, f.Message})
	}
	tx := pending{source: source(r), browser: p.ensureCookie(w, r), device: &deviceWish{code: start + typed, client: withoutAddresses(d.Client), kind: agentOf(d.Code.UserAgent)}}
	tx.id = p.pendings.add(tx)
	return see(w, r, txURL("/device/confirm", tx))
}

// missDevice counts a code that is wrong in its last two letters against the device that waits under the others, and answers what to say: the same as for any other code until that device is given up.
func (p *Pages) missDevice(ctx context.Context, typed string, notFound error) error {
	d, err := p.oidc.NearlyDevice(ctx, typed)
	if idp.CodeOf(err) == idp.NotFound {
		return notFound
	}
	if err != nil {
		return err
	}
	left, err := p.oidc.MissDevice(ctx, d)
	if err != nil {
		return err
	}
	if left == 0 {
		return idp.Fail(idp.Expired, "page.device_given_up")
	}
	return notFound
}

// deviceTX is the request of a device that waits in this browser, the device as it is now, and who would confirm it. A request that ended has no device.
func (p *Pages) deviceTX(r *http.Request, id string) (tx pending, who account, c caller, d *oidc.Device, err error) {
	if c, err = p.caller(r); err != nil {
		return tx, who, c, d, err
	}
	tx, ok := p.pendings.look(id, p.cookieKey(r))
	if !ok || tx.device == nil {
		return tx, who, c, d, idp.Fail(idp.Expired, "page.device_lost")
	}
	who = actor(tx, c)
	if tx.device.ended == deviceOpen {
		d, err = p.oidc.FindDevice(r.Context(), tx.device.code)
	}
	return tx, who, c, d, err
}

// DeviceConfirm shows who asks for what, and takes no answer by itself: it is opened by a link.
func (p *Pages) DeviceConfirm(w http.ResponseWriter, r *http.Request) error {
	tx, who, _, d, err := p.deviceTX(r, r.FormValue("tx"))
	if idp.CodeOf(err) == idp.Expired {
		return p.deviceOver(w, r, err)
	}
	switch {
	case err != nil:
		return err
	case tx.device.ended == deviceRefused:
		return p.refuse(w, r, tx, who, tx.device.reason)
	case tx.device.ended != deviceOpen:
		return p.deviceDone(w, r, tx)
	case !who.there():
		return see(w, r, txURL("/sign-in", tx))
	case !d.Near(idp.VisitorOf(r.Context())):
		return p.deviceFar(w, r, tx, who, d)
	}
	reason, err := p.oidc.CheckDevice(r.Context(), d, who.session, idp.VisitorOf(r.Context()))
	switch {
	case err != nil:
		return err
	case isAway(reason):
		return p.refuse(w, r, tx, who, reason)
	case reason == idp.SessionOver:
		return see(w, r, txURL("/sign-in", tx))
	case reason != idp.Allowed:
		p.refuseDevice(tx, reason)
		tx.refused = true
		return p.refuse(w, r, tx, who, reason)
	}
	return p.askDevice(w, r, tx, who, d)
}

// endDevice notes how it ended, so that the page can be looked at again.
func (p *Pages) endDevice(tx pending, end deviceEnd, reason idp.Reason) {
	p.pendings.note(tx.id, tx.browser, func(t *pending) {
		ended := *t.device
		ended.ended, ended.reason = end, reason
		t.device = &ended
	})
}

// refuseDevice notes a refusal that oidc has recorded.
func (p *Pages) refuseDevice(tx pending, reason idp.Reason) {
	p.endDevice(tx, deviceRefused, reason)
	p.pendings.note(tx.id, tx.browser, func(t *pending) { t.refused = true })
}

type deviceOverView struct {
	Frame frame
	Text  string
}

// deviceOver says that there is nothing to answer any more, and leads back to where the next code is typed.
func (p *Pages) deviceOver(w http.ResponseWriter, r *http.Request, err error) error {
	f := p.explain(r, err)
	return p.render(w, f.status, "device-over", deviceOverView{p.frame(r), f.Message})
}

type deviceDoneView struct {
	Frame         frame
	Heading, Lead string
	Allowed       bool
}

func (p *Pages) deviceDone(w http.ResponseWriter, r *http.Request, tx pending) error {
	view := deviceDoneView{Frame: p.frame(r), Allowed: tx.device.ended == deviceAllowed}
	if view.Allowed {
		view.Heading, view.Lead = text(tx.device.kind.done), text("page.device_done_lead", "app", tx.device.client.Name)
	} else {
		view.Heading, view.Lead = text("page.device_denied"), text("page.device_denied_lead", "app", tx.device.client.Name, "owner", p.owner(r.Context()))
	}
	return p.render(w, http.StatusOK, "device-done", view)
}

type deviceFarView struct {
	Frame frame
	App   app
	TX    string
	Owner string
	Retry string
}

// deviceFar refuses a device that asks from another network, with the ways out: a stranger may have sent its code (RFC 8628 §5.4).
func (p *Pages) deviceFar(w http.ResponseWriter, r *http.Request, tx pending, who account, _ *oidc.Device) error {
	p.pendings.note(tx.id, tx.browser, func(t *pending) { t.asked = who.session.ID }) // who may say no
	return p.render(w, http.StatusForbidden, "device-far", deviceFarView{p.frame(r), deviceApp(tx.device.client), tx.id, p.owner(r.Context()), txURL("/device/confirm", tx)})
}

// withoutAddresses is an app as far as a request in flight needs it: its addresses may be many.
func withoutAddresses(c idp.Client) idp.Client {
	c.RedirectURIs, c.PostLogoutRedirectURIs = nil, nil
	return c
}

func deviceApp(c idp.Client) app {
	a := appOf(c, "")
	a.Place = text("page.device_place")
	return a
}
