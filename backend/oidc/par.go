package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// pushedPrefix begins the address of a request that was pushed here (RFC 9126 §2.2).
const pushedPrefix = "urn:ietf:params:oauth:request_uri:"

// pushedResponse is the answer of RFC 9126 §2.2.
type pushedResponse struct {
	RequestURI string `json:"request_uri"`
	ExpiresIn  int64  `json:"expires_in"` // seconds
}

// PAR is the pushed authorization request endpoint (RFC 9126 §2): what would stand in the browser's address is checked and kept here, for the app that proved who it is.
func (p *Provider) PAR(w http.ResponseWriter, r *http.Request) {
	c, form, ok := p.called(w, r)
	if !ok {
		return
	}
	out, refusal, err := p.push(r.Context(), c, form)
	switch {
	case err != nil:
		p.trouble(w, r, err)
	case refusal != nil:
		refusal.write(w)
	default:
		writeJSON(w, http.StatusCreated, out)
	}
}

func (p *Provider) push(ctx context.Context, c caller, form url.Values) (pushedResponse, *tokenError, error) {
	switch {
	case c.client.Disabled():
		return pushedResponse{}, unauthorizedClient(), nil
	case form.Has("request_uri"): // RFC 9126 §2.1
		return pushedResponse{}, invalidRequest("request_uri cannot be pushed"), nil
	}
	for _, name := range []string{"client_secret", "client_assertion", "client_assertion_type"} {
		form.Del(name)
	}
	form.Set("client_id", c.client.ID) // the Basic header may have said it alone
	if _, err := p.parseParameters(ctx, c.client, form, true); err != nil {
		refusal, err := refusePush(err)
		return pushedResponse{}, refusal, err
	}
	uri, now := pushedPrefix+idp.NewSecret(), p.clock()
	err := p.store.Write(ctx, func(tx *store.Tx) error {
		row := idp.PushedRequest{Hash: idp.Hash(uri), ClientID: c.client.ID, Form: form.Encode(), CreatedAt: now, ExpiresAt: now.Add(idp.PushedLife)}
		if err := tx.AddPushedRequest(row); err != nil {
			return fmt.Errorf("keep the pushed request: %w", err)
		}
		return c.note(tx, now)
	})
	return pushedResponse{RequestURI: uri, ExpiresIn: int64(idp.PushedLife / time.Second)}, nil, err
}

// refusePush tells the app itself what it would else be told through the browser (RFC 9126 §2.3).
func refusePush(err error) (*tokenError, error) {
	if told := new(AppError); errors.As(err, &told) {
		return &tokenError{status: http.StatusBadRequest, Code: told.Code, Description: told.Description}, nil
	}
	if errors.As(err, new(*PageError)) {
		return invalidRequest("redirect_uri is missing or not registered for this client"), nil
	}
	return nil, err
}

// pulled takes a pushed request of this app, once (RFC 9126 §7.3). One that cannot be good is only read, so that made-up ones write nothing.
func (p *Provider) pulled(ctx context.Context, client idp.Client, uri string) (url.Values, error) {
	now, hash := p.clock(), idp.Hash(uri)
	row, err := p.store.PushedRequest(ctx, hash)
	if err == nil && (row.ClientID != client.ID || row.UsedAt != 0 || row.ExpiresAt.Passed(now)) {
		err = idp.Fail(idp.NotFound, "token.no_pushed")
	}
	if err == nil {
		err = p.store.Write(ctx, func(tx *store.Tx) (err error) {
			row, err = tx.ConsumePAR(hash, client.ID, now)
			return err
		})
	}
	if idp.CodeOf(err) == idp.NotFound {
		return nil, pageError("pushed_gone", "app", client.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("take the pushed request: %w", err)
	}
	return url.ParseQuery(row.Form)
}

// needsPush says what is wrong with a request that came through the browser, where the app may only push them (RFC 9126 §5).
func needsPush(c idp.Client, pushed bool) (problem string) {
	if c.RequirePAR && !pushed {
		return "this app must push its requests (PAR, RFC 9126)"
	}
	return ""
}

func isPushed(form url.Values) bool {
	return strings.HasPrefix(form.Get("request_uri"), pushedPrefix)
}
