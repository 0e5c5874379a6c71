package oidc

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"hearthkey/backend/idp"
)

// EndSession is a checked logout request (OIDC RP-Initiated Logout §2). It always leads to a sign-out, asked or unasked; what was wrong with it only takes away the redirect or the trust.
type EndSession struct {
	Client        *idp.Client // nil when none is known
	HintUserID    string
	HintSessionID string // `sid` of the hint: the sign-out goes unasked only if it is a session of this browser
	HintVerified  bool   // the hint is ours, and client_id, if sent, agrees
	RedirectURI   string // exactly as registered, or ""
	State         string // "" without RedirectURI
	Problem       idp.Message
}

// Location is the address to go to after the sign-out, with the state, or "".
func (e *EndSession) Location() string {
	if e.RedirectURI == "" || e.State == "" {
		return e.RedirectURI
	}
	return withQuery(e.RedirectURI, encode([]Field{{"state", e.State}}))
}

// ParseEndSession checks the parameters of a logout request, from the query of a GET or the form of a POST. Its error is the store's; what is wrong with the request is told in Problem.
func (p *Provider) ParseEndSession(ctx context.Context, form url.Values) (*EndSession, error) {
	e := &EndSession{}
	if repeated(form) != "" {
		return e.with("end_repeated"), nil
	}
	clientID, wantsRedirect := form.Get("client_id"), form.Get("post_logout_redirect_uri") != ""
	if token := form.Get("id_token_hint"); token != "" {
		claims, err := p.keys.verifyIDToken(token, p.issuer)
		if err != nil {
			return e.with("end_hint"), nil
		}
		if clientID != "" && clientID != claims.Audience {
			return e.with("end_client_differs"), nil
		}
		clientID = claims.Audience
		e.HintVerified, e.HintUserID, e.HintSessionID = true, claims.Subject, claims.SessionID
	}
	client, err := p.store.Client(ctx, clientID)
	switch known := err == nil && !client.Disabled(); {
	case err != nil && idp.CodeOf(err) != idp.NotFound:
		return nil, fmt.Errorf("read the app: %w", err)
	case !known && wantsRedirect:
		return e.with("end_client_unknown"), nil
	case !known:
		return e, nil
	}
	e.Client = &client
	return e.redirect(form), nil
}

// redirect takes the address only if it is registered, letter for letter (RP-Initiated Logout §3).
func (e *EndSession) redirect(form url.Values) *EndSession {
	uri, state := form.Get("post_logout_redirect_uri"), form.Get("state")
	switch {
	case uri == "":
		return e
	case !slices.Contains(e.Client.PostLogoutRedirectURIs, uri):
		return e.with("end_redirect")
	case len(state) > limits["state"]:
		return e.with("end_state")
	}
	e.RedirectURI, e.State = strings.Clone(uri), strings.Clone(state) // and not slices of the whole query or body, which would stay in memory with them
	return e
}

func (e *EndSession) with(key string) *EndSession {
	e.Problem = idp.Text("oidc." + key)
	return e
}
