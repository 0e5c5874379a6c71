package store_test

import (
	"sync"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestConsumeInvite(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*idp.Invite)
		at     idp.Time
		want   string
	}{
		{"open", func(*idp.Invite) {}, start, ""},
		{"in its last moment", func(*idp.Invite) {}, start.Add(idp.Day) - 1, ""},
		{"too old", func(*idp.Invite) {}, start.Add(idp.Day), "invite.expired"},
		{"used", func(i *idp.Invite) { i.UsedAt = start }, start, "invite.used"},
		{"revoked", func(i *idp.Invite) { i.RevokedAt = start }, start, "invite.revoked"},
		{"of an earlier epoch", func(i *idp.Invite) { i.Epoch = 1 }, start, "invite.revoked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := storetest.Open(t)
			exec1(t, s, "INSERT INTO settings (key, value) VALUES ('epoch', '2')")
			u := storetest.User(t, s)
			i, secret := storetest.Invite(t, s, u.ID, func(i *idp.Invite) { i.Epoch = 2 }, tt.change)
			var got idp.Invite
			consume := func(tx *store.Tx) (err error) {
				got, err = tx.ConsumeInvite(idp.Hash(secret), tt.at)
				return err
			}
			err := s.Write(t.Context(), consume)
			if tt.want != "" {
				refused(t, err, idp.Expired, tt.want)
				same(t, "kept", must(s.InviteByHash(t.Context(), idp.Hash(secret)))(t), i)
				return
			}
			check(t, err)
			i.UsedAt = tt.at
			same(t, "consumed", got, i)
			same(t, "kept", must(s.InviteByHash(t.Context(), idp.Hash(secret)))(t), i)
			refused(t, s.Write(t.Context(), consume), idp.Expired, "invite.used")
		})
	}
	s := storetest.Open(t)
	err := s.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.ConsumeInvite(idp.Hash("none"), start); return err })
	refused(t, err, idp.NotFound, "invite.not_found")
}

// TestInviteOutlivesAFailedEnrolment: what fails in the transaction leaves the link good.
func TestInviteOutlivesAFailedEnrolment(t *testing.T) {
	s := storetest.Open(t)
	u := storetest.User(t, s)
	known := storetest.Passkey(t, s, u.ID)
	_, secret := storetest.Invite(t, s, u.ID)
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.ConsumeInvite(idp.Hash(secret), start); err != nil {
			return err
		}
		p := known
		p.ID = "psk_new"
		return tx.AddPasskey(p)
	})
	refused(t, err, idp.Conflict, "passkey.known")
	check(t, must(s.InviteByHash(t.Context(), idp.Hash(secret)))(t).Check(start, 0))
}

func TestInviteParallel(t *testing.T) {
	s := storetest.Open(t)
	u := storetest.User(t, s)
	for range 20 {
		_, secret := storetest.Invite(t, s, u.ID)
		consumed := race(50, func(int) bool {
			err := s.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.ConsumeInvite(idp.Hash(secret), start); return err })
			if err != nil {
				refused(t, err, idp.Expired, "invite.used")
			}
			return err == nil
		})
		if consumed != 1 {
			t.Fatalf("one invite was consumed %d times", consumed)
		}
	}
}

// race runs n calls at once and answers how many said yes.
func race(n int, call func(i int) bool) (yes int) {
	var all sync.WaitGroup
	begin, answers := make(chan struct{}), make(chan bool, n)
	for i := range n {
		all.Go(func() {
			<-begin
			answers <- call(i)
		})
	}
	close(begin)
	all.Wait()
	close(answers)
	for a := range answers {
		if a {
			yes++
		}
	}
	return yes
}

func TestOpenInvite(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	ann, bob := storetest.User(t, s), storetest.User(t, s)
	open := func(want idp.Time) {
		t.Helper()
		same(t, "open until", must(s.OpenInvite(ctx, ann.ID, start))(t), want)
	}
	open(0)
	storetest.Invite(t, s, bob.ID)
	storetest.Invite(t, s, ann.ID, func(i *idp.Invite) { i.ExpiresAt = start })
	storetest.Invite(t, s, ann.ID, func(i *idp.Invite) { i.UsedAt = start })
	storetest.Invite(t, s, ann.ID, func(i *idp.Invite) { i.Epoch = 1 })
	open(0)
	storetest.Invite(t, s, ann.ID, func(i *idp.Invite) { i.ExpiresAt = start + 5 })
	open(start + 5)
	storetest.Invite(t, s, ann.ID)
	open(start.Add(idp.Day))
	storetest.Write(t, s, func(tx *store.Tx) error { _, err := tx.RevokeInvites(ann.ID, start); return err })
	open(0)
	if must(s.OpenInvite(ctx, bob.ID, start))(t) == 0 {
		t.Error("the invite of somebody else was revoked too")
	}
	exec1(t, s, "INSERT INTO settings (key, value) VALUES ('epoch', '1')")
	storetest.Invite(t, s, ann.ID, func(i *idp.Invite) { i.Epoch = 1 })
	open(start.Add(idp.Day))
}

