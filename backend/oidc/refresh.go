package oidc

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// firstRefresh keeps the first refresh token of a grant.
func (p *Provider) firstRefresh(tx *store.Tx, st idp.Standing, now idp.Time) (string, error) {
	token, g, life := idp.NewSecret(), st.Grant, st.Client.Lifetimes()
	return token, p.addRefresh(tx, life.RefreshIdle, idp.RefreshToken{Hash: idp.Hash(token), GrantID: g.ID, ClientID: g.ClientID, Scope: g.Scope, CreatedAt: now, AbsoluteAt: now.Add(life.RefreshAbsolute)})
}

// addRefresh keeps a token that ends after idle, or at the end of all that follow the first.
func (p *Provider) addRefresh(tx *store.Tx, idle time.Duration, t idp.RefreshToken) error {
	t.KeyID = p.keys.ring.Load().refreshID
	t.ExpiresAt = min(t.CreatedAt.Add(idle), t.AbsoluteAt)
	if err := tx.AddRefreshToken(t); err != nil {
		return fmt.Errorf("keep the refresh token: %w", err)
	}
	return nil
}

// successor derives the token that follows presented. The scope asked for is part of it, so that only the same request derives the same token; once the seed is erased nothing does.
func (r *ring) successor(keyID, presented string, seed []byte, scope string) (string, bool) {
	key, ok := r.refresh[keyID]
	if !ok || len(seed) == 0 {
		return "", false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(presented)) // always 43 bytes, and the seed 16: the parts cannot run into each other
	mac.Write(seed)
	mac.Write([]byte(scope))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), true
}

// rotation is one use of a refresh token, within its transaction.
type rotation struct {
	p         *Provider
	tx        *store.Tx
	caller    caller
	visitor   idp.Visitor
	now       idp.Time
	presented string
	token     idp.RefreshToken
	scope     string // of the new access token
	st        idp.Standing
}

// exchangeRefresh rotates a refresh token (RFC 6749 §6, RFC 9700 §4.14.2).
func (p *Provider) exchangeRefresh(ctx context.Context, c caller, form url.Values) (out *issued, refusal *tokenError, err error) {
	presented := form.Get("refresh_token")
	if presented == "" {
		return nil, invalidRequest("refresh_token is missing"), nil
	}
	err = p.store.Write(ctx, func(tx *store.Tx) error {
		r := &rotation{p: p, tx: tx, caller: c, visitor: idp.VisitorOf(ctx), now: p.clock(), presented: presented}
		r.token, err = tx.RefreshToken(context.Background(), idp.Hash(presented))
		if idp.CodeOf(err) == idp.NotFound {
			refusal = invalidGrant("the refresh token is not known")
			return nil
		}
		if err == nil {
			r.st, err = tx.Standing(context.Background(), "", "", r.token.GrantID, "")
		}
		if err == nil {
			out, refusal, err = r.run(form.Get("scope"))
		}
		return err
	})
	return out, refusal, err
}

func (r *rotation) run(asked string) (*issued, *tokenError, error) {
	if r.token.ClientID != r.caller.client.ID { // it has leaked: RFC 6749 §10.4
		return nil, invalidGrant("the refresh token was issued to another client"), r.revoke(idp.EventExchangeRefused, reasonOtherApp)
	}
	var refusal *tokenError
	r.scope, refusal = narrow(r.token.Scope, asked)
	if r.token.SpentAt != 0 { // a replay, also one that asks for too much: no successor was derived for that
		return r.replay()
	}
	if refusal != nil {
		return nil, refusal, nil
	}
	if refusal, err := r.check(); refusal != nil {
		return nil, refusal, err
	}
	return r.rotate()
}

// narrow reads the scope parameter: it may leave out scopes and add none (RFC 6749 §6). Scopes that do not exist are ignored here as they are at authorize, since apps send the same list again.
func narrow(have, asked string) (string, *tokenError) {
	if asked == "" {
		return have, nil
	}
	scope := knownScopes(asked)
	if scope == "" || !idp.ScopeCovers(have, scope) {
		return "", &tokenError{status: http.StatusBadRequest, Code: "invalid_scope", Description: "scope exceeds what was granted"}
	}
	return scope, nil
}

