package passkey

import (
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
)

func TestStepUp(t *testing.T) {
	k := newKit(t)
	rose, moss := k.user("rose"), k.user("moss")
	of := map[string]*passkeytest.Authenticator{}
	for _, name := range []string{"rose's", "rose's blocked", "moss's", "rose's later"} {
		of[name] = passkeytest.New(passkeytest.ES256)
		of[name].Hostile = true
	}
	k.enrol(rose, of["rose's"])
	blocked := k.enrol(rose, of["rose's blocked"])
	k.write(func(tx *store.Tx) error { return tx.FlagPasskey(blocked.ID, k.clock()) })
	k.enrol(moss, of["moss's"])
	begun := func() Options {
		o, err := k.BeginStepUp(k.ctx(), rose.ID, "192.0.2.1")
		k.must(err)
		return o
	}
	before := begun()
	k.enrol(rose, of["rose's later"])

	who, err := k.finish(begun(), of["rose's"], origin)
	if err != nil || who.User.ID != rose.ID {
		t.Fatalf("%v, %v", who.User.ID, err)
	}
	of["rose's"].UserHandle = nil // authenticators may leave it out when a list was given (§6.3.3)
	_, err = k.finish(begun(), of["rose's"], origin)
	k.must(err)

	_, err = k.finish(begun(), of["moss's"], origin)
	wantFail(t, err, idp.Denied, "passkey.refused")
	of["moss's"].UserHandle = []byte(rose.ID)
	_, err = k.finish(begun(), of["moss's"], origin)
	wantFail(t, err, idp.Denied, "passkey.refused")
	_, err = k.finish(begun(), of["rose's blocked"], origin)
	wantFail(t, err, idp.Denied, "passkey.refused")
	_, err = k.finish(before, of["rose's later"], origin)
	wantFail(t, err, idp.Denied, "passkey.refused")
	_, err = k.finish(begun(), of["rose's later"], origin)
	k.must(err)
}
