package passkey

import (
	"context"
	"fmt"
	"slices"

	"hearthkey/backend/idp"

	"github.com/go-webauthn/webauthn/webauthn"
)

// BeginFormer begins a sign-in on the issuer's page by a passkey of a former host (WebAuthn Level 3 §5.11.1: the browser asks that host whether our origin may). idp.Denied for any host that we do not hold as a former one. source as in BeginSignIn.
func (r *Relying) BeginFormer(ctx context.Context, host, source string) (Options, error) {
	list, err := r.store.Formers(ctx)
	if err != nil {
		return Options{}, fmt.Errorf("read the former hosts: %w", err)
	}
	former, known := idp.FormerOf(list, host)
	if !known {
		return Options{}, idp.Fail(idp.Denied, "passkey.former_gone", "host", host)
	}
	web, err := newWeb(Config{Pin: r.pin, Home: r.home}, former.Pin.RPID)
	if err != nil {
		return Options{}, err
	}
	assertion, session, err := web.BeginDiscoverableLogin()
	if err != nil {
		return Options{}, fmt.Errorf("begin a sign-in for %s: %w", host, err)
	}
	return r.begin(ceremony{purpose: toSignIn, rpID: former.Pin.RPID, source: source, session: *session}, assertion.Response)
}

// webOf is the relying party that a ceremony's answer is checked as. A former host may have been given up since the ceremony began: idp.Denied.
func (r *Relying) webOf(ctx context.Context, rpID string) (*webauthn.WebAuthn, error) {
	if rpID == r.pin.RPID {
		return r.web, nil
	}
	list, err := r.store.Formers(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the former hosts: %w", err)
	}
	if !slices.ContainsFunc(list, func(f idp.Former) bool { return f.Pin.RPID == rpID }) {
		return nil, idp.Fail(idp.Denied, "passkey.former_gone", "host", rpID)
	}
	return newWeb(Config{Pin: r.pin, Home: r.home}, rpID)
}
