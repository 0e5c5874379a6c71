package store_test

import (
	"fmt"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// TestKeysFollowEachOther takes keys of two algorithms through their life.
func TestKeysFollowEachOther(t *testing.T) {
	s := storetest.Open(t)
	add := func(id, use, algorithm string) {
		storetest.Write(t, s, func(tx *store.Tx) error {
			return tx.AddSigningKey(idp.SigningKey{ID: id, Use: use, Algorithm: algorithm, Public: "{}", Sealed: []byte("sealed"), CreatedAt: start})
		})
	}
	for _, id := range []string{"a", "b", "c"} {
		add(id, "sig", idp.RS256)
	}
	add("ec", "sig", idp.ES256)
	add("refresh", "refresh", "HS256")
	keys := func() (out string) {
		for _, use := range []string{"sig", "refresh"} {
			for _, k := range must(s.SigningKeys(t.Context(), use))(t) {
				out += fmt.Sprintf("%s %d %d %d %d; ", k.ID, len(k.Sealed), max(0, k.ActiveAt-start), max(0, k.RetiredAt-start), max(0, k.WithdrawnAt-start))
			}
		}
		return out
	}
	activate := func(id string, at idp.Time) error {
		return s.Write(t.Context(), func(tx *store.Tx) error { return tx.ActivateKey(id, at) })
	}
	withdraw := func(id string, at idp.Time) error {
		return s.Write(t.Context(), func(tx *store.Tx) error { return tx.WithdrawKey(id, at) })
	}
	check(t, activate("a", start+1))
	check(t, activate("ec", start+1))
	check(t, activate("refresh", start+1))
	refused(t, withdraw("a", start+2), idp.NotFound, "store.no_key") // it signs
	refused(t, withdraw("b", start+2), idp.NotFound, "store.no_key") // it is next
	same(t, "first", keys(), "a 6 1 0 0; b 6 0 0 0; c 6 0 0 0; ec 6 1 0 0; refresh 6 1 0 0; ")
	check(t, activate("b", start+3))
	same(t, "second", keys(), "a 0 1 3 0; b 6 3 0 0; c 6 0 0 0; ec 6 1 0 0; refresh 6 1 0 0; ") // what was retired signs no more
	for _, id := range []string{"a", "b", "none"} {
		refused(t, activate(id, start+4), idp.NotFound, "store.no_key")
	}
	same(t, "refused ones change nothing", keys(), "a 0 1 3 0; b 6 3 0 0; c 6 0 0 0; ec 6 1 0 0; refresh 6 1 0 0; ")
	check(t, withdraw("a", start+5))
	refused(t, withdraw("a", start+6), idp.NotFound, "store.no_key")
	refused(t, activate("a", start+6), idp.NotFound, "store.no_key")
	same(t, "withdrawn", keys(), "a 0 1 3 5; b 6 3 0 0; c 6 0 0 0; ec 6 1 0 0; refresh 6 1 0 0; ")
}

func TestKeyRotation(t *testing.T) {
	s := storetest.Open(t)
	same(t, "default", must(s.KeyRotation(t.Context()))(t), 0)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.SetKeyRotation(30) })
	same(t, "kept", must(s.KeyRotation(t.Context()))(t), 30)
}

func TestClaimScopes(t *testing.T) {
	s := storetest.Open(t)
	same(t, "none", must(s.ClaimScopes(t.Context()))(t), map[string]string{})
	for _, scope := range []string{"groups", "email"} {
		storetest.Write(t, s, func(tx *store.Tx) error { return tx.SetClaimScope("unix", scope) })
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.SetClaimScope("house", "openid") })
	same(t, "the last counts", must(s.ClaimScopes(t.Context()))(t), map[string]string{"unix": "email", "house": "openid"})
}
