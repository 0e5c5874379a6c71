package passkey

import (
	"fmt"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
)

func TestCeremoniesOfOneSource(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	k.enrol(k.user("rose"), a)
	var begun []Options
	for range bounds.OfSource + 1 {
		o, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
		k.must(err)
		begun = append(begun, o)
	}
	elsewhere, err := k.BeginSignIn(k.ctx(), "192.0.2.2")
	k.must(err)
	finish := func(o Options) error {
		response, err := a.Get(o.JSON, k.pin.Issuer)
		k.must(err)
		_, err = k.FinishSignIn(k.ctx(), o.ID, response)
		return err
	}
	wantFail(t, finish(begun[0]), idp.Expired, "passkey.expired") // the oldest gave way
	for _, o := range []Options{begun[1], begun[bounds.OfSource], elsewhere} {
		k.must(finish(o))
	}
	k.pass(ceremonyLife)
	_, err = k.BeginSignIn(k.ctx(), "192.0.2.1")
	k.must(err)
	if n := k.ceremonies.room.Len(); n != 1 {
		t.Fatalf("%d ceremonies wait, want 1", n)
	}
}

// A flood from everywhere ends no sign-in that began after most of it.
func TestCeremoniesInAll(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	k.enrol(k.user("rose"), a)
	flood := func(from, to int) {
		for i := from; i < to; i++ {
			k.ceremonies.add(ceremony{source: fmt.Sprint(i / bounds.OfSource)})
		}
	}
	flood(0, bounds.InAll)
	o, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
	k.must(err)
	flood(bounds.InAll, 2*bounds.InAll-1)
	if n := k.ceremonies.room.Len(); n != bounds.InAll {
		t.Fatalf("%d ceremonies wait, want %d", n, bounds.InAll)
	}
	response, err := a.Get(o.JSON, k.pin.Issuer)
	k.must(err)
	_, err = k.FinishSignIn(k.ctx(), o.ID, response)
	k.must(err)
	k.pass(ceremonyLife)
	_, err = k.BeginSignIn(k.ctx(), "192.0.2.1")
	k.must(err)
	if n := k.ceremonies.room.Len(); n != 1 {
		t.Fatalf("%d ceremonies wait, want 1", n)
	}
}
