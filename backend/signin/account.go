package signin

import (
	"errors"
	"net/http"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey"
)

type accountView struct {
	Frame                        frame
	Name, UserName, Email, Owner string
	Done                         string // message key of what just happened, "" for nothing
	Apps                         []appLink
	Knowing                      []knownApp
	Passkeys                     []passkeyRow
	Lonely                       bool // one usable passkey only
	Confirm                      bool // a passkey has to be used before one is added
	Stuck                        bool // which none here can
	Ceremony                     ceremony
}

type passkeyRow struct {
	Name        string
	Added, Used moment
	Now         bool   // this session began with it
	Problem     string // message key, "" when it works
}

// done are the messages that the account page may be asked to show after a step.
var done = map[string]string{"welcome": "page.account_welcome", "confirmed": "page.account_confirmed", "added": "page.account_added_done", "revoked": "page.account_revoked"}

// Account shows a person their apps and passkeys, and lets them take back what an app was allowed, add a passkey and sign out.
func (p *Pages) Account(w http.ResponseWriter, r *http.Request) error {
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	who := c.acting
	if !who.there() {
		return see(w, r, "/sign-in")
	}
	if err := p.inPlace(r.Context(), who.user); errors.Is(err, errAway) {
		return p.away(w, r, awayView{Retry: "/account", SignedIn: true})
	} else if err != nil {
		return err
	}
	keys, err := p.store.Passkeys(r.Context(), who.user.ID)
	if err != nil {
		return err
	}
	view := accountView{
		Frame: p.frame(r), Name: fullName(who.user), UserName: who.user.UserName, Email: who.user.Email, Owner: p.owner(r.Context()),
		Done: done[r.FormValue("done")], Confirm: !p.fresh(who.session),
	}
	if view.Apps, err = p.apps(r.Context(), who.user.ID); err != nil {
		return err
	}
	if view.Knowing, err = p.knowing(r.Context(), who.user.ID); err != nil {
		return err
	}
	usable := 0
	for _, k := range keys {
		row := p.passkeyRow(k, who.session)
		if row.Problem == "" {
			usable++
		}
		view.Passkeys = append(view.Passkeys, row)
	}
	view.Lonely = usable == 1
	if view.Stuck = view.Confirm && usable == 0; !view.Stuck {
		if view.Ceremony, err = p.accountCeremony(r, who, view.Confirm); err != nil {
			return err
		}
	}
	return p.render(w, http.StatusOK, "account", view)
}

func (p *Pages) accountCeremony(r *http.Request, who account, confirm bool) (ceremony, error) {
	if confirm {
		return p.ceremony(r.Context(), ceremony{Begin: "/account/step-up/options", Finish: "/account/step-up"}, p.stepUp(r, who.user))
	}
	return p.ceremony(r.Context(), ceremony{Create: true, known: "page.account_known", Begin: "/account/passkeys/options", Finish: "/account/passkeys"}, p.enrolment(r, who.user))
}

func (p *Pages) stepUp(r *http.Request, u idp.User) func() (passkey.Options, error) {
	return func() (passkey.Options, error) { return p.passkey.BeginStepUp(r.Context(), u.ID, source(r)) }
}

func (p *Pages) passkeyRow(k idp.Passkey, s idp.Session) passkeyRow {
	row := passkeyRow{Name: k.Name, Added: momentOf(k.CreatedAt, "2 Jan 2006"), Used: momentOf(k.LastUsedAt, "2 Jan 2006"), Now: k.ID == s.PasskeyID}
	switch {
	case k.FlaggedAt != 0:
		row.Problem = "page.account_flagged"
	case k.RPID == "localhost" && p.pin.RPID != "localhost":
		row.Problem = "page.account_trial"
	case k.RPID != p.pin.RPID:
		row.Problem = "page.account_former"
	}
	return row
}

// fresh says whether a passkey was used in this session within the last five minutes. An enrolment by an invite is no such use.
func (p *Pages) fresh(s idp.Session) bool {
	age := p.clock().Sub(s.AuthTime)
	return s.ACR == idp.ACRPasskey && age >= 0 && age < stepUpLife
}

// signedIn is who acts in this browser; idp.Denied when nobody does, or not where they may.
func (p *Pages) signedIn(r *http.Request) (caller, error) {
	c, err := p.caller(r)
	if err == nil && !c.acting.there() {
		err = idp.Fail(idp.Denied, "page.not_signed_in")
	}
	if err == nil {
		err = p.inPlace(r.Context(), c.acting.user)
	}
	return c, err
}
