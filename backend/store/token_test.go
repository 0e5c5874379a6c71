package store_test

import (
	"cmp"
	"fmt"
	"sync/atomic"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestRedeemCode(t *testing.T) {
	s, g, _ := granted(t)
	want, text := storetest.Code(t, s, g, func(c *idp.AuthorizationCode) { c.Challenge = "abc" })
	want.UsedAt = start + 5
	for i, wantFirst := range []bool{true, false, false} {
		storetest.Write(t, s, func(tx *store.Tx) error {
			c, first, err := tx.RedeemCode(idp.Hash(text), start+5+idp.Time(i))
			same(t, "code", c, want) // the first use stays the time of use
			same(t, "first", first, wantFirst)
			return err
		})
	}
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		_, first, err := tx.RedeemCode(idp.Hash("none"), start)
		same(t, "first", first, false)
		return err
	})
	refused(t, err, idp.NotFound, "token.no_code")
}

// TestRedeemCodeParallel: 100 at once, 50 rounds, and exactly one is the first each time.
func TestRedeemCodeParallel(t *testing.T) {
	s, g, _ := granted(t)
	for round := range 50 {
		_, text := storetest.Code(t, s, g)
		var unknown atomic.Int32
		first := race(100, func(int) (first bool) {
			err := s.Write(t.Context(), func(tx *store.Tx) (err error) {
				_, first, err = tx.RedeemCode(idp.Hash(text), start)
				return err
			})
			if err != nil {
				unknown.Add(1)
			}
			return first
		})
		if first != 1 || unknown.Load() != 0 {
			t.Fatalf("round %d: %d were the first, %d failed", round, first, unknown.Load())
		}
	}
}

// TestBurnedCode: a code that was redeemed in a transaction that failed is whole again; one of a refusal that committed is not.
func TestBurnedCode(t *testing.T) {
	s, g, _ := granted(t)
	_, text := storetest.Code(t, s, g)
	redeem := func(outcome error) (first bool) {
		_ = s.Write(t.Context(), func(tx *store.Tx) (err error) {
			if _, first, err = tx.RedeemCode(idp.Hash(text), start); err != nil {
				t.Error(err)
			}
			return outcome
		})
		return first
	}
	same(t, "rolled back", redeem(fmt.Errorf("disk")), true)
	same(t, "committed", redeem(nil), true)
	same(t, "again", redeem(nil), false)
}

func TestAccessTokens(t *testing.T) {
	s, g, _ := granted(t)
	want, text := storetest.Access(t, s, g)
	same(t, "token", must(s.AccessToken(t.Context(), idp.Hash(text), idp.FormatOpaque))(t), want)
	_, err := s.AccessToken(t.Context(), idp.Hash("none"), idp.FormatOpaque)
	refused(t, err, idp.NotFound, "token.not_found")
	_, err = s.RefreshToken(t.Context(), idp.Hash("none"))
	refused(t, err, idp.NotFound, "token.not_found")
}

// TestTokensOfApps: an app that acts for itself has tokens without a grant, which live and end like others.
func TestTokensOfApps(t *testing.T) {
	s, g, _ := granted(t)
	ctx := t.Context()
	own := idp.AccessToken{Hash: []byte("own"), ClientID: g.ClientID, Scope: "read", CreatedAt: start, ExpiresAt: start.Add(idp.AccessLife)}
	jwt := own
	jwt.Hash, jwt.Format = []byte("jwt"), idp.FormatJWT
	of := idp.AccessToken{Hash: []byte("of"), Format: idp.FormatJWT, GrantID: g.ID, ClientID: g.ClientID, Scope: "openid", CreatedAt: start, ExpiresAt: start.Add(idp.AccessLife)}
	storetest.Write(t, s, func(tx *store.Tx) error {
		return cmp.Or(tx.AddAccessToken(own), tx.AddAccessToken(jwt), tx.AddAccessToken(of))
	})
	own.Format = idp.FormatOpaque
	for _, token := range []idp.AccessToken{own, jwt, of} {
		same(t, "token", must(s.AccessToken(ctx, token.Hash, token.Format))(t), token)
		other := map[string]string{idp.FormatJWT: idp.FormatOpaque, idp.FormatOpaque: idp.FormatJWT}[token.Format]
		_, err := s.AccessToken(ctx, token.Hash, other) // a JWT's ID is no opaque token
		refused(t, err, idp.NotFound, "token.not_found")
		for i, want := range []bool{true, false} {
			storetest.Write(t, s, func(tx *store.Tx) error {
				ended, err := tx.RevokeAccessToken(token.Hash, start+idp.Time(i)+1)
				same(t, "ended now", ended, want)
				return err
			})
		}
		same(t, "ended", must(s.AccessToken(ctx, token.Hash, token.Format))(t).RevokedAt, start+1)
	}
	storetest.Write(t, s, func(tx *store.Tx) error {
		ended, err := tx.RevokeAccessToken([]byte("none"), start)
		same(t, "an unknown one", ended, false)
		return err
	})
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteClient(g.ClientID) })
	for _, token := range []idp.AccessToken{own, jwt, of} {
		_, err := s.AccessToken(ctx, token.Hash, token.Format)
		refused(t, err, idp.NotFound, "token.not_found")
	}
}

