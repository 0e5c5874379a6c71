package oidc

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Revoke is the revocation endpoint (RFC 7009). An access token ends alone; a refresh token ends its grant, with all that came from it (§2.1). The answer is the same for a token that is not known or another app's: there is nothing left to do for either (§2.2).
func (p *Provider) Revoke(w http.ResponseWriter, r *http.Request) {
	c, form, ok := p.called(w, r)
	if !ok {
		return
	}
	if form.Get("token") == "" {
		invalidRequest("token is missing").write(w)
		return
	}
	if err := p.revokeToken(r.Context(), c, form); err != nil { // RFC 7009 §2.2.1: 503, never a 200 for what was not done
		p.trouble(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}

// revokeToken reads first, so that made-up tokens write nothing. What it found can only have ended since, which the writing sees.
func (p *Provider) revokeToken(ctx context.Context, c caller, form url.Values) error {
	var access *idp.AccessToken
	var refresh *idp.RefreshToken
	err := p.store.View(ctx, func(r store.Reads) (err error) {
		access, refresh, err = p.findToken(ctx, r, form)
		return err
	})
	if err != nil {
		return err
	}
	ofAccess := access != nil && access.ClientID == c.client.ID && access.RevokedAt == 0
	ofRefresh := refresh != nil && refresh.ClientID == c.client.ID
	if !ofAccess && !ofRefresh {
		p.noteUse(ctx, c)
		return nil
	}
	return p.store.Write(ctx, func(tx *store.Tx) error {
		now := p.clock()
		if err := c.note(tx, now); err != nil {
			return err
		}
		if ofAccess {
			_, err := tx.RevokeAccessToken(access.Hash, now)
			return err
		}
		st, err := tx.Standing(context.Background(), "", "", refresh.GrantID, "")
		if err != nil {
			return fmt.Errorf("read the grant of a refresh token: %w", err)
		}
		return revoke(tx, st, c, idp.EventTokenRevoked, idp.TokenRevoked, idp.VisitorOf(ctx), now)
	})
}
