package oidc

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// issued is what one exchange gives: texts that exist here only, and what the tokens tell.
type issued struct {
	client  idp.Client
	grant   idp.Grant // the zero grant for an app that acts for itself (RFC 6749 §4.4)
	who     person
	at      idp.Time
	scope   string // of this access token
	nonce   string // "" on refresh (OIDC Core §12.2)
	jti     string // of an access token that is a JWT, "" for an opaque one
	access  string // made when it is signed for a JWT
	refresh string // "" for none
}

// newAccess keeps a new access token of a grant and reads what the answer tells of the person.
func (p *Provider) newAccess(tx *store.Tx, st idp.Standing, scope string, now idp.Time) (*issued, error) {
	t := &issued{client: *st.Client, grant: *st.Grant, scope: scope, at: now}
	if err := t.keepAccess(tx); err != nil {
		return nil, err
	}
	var err error
	if idp.HasScope(scope, "openid") {
		t.who, err = personOf(context.Background(), tx.Reads, *st.User, scope, singleClaims(*st.Grant).IDToken)
	}
	return t, err
}

// newClientAccess keeps a new access token of an app that acts for itself.
func (p *Provider) newClientAccess(tx *store.Tx, c idp.Client, scope string, now idp.Time) (*issued, error) {
	t := &issued{client: c, scope: scope, at: now}
	return t, t.keepAccess(tx)
}

// keepAccess keeps the row. An opaque token is found by its own text, a JWT by its `jti`, which is as hard to guess; each in its own form only, so that a `jti` opens nothing.
func (t *issued) keepAccess(tx *store.Tx) error {
	secret := idp.NewSecret()
	format := idp.FormatOpaque
	if t.client.AccessFormat == idp.FormatJWT {
		t.jti, format = secret, idp.FormatJWT
	} else {
		t.access = secret
	}
	err := tx.AddAccessToken(idp.AccessToken{Hash: idp.Hash(secret), Format: format, GrantID: t.grant.ID, ClientID: t.client.ID, Scope: t.scope,
		CreatedAt: t.at, ExpiresAt: t.at.Add(t.client.Lifetimes().Access)})
	if err != nil {
		return fmt.Errorf("keep the access token: %w", err)
	}
	return nil
}

// accessClaims are the claims of an access token that is a JWT (RFC 9068 §2.2).
type accessClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience string   `json:"aud"`
	ClientID string   `json:"client_id"`
	IssuedAt int64    `json:"iat"`
	Expires  int64    `json:"exp"`
	ID       string   `json:"jti"`
	Scope    string   `json:"scope,omitempty"`
	AuthTime int64    `json:"auth_time,omitempty"` // this and the next two of a person's sign-in only (RFC 9068 §2.2.1)
	ACR      string   `json:"acr,omitempty"`
	AMR      []string `json:"amr,omitempty"`
}

func (p *Provider) accessClaims(t *issued) accessClaims {
	c := accessClaims{Issuer: p.issuer, Subject: t.client.ID, Audience: audience(t.client), ClientID: t.client.ID,
		IssuedAt: t.at.Unix(), Expires: t.at.Add(t.client.Lifetimes().Access).Unix(), ID: t.jti, Scope: t.scope}
	if t.grant.ID != "" { // RFC 9068 §2.2: the app itself is the subject only where no person is
		c.Subject, c.AuthTime, c.ACR, c.AMR = t.grant.UserID, t.grant.AuthTime.Unix(), t.grant.ACR, strings.Fields(t.grant.AMR)
	}
	return c
}

// audience is who a JWT access token is for: the API that the owner named, else the app itself.
func audience(c idp.Client) string {
	if c.Audience != "" {
		return c.Audience
	}
	return c.ID
}

// findAccess reads the row of an access token as it was presented; idp.NotFound for one that is not ours. Whether it is still good, its times and idp.MayUse or idp.MayAct say, for a JWT as for an opaque one.
func (p *Provider) findAccess(ctx context.Context, r store.Reads, token string) (idp.AccessToken, error) {
	if !strings.Contains(token, ".") { // base64url has none
		return r.AccessToken(ctx, idp.Hash(token), idp.FormatOpaque)
	}
	var c accessClaims
	payload, err := p.keys.verify(token, typeAccess)
	if err != nil || json.Unmarshal(payload, &c) != nil || c.Issuer != p.issuer || c.ID == "" { // RFC 9068 §4
		return idp.AccessToken{}, idp.Fail(idp.NotFound, "token.not_found")
	}
	return r.AccessToken(ctx, idp.Hash(c.ID), idp.FormatJWT)
}
