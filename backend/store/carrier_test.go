package store_test

import (
	"testing"

	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestCarrier(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	holds := func(answer string, admin bool) {
		t.Helper()
		same(t, "the answer", must(s.Carrier(ctx))(t), answer)
		same(t, "a passkey admin", must(s.PasskeyAdmin(ctx))(t), admin)
	}
	set := func(answer string) {
		t.Helper()
		storetest.Write(t, s, func(tx *store.Tx) error { return tx.SetCarrier(ctx, answer) })
	}
	holds("", false)
	set(store.CarrierYes)
	holds(store.CarrierYes, false)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.SetPasskeyAdmin(ctx, true) })
	holds(store.CarrierYes, true)
	set(store.CarrierNo)
	holds(store.CarrierNo, true) // the admin is still there when the answer changes back
	set("")
	holds("", false) // another tailnet has other admins
}
