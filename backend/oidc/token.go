package oidc

import (
	"context"
	"net/http"
	"net/url"

	"hearthkey/backend/idp"
)

// tokenResponse is the answer of RFC 6749 §5.1, with the ID token of OIDC Core §3.1.3.3.
type tokenResponse struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope"`
	IDToken      string `json:"id_token,omitempty"`
}

// exchange is a grant type: it answers what it issued, or a refusal, after the commit of either; an error is ours, and nothing was changed.
type exchange func(ctx context.Context, c caller, form url.Values) (*issued, *tokenError, error)

// grantDevice is the grant type of RFC 8628 §3.4.
const grantDevice = "urn:ietf:params:oauth:grant-type:device_code"

// Token is the token endpoint (RFC 6749 §3.2) of every grant type.
func (p *Provider) Token(w http.ResponseWriter, r *http.Request) {
	c, form, ok := p.called(w, r)
	if !ok {
		return
	}
	act, refusal := p.exchangeFor(form)
	if refusal != nil {
		refusal.write(w)
		return
	}
	out, refusal, err := act(r.Context(), c, form)
	switch {
	case err != nil:
		p.trouble(w, r, err)
	case refusal != nil:
		refusal.write(w)
	default:
		p.respond(w, r, out)
	}
}

// called reads the form that an app posts to one of its endpoints and authenticates it, or answers.
func (p *Provider) called(w http.ResponseWriter, r *http.Request) (caller, url.Values, bool) {
	w.Header().Add("Vary", "Origin") // a cache may not give one origin the answer to another (Fetch §3.2.5)
	if r.Method != http.MethodPost {
		notAllowed(w, "POST")
		return caller{}, nil, false
	}
	form, refusal := readForm(w, r)
	if refusal != nil {
		refusal.write(w)
		return caller{}, nil, false
	}
	c, ok := p.caller(w, r, form)
	return c, form, ok
}

// caller authenticates the app, or answers.
func (p *Provider) caller(w http.ResponseWriter, r *http.Request, form url.Values) (caller, bool) {
	var c caller
	var err error
	given, refusal := readCredentials(r, form)
	if refusal == nil {
		c, refusal, err = p.authenticate(r.Context(), given)
	}
	switch {
	case err != nil:
		p.trouble(w, r, err)
	case refusal != nil && refusal.Code == "invalid_client":
		p.refuseClient(w, r, refusal)
	case refusal != nil:
		refusal.write(w)
	default:
		allowOrigin(w, r, c.client)
		if refusal = p.tooOften(r.Context(), c.client); refusal == nil {
			return c, true
		}
		refusal.write(w)
	}
	return c, false
}

func (p *Provider) exchangeFor(form url.Values) (exchange, *tokenError) {
	switch form.Get("grant_type") {
	case "authorization_code":
		return p.exchangeCode, nil
	case "refresh_token":
		return p.exchangeRefresh, nil
	case "client_credentials":
		return p.exchangeClient, nil
	case grantDevice:
		return p.exchangeDevice, nil
	case "":
		return nil, invalidRequest("grant_type is missing")
	}
	return nil, &tokenError{status: http.StatusBadRequest, Code: "unsupported_grant_type", Description: "grant_type must be one that the metadata names"}
}

// respond signs after the commit, outside the writer: a signature takes a millisecond, in which dozens of others can be written.
func (p *Provider) respond(w http.ResponseWriter, r *http.Request, t *issued) {
	out, err := p.signed(r.Context(), t)
	if err != nil {
		p.trouble(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, out)
}

// signed makes the tokens' texts. An ID token speaks of a person, so none is made for an app that acts for itself.
func (p *Provider) signed(ctx context.Context, t *issued) (out tokenResponse, err error) {
	algorithm := t.client.IDTokenAlgorithm
	if t.jti != "" {
		if t.access, err = p.keys.sign(ctx, algorithm, typeAccess, p.accessClaims(t)); err != nil {
			return out, err
		}
	}
	out = tokenResponse{AccessToken: t.access, TokenType: "Bearer", ExpiresIn: int64(t.client.Lifetimes().Access.Seconds()), RefreshToken: t.refresh, Scope: t.scope}
	if t.grant.ID != "" && idp.HasScope(t.scope, "openid") {
		out.IDToken, err = p.keys.sign(ctx, algorithm, typeID, p.idTokenClaims(t))
	}
	return out, err
}
