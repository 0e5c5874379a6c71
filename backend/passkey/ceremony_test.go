package passkey

import (
	"fmt"
	"testing"

	"hearthkey/backend/idp"
)

func TestCeremoniesOfOneSource(t *testing.T) {
	k := newKit(t)
	var last Options
	for range ceremoniesOfSource {
		var err error
		last, err = k.BeginSignIn(k.ctx(), "192.0.2.1")
		k.must(err)
	}
	_, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
	wantFail(t, err, idp.Unavailable, "passkey.too_many")
	_, err = k.BeginEnrol(k.ctx(), k.user("rose"), "192.0.2.1")
	wantFail(t, err, idp.Unavailable, "passkey.too_many")
	_, err = k.BeginSignIn(k.ctx(), "192.0.2.2")
	k.must(err)

	_, _ = k.FinishSignIn(k.ctx(), last.ID, nil)
	_, err = k.BeginSignIn(k.ctx(), "192.0.2.1")
	k.must(err)
	_, err = k.BeginSignIn(k.ctx(), "192.0.2.1")
	wantFail(t, err, idp.Unavailable, "passkey.too_many")
	k.pass(ceremonyLife)
	_, err = k.BeginSignIn(k.ctx(), "192.0.2.1")
	k.must(err)
	if n := k.ceremonies.oldest.Len(); n != 1 || len(k.ceremonies.byID) != 1 || len(k.ceremonies.bySource) != 1 {
		t.Fatalf("%d ceremonies wait, want 1", n)
	}
}

func TestCeremoniesInAll(t *testing.T) {
	k := newKit(t)
	for i := range ceremoniesInAll {
		if _, err := k.ceremonies.add(ceremony{source: fmt.Sprint(i / ceremoniesOfSource)}); err != nil {
			t.Fatal(i, err)
		}
	}
	_, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
	wantFail(t, err, idp.Unavailable, "passkey.too_many")
	k.pass(ceremonyLife)
	_, err = k.BeginSignIn(k.ctx(), "192.0.2.1")
	k.must(err)
	if n := k.ceremonies.oldest.Len(); n != 1 {
		t.Fatalf("%d ceremonies wait, want 1", n)
	}
}
