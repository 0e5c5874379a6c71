package signin

import (
	"context"
	"net/http"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// beginning is what a session begins with.
type beginning struct {
	user    idp.User
	passkey idp.Passkey
	acr     string
	client  idp.Client            // the app it is for; zero for none
	also    func(*store.Tx) error // done in the same transaction, before the rest; nil for nothing
	login   int64                 // of a click: Tailscale's user ID of the node's person; 0 for any other sign-in
}

// only is the one app that the session is for, "" for every app and the account.
func (b beginning) only() string {
	if b.login == 0 {
		return ""
	}
	return b.client.ID
}

func (b beginning) amr() string {
	if b.login != 0 {
		return idp.AMRTailnet
	}
	return amrOf(b.passkey)
}

// begun is a session with the key of the cookie that holds it now.
type begun struct {
	session idp.Session
	key     string
}

// begin makes the person the one who acts in this browser, under a new cookie: whoever knew the old one holds nothing. After a click, who acted before acts on: its session is for one app.
// Who may not sign in from this network gets no session: errAway.
// Somebody who is signed in here already and uses a passkey again keeps their session, so that what it gave to apps goes on.
func (p *Pages) begin(w http.ResponseWriter, r *http.Request, c caller, b beginning) (begun, error) {
	secret := idp.NewSecret()
	out := begun{key: string(idp.Hash(secret))}
	event := p.event(r, idp.EventSignedIn, b.user)
	event.ClientID = b.client.ID
	if b.login != 0 {
		event.Reason = idp.AMRTailnet
	} else {
		event.Detail["passkey"] = b.passkey.Name
	}
	if b.client.Name != "" {
		event.Detail["app"] = b.client.Name
	}
	here := false
	err := p.store.Write(r.Context(), func(tx *store.Tx) (err error) {
		if b.login == 0 { // of a click, also asks whether all of it still holds
			if err := stillThere(tx, b.user.ID); err != nil {
				return err
			}
		}
		if here, err = p.signsInHere(r, tx, b); err != nil || !here {
			return err
		}
		if b.also != nil {
			if err := b.also(tx); err != nil {
				return err
			}
		}
		if b.login == 0 {
			if err := stillGood(tx, b.passkey.ID); err != nil {
				return err
			}
		}
		browser, err := p.keepBrowser(r, tx, c)
		if err != nil {
			return err
		}
		if out.session, err = p.keepSession(r, tx, browser, b); err != nil {
			return err
		}
		acting := out.session.ID
		if b.only() != "" {
			acting = browser.SessionID
		}
		if err := tx.RotateBrowser(browser.ID, []byte(out.key), acting, userAgent(r), p.clock()); err != nil {
			return err
		}
		event.ObjectID = out.session.ID
		return tx.Record(event)
	})
	if err != nil {
		return begun{}, err
	}
	if !here {
		return begun{}, errAway
	}
	p.setCookie(w, secret, cookieLife)
	p.pendings.move(c.key, out.key)
	return out, nil
}

// stillThere refuses a person who was switched off or deleted a moment ago.
func stillThere(tx *store.Tx, userID string) error {
	u, err := tx.User(context.Background(), userID)
	if err == nil && u.Disabled() || idp.CodeOf(err) == idp.NotFound {
		return idp.Fail(idp.Denied, "signin.disabled")
	}
	return err
}

// stillGood refuses a passkey that was removed or blocked a moment ago: removing it ends the sessions it began, and this one would come too late for that.
func stillGood(tx *store.Tx, passkeyID string) error {
	k, err := tx.Passkey(context.Background(), passkeyID)
	if err == nil && k.FlaggedAt != 0 || idp.CodeOf(err) == idp.NotFound {
		return idp.Fail(idp.Denied, "passkey.refused")
	}
	return err
}

// keepBrowser reads the browser's row, or makes one at its first sign-in.
func (p *Pages) keepBrowser(r *http.Request, tx *store.Tx, c caller) (idp.Browser, error) {
	if c.key != "" {
		b, err := tx.BrowserByHash(context.Background(), []byte(c.key))
		if err == nil || idp.CodeOf(err) != idp.NotFound {
			return b, err
		}
	}
	now := p.clock()
	b := idp.Browser{ID: idp.NewID(idp.PrefixBrowser), UserAgent: userAgent(r), CreatedAt: now, SeenAt: now}
	return b, tx.CreateBrowser(b, idp.Hash(b.ID)) // replaced below in the same transaction
}

// keepSession goes on with the person's live session of this browser, or begins one in place of those that ran out.
func (p *Pages) keepSession(r *http.Request, tx *store.Tx, browser idp.Browser, b beginning) (idp.Session, error) {
	ctx, now := context.Background(), p.clock()
	epoch, err := tx.Epoch(ctx)
	if err != nil {
		return idp.Session{}, err
	}
	there, err := tx.SessionsOfBrowser(ctx, browser.ID)
	if err != nil {
		return idp.Session{}, err
	}
	for _, s := range there {
		if s.UserID != b.user.ID || s.ClientID != b.only() || s.TailscaleID != b.login { // a click's session never becomes another, nor another a click's
			continue
		}
		if s.Live(now, epoch) {
			return p.resume(r, tx, s, b)
		}
		if _, err := tx.EndSession(s.ID, idp.EndReplaced, now); err != nil {
			return idp.Session{}, err
		}
	}
	v := idp.VisitorOf(r.Context())
	s := idp.Session{
		ID: idp.NewID(idp.PrefixSession), BrowserID: browser.ID, UserID: b.user.ID, CreatedAt: now, AuthTime: now, SeenAt: now,
		ACR: b.acr, AMR: b.amr(), PasskeyID: b.passkey.ID, ClientID: b.only(), TailscaleID: b.login, Network: v.Network, Source: sourceOf(v), UserAgent: userAgent(r), Epoch: epoch,
	}
	return s, tx.CreateSession(s)
}

// resume notes a passkey's use in a live session. An enrolment is none: an invite never counts as a step-up.
func (p *Pages) resume(r *http.Request, tx *store.Tx, s idp.Session, b beginning) (idp.Session, error) {
	if b.login != 0 {
		v := idp.VisitorOf(r.Context())
		s.AuthTime, s.SeenAt, s.Network, s.Source, s.UserAgent = p.clock(), p.clock(), v.Network, sourceOf(v), userAgent(r)
		return s, tx.ClickAgain(s)
	}
	if b.acr != idp.ACRPasskey {
		return s, nil
	}
	now := p.clock()
	s.AuthTime, s.SeenAt, s.PasskeyID, s.ACR, s.AMR = now, now, b.passkey.ID, idp.ACRPasskey, amrOf(b.passkey)
	return s, tx.Reauthenticate(s.ID, b.passkey.ID, s.AMR, now)
}
