package oidc

import (
	"context"
	"fmt"
	"net/url"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// MayUse asks the one decision at authorize, before consent is asked for: whether this person may use this app now, from this session and where the visitor's browser is.
func (p *Provider) MayUse(ctx context.Context, userID, clientID string, session idp.Session, v idp.Visitor) (reason idp.Reason, err error) {
	err = p.store.Glance(ctx, func(r store.Reads) error {
		st, err := r.Standing(ctx, userID, clientID, "", session.ID)
		reason = mayAuthorize(st, v, p.clock())
		return err
	})
	return reason, err
}

// mayAuthorize is idp.MayUse, for a session that is this person's own and a browser that is where the visitor is.
func mayAuthorize(st idp.Standing, v idp.Visitor, now idp.Time) idp.Reason {
	st.Network = v.Network
	if st.Session != nil && st.User != nil && st.Session.UserID != st.User.ID {
		return idp.SessionOver
	}
	return idp.MayUse(st, now)
}

// IssueCode makes a grant and its code (RFC 6749 §4.1.2) for the session's person, if idp.MayUse allows it in the same transaction; otherwise code is "" and reason says why.
// The request may be minutes old: what it was checked against is checked again, and a change since is answered by *PageError or *AppError. Other errors are the store's, with nothing changed.
func (p *Provider) IssueCode(ctx context.Context, req *Authorize, session idp.Session, v idp.Visitor) (code string, reason idp.Reason, err error) {
	if req.HintUserID != "" && req.HintUserID != session.UserID { // OIDC Core §3.1.2.1, id_token_hint
		return "", "", &AppError{req, "login_required", "somebody else than the id_token_hint names is signed in"}
	}
	if !req.MeetsACR(session) { // OIDC Core §5.5.1.1
		return "", "", unmetACR(req)
	}
	if session.ACR == idp.ACRTailnet && (!req.TakesClick() || !v.Identified || v.TailscaleUserID != session.TailscaleID) {
		return "", "", &AppError{req, "login_required", "this person has to sign in with a passkey"}
	}
	err = p.store.Write(ctx, func(tx *store.Tx) error {
		st, err := tx.Standing(context.Background(), session.UserID, req.Client.ID, "", session.ID)
		if err != nil {
			return err
		}
		now := p.clock()
		if reason = mayAuthorize(st, v, now); reason != idp.Allowed {
			return tx.Record(idp.Event{At: now, Kind: idp.EventAccessDenied, Actor: idp.ActorUser, UserID: session.UserID, ClientID: req.Client.ID,
				ObjectID: session.ID, Reason: string(reason), Network: v.Network, Detail: about(st, v)})
		}
		if err := stillGood(req, *st.Client); err != nil {
			return err
		}
		if err := stillAllowed(tx, req, st); err != nil {
			return err
		}
		code, err = p.createCode(tx, req, st, v, now)
		return err
	})
	if err != nil {
		return "", "", err
	}
	return code, reason, nil
}

// stillGood checks again what the owner may have changed while the person was signing in.
func stillGood(req *Authorize, c idp.Client) error {
	if !registered(c.RedirectURIs, req.RedirectURI) {
		return pageError("redirect_unknown", "app", c.Name, "uri", excerpt(req.RedirectURI))
	}
	if c.NeedsPKCE() && req.Challenge == "" {
		return &AppError{req, "invalid_request", "this app must send a code_challenge (PKCE, RFC 7636)"}
	}
	if problem := needsPush(c, req.Pushed); problem != "" {
		return &AppError{req, "invalid_request", problem}
	}
	return nil
}

// stillAllowed looks for the person's yes in the transaction that makes the grant: taking it back ends the grants that there are, so none may follow it. The owner may also have begun to want one.
func stillAllowed(tx *store.Tx, req *Authorize, st idp.Standing) error {
	if st.Client.SkipConsent {
		return nil
	}
	have, err := tx.Consent(context.Background(), st.User.ID, st.Client.ID)
	if err != nil && idp.CodeOf(err) != idp.NotFound {
		return err
	}
	if err != nil || !idp.ScopeCovers(have.Scope, req.ConsentScope()) {
		return &AppError{req, "consent_required", "this person has not allowed it, or has taken it back"}
	}
	return nil
}

func (p *Provider) createCode(tx *store.Tx, req *Authorize, st idp.Standing, v idp.Visitor, now idp.Time) (string, error) {
	grant := idp.Grant{
		ID: idp.NewID(idp.PrefixGrant), UserID: st.User.ID, ClientID: st.Client.ID, SessionID: st.Session.ID, Scope: req.Scope,
		Network: v.Network, Source: sourceOf(v), ACR: st.Session.ACR, AMR: st.Session.AMR, AuthTime: st.Session.AuthTime, CreatedAt: now, Claims: req.Claims.text(), Epoch: st.Epoch,
	}
	if err := tx.CreateGrant(grant); err != nil {
		return "", fmt.Errorf("keep the grant: %w", err)
	}
	code := idp.NewSecret()
	err := tx.CreateCode(idp.AuthorizationCode{Hash: idp.Hash(code), GrantID: grant.ID, ClientID: grant.ClientID, RedirectURI: req.RedirectURI,
		Challenge: req.Challenge, Nonce: req.Nonce, CreatedAt: now, ExpiresAt: now.Add(idp.CodeLife)})
	if err != nil {
		return "", fmt.Errorf("keep the code: %w", err)
	}
	return code, tx.Record(idp.Event{At: now, Kind: idp.EventAuthorized, Actor: idp.ActorUser, UserID: grant.UserID, ClientID: grant.ClientID,
		ObjectID: grant.ID, Network: v.Network, Detail: about(st, v)})
}

// exchangeCode redeems an authorization code (RFC 6749 §4.1.3). Whatever is wrong, the code is burned and its grant revoked: nobody tries twice.
func (p *Provider) exchangeCode(ctx context.Context, c caller, form url.Values) (out *issued, refusal *tokenError, err error) {
	if form.Get("code") == "" {
		return nil, invalidRequest("code is missing"), nil
	}
	v := idp.VisitorOf(ctx)
	err = p.store.Write(ctx, func(tx *store.Tx) error {
		now := p.clock()
		code, first, err := tx.RedeemCode(idp.Hash(form.Get("code")), now)
		if idp.CodeOf(err) == idp.NotFound {
			refusal = invalidGrant("the code is not known")
			return nil
		}
		if err != nil {
			return err
		}
		st, err := tx.Standing(context.Background(), "", "", code.GrantID, "")
		if err != nil {
			return err
		}
		if !first { // RFC 6749 §4.1.2, §10.5: what the first use gave ends too
			refusal = invalidGrant("the code was used before")
			return revoke(tx, st, c, idp.EventCodeReused, idp.RedemptionReuse, v, now)
		}
		var reason idp.Reason
		if refusal, reason = checkCode(code, c, form, now); refusal != nil {
			return revoke(tx, st, c, idp.EventExchangeRefused, reason, v, now)
		}
		if reason = idp.MayUse(st, now); reason != idp.Allowed {
			refusal = invalidGrant("the person may not use this app now")
			return revoke(tx, st, c, idp.EventAccessDenied, reason, v, now)
		}
		out, err = p.redeem(tx, c, st, code.Nonce, "code", v, now)
		return err
	})
	return out, refusal, err
}

// checkCode says what is wrong with a code that nobody has used before.
func checkCode(code idp.AuthorizationCode, c caller, form url.Values, now idp.Time) (*tokenError, idp.Reason) {
	switch {
	case code.ClientID != c.client.ID: // RFC 6749 §4.1.3
		return invalidGrant("the code was issued to another client"), reasonOtherApp
	case code.ExpiresAt.Passed(now):
		return invalidGrant("the code has expired"), reasonExpired
	case form.Get("redirect_uri") != code.RedirectURI: // required, since the authorization request always has one
		return invalidGrant("redirect_uri differs from the authorization request"), reasonRedirectURI
	}
	if refusal := checkVerifier(code.Challenge, form.Get("code_verifier")); refusal != nil {
		return refusal, reasonVerifier
	}
	return nil, ""
}

// redeem gives what a grant's first exchange gives; how is the event's word for it.
func (p *Provider) redeem(tx *store.Tx, c caller, st idp.Standing, nonce, how string, v idp.Visitor, now idp.Time) (*issued, error) {
	t, err := p.newAccess(tx, st, st.Grant.Scope, now)
	if err != nil {
		return nil, err
	}
	t.nonce = nonce
	if st.Grant.Offline() || st.Client.AlwaysRefresh {
		if t.refresh, err = p.firstRefresh(tx, st, now); err != nil {
			return nil, err
		}
	}
	if err := c.note(tx, now); err != nil {
		return nil, err
	}
	return t, tx.Record(tokensIssued(st, how, v, now))
}