// TestRotation follows a family of three: each rotation happens once and takes the seed of the token before away.
func TestRotation(t *testing.T) {
	s, g, _ := granted(t)
	ctx := t.Context()
	var family []idp.RefreshToken
	for i := range 3 {
		r, _ := storetest.Refresh(t, s, g, func(r *idp.RefreshToken) { r.Hash = fmt.Appendf(nil, "token %d", i) })
		family = append(family, r)
	}
	spend := func(from, to int, seed string, want bool) {
		t.Helper()
		storetest.Write(t, s, func(tx *store.Tx) error {
			ok, err := tx.SpendRefresh(family[from].Hash, []byte(seed), family[to].Hash, start+idp.Time(to))
			same(t, "spent now", ok, want)
			return err
		})
	}
	replay := func(i int, want bool) {
		t.Helper()
		storetest.Write(t, s, func(tx *store.Tx) error {
			ok, err := tx.CountReplay(family[i].Hash, 3)
			same(t, "counted", ok, want)
			return err
		})
	}
	same(t, "fresh", must(s.RefreshToken(ctx, family[0].Hash))(t), family[0])
	replay(0, false) // not spent yet
	spend(0, 1, "seed 0", true)
	spend(0, 2, "other", false)
	replay(0, true)
	replay(0, true)
	family[0].SpentAt, family[0].Seed, family[0].Successor, family[0].Replays = start+1, []byte("seed 0"), family[1].Hash, 2
	same(t, "spent", must(s.RefreshToken(ctx, family[0].Hash))(t), family[0])
	spend(1, 2, "seed 1", true)
	replay(0, false) // its successor is in use
	family[0].Seed = nil
	same(t, "grandparent", must(s.RefreshToken(ctx, family[0].Hash))(t), family[0])
	for range 3 {
		replay(1, true)
	}
	replay(1, false)
	same(t, "replays", must(s.RefreshToken(ctx, family[1].Hash))(t).Replays, 3)
	storetest.Write(t, s, func(tx *store.Tx) error {
		ok, err := tx.SpendRefresh([]byte("none"), nil, nil, start)
		same(t, "an unknown one", ok, false)
		return err
	})
}

// TestRotationParallel: 200 uses at once, 10 rounds: one rotates, five more are replays, the rest is refused.
func TestRotationParallel(t *testing.T) {
	s, g, _ := granted(t)
	for range 10 {
		r, _ := storetest.Refresh(t, s, g)
		var replays atomic.Int32
		spent := race(200, func(i int) (ok bool) {
			storetest.Write(t, s, func(tx *store.Tx) error {
				var err error
				if ok, err = tx.SpendRefresh(r.Hash, []byte("0123456789abcdef"), fmt.Appendf(nil, "successor %d", i), start); err != nil || ok {
					return err
				}
				again, err := tx.CountReplay(r.Hash, idp.RefreshReplays)
				if again {
					replays.Add(1)
				}
				return err
			})
			return ok
		})
		if spent != 1 || replays.Load() != idp.RefreshReplays {
			t.Fatalf("%d rotated, %d replays", spent, replays.Load())
		}
	}
}
