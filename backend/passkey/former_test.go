package passkey

import (
	"encoding/json"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
)

const newIssuer = "https://oak.tail1234.ts.net"

// moved is a home that left id.tail1234.ts.net for oak.tail1234.ts.net, with rose's passkey of before.
func moved(t *testing.T) (k *kit, rose idp.User, a *passkeytest.Authenticator) {
	t.Helper()
	k, a = newKit(t), passkeytest.New(passkeytest.ES256)
	rose = k.user("rose")
	k.write(func(tx *store.Tx) error { return tx.SetPin(k.pin) })
	k.enrol(rose, a)
	pin := idp.OnTailnet(idp.ModeFunnel, "oak.tail1234.ts.net", k.clock())
	k.write(func(tx *store.Tx) error {
		_, err := tx.Move(pin, k.clock())
		return err
	})
	k.Relying = k.relying(pin)
	return k, rose, a
}

func (k *kit) former(host string) Options {
	k.t.Helper()
	o, err := k.BeginFormer(k.ctx(), host, "192.0.2.1")
	k.must(err)
	return o
}

// TestFormerSignIn: a passkey of the host that was left signs in on the new issuer's page, under its own RP ID.
func TestFormerSignIn(t *testing.T) {
	k, rose, a := moved(t)
	o := k.former("id.tail1234.ts.net")
	var options struct{ RPID, UserVerification string }
	k.must(json.Unmarshal(o.JSON, &options))
	if options.RPID != "id.tail1234.ts.net" || options.UserVerification != "required" {
		t.Errorf("options %s", o.JSON)
	}
	who, err := k.finish(o, a, newIssuer)
	k.must(err)
	if who.User.ID != rose.ID || who.Passkey.RPID != "id.tail1234.ts.net" {
		t.Errorf("signed in %+v", who)
	}
}

// TestFormerRefused: only hosts that we hold, only the issuer as origin, and each ceremony only its own RP ID's passkeys.
func TestFormerRefused(t *testing.T) {
	k, rose, a := moved(t)
	for _, host := range []string{"evil.example", "oak.tail1234.ts.net", "tail1234.ts.net", ""} {
		_, err := k.BeginFormer(k.ctx(), host, "192.0.2.1")
		wantFail(t, err, idp.Denied, "passkey.former_gone")
	}
	for _, from := range []string{origin, "https://evil.example", newIssuer + ":8443"} {
		_, err := k.finish(k.former("id.tail1234.ts.net"), a, from)
		wantFail(t, err, idp.Denied, "passkey.refused")
	}
	_, err := k.signInFrom(a, newIssuer) // it says the new RP ID, and its key is the old one's
	wantFail(t, err, idp.Denied, "passkey.refused")

	fresh := passkeytest.New(passkeytest.ES256)
	p, err := k.tryEnrol(rose, fresh, newIssuer)
	k.must(err)
	k.write(func(tx *store.Tx) error { return tx.AddPasskey(p) })
	_, err = k.finish(k.former("id.tail1234.ts.net"), fresh, newIssuer)
	wantFail(t, err, idp.Denied, "passkey.refused")
	a.FakeRPID = "oak.tail1234.ts.net" // an answer for another RP ID than was asked
	_, err = k.finish(k.former("id.tail1234.ts.net"), a, newIssuer)
	wantFail(t, err, idp.Denied, "passkey.refused")
	a.FakeRPID = ""

	o := k.former("id.tail1234.ts.net")
	k.write(func(tx *store.Tx) error { return tx.ForgetFormer("id.tail1234.ts.net") })
	_, err = k.finish(o, a, newIssuer)
	wantFail(t, err, idp.Denied, "passkey.former_gone")
	_, err = k.BeginStepUp(k.ctx(), rose.ID, "192.0.2.1") // with the new passkey alone
	k.must(err)
}
