package oidc

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Polls come too soon when they come sooner than the interval by more than this: the way here takes its time, and not always the same.
const pollSlack = 500 * time.Millisecond

// pollStep is what a poll that came too soon adds to the interval (RFC 8628 §3.5).
const pollStep = int64(5)

// The answers to a device that has no tokens yet (RFC 8628 §3.5).
func pending() *tokenError  { return deviceError("authorization_pending", "nobody has answered yet") }
func slowDown() *tokenError { return deviceError("slow_down", "wait longer between two polls") }
func denied() *tokenError   { return deviceError("access_denied", "the device was not allowed") }
func expired() *tokenError  { return deviceError("expired_token", "the device code has expired") }

func deviceError(code, description string) *tokenError {
	return &tokenError{status: http.StatusBadRequest, Code: code, Description: description}
}

// exchangeDevice answers a device's poll (RFC 8628 §3.4), and redeems its code once somebody allowed it. A poll that changes nothing writes nothing.
func (p *Provider) exchangeDevice(ctx context.Context, c caller, form url.Values) (out *issued, refusal *tokenError, err error) {
	if !hasDevices(c.client) {
		return nil, unauthorizedClient(), nil
	}
	if form.Get("device_code") == "" {
		return nil, invalidRequest("device_code is missing"), nil
	}
	hash := idp.Hash(form.Get("device_code"))
	row, err := p.store.DeviceCode(ctx, hash)
	if refusal, err = final(row, c, p.clock(), err); refusal != nil || err != nil {
		return nil, refusal, err
	}
	err = p.store.Write(ctx, func(tx *store.Tx) error {
		now := p.clock()
		row, err := tx.DeviceCode(context.Background(), hash)
		if refusal, err = final(row, c, now, err); refusal != nil || err != nil {
			return err
		}
		if row.State == idp.DeviceWaiting {
			refusal, err = poll(tx, row, now)
			return err
		}
		out, refusal, err = p.redeemDevice(tx, c, row, idp.VisitorOf(ctx), now)
		return err
	})
	return out, refusal, err
}

// final is the answer to a code that no poll can bring further. That of another app is not known here.
func final(row idp.DeviceCode, c caller, now idp.Time, err error) (*tokenError, error) {
	switch {
	case idp.CodeOf(err) == idp.NotFound:
		return invalidGrant("the device code is not known"), nil
	case err != nil:
		return nil, err
	case row.ClientID != c.client.ID:
		return invalidGrant("the device code is not known"), nil
	case row.State == idp.DeviceUsed:
		return invalidGrant("the device code was used before"), nil
	case row.State == idp.DeviceDenied:
		return denied(), nil
	case row.ExpiresAt.Passed(now):
		return expired(), nil
	case row.State == idp.DeviceWaiting && row.Interval >= int64(idp.DeviceLife/time.Second): // too soon so often that there is nothing left to note
		return slowDown(), nil
	}
	return nil, nil
}

// poll notes that a device asked, and slows down one that asks too often.
func poll(tx *store.Tx, row idp.DeviceCode, now idp.Time) (*tokenError, error) {
	interval, answer := row.Interval, pending()
	if since := now.Sub(row.PolledAt); row.PolledAt != 0 && since < time.Duration(interval)*time.Second-pollSlack {
		interval, answer = interval+pollStep, slowDown()
	}
	return answer, tx.PollDevice(row.Hash, interval, now)
}

// redeemDevice spends the code. Of many polls at once one gets the tokens.
func (p *Provider) redeemDevice(tx *store.Tx, c caller, row idp.DeviceCode, v idp.Visitor, now idp.Time) (*issued, *tokenError, error) {
	row, first, err := tx.RedeemDevice(row.Hash)
	if err != nil {
		return nil, nil, err
	}
	if !first {
		return nil, invalidGrant("the device code was used before"), nil
	}
	st, err := tx.Standing(context.Background(), "", "", row.GrantID, "")
	if err != nil {
		return nil, nil, err
	}
	if reason := idp.MayUse(st, now); reason != idp.Allowed {
		return nil, denied(), revoke(tx, st, c, idp.EventAccessDenied, reason, v, now)
	}
	t, err := p.redeem(tx, c, st, "", "device", v, now)
	return t, nil, err
}
