package store_test

import (
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// device keeps the request of a device that waits.
func device(t *testing.T, s *store.Store, clientID string) idp.DeviceCode {
	t.Helper()
	d := idp.DeviceCode{
		Hash: idp.Hash(idp.NewSecret()), UserHash: idp.Hash(idp.NewSecret()), ClientID: clientID, Scope: "openid", Network: idp.NetworkPublic, Source: "203.0.113.9", UserAgent: "Player/1",
		CreatedAt: start, ExpiresAt: start.Add(idp.DeviceLife), Interval: 5, State: idp.DeviceWaiting,
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.AddDeviceCode(d) })
	return d
}

func TestDeviceCodes(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	c := storetest.Client(t, s)
	d, other := device(t, s, c.ID), device(t, s, c.ID)
	same(t, "by the device's code", must(s.DeviceCode(ctx, d.Hash))(t), d)
	same(t, "by the user's code", must(s.DeviceByUserCode(ctx, d.UserHash))(t), d)
	_, err := s.DeviceCode(ctx, d.UserHash)
	refused(t, err, idp.NotFound, "token.no_device")
	_, err = s.DeviceByUserCode(ctx, d.Hash)
	refused(t, err, idp.NotFound, "token.no_device")
	clash := d
	clash.Hash = []byte("another")
	refused(t, s.Write(ctx, func(tx *store.Tx) error { return tx.AddDeviceCode(clash) }), idp.Conflict, "token.device_again")
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.PollDevice(d.Hash, 10, start+7) })
	d.Interval, d.PolledAt = 10, start+7
	same(t, "polled", must(s.DeviceCode(ctx, d.Hash))(t), d)
	same(t, "the other", must(s.DeviceCode(ctx, other.Hash))(t), other)
}

// TestAnswerDevice: one answer counts, given in time to one that waits, and only an approved one is redeemed, once.
func TestAnswerDevice(t *testing.T) {
	s, g, _ := granted(t)
	answer := func(d idp.DeviceCode, grantID string, now idp.Time, want bool) {
		t.Helper()
		storetest.Write(t, s, func(tx *store.Tx) error {
			ok, err := tx.AnswerDevice(d.Hash, grantID, now)
			same(t, "answered", ok, want)
			return err
		})
	}
	redeem := func(d idp.DeviceCode, want bool) {
		t.Helper()
		storetest.Write(t, s, func(tx *store.Tx) error {
			got, first, err := tx.RedeemDevice(d.Hash)
			same(t, "redeemed", first, want)
			if want {
				same(t, "grant", got.GrantID, g.ID)
			}
			return err
		})
	}
	state := func(d idp.DeviceCode, want idp.DeviceState) {
		t.Helper()
		same(t, "state", must(s.DeviceCode(t.Context(), d.Hash))(t).State, want)
	}
	approved, denied, late := device(t, s, g.ClientID), device(t, s, g.ClientID), device(t, s, g.ClientID)
	redeem(approved, false) // nobody has answered
	answer(approved, g.ID, start+1, true)
	answer(approved, "", start+2, false)
	answer(approved, "gnt_other", start+2, false)
	redeem(approved, true)
	redeem(approved, false)
	state(approved, idp.DeviceUsed)
	answer(denied, "", start+1, true)
	answer(denied, g.ID, start+2, false)
	redeem(denied, false)
	state(denied, idp.DeviceDenied)
	answer(late, g.ID, late.ExpiresAt, false)
	state(late, idp.DeviceWaiting)
	answer(late, g.ID, late.ExpiresAt-1, true)
	answer(idp.DeviceCode{Hash: []byte("none")}, g.ID, start, false)
}

// TestDeviceTries: the last wrong answer denies, and an answer that was given is not counted against.
func TestDeviceTries(t *testing.T) {
	s, g, _ := granted(t)
	miss := func(d idp.DeviceCode, want int) {
		t.Helper()
		storetest.Write(t, s, func(tx *store.Tx) error {
			left, err := tx.CountDeviceTry(d.Hash, 3)
			same(t, "tries left", left, want)
			return err
		})
	}
	d, approved := device(t, s, g.ClientID), device(t, s, g.ClientID)
	for _, left := range []int{2, 1, 0, 0} {
		miss(d, left)
	}
	same(t, "state", must(s.DeviceCode(t.Context(), d.Hash))(t).State, idp.DeviceDenied)
	same(t, "tries", must(s.DeviceCode(t.Context(), d.Hash))(t).Tries, 3)
	storetest.Write(t, s, func(tx *store.Tx) error { _, err := tx.AnswerDevice(approved.Hash, g.ID, start); return err })
	miss(approved, 0)
	same(t, "state", must(s.DeviceCode(t.Context(), approved.Hash))(t).State, idp.DeviceApproved)
}

// TestDeviceParallel: of many who answer and redeem at once, one does each.
func TestDeviceParallel(t *testing.T) {
	s, g, _ := granted(t)
	for range 20 {
		d := device(t, s, g.ClientID)
		answered := race(50, func(i int) (ok bool) {
			check(t, s.Write(t.Context(), func(tx *store.Tx) (err error) {
				ok, err = tx.AnswerDevice(d.Hash, []string{g.ID, ""}[i%2], start)
				return err
			}))
			return ok
		})
		want := 0
		if must(s.DeviceCode(t.Context(), d.Hash))(t).State == idp.DeviceApproved {
			want = 1
		}
		redeemed := race(50, func(int) (first bool) {
			check(t, s.Write(t.Context(), func(tx *store.Tx) (err error) { _, first, err = tx.RedeemDevice(d.Hash); return err }))
			return first
		})
		if answered != 1 || redeemed != want {
			t.Fatalf("answered %d times, redeemed %d times, want 1 and %d", answered, redeemed, want)
		}
	}
}
