package signin

import (
	"errors"
	"net/http"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey"
	"hearthkey/backend/store"
)

type inviteView struct {
	Frame           frame
	Owner, UserName string
	ForOwner        bool
	Ends            moment
	Ceremony        ceremony
}

// invitation is a link that can be used now, with the person it is for.
type invitation struct {
	hash   []byte
	invite idp.Invite
	user   idp.User
}

// invitation reads the link of the request; idp.NotFound and idp.Expired in words for its holder, errAway where the person may not sign in from here. Looking at it changes nothing.
func (p *Pages) invitation(r *http.Request) (invitation, error) {
	ctx := r.Context()
	i := invitation{hash: idp.Hash(r.PathValue("secret"))}
	err := p.store.View(ctx, func(rd store.Reads) (err error) {
		if i.invite, err = rd.InviteByHash(ctx, i.hash); err != nil {
			return err
		}
		epoch, err := rd.Epoch(ctx)
		if err != nil {
			return err
		}
		if err := i.invite.Check(p.clock(), epoch); err != nil {
			return err
		}
		i.user, err = rd.User(ctx, i.invite.UserID)
		return err
	})
	if err == nil && i.user.Disabled() {
		err = idp.Fail(idp.Denied, "signin.disabled")
	}
	if err == nil {
		err = p.inPlace(ctx, i.user)
	}
	return i, err
}

// Invite shows what a link is for. Opening it uses nothing up: previews of messengers open it too.
func (p *Pages) Invite(w http.ResponseWriter, r *http.Request) error {
	i, err := p.invitation(r)
	path := "/invite/" + r.PathValue("secret")
	if errors.Is(err, errAway) {
		return p.away(w, r, awayView{Retry: path})
	}
	if err != nil {
		return err
	}
	view := inviteView{
		Frame: p.frame(r), Owner: p.owner(r.Context()), UserName: i.user.UserName, ForOwner: i.user.Owner,
		Ends: momentOf(i.invite.ExpiresAt, "Mon 2 Jan, 15:04 MST"),
	}
	view.Ceremony, err = p.ceremony(r.Context(), ceremony{Create: true, known: "page.make_known", Begin: path + "/options", Finish: path + "/passkey"}, p.enrolment(r, i.user))
	if err != nil {
		return err
	}
	return p.render(w, http.StatusOK, "invite", view)
}

// enrolment begins making a passkey for a person.
func (p *Pages) enrolment(r *http.Request, u idp.User) func() (passkey.Options, error) {
	return func() (passkey.Options, error) { return p.passkey.BeginEnrol(r.Context(), u, source(r)) }
}

// InviteOptions gives the page a fresh ceremony.
func (p *Pages) InviteOptions(w http.ResponseWriter, r *http.Request) error {
	i, err := p.invitation(r)
	if err != nil {
		return err
	}
	options, err := p.enrolment(r, i.user)()
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, options)
}

// InvitePasskey enrols the passkey and signs the person in: link, passkey, session and events in one transaction, so that a link that was used once, or a passkey that is known, leaves nothing behind.
func (p *Pages) InvitePasskey(w http.ResponseWriter, r *http.Request) error {
	var in answered
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	i, err := p.invitation(r)
	if err != nil {
		return err
	}
	c, err := p.caller(r)
	if err != nil {
		return err
	}
	made, err := p.passkey.VerifyEnrol(r.Context(), in.Ceremony, in.Response, i.user)
	if err != nil {
		return err
	}
	added := p.event(r, idp.EventPasskeyAdded, i.user)
	added.ObjectID, added.Detail["passkey"], added.Detail["invite"] = made.ID, made.Name, i.invite.ID
	_, err = p.begin(w, r, c, beginning{user: i.user, passkey: made, acr: idp.ACREnrol, also: func(tx *store.Tx) error {
		if _, err := tx.ConsumeInvite(i.hash, p.clock()); err != nil {
			return err
		}
		if err := tx.AddPasskey(made); err != nil {
			return err
		}
		return tx.Record(added)
	}})
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, next{"/account?done=welcome"})
}
