package oidc

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"hearthkey/backend/idp"
)

// maxClaims is the longest claims parameter that is read, in bytes. One that names every claim that there is has a tenth.
const maxClaims = 8 << 10

// maxSubject is the longest `sub` that there can be (OIDC Core §2).
const maxSubject = 255

// ClaimsRequest holds the names of single claims that an app asked for beside its scopes (OIDC Core §5.5), those that we know. A grant keeps it as JSON.
type ClaimsRequest struct {
	UserInfo []string `json:"userInfo,omitempty"`
	IDToken  []string `json:"idToken,omitempty"`
}

// text is what a grant keeps, "" for nothing asked.
func (c ClaimsRequest) text() string {
	if len(c.UserInfo)+len(c.IDToken) == 0 {
		return ""
	}
	raw, _ := json.Marshal(c) // strings always encode
	return string(raw)
}

// singleClaims reads what text has written.
func singleClaims(g idp.Grant) (c ClaimsRequest) {
	if g.Claims != "" {
		_ = json.Unmarshal([]byte(g.Claims), &c)
	}
	return c
}

// wish is what is asked of one claim (OIDC Core §5.5.1). An essential claim that we do not have is no error, so only acr and sub heed their values.
type wish struct {
	Essential bool              `json:"essential"`
	Value     json.RawMessage   `json:"value"`
	Values    []json.RawMessage `json:"values"`
}

// texts are the values asked for, of those that are strings.
func (w *wish) texts() (out []string) {
	if w == nil {
		return nil
	}
	for _, raw := range append([]json.RawMessage{w.Value}, w.Values...) {
		var s *string
		if json.Unmarshal(raw, &s) == nil && s != nil {
			out = append(out, *s)
		}
	}
	return out
}

// claimsParameter is the parameter's form. Other members are ignored (OIDC Core §5.5).
type claimsParameter struct {
	UserInfo map[string]*wish `json:"userinfo"`
	IDToken  map[string]*wish `json:"id_token"`
}

// parseClaims reads the claims parameter. Custom claims that the owner gave a scope can be asked for as the standard ones can.
func (p *Provider) parseClaims(ctx context.Context, req *Authorize, form url.Values) error {
	raw := form.Get("claims")
	if raw == "" {
		return nil
	}
	fail := func(code, description string) error { return &AppError{req, code, description} }
	var asked *claimsParameter
	if len(raw) > maxClaims || !utf8.ValidString(raw) || json.Unmarshal([]byte(raw), &asked) != nil || asked == nil {
		return fail("invalid_request", "claims is not a JSON object of the form of OpenID Connect Core, section 5.5")
	}
	scopeOf, err := p.store.ClaimScopes(ctx)
	if err != nil {
		return fmt.Errorf("read the scopes of claims: %w", err)
	}
	req.Claims.UserInfo = req.single(asked.UserInfo, scopeOf)
	req.Claims.IDToken = req.single(asked.IDToken, scopeOf)
	if err := req.parseSubject(asked, fail); err != nil {
		return err
	}
	return req.parseACR(asked.IDToken["acr"], fail)
}

// single lists the claims that we know and notes the scope of each, since consent goes by scopes.
func (a *Authorize) single(asked map[string]*wish, scopeOf map[string]string) (names []string) {
	for name := range asked {
		scope := standardScope(name)
		if scope == "" && !Reserved(name) {
			scope = scopeOf[name]
		}
		if scope != "" {
			names = append(names, name)
			a.claimScope += " " + scope
		}
	}
	slices.Sort(names)
	return names
}

// parseSubject obeys a request for a certain person (OIDC Core §3.1.2.2, §5.5.1): the answer speaks of them or fails, as with an id_token_hint.
func (a *Authorize) parseSubject(asked *claimsParameter, fail failFunc) error {
	for _, w := range []*wish{asked.IDToken["sub"], asked.UserInfo["sub"]} {
		subjects := w.texts()
		if len(subjects) != 1 { // one of several is no hint of whom to ask
			continue
		}
		if len(subjects[0]) > maxSubject {
			return fail("invalid_request", "the sub in claims is too long")
		}
		if a.HintUserID != "" && a.HintUserID != subjects[0] {
			return fail("login_required", "claims and id_token_hint name different people")
		}
		a.HintUserID = subjects[0]
	}
	return nil
}

// parseACR obeys an essential acr (OIDC Core §5.5.1.1). Without essential it is a wish, as acr_values is.
func (a *Authorize) parseACR(w *wish, fail failFunc) error {
	values := w.texts()
	if w == nil || len(values) == 0 {
		return nil
	}
	a.wishedACR = detached(values)
	if !w.Essential {
		return nil
	}
	for _, acr := range []string{idp.ACRPasskey, idp.ACREnrol, idp.ACRTailnet} { // those that a session in a browser can have
		if slices.Contains(values, acr) && (acr != idp.ACRTailnet || a.Client.TailnetSignIn) {
			a.requiredACR = append(a.requiredACR, acr)
		}
	}
	if a.requiredACR == nil {
		return unmetACR(a)
	}
	return nil
}

// unmetACR is the error of OpenID Connect Core Unmet Authentication Requirements 1.0.
func unmetACR(req *Authorize) error {
	return &AppError{req, "unmet_authentication_requirements", "the acr that claims calls essential cannot be given"}
}

// MeetsACR says whether a session is of the kind that the app calls essential; one that is not needs another sign-in.
func (a *Authorize) MeetsACR(s idp.Session) bool {
	return a.requiredACR == nil || slices.Contains(a.requiredACR, s.ACR)
}

// detached are texts of their own, of those that acr can have: the rest says only that something was asked for.
func detached(values []string) (out []string) {
	for _, acr := range acrValues {
		if slices.Contains(values, acr) {
			out = append(out, acr)
		}
	}
	if out == nil {
		out = []string{""}
	}
	return out
}

// TakesClick says whether a click on a node of the person's (idp.ACRTailnet) may answer the request: only where the app wants neither silence nor a fresh sign-in, and no other kind of sign-in, be it as a wish.
func (a *Authorize) TakesClick() bool {
	if a.Prompt.None || a.Prompt.Login || a.MaxAge >= 0 || a.Client.Reauthenticate {
		return false
	}
	for _, wished := range [][]string{strings.Fields(a.ACRValues), a.wishedACR, a.requiredACR} {
		if len(wished) > 0 && (!slices.Contains(wished, idp.ACRTailnet) || slices.Contains(wished, idp.ACRPasskey)) {
			return false
		}
	}
	return true
}

// ConsentScope is what the person is asked to allow: the scopes, and those whose claims the app asks for one by one.
func (a *Authorize) ConsentScope() string {
	if a.claimScope == "" {
		return a.Scope
	}
	return knownScopes(a.Scope + a.claimScope)
}
