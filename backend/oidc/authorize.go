package oidc

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hearthkey/backend/idp"
)

// Authorize is a checked authorization request (RFC 6749 §4.1.1, OIDC Core §3.1.2.1). Its client and redirect URI are good; what people may see of it is in the strings.
type Authorize struct {
	Client       idp.Client
	Pushed       bool   // it came by the back channel (RFC 9126)
	RedirectURI  string // as sent, which may differ from the registered one in a loopback port
	ResponseMode string // query, fragment or form_post
	State        string
	Nonce        string
	Scope        string // what can be granted of what was asked, space-separated
	Challenge    string // S256, "" when the app sent none
	Prompt       Prompt
	MaxAge       time.Duration // -1 when the app sets none
	HintUserID   string        // whom the id_token_hint or claims name, "" for nobody in particular
	LoginHint    string
	UILocales    string
	Display      string
	ACRValues    string
	Claims       ClaimsRequest

	claimScope  string   // scopes of the single claims, each with a space before it
	requiredACR []string // nil when the app calls none essential
	wishedACR   []string // nil when its claims name none
}

// PageError is a request that cannot be answered to the app, because its client or redirect URI is not good: a page with status 400 and no Location (RFC 6749 §4.1.2.1).
type PageError struct{ Message idp.Message }

func (e *PageError) Error() string { return e.Message.String() }

func pageError(key string, args ...string) error { return &PageError{idp.Text("oidc."+key, args...)} }

// AppError is a refusal that the app is told through the browser: Failure(e.Request, e.Code, e.Description).
type AppError struct {
	Request     *Authorize
	Code        string // of RFC 6749 §4.1.2.1 or OIDC Core §3.1.2.6
	Description string // for the app's developer
}

func (e *AppError) Error() string { return e.Code + ": " + e.Description }

// ParseAuthorize checks the parameters of an authorization request, from the query of a GET or the form of a POST. Its errors are a *PageError until client and redirect URI are known to be good, an *AppError after that, or the store's own.
func (p *Provider) ParseAuthorize(ctx context.Context, form url.Values) (*Authorize, error) {
	client, err := p.parseClient(ctx, form)
	if err != nil {
		return nil, err
	}
	if !isPushed(form) {
		return p.parseParameters(ctx, client, form, false)
	}
	if len(form["request_uri"]) > 1 {
		return nil, pageError("parameter_repeated", "name", "request_uri")
	}
	if form, err = p.pulled(ctx, client, form.Get("request_uri")); err != nil { // from here on nothing else of the query counts (RFC 9126 §4)
		return nil, err
	}
	return p.parseParameters(ctx, client, form, true)
}

// parseParameters reads what an app asks for, by way of the browser or pushed.
func (p *Provider) parseParameters(ctx context.Context, client idp.Client, form url.Values, pushed bool) (req *Authorize, err error) {
	req = &Authorize{Client: client, ResponseMode: "query", MaxAge: -1, Pushed: pushed}
	if req.RedirectURI, err = parseRedirect(form, client); err != nil {
		return nil, err
	}
	if err = p.parseRest(req, form); err == nil {
		err = p.parseClaims(ctx, req, form)
	}
	req.detach()
	if err != nil {
		return nil, err
	}
	return req, nil
}

// detach keeps what a request in flight needs. The form's values may be slices of the whole query or body, which it would hold in memory with all that was ignored of it; and the app's addresses, which may be many, have done their part.
func (a *Authorize) detach() {
	for _, s := range a.texts() {
		*s = strings.Clone(*s)
	}
	a.Client.RedirectURIs, a.Client.PostLogoutRedirectURIs = nil, nil
}

// texts are what comes out of the form.
func (a *Authorize) texts() []*string {
	return []*string{&a.RedirectURI, &a.ResponseMode, &a.State, &a.Nonce, &a.Challenge, &a.LoginHint, &a.UILocales, &a.Display, &a.ACRValues}
}

// Size is what the request takes in memory beside its fixed part, near enough, in bytes.
func (a *Authorize) Size() int {
	n := len(a.Scope) + len(a.HintUserID) + len(a.claimScope) + 32*(len(a.Claims.UserInfo)+len(a.Claims.IDToken))
	for _, s := range a.texts() {
		n += len(*s)
	}
	return n
}

