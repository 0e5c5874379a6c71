package admin

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// key keeps a signing key that was published and has become active and retired so many days after the home began; -1 is never.
func (h *home) key(id, algorithm string, published, active, retired, withdrawn int) {
	h.t.Helper()
	at := func(days int) idp.Time {
		if days < 0 {
			return 0
		}
		return h.now + idp.Time(days)*idp.Time(idp.Day.Milliseconds())
	}
	k := idp.SigningKey{ID: id, Use: "sig", Algorithm: algorithm, Public: "{}", Sealed: []byte{1}, CreatedAt: at(published), ActiveAt: at(active), RetiredAt: at(retired), WithdrawnAt: at(withdrawn)}
	storetest.Write(h.t, h.Store, func(tx *store.Tx) error { return tx.AddSigningKey(k) })
}

func TestSigningKeysAreShownWithTheirSchedule(t *testing.T) {
	h := newHome(t)
	h.key("gone", idp.RS256, 0, 0, 2, 3)
	h.key("old", idp.RS256, 1, 2, 4, -1)
	h.key("now", idp.RS256, 2, 4, -1, -1)
	h.key("soon", idp.RS256, 4, -1, -1, -1)
	h.key("edwards", idp.EdDSA, 5, 5, -1, -1)
	in := goodClient()
	in.IDTokenAlgorithm = idp.EdDSA
	for _, app := range []ClientInput{goodClient(), goodClient(), in} {
		_, err := h.CreateClient(h.ctx, app)
		h.must(err)
	}
	keys, err := h.SigningKeys(h.ctx)
	h.must(err)
	days := func(at idp.Time) int {
		if at == 0 {
			return -1
		}
		return int(at.Sub(h.now) / idp.Day)
	}
	var got []string
	for _, k := range keys.Keys {
		got = append(got, fmt.Sprintf("%s %s %s for %d, from %d, due %d", k.ID, k.Algorithm, k.State, k.Clients, days(k.PublishedAt), days(k.DueAt)))
	}
	want := []string{"soon RS256 next for 2, from 4, due 94", "now RS256 current for 2, from 2, due 94", "old RS256 retired for 2, from 1, due -1", "gone RS256 withdrawn for 2, from 0, due -1", "edwards EdDSA current for 1, from 5, due -1"}
	if !slices.Equal(got, want) || keys.RotationDays != 90 {
		t.Errorf("got, for %d days,\n%q\nwant\n%q", keys.RotationDays, got, want)
	}

	keys, err = h.SetKeyRotation(h.ctx, 7)
	h.must(err)
	if due := days(keys.Keys[0].DueAt); due != 11 || keys.RotationDays != 7 {
		t.Errorf("every %d days the next takes over after %d", keys.RotationDays, due)
	}
	h.key("late", idp.EdDSA, 30, -1, -1, -1) // published after the current one was due
	keys, err = h.SigningKeys(h.ctx)
	h.must(err)
	if late := keys.Keys[4]; late.ID != "late" || days(late.DueAt) != 31 {
		t.Errorf("a next key that came late takes over after %d days: %+v", days(late.DueAt), late)
	}
}

func TestKeyRotationIsBounded(t *testing.T) {
	h := newHome(t)
	for days, good := range map[int]bool{6: false, 7: true, 730: true, 731: false, 0: false, -1: false} {
		_, err := h.SetKeyRotation(h.ctx, days)
		if good && err != nil {
			t.Errorf("%d days: %v", days, err)
		} else if !good {
			refused(t, err, idp.Invalid, "days")
		}
	}
	before := len(h.kinds())
	kept, err := h.SigningKeys(h.ctx)
	h.must(err)
	_, err = h.SetKeyRotation(h.ctx, kept.RotationDays)
	h.must(err)
	if after := h.kinds(); len(after) != before || after[0] != idp.EventKeySchedule {
		t.Errorf("recorded %v", after)
	}
}

func TestKeysAreChangedWhereTheyAreHeld(t *testing.T) {
	h := newHome(t)
	var asked []string
	h.Reach.RotateKey = func(_ context.Context, algorithm string, atOnce bool) error {
		asked = append(asked, fmt.Sprint("rotate ", algorithm, atOnce))
		return nil
	}
	h.Reach.WithdrawKey = func(_ context.Context, id string) error {
		asked = append(asked, "withdraw "+id)
		return idp.Fail(idp.NotFound, "store.no_key")
	}
	_, err := h.RotateSigningKey(h.ctx, idp.ES256, true)
	h.must(err)
	_, err = h.RotateSigningKey(h.ctx, idp.RS256, false)
	h.must(err)
	_, err = h.WithdrawSigningKey(h.ctx, "key_x")
	refused(t, err, idp.NotFound, "")
	if want := []string{"rotate ES256true", "rotate RS256false", "withdraw key_x"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}
