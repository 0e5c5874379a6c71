package passkey

import (
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
)

// FuzzFinish gives arbitrary answers to open ceremonies: none may crash, sign in or enrol. The seeds are good answers to other ceremonies.
func FuzzFinish(f *testing.F) {
	k := newKit(f)
	rose := k.user("rose")
	for _, alg := range []int64{passkeytest.ES256, passkeytest.EdDSA, passkeytest.RS256} {
		a := passkeytest.New(alg)
		o, err := k.BeginEnrol(k.ctx(), rose, "192.0.2.1")
		k.must(err)
		created, err := a.Create(o.JSON, origin)
		k.must(err)
		f.Add(created)
		p, err := k.VerifyEnrol(k.ctx(), o.ID, created, rose)
		k.must(err)
		k.write(func(tx *store.Tx) error { return tx.AddPasskey(p) })
		o, err = k.BeginSignIn(k.ctx(), "192.0.2.1")
		k.must(err)
		got, err := a.Get(o.JSON, origin)
		k.must(err)
		f.Add(got)
		k.ceremonies.take(o.ID)
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		o, err := k.BeginSignIn(t.Context(), "192.0.2.1")
		check(t, err)
		if _, err := k.FinishSignIn(t.Context(), o.ID, answer); idp.CodeOf(err) != idp.Denied {
			t.Errorf("a sign-in ended with %v", err)
		}
		o, err = k.BeginEnrol(t.Context(), rose, "192.0.2.1")
		check(t, err)
		if _, err := k.VerifyEnrol(t.Context(), o.ID, answer, rose); idp.CodeOf(err) != idp.Invalid {
			t.Errorf("an enrolment ended with %v", err)
		}
	})
}
