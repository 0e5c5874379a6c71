package oidc

import (
	"context"
	"net/url"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// exchangeClient gives an app a token for itself (RFC 6749 §4.4). Every scope that there is speaks of a person, so whatever is asked for, none is granted: an API tells such apps apart by client_id and aud.
func (p *Provider) exchangeClient(ctx context.Context, c caller, _ url.Values) (out *issued, refusal *tokenError, err error) {
	if c.client.Public { // RFC 6749 §4.4: confidential clients only
		return nil, unauthorizedClient(), nil
	}
	v := idp.VisitorOf(ctx)
	err = p.store.Write(ctx, func(tx *store.Tx) error {
		now := p.clock()
		st, reason, err := standing(context.Background(), tx.Reads, "", c.client.ID, now)
		if err != nil {
			return err
		}
		if reason != idp.Allowed {
			refusal = unauthorizedClient()
			return nil
		}
		if out, err = p.newClientAccess(tx, *st.Client, "", now); err != nil {
			return err
		}
		return noteActed(tx, c, st, v, now)
	})
	return out, refusal, err
}

// noteActed records that an app acts for itself when the use of its secret is to be noted again: such apps ask every few minutes, and a line for each would bury the rest.
func noteActed(tx *store.Tx, c caller, st idp.Standing, v idp.Visitor, now idp.Time) error {
	if c.secret == "" {
		return nil
	}
	secret, err := tx.ClientSecret(context.Background(), c.secret)
	if err != nil || needsNote(secret, now) == "" { // another request was first
		return ignoreGone(err)
	}
	if err := c.note(tx, now); err != nil {
		return err
	}
	return tx.Record(idp.Event{At: now, Kind: idp.EventAppActed, Actor: idp.ActorApp, ClientID: c.client.ID, Network: v.Network, Detail: about(st, v)})
}

// ignoreGone is for a row that need not be there any more.
func ignoreGone(err error) error {
	if idp.CodeOf(err) == idp.NotFound {
		return nil
	}
	return err
}

// standing asks the one decision for what a token came from: its grant, or its app alone where there is none. Call it within View or a Tx, as store.Standing.
func standing(ctx context.Context, r store.Reads, grantID, clientID string, now idp.Time) (idp.Standing, idp.Reason, error) {
	if grantID != "" {
		st, err := r.Standing(ctx, "", "", grantID, "")
		return st, idp.MayUse(st, now), err
	}
	client, err := r.Client(ctx, clientID)
	if idp.CodeOf(err) == idp.NotFound {
		return idp.Standing{}, idp.MayAct(nil), nil
	}
	return idp.Standing{Client: &client}, idp.MayAct(&client), err
}
