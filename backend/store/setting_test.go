package store_test

import (
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestSettings(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	same(t, "fresh pin", must(s.Pin(ctx))(t), idp.Pin{})
	same(t, "fresh home", must(s.Home(ctx))(t), idp.Home{})
	same(t, "fresh wish", must(s.TunnelWish(ctx))(t), store.TunnelWish{})
	same(t, "fresh epoch", must(s.Epoch(ctx))(t), 0)
	for _, pin := range []idp.Pin{idp.Trial("1411", start), idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", start)} {
		wish := store.TunnelWish{HostName: pin.HostName, Funnel: pin.Secure(), On: true}
		storetest.Write(t, s, func(tx *store.Tx) error {
			check(t, tx.SetPin(pin))
			check(t, tx.SetHome(idp.Home{Name: pin.Issuer}))
			return tx.SetTunnelWish(wish)
		})
		same(t, "pin", must(s.Pin(ctx))(t), pin)
		same(t, "home", must(s.Home(ctx))(t), idp.Home{Name: pin.Issuer})
		same(t, "wish", must(s.TunnelWish(ctx))(t), wish)
	}
	exec1(t, s, "UPDATE settings SET value = 'nonsense' WHERE key = 'pin'")
	if _, err := s.Pin(ctx); err == nil {
		t.Error("a pin that cannot be read was taken for a fresh one")
	}
}

func TestSealed(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	sealed := func(want bool) {
		t.Helper()
		same(t, "has sealed", must(s.HasSealed(ctx))(t), want)
	}
	sealed(false)
	_, err := s.TailnetState(ctx, "_machinekey")
	if idp.CodeOf(err) != idp.NotFound {
		t.Errorf("got %v", err)
	}
	for _, text := range []string{"one", "two"} {
		storetest.Write(t, s, func(tx *store.Tx) error { return tx.SetTailnetState("_machinekey", []byte(text)) })
		same(t, "state", string(must(s.TailnetState(ctx, "_machinekey"))(t)), text)
	}
	sealed(true)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.ClearTailnetState("_machinekey") })
	sealed(true)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.ClearTailnetState("another") })
	sealed(false)
	for i, id := range []string{"key_1", "key_2"} {
		storetest.Write(t, s, func(tx *store.Tx) error {
			return tx.AddSigningKey(idp.SigningKey{ID: id, Use: "sig", Sealed: []byte{1}, CreatedAt: start + idp.Time(i)})
		})
	}
	sealed(true)
	keys := must(s.SigningKeys(ctx, "sig"))(t)
	if len(keys) != 2 || keys[0].ID != "key_2" {
		t.Errorf("newest first: %+v", keys)
	}
	same(t, "of the other use", len(must(s.SigningKeys(ctx, "refresh"))(t)), 0)
	err = s.Write(ctx, func(tx *store.Tx) error {
		return tx.AddSigningKey(idp.SigningKey{ID: "key_1", Use: "refresh", Sealed: []byte{2}})
	})
	if err == nil {
		t.Error("a kid was used twice")
	}
}
