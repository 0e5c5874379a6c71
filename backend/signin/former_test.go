package signin

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
)

const oldHost = "old.tail1234.ts.net"

// movedFrom makes the house one that was at oldHost before, found to lead here still, and gives emil a passkey of there.
func (h *house) movedFrom() *passkeytest.Authenticator {
	h.Helper()
	old := idp.OnTailnet(idp.ModeFunnel, oldHost, h.clock.Now())
	relying, err := passkey.New(passkey.Config{Store: h.store, Clock: h.clock.Now, Pin: old, Home: "Lindqvist home"})
	must(err)
	options, err := relying.BeginEnrol(h.Context(), h.emil, "x")
	must(err)
	key := passkeytest.New(passkeytest.ES256)
	answer, err := key.Create(options.JSON, old.Issuer)
	must(err)
	made, err := relying.VerifyEnrol(h.Context(), options.ID, answer, h.emil)
	must(err)
	h.write(func(tx *store.Tx) error {
		if err := tx.AddPasskey(made); err != nil {
			return err
		}
		if err := tx.SetPin(old); err != nil {
			return err
		}
		_, err := tx.Move(h.pages.pin, h.clock.Now())
		return err
	})
	h.pages.formers = func() []string { return []string{oldHost} }
	return key
}

// former runs the sign-in by a former host's passkey, as the script does, and answers where the page goes.
func (v *visitor) former(page reply, key *passkeytest.Authenticator) string {
	v.Helper()
	c := page.ceremony()
	begun := v.send(c.Begin, asked{TX: c.TX, App: c.App, Former: oldHost}).want(http.StatusOK)
	fresh := ceremony{TX: c.TX, App: c.App}
	must(json.Unmarshal([]byte(begun.body), &fresh))
	return v.send(c.Finish, v.response(fresh, key)).next()
}

// TestFormerPasskeyLeadsToANewOne: for an app, the person signs in with the old passkey, makes a new one, and the app gets its answer.
func TestFormerPasskeyLeadsToANewOne(t *testing.T) {
	h := newHouse(t)
	key := h.movedFrom()
	v := h.visitor()
	page := v.follow(h.authorizeURL()).want(http.StatusOK, "Use a passkey from "+oldHost)
	to := v.former(page, key)
	if !strings.HasPrefix(to, "/renew?") {
		t.Fatalf("it goes on at %s", to)
	}
	renew := v.get(to).want(http.StatusOK, "Make a new passkey", oldHost, "Not now")
	fresh := passkeytest.New(passkeytest.ES256)
	to = v.answer(renew, fresh).next()
	if !strings.HasPrefix(to, "/authorize/continue?") {
		t.Fatalf("after the new passkey it goes on at %s", to)
	}
	v.get(to).want(http.StatusOK, "Forgejo")
	keys, err := h.store.Passkeys(t.Context(), h.emil.ID)
	here := slices.ContainsFunc(keys, func(k idp.Passkey) bool { return k.RPID == "localhost" })
	if err != nil || len(keys) != 2 || !here {
		t.Errorf("the passkeys are %+v (%v)", keys, err)
	}

	again := h.visitor() // with a new passkey nobody is asked again
	if to := again.former(again.get("/sign-in"), key); to != "/account" {
		t.Errorf("it goes on at %s", to)
	}
	again.get("/account").want(http.StatusOK, "Only for the address of before.")
}

// TestFormerPasskeyPutOff: without an app it ends at the account, and "Not now" leaves everything as it is.
func TestFormerPasskeyPutOff(t *testing.T) {
	h := newHouse(t)
	key := h.movedFrom()
	v := h.visitor()
	if to := v.former(v.get("/sign-in"), key); to != "/renew" {
		t.Fatalf("it goes on at %s", to)
	}
	v.get("/renew").want(http.StatusOK, `href="/account"`)
	v.get("/account").want(http.StatusOK, "Create a passkey here")
	h.clock.Advance(stepUpLife)
	v.get("/renew").location("/account")
	h.visitor().get("/renew").location("/account")
}

// TestFormerNeedsAHostThatWeHold: the page offers only what was found to lead here, and the server takes only what it holds.
func TestFormerNeedsAHostThatWeHold(t *testing.T) {
	h := newHouse(t)
	h.movedFrom()
	v := h.visitor()
	for _, host := range []string{"evil.example", "localhost"} {
		v.send("/sign-in/options", asked{Former: host}).failure(http.StatusForbidden, "passkey.former_gone")
	}
	h.pages.formers = func() []string { return nil }
	if page := v.get("/sign-in").want(http.StatusOK); strings.Contains(page.body, "data-former") {
		t.Error("a host that leads elsewhere is offered")
	}
}
