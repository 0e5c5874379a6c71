package passkey

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
)

const origin = "https://id.tail1234.ts.net"

// kit is a relying party on a real store, with a clock that the test moves.
type kit struct {
	t testing.TB
	*Relying
	store *store.Store
	now   *atomic.Int64
	steps []string
}

func newKit(t testing.TB) *kit {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	k := &kit{t: t, store: s, now: &atomic.Int64{}}
	k.now.Store(1_800_000_000_000)
	k.Relying = k.relying(idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", 0))
	return k
}

func (k *kit) relying(pin idp.Pin) *Relying {
	k.t.Helper()
	r, err := New(Config{Store: k.store, Clock: k.clock, Pin: pin, Home: "Rose Cottage"})
	if err != nil {
		k.t.Fatal(err)
	}
	r.worked = func(step string) { k.steps = append(k.steps, step) }
	return r
}

func (k *kit) clock() idp.Time      { return idp.Time(k.now.Load()) }
func (k *kit) pass(d time.Duration) { k.now.Add(d.Milliseconds()) }
func (k *kit) ctx() context.Context { return k.t.Context() }
func (k *kit) must(err error)       { k.t.Helper(); check(k.t, err) }
func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (k *kit) write(fn func(*store.Tx) error) { k.t.Helper(); k.must(k.store.Write(k.ctx(), fn)) }

func (k *kit) user(name string) idp.User {
	k.t.Helper()
	u := idp.User{ID: idp.NewID(idp.PrefixUser), UserName: name, Name: name, Claims: "{}", CreatedAt: k.clock(), UpdatedAt: k.clock()}
	k.write(func(tx *store.Tx) error { return tx.CreateUser(u) })
	return u
}

// enrol runs an enrolment to its end in the store.
func (k *kit) enrol(u idp.User, a *passkeytest.Authenticator) idp.Passkey {
	k.t.Helper()
	p, err := k.tryEnrol(u, a, origin)
	k.must(err)
	k.write(func(tx *store.Tx) error { return tx.AddPasskey(p) })
	return p
}

func (k *kit) tryEnrol(u idp.User, a *passkeytest.Authenticator, origin string) (idp.Passkey, error) {
	k.t.Helper()
	o, err := k.BeginEnrol(k.ctx(), u, "192.0.2.1")
	k.must(err)
	answer, err := a.Create(o.JSON, origin)
	k.must(err)
	return k.VerifyEnrol(k.ctx(), o.ID, answer, u)
}

func (k *kit) signIn(a *passkeytest.Authenticator) (SignedIn, error) {
	k.t.Helper()
	return k.signInFrom(a, origin)
}

func (k *kit) signInFrom(a *passkeytest.Authenticator, origin string) (SignedIn, error) {
	k.t.Helper()
	o, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
	k.must(err)
	return k.finish(o, a, origin)
}

func (k *kit) finish(o Options, a *passkeytest.Authenticator, origin string) (SignedIn, error) {
	k.t.Helper()
	answer, err := a.Get(o.JSON, origin)
	k.must(err)
	return k.FinishSignIn(k.ctx(), o.ID, answer)
}

func (k *kit) passkey(id string) idp.Passkey {
	k.t.Helper()
	p, err := k.store.Passkey(k.ctx(), id)
	k.must(err)
	return p
}

// wantFail asserts an idp.Error of the code and message key.
func wantFail(t *testing.T, err error, code idp.Code, key string) {
	t.Helper()
	e, ok := err.(*idp.Error)
	if !ok || e.Code != code || e.Message.Key != key {
		t.Fatalf("got %v (code %q), want %q with %q", err, idp.CodeOf(err), code, key)
	}
	if !idp.Known(key) {
		t.Fatalf("the catalogue has no %q", key)
	}
}

func (k *kit) lastEvent() idp.Event {
	k.t.Helper()
	events, err := k.store.Events(k.ctx(), store.EventQuery{Limit: 1})
	k.must(err)
	if len(events) == 0 {
		return idp.Event{}
	}
	return events[0]
}
