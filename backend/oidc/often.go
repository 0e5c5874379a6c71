package oidc

import (
	"context"
	"net/http"

	"hearthkey/backend/idp"
)

// tooOften counts a request of a known app, and refuses one too many. What a public app says of itself is no secret, so there each source counts for itself: nobody uses up an app for all.
func (p *Provider) tooOften(ctx context.Context, c idp.Client) *tokenError {
	if p.knownClient == nil {
		return nil
	}
	key := c.ID
	if c.Public {
		key += " " + idp.VisitorOf(ctx).SourceKey()
	}
	wait, blocked := p.knownClient(key)
	if !blocked {
		return nil
	}
	return &tokenError{status: http.StatusTooManyRequests, Code: "temporarily_unavailable", Description: "too many requests of this app", retryAfter: wait}
}
