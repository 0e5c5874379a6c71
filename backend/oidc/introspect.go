package oidc

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// introspection is the answer of RFC 7662 §2.2. Of a token that is not active it says nothing else (§4).
type introspection struct {
	Active   bool   `json:"active"`
	Scope    string `json:"scope,omitempty"`
	ClientID string `json:"client_id,omitempty"`
	Username string `json:"username,omitempty"` // where the scopes tell the app of it
	Type     string `json:"token_type,omitempty"`
	Expires  int64  `json:"exp,omitempty"`
	IssuedAt int64  `json:"iat,omitempty"`
	Subject  string `json:"sub,omitempty"`
	Audience string `json:"aud,omitempty"`
	Issuer   string `json:"iss,omitempty"`
	ID       string `json:"jti,omitempty"`
}

// Introspect is the introspection endpoint (RFC 7662). An app asks about its own tokens; any other token is not active to it. Apps without a secret prove nothing, and so learn nothing (§2.1, §4).
func (p *Provider) Introspect(w http.ResponseWriter, r *http.Request) {
	c, form, ok := p.called(w, r)
	if !ok {
		return
	}
	if c.client.Public {
		p.refuseClient(w, r, invalidClient())
		return
	}
	if form.Get("token") == "" {
		invalidRequest("token is missing").write(w)
		return
	}
	var out introspection
	err := p.store.View(r.Context(), func(rd store.Reads) (err error) {
		out, err = p.introspect(r.Context(), rd, c, form)
		return err
	})
	if err != nil {
		p.trouble(w, r, err)
		return
	}
	p.noteUse(r.Context(), c)
	writeJSON(w, http.StatusOK, out)
}

// noteUse writes the last use of the app's secret where nothing else is written. The answer does not hang on it.
func (p *Provider) noteUse(ctx context.Context, c caller) {
	if c.secret == "" {
		return
	}
	if err := p.store.Write(ctx, func(tx *store.Tx) error { return c.note(tx, p.clock()) }); err != nil {
		p.log.Warn("the use of a secret was not noted", "error", err)
	}
}

func (p *Provider) introspect(ctx context.Context, r store.Reads, c caller, form url.Values) (introspection, error) {
	access, refresh, err := p.findToken(ctx, r, form)
	switch {
	case err != nil:
		return introspection{}, err
	case access != nil && access.ClientID == c.client.ID && access.RevokedAt == 0:
		return p.describeAccess(ctx, r, *access, form.Get("token"))
	case refresh != nil && refresh.ClientID == c.client.ID && refresh.SpentAt == 0 && !refresh.AbsoluteAt.Passed(p.clock()):
		return p.describeGrant(ctx, r, refresh.GrantID, introspection{ClientID: refresh.ClientID, Scope: refresh.Scope}, refresh.CreatedAt, refresh.ExpiresAt)
	}
	return introspection{}, nil
}

// findToken looks among access and refresh tokens. A hint says where to look first, which with a lookup by hash saves nothing, so it is ignored (RFC 7662 §2.1, RFC 7009 §2.1). Both nil for a token that is not known.
func (p *Provider) findToken(ctx context.Context, r store.Reads, form url.Values) (access *idp.AccessToken, refresh *idp.RefreshToken, err error) {
	a, err := p.findAccess(ctx, r, form.Get("token"))
	if err == nil {
		return &a, nil, nil
	}
	if idp.CodeOf(err) != idp.NotFound {
		return nil, nil, err
	}
	t, err := r.RefreshToken(ctx, idp.Hash(form.Get("token")))
	if idp.CodeOf(err) == idp.NotFound {
		return nil, nil, nil
	}
	return nil, &t, err
}

func (p *Provider) describeAccess(ctx context.Context, r store.Reads, t idp.AccessToken, text string) (introspection, error) {
	out := introspection{ClientID: t.ClientID, Scope: t.Scope, Type: "Bearer"}
	if t.Format == idp.FormatJWT {
		out.ID = tokenID(text)
	}
	return p.describeGrant(ctx, r, t.GrantID, out, t.CreatedAt, t.ExpiresAt)
}

// describeGrant adds what the grant tells, if the token may be used now.
func (p *Provider) describeGrant(ctx context.Context, r store.Reads, grantID string, out introspection, created, expires idp.Time) (introspection, error) {
	now := p.clock()
	st, reason, err := standing(ctx, r, grantID, out.ClientID, now)
	if err != nil || reason != idp.Allowed || expires.Passed(now) {
		return introspection{}, err
	}
	out.Active, out.Issuer, out.Subject = true, p.issuer, out.ClientID
	out.IssuedAt, out.Expires = created.Unix(), expires.Unix()
	if out.Type != "" { // a refresh token is for nobody but us
		out.Audience = audience(*st.Client)
	}
	if st.User != nil {
		out.Subject = st.User.ID
		if idp.HasScope(out.Scope, "profile") {
			out.Username = st.User.UserName
		}
	}
	return out, nil
}

// tokenID is the `jti` of a JWT that was verified before.
func tokenID(token string) string {
	var c accessClaims
	if parts := strings.Split(token, "."); len(parts) == 3 {
		if raw, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
			_ = json.Unmarshal(raw, &c)
		}
	}
	return c.ID
}
