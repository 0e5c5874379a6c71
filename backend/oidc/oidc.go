package oidc

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Config is what a Provider is made of.
type Config struct {
	Store *store.Store
	Keys  *Keys
	Clock idp.Clock
	Pin   idp.Pin // the issuer; a changed pin needs a new Provider
	Log   *slog.Logger
	// FailedClient counts a failed client authentication from a source (idp.Visitor.SourceKey) and says whether that source has had too many, and for how long. Nil counts nothing.
	// It is asked after a failure only: an app with the right secret is never held up by others behind its address.
	FailedClient func(source string) (retryAfter time.Duration, blocked bool)
	// KnownClient counts a request of an app whose credentials or access token are good, under a key of its own, and says whether it has made too many, and for how long. Nil counts nothing.
	KnownClient func(key string) (retryAfter time.Duration, blocked bool)
	// WrongCode says whether a visitor has typed too many user codes of devices that wait for nobody, after counting one more when wrong. Nil counts nothing.
	WrongCode func(v idp.Visitor, wrong bool) (blocked bool)
}

// Provider is the OpenID Provider of one issuer. It is safe for concurrent use.
type Provider struct {
	store        *store.Store
	clock        idp.Clock
	log          *slog.Logger
	failedClient func(source string) (time.Duration, bool)
	knownClient  func(key string) (time.Duration, bool)
	wrongCode    func(v idp.Visitor, wrong bool) bool
	issuer       string
	keys         *Keys
	discovery    document
}

// New prepares the provider of one issuer.
func New(c Config) (*Provider, error) {
	discovery, err := describeAsBytes(c.Pin.Issuer)
	if err != nil {
		return nil, fmt.Errorf("encode the metadata: %w", err)
	}
	return &Provider{
		store: c.Store, clock: c.Clock, log: c.Log, failedClient: c.FailedClient, knownClient: c.KnownClient, wrongCode: c.WrongCode, issuer: c.Pin.Issuer,
		keys: c.Keys, discovery: newDocument(discovery),
	}, nil
}

// retryLater is what callers are told to wait when the store takes no writes.
const retryLater = 10 * time.Second

// trouble answers for a failure of ours: 503 when it passes by itself or the owner can end it, 500 with a reference otherwise. It is logged here and nowhere else.
func (p *Provider) trouble(w http.ResponseWriter, r *http.Request, err error) {
	gone := r.Context().Err() != nil
	if gone || idp.CodeOf(err) == idp.Unavailable {
		if !gone {
			p.log.Warn("cannot answer now", "path", r.URL.Path, "error", err)
		}
		(&tokenError{status: http.StatusServiceUnavailable, Code: "temporarily_unavailable", Description: "try again later", retryAfter: retryLater}).write(w)
		return
	}
	ref := idp.NewReference()
	p.log.Error("request failed", "path", r.URL.Path, "ref", ref, "error", err)
	v := idp.VisitorOf(r.Context())
	event := idp.Event{At: p.clock(), Kind: idp.EventFault, Actor: idp.ActorSystem, Reason: ref, Network: v.Network, Detail: map[string]string{"ref": ref}}
	v.Tell(event.Detail)
	if err := p.store.Write(context.WithoutCancel(r.Context()), func(tx *store.Tx) error { return tx.Record(event) }); err != nil {
		p.log.Warn("a failure was not recorded", "ref", ref, "error", err)
	}
	(&tokenError{status: http.StatusInternalServerError, Code: "server_error", Description: "reference " + ref}).write(w)
}