// check asks whether the token may be used now. What idp.MayUse denies ends the grant, so that an app which asks again and again is one event.
func (r *rotation) check() (*tokenError, error) {
	if r.token.ExpiresAt.Passed(r.now) || r.token.AbsoluteAt.Passed(r.now) {
		return invalidGrant("the refresh token has expired"), nil
	}
	if reason := idp.MayUse(r.st, r.now); reason != idp.Allowed {
		return invalidGrant("the person may not use this app now"), r.revoke(idp.EventAccessDenied, reason)
	}
	return nil, nil
}

// rotate spends the token and keeps its successor.
func (r *rotation) rotate() (*issued, *tokenError, error) {
	seed := make([]byte, 16)
	_, _ = rand.Read(seed)
	next, ok := r.p.keys.ring.Load().successor(r.token.KeyID, r.presented, seed, r.scope)
	if !ok {
		return nil, nil, fmt.Errorf("the key %s of a refresh token is missing", r.token.KeyID)
	}
	spent, err := r.tx.SpendRefresh(r.token.Hash, seed, idp.Hash(next), r.now)
	if err != nil {
		return nil, nil, fmt.Errorf("spend the refresh token: %w", err)
	}
	if !spent {
		return r.replay()
	}
	err = r.p.addRefresh(r.tx, r.st.Client.Lifetimes().RefreshIdle, idp.RefreshToken{Hash: idp.Hash(next), GrantID: r.token.GrantID, ClientID: r.token.ClientID, Scope: r.token.Scope, CreatedAt: r.now, AbsoluteAt: r.token.AbsoluteAt})
	if err != nil {
		return nil, nil, err
	}
	return r.issue(next)
}

// replay answers a spent token. Within the grace, for the same request, a few times, and only while the successor is unused, it gives the same successor again: the first answer may have been lost. Anything else revokes the family.
func (r *rotation) replay() (*issued, *tokenError, error) {
	next, ok, err := r.graced()
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		return nil, invalidGrant("the refresh token was used before"), r.revoke(idp.EventRefreshReused, idp.RefreshReuse)
	}
	if refusal, err := r.check(); refusal != nil {
		return nil, refusal, err
	}
	if err := r.tx.Record(tokensIssued(r.st, "replay", r.visitor, r.now)); err != nil {
		return nil, nil, err
	}
	return r.issue(next)
}

// graced answers the successor, if this replay is one that may have it. A clock that was set back revives no grace.
func (r *rotation) graced() (string, bool, error) {
	if since := r.now.Sub(r.token.SpentAt); since >= idp.RefreshGrace || since <= -idp.RefreshGrace {
		return "", false, nil
	}
	next, ok := r.p.keys.ring.Load().successor(r.token.KeyID, r.presented, r.token.Seed, r.scope)
	if !ok || !hmac.Equal(idp.Hash(next), r.token.Successor) {
		return "", false, nil
	}
	row, err := r.tx.RefreshToken(context.Background(), r.token.Successor)
	if err != nil || row.SpentAt != 0 {
		return "", false, err
	}
	ok, err = r.tx.CountReplay(r.token.Hash, idp.RefreshReplays)
	return next, ok, err
}

// issue gives an access token beside the refresh token. A rotation is no event of its own: there are many a day for each person and app, and the code's event stands for them.
func (r *rotation) issue(next string) (*issued, *tokenError, error) {
	t, err := r.p.newAccess(r.tx, r.st, r.scope, r.now)
	if err != nil {
		return nil, nil, err
	}
	t.refresh = next
	return t, nil, r.caller.note(r.tx, r.now)
}

func (r *rotation) revoke(kind string, reason idp.Reason) error {
	return revoke(r.tx, r.st, r.caller, kind, reason, r.visitor, r.now)
}
