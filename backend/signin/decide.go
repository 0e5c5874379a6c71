package signin

import (
	"context"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

type step int

// What comes next for a request.
const (
	stepAnswer step = iota // give the app its code
	stepSignIn             // show the sign-in page
	stepChoose             // show the accounts of this browser
	stepRefuse             // show that this person has no access
	stepAsk                // show the consent page
	stepFail               // tell the app why not
)

type decision struct {
	step
	who               account
	reason            idp.Reason // of stepRefuse
	again             bool       // of stepAsk: the answer is not remembered for this app
	code, description string     // of stepFail
}

func failWith(code, description string) decision {
	return decision{step: stepFail, code: code, description: description}
}

// decide says what a request needs now. It writes nothing; IssueCode asks MayUse once more in the transaction that makes the code.
func (p *Pages) decide(ctx context.Context, tx pending, c caller) (decision, error) {
	req, err := p.asOfNow(ctx, tx.authorize)
	if err != nil {
		return decision{}, err
	}
	tx.authorize = req
	who := actor(tx, c)
	if d, done := authenticate(tx, c, who, p.clock()); done {
		return d, nil
	}
	reason, err := p.oidc.MayUse(ctx, who.user.ID, req.Client.ID, who.session, idp.VisitorOf(ctx))
	switch {
	case err != nil:
		return decision{}, err
	case (reason == idp.SessionOver || reason == idp.LoginUnlinked) && req.Prompt.None:
		return failWith("login_required", "nobody is signed in"), nil
	case reason == idp.SessionOver, reason == idp.LoginUnlinked:
		return decision{step: stepSignIn}, nil
	case reason != idp.Allowed && req.Prompt.None:
		return failWith("access_denied", "this person may not use this app"), nil
	case reason != idp.Allowed:
		return decision{step: stepRefuse, who: who, reason: reason}, nil
	}
	covered, err := p.consented(ctx, req, who.user.ID)
	switch {
	case err != nil:
		return decision{}, err
	case covered:
		return decision{step: stepAnswer, who: who}, nil
	case req.Prompt.None:
		return failWith("consent_required", "this person has not allowed it yet"), nil
	}
	return decision{step: stepAsk, who: who, again: req.Prompt.Consent}, nil
}

// asOfNow is the request under the app's settings as they are now: it may be minutes old, and the owner may want a passkey or a consent since.
func (p *Pages) asOfNow(ctx context.Context, req *oidc.Authorize) (*oidc.Authorize, error) {
	client, err := p.store.Client(ctx, req.Client.ID)
	if idp.CodeOf(err) == idp.NotFound { // MayUse says so
		return req, nil
	}
	now := *req
	now.Client.SkipConsent, now.Client.Reauthenticate, now.Prompt.Login = client.SkipConsent, client.Reauthenticate, req.Prompt.Login || client.Reauthenticate
	return &now, err
}

// actor is whose session the request would get: the one chosen or begun for it, else the one of the person its hints name, else the one that acts.
func actor(tx pending, c caller) account {
	if tx.sessionID != "" {
		chosen := c.find(func(a account) bool { return a.session.ID == tx.sessionID })
		if !chosen.there() && tx.authorize != nil {
			chosen = c.click(tx.sessionID, tx.authorize.Client.ID)
		}
		return chosen
	}
	if tx.authorize == nil {
		return c.acting
	}
	hinted := c.find(func(a account) bool { return a.user.ID == tx.authorize.HintUserID })
	if !hinted.there() && tx.authorize.HintUserID == "" && tx.authorize.LoginHint != "" {
		hinted = c.find(func(a account) bool { return isLogin(a.user, tx.authorize.LoginHint) })
	}
	if hinted.there() {
		return hinted
	}
	return c.acting
}

// isLogin says whether an app's login_hint means this person (OIDC Core §3.1.2.1).
func isLogin(u idp.User, hint string) bool {
	return strings.EqualFold(u.UserName, hint) || u.Email != "" && strings.EqualFold(u.Email, hint)
}

// authenticate says whether the request needs another sign-in than who has (OIDC Core §3.1.2.3).
func authenticate(tx pending, c caller, who account, now idp.Time) (decision, bool) {
	req := tx.authorize
	fresh := tx.fresh && who.there()
	// max_age: elapsed since the person was last actively authenticated (OIDC Core §3.1.2.1)
	stale := who.there() && req.MaxAge >= 0 && now.Sub(who.session.AuthTime) >= req.MaxAge && !fresh
	stale = stale || who.there() && !req.MeetsACR(who.session) && !fresh // OIDC Core §5.5.1.1
	stale = stale || who.session.ACR == idp.ACRTailnet && !req.TakesClick()
	stranger := who.there() && req.HintUserID != "" && req.HintUserID != who.user.ID
	switch {
	case req.Prompt.None && (!who.there() || stale || stranger || req.Prompt.Login):
		return failWith("login_required", "this person has to sign in"), true
	case req.Prompt.None:
		return decision{}, false
	case req.Prompt.SelectAccount && tx.sessionID == "" && len(c.accounts) > 0:
		return decision{step: stepChoose}, true
	case !who.there(), stale, req.Prompt.Login && !fresh:
		return decision{step: stepSignIn}, true
	case stranger && fresh:
		return failWith("login_required", "somebody else signed in than the id_token_hint names"), true
	case stranger:
		return decision{step: stepSignIn}, true
	}
	return decision{}, false
}

// consented says whether the person has allowed all that the request asks for, or need not be asked.
func (p *Pages) consented(ctx context.Context, req *oidc.Authorize, userID string) (bool, error) {
	if req.Prompt.Consent { // shown also where the app skips consent
		return false, nil
	}
	if req.Client.SkipConsent {
		return true, nil
	}
	have, err := p.store.Consent(ctx, userID, req.Client.ID)
	if idp.CodeOf(err) == idp.NotFound {
		return false, nil
	}
	return err == nil && idp.ScopeCovers(have.Scope, req.ConsentScope()), err
}
