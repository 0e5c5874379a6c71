package oidc

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// credentials are what a request says of its client (RFC 6749 §2.3).
type credentials struct {
	clientID string
	secret   string // "" for the method none
}

// caller is an authenticated app.
type caller struct {
	client idp.Client
	secret string // ID of the secret whose last use is to be noted, "" when there is nothing to note
}

// readCredentials takes the client from the Basic header or the form: one of them, never both (RFC 6749 §2.3).
func readCredentials(r *http.Request, form url.Values) (credentials, *tokenError) {
	if form.Has("client_assertion") || form.Has("client_assertion_type") {
		return credentials{}, invalidClient() // RFC 7521 §4.2 is not offered
	}
	body := credentials{form.Get("client_id"), form.Get("client_secret")}
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		if body.clientID == "" {
			return credentials{}, invalidClient()
		}
		return body, nil
	}
	basic, ok := parseBasic(headers[0])
	switch {
	case !ok || len(headers) > 1:
		return credentials{}, invalidClient()
	case body.secret != "":
		return credentials{}, invalidRequest("use one way to authenticate the client, not two")
	case body.clientID != "" && body.clientID != basic.clientID: // malformed (RFC 6749 §5.2), so nothing is looked up and no code is burned
		return credentials{}, invalidRequest("client_id differs from the authenticated client")
	}
	return basic, nil
}

// parseBasic reads an Authorization header of the scheme Basic, whose parts are form-encoded before they are joined (RFC 6749 §2.3.1, RFC 7617 §2).
func parseBasic(header string) (credentials, bool) {
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return credentials{}, false
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return credentials{}, false
	}
	name, password, ok := strings.Cut(string(raw), ":")
	if !ok {
		return credentials{}, false
	}
	id, err := url.QueryUnescape(name)
	if err != nil || id == "" {
		return credentials{}, false
	}
	secret, err := url.QueryUnescape(password)
	return credentials{id, secret}, err == nil
}

// authenticate finds the app that the credentials belong to. An unknown app and a wrong secret take the same steps. The refusal is nil when it is known; the error is the store's.
func (p *Provider) authenticate(ctx context.Context, c credentials) (caller, *tokenError, error) {
	var used string
	if c.secret != "" {
		secret, err := p.matchSecret(ctx, c)
		if err != nil || secret == nil {
			return caller{}, invalidClient(), err
		}
		used = needsNote(*secret, p.clock())
	}
	client, err := p.store.Client(ctx, c.clientID)
	if idp.CodeOf(err) == idp.NotFound {
		return caller{}, invalidClient(), nil
	}
	if err != nil {
		return caller{}, nil, err
	}
	if client.Public != (c.secret == "") { // a public app with a secret, or a confidential one without
		return caller{}, invalidClient(), nil
	}
	return caller{client, used}, nil, nil
}

// matchSecret finds the app's secret by its hash, which takes as long for an app that is not known as for one that is; nil when there is none or it has expired. A hash of 256 random bits tells nothing by how far it fits.
func (p *Provider) matchSecret(ctx context.Context, c credentials) (*idp.ClientSecret, error) {
	found, err := p.store.SecretByHash(ctx, c.clientID, idp.Hash(c.secret))
	if idp.CodeOf(err) == idp.NotFound || (err == nil && found.ExpiresAt.Passed(p.clock())) {
		return nil, nil
	}
	return &found, err
}

// needsNote is the secret's ID when its last use is to be written again: to the hour, so that most uses write nothing.
func needsNote(s idp.ClientSecret, now idp.Time) string {
	if now.Sub(s.LastUsedAt) < time.Hour {
		return ""
	}
	return s.ID
}

// note writes the last use of the app's secret, within the transaction of what it was used for.
func (c caller) note(tx *store.Tx, now idp.Time) error {
	if c.secret == "" {
		return nil
	}
	return tx.TouchClientSecret(c.secret, now)
}

// refuseClient answers a failed client authentication and counts it. A source with too many is told to wait.
func (p *Provider) refuseClient(w http.ResponseWriter, r *http.Request, refusal *tokenError) {
	source := idp.VisitorOf(r.Context()).SourceKey()
	if p.failedClient != nil {
		if wait, blocked := p.failedClient(source); blocked {
			refusal = &tokenError{status: http.StatusTooManyRequests, Code: "invalid_client", Description: "too many failed attempts from this address", retryAfter: wait}
			refusal.write(w)
			return
		}
	}
	if err := p.store.Write(r.Context(), func(tx *store.Tx) error { return tx.CountRefusal("client_authentication", source, p.clock()) }); err != nil {
		p.log.Warn("a refusal was not counted", "error", err)
	}
	refusal.write(w)
}
