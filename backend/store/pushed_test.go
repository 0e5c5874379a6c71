package store_test

import (
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// pushed keeps a pushed request of an app.
func pushed(t *testing.T, s *store.Store, clientID, hash string) idp.PushedRequest {
	t.Helper()
	p := idp.PushedRequest{Hash: []byte(hash), ClientID: clientID, Form: "scope=openid&state=" + hash, CreatedAt: start, ExpiresAt: start.Add(idp.PushedLife)}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.AddPushedRequest(p) })
	return p
}

// TestConsumePAR: a pushed request counts once, for the app that pushed it, until it expires; a refused try leaves it good.
func TestConsumePAR(t *testing.T) {
	s := storetest.Open(t)
	c, other := storetest.Client(t, s), storetest.Client(t, s)
	want := pushed(t, s, c.ID, "one")
	consume := func(hash, clientID string, now idp.Time) (p idp.PushedRequest, err error) {
		err = s.Write(t.Context(), func(tx *store.Tx) error { p, err = tx.ConsumePAR([]byte(hash), clientID, now); return err })
		return p, err
	}
	for what, try := range map[string]struct {
		hash, client string
		now          idp.Time
	}{"unknown": {"none", c.ID, start}, "another app's": {"one", other.ID, start}, "expired": {"one", c.ID, want.ExpiresAt}} {
		_, err := consume(try.hash, try.client, try.now)
		t.Log(what)
		refused(t, err, idp.NotFound, "token.no_pushed")
	}
	same(t, "kept", must(s.PushedRequest(t.Context(), []byte("one")))(t), want)
	want.UsedAt = want.ExpiresAt - 1
	same(t, "consumed", must(consume("one", c.ID, want.ExpiresAt-1))(t), want)
	_, err := consume("one", c.ID, start)
	refused(t, err, idp.NotFound, "token.no_pushed")
	_, err = s.PushedRequest(t.Context(), []byte("none"))
	refused(t, err, idp.NotFound, "token.no_pushed")
	pushed(t, s, c.ID, "two")
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteClient(c.ID) })
	same(t, "without the app", value(t, s, "SELECT count(*) FROM pushed_requests"), "0")
}

func TestConsumePARParallel(t *testing.T) {
	s := storetest.Open(t)
	c := storetest.Client(t, s)
	for range 20 {
		p := pushed(t, s, c.ID, idp.NewSecret())
		first := race(50, func(int) bool {
			return s.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.ConsumePAR(p.Hash, c.ID, start); return err }) == nil
		})
		if first != 1 {
			t.Fatalf("one pushed request was consumed %d times", first)
		}
	}
}