func TestPasskeys(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	ann, bob := storetest.User(t, s), storetest.User(t, s)
	p := storetest.Passkey(t, s, ann.ID)
	same(t, "by ID", must(s.Passkey(ctx, p.ID))(t), p)
	same(t, "by credential ID", must(s.PasskeyByCredentialID(ctx, p.CredentialID))(t), p)
	stolen := p
	stolen.ID, stolen.UserID = "psk_other", bob.ID
	refused(t, s.Write(ctx, func(tx *store.Tx) error { return tx.AddPasskey(stolen) }), idp.Conflict, "passkey.known")
	storetest.Passkey(t, s, bob.ID, func(p *idp.Passkey) { p.RPID = "id.example.com" })
	total, elsewhere, err := s.CountPasskeys(ctx, "localhost")
	if total != 2 || elsewhere != 1 || err != nil {
		t.Errorf("%d passkeys, %d elsewhere, %v", total, elsewhere, err)
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.RenamePasskey(p.ID, "Blue phone") })
	same(t, "name", must(s.Passkeys(ctx, ann.ID))(t)[0].Name, "Blue phone")
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.FlagPasskey(p.ID, start+1) })
	same(t, "flagged", must(s.Passkey(ctx, p.ID))(t).FlaggedAt, start+1)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.RemovePasskey(p.ID) })
	for _, fn := range []func(*store.Tx) error{
		func(tx *store.Tx) error { return tx.RemovePasskey(p.ID) }, func(tx *store.Tx) error { return tx.FlagPasskey(p.ID, start) }, func(tx *store.Tx) error { return tx.RenamePasskey(p.ID, "x") },
		func(tx *store.Tx) error { _, err := tx.Passkey(ctx, p.ID); return err }, func(tx *store.Tx) error { _, err := tx.PasskeyByCredentialID(ctx, p.CredentialID); return err },
	} {
		refused(t, s.Write(ctx, fn), idp.NotFound, "passkey.not_found")
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteUser(bob.ID, 0) })
	total, elsewhere, err = s.CountPasskeys(ctx, "localhost")
	if total != 0 || elsewhere != 0 || err != nil {
		t.Errorf("%d passkeys, %d elsewhere, %v", total, elsewhere, err)
	}
}

// TestTouchPasskey: WebAuthn §6.1.1. A counter that is kept must grow; one that was never kept may stay 0.
func TestTouchPasskey(t *testing.T) {
	s := storetest.Open(t)
	u := storetest.User(t, s)
	for _, tt := range []struct {
		stored, told uint32
		flagged      idp.Time
		want         bool
	}{
		{0, 0, 0, true}, {0, 1, 0, true}, {5, 6, 0, true}, {5, 4_294_967_295, 0, true},
		{5, 5, 0, false}, {5, 4, 0, false}, {5, 0, 0, false}, {1, 0, 0, false},
		{5, 6, start, false}, {0, 0, start, false},
	} {
		p := storetest.Passkey(t, s, u.ID, func(p *idp.Passkey) { p.SignCount, p.FlaggedAt = tt.stored, tt.flagged })
		grew := false
		storetest.Write(t, s, func(tx *store.Tx) (err error) {
			grew, err = tx.TouchPasskey(p.ID, tt.told, false, start+1)
			return err
		})
		want := p
		if tt.want {
			want.SignCount, want.BackedUp, want.LastUsedAt = tt.told, false, start+1
		}
		if got := must(s.Passkey(t.Context(), p.ID))(t); grew != tt.want || got.SignCount != want.SignCount || got.LastUsedAt != want.LastUsedAt || got.BackedUp != want.BackedUp {
			t.Errorf("%d, then %d, flagged %d: answered %v, kept %+v", tt.stored, tt.told, tt.flagged, grew, got)
		}
	}
}

func TestUseChallenge(t *testing.T) {
	s := storetest.Open(t)
	for range 10 {
		hash := idp.Hash(idp.NewSecret())
		first := race(20, func(int) (fresh bool) {
			storetest.Write(t, s, func(tx *store.Tx) (err error) {
				fresh, err = tx.UseChallenge(hash, start.Add(idp.Day))
				return err
			})
			return fresh
		})
		if first != 1 {
			t.Fatalf("one challenge was fresh %d times", first)
		}
	}
}
