package store

import (
	"context"

	"hearthkey/backend/idp"
)

// SignUp is the tailnet that is signed up with this issuer; the zero SignUp for none.
func (r Reads) SignUp(ctx context.Context) (idp.SignUp, error) {
	return setting[idp.SignUp](ctx, r, "sign_up")
}

// SetSignUp keeps which tailnet is signed up, the zero SignUp for none.
func (tx *Tx) SetSignUp(s idp.SignUp) error { return setSetting(tx, "sign_up", s) }

// EventAfter is when a person first had an event of one of the kinds after a moment, 0 for never; at one app, or at any and none with clientID "".
func (r Reads) EventAfter(ctx context.Context, userID, clientID string, after idp.Time, kinds ...string) (earliest idp.Time, err error) {
	for _, kind := range kinds {
		n, err := r.number(ctx, "SELECT coalesce(min(at), 0) FROM events WHERE user_id = ?1 AND kind = ?2 AND at > ?3 AND (?4 = '' OR client_id = ?4)", userID, kind, after, clientID)
		if err != nil {
			return 0, err
		}
		if at := idp.Time(n); at != 0 && (earliest == 0 || at < earliest) {
			earliest = at
		}
	}
	return earliest, nil
}

// SameAddress says whether two e-mail addresses count as one (NFKC case folding).
func SameAddress(a, b string) bool { return fold(a) == fold(b) }