// parseClient gives the same page for an unknown and a disabled app.
func (p *Provider) parseClient(ctx context.Context, form url.Values) (idp.Client, error) {
	id := form.Get("client_id")
	switch {
	case len(form["client_id"]) > 1:
		return idp.Client{}, pageError("parameter_repeated", "name", "client_id")
	case id == "":
		return idp.Client{}, pageError("client_missing")
	}
	client, err := p.store.Client(ctx, id)
	if idp.CodeOf(err) == idp.NotFound || err == nil && client.Disabled() {
		return idp.Client{}, pageError("client_unknown")
	}
	if err != nil {
		return idp.Client{}, fmt.Errorf("read the app: %w", err)
	}
	return client, nil
}

func parseRedirect(form url.Values, client idp.Client) (string, error) {
	uri := form.Get("redirect_uri")
	switch {
	case len(form["redirect_uri"]) > 1:
		return "", pageError("parameter_repeated", "name", "redirect_uri")
	case uri == "": // required by OIDC Core §3.1.2.1, even where one is registered
		return "", pageError("redirect_missing", "app", client.Name)
	case registered(client.RedirectURIs, uri):
		return uri, nil
	case CheckRedirectURI(uri, true, true) == nil: // an address like one that could be registered can be shown to the owner; anything else is not repeated on a page
		return "", pageError("redirect_unknown", "app", client.Name, "uri", excerpt(uri))
	}
	return "", pageError("redirect_wrong", "app", client.Name)
}

// parseRest reads what the app is told about when it is wrong. State and response mode come first, since every answer needs them.
func (p *Provider) parseRest(req *Authorize, form url.Values) error {
	fail := func(code, description string) error { return &AppError{req, code, description} }
	if len(form["state"]) < 2 && isText(form.Get("state")) {
		req.State = form.Get("state")
	}
	mode := form.Get("response_mode")
	if known := isResponseMode(mode); known && len(form["response_mode"]) == 1 {
		req.ResponseMode = mode
	}
	if repeated(form) != "" {
		return fail("invalid_request", "a parameter is repeated")
	}
	if problem := needsPush(req.Client, req.Pushed); problem != "" {
		return fail("invalid_request", problem)
	}
	if err := checkUnsupported(form, fail); err != nil {
		return err
	}
	switch responseType := form.Get("response_type"); {
	case responseType == "":
		return fail("invalid_request", "response_type is missing")
	case responseType != "code":
		return fail("unsupported_response_type", "response_type must be code")
	case mode != "" && !isResponseMode(mode):
		return fail("invalid_request", "response_mode must be query, fragment or form_post")
	}
	if err := checkTexts(form, fail); err != nil {
		return err
	}
	return p.parseWishes(req, form, fail)
}

func isResponseMode(s string) bool { return s == "query" || s == "fragment" || s == "form_post" }

type failFunc func(code, description string) error

// checkUnsupported refuses what would change the request's meaning if it were ignored (OIDC Core §3.1.2.6). Nothing is ever fetched for it.
func checkUnsupported(form url.Values, fail failFunc) error {
	for _, name := range []string{"request", "request_uri", "registration"} {
		if form.Get(name) != "" {
			return fail(name+"_not_supported", "the "+name+" parameter is not supported")
		}
	}
	return nil
}

// parseWishes reads scope, PKCE, prompt, max_age and the hints.
func (p *Provider) parseWishes(req *Authorize, form url.Values, fail failFunc) error {
	var problem string
	req.Nonce = form.Get("nonce")
	if req.Scope = knownScopes(form.Get("scope")); !idp.HasScope(req.Scope, "openid") {
		return fail("invalid_scope", "scope must contain openid")
	}
	if req.Challenge, problem = parseChallenge(form, req.Client); problem != "" {
		return fail("invalid_request", problem)
	}
	if req.Prompt, problem = parsePrompt(form.Get("prompt")); problem != "" {
		return fail("invalid_request", problem)
	}
	if req.Client.Reauthenticate {
		req.Prompt.Login = true
	}
	if req.MaxAge, problem = parseMaxAge(form.Get("max_age")); problem != "" {
		return fail("invalid_request", problem)
	}
	req.LoginHint, req.UILocales = hint(form, "login_hint"), hint(form, "ui_locales")
	req.Display, req.ACRValues = hint(form, "display"), hint(form, "acr_values")
	return p.parseIDTokenHint(req, form.Get("id_token_hint"), fail)
}

// parseMaxAge reads whole seconds, -1 for none. Ages beyond what a Duration holds mean no limit that matters.
func parseMaxAge(s string) (age time.Duration, problem string) {
	if s == "" {
		return -1, ""
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return -1, "max_age must be a whole number of seconds"
	}
	return time.Duration(n) * time.Second, ""
}
