package signin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestAccountWantsASession(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.get("/account").location("/sign-in")
	v.get("/").want(http.StatusOK, "Sign in to Lindqvist home")
	for _, path := range []string{"/account/passkeys/options", "/account/passkeys", "/account/step-up/options", "/account/step-up"} {
		v.send(path, answered{}).failure(http.StatusForbidden, "page.not_signed_in")
	}
	v, _ = h.member(h.emil)
	v.get("/").location("/account")
	v.get("/sign-in").location("/account")
}

func TestAccountAddsAPasskey(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	h.clock.Advance(time.Second) // passkeys are listed by age
	page := v.get("/account").want(http.StatusOK, "Create a passkey here", "One passkey can get lost.")
	if next := v.answer(page, passkeytest.New(passkeytest.EdDSA)).next(); next != "/account?done=added" {
		t.Errorf("next is %q", next)
	}
	page = v.get("/account?done=added").want(http.StatusOK, "The new passkey is saved.", "not used yet")
	if strings.Contains(page.body, "can get lost") {
		t.Error("two passkeys are called lonely")
	}
	keys, _ := h.store.Passkeys(t.Context(), h.emil.ID)
	if added := h.events(idp.EventPasskeyAdded); len(keys) != 2 || len(added) != 2 || added[0].ObjectID != keys[1].ID {
		t.Errorf("%d passkeys, events %+v", len(keys), added)
	}
}

// An older sign-in, and an enrolment, have to be confirmed first.
func TestAccountStepUp(t *testing.T) {
	h := newHouse(t)
	v, key := h.member(h.emil)
	held := v.response(v.get("/account").ceremony(), passkeytest.New(passkeytest.ES256))
	h.clock.Advance(stepUpLife - time.Second)
	v.send("/account/passkeys/options", asked{}).want(http.StatusOK)
	h.clock.Advance(time.Second)
	v.send("/account/passkeys/options", asked{}).failure(http.StatusForbidden, "page.step_up_first")
	v.send("/account/passkeys", held).failure(http.StatusForbidden, "page.step_up_first")

	page := v.get("/account").want(http.StatusOK, "Add a passkey", "you first confirm with a passkey you have")
	before := v.session()
	cookie := v.cookie()
	if next := v.answer(page, key).next(); next != "/account?done=confirmed" {
		t.Errorf("next is %q", next)
	}
	if after := v.session(); after.ID != before.ID || after.AuthTime != h.clock.Now() || v.cookie() == cookie {
		t.Errorf("before %+v, after %+v", before, after)
	}
	page = v.get("/account?done=confirmed").want(http.StatusOK, "Confirmed.", "Create a passkey here")
	v.answer(page, passkeytest.New(passkeytest.ES256)).want(http.StatusOK)
}

func TestAccountStepUpAfterAnInvite(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	key := v.enrol(h.emil)
	v.send("/account/passkeys/options", asked{}).failure(http.StatusForbidden, "page.step_up_first")
	v.answer(v.get("/account"), key).want(http.StatusOK)
	if s := v.session(); s.ACR != idp.ACRPasskey {
		t.Errorf("acr %s", s.ACR)
	}
	v.send("/account/passkeys/options", asked{}).want(http.StatusOK)
}

func TestAccountStepUpBySomebodyElse(t *testing.T) {
	h := newHouse(t)
	v, emils := h.member(h.emil)
	noras := h.visitor().enrol(h.nora)
	h.clock.Advance(stepUpLife)
	noras.Hostile = true
	v.answer(v.get("/account"), noras).failure(http.StatusForbidden, "passkey.refused")
	// A sign-in's ceremony, which any passkey may answer, is none of another person's step-up either.
	c := h.visitor().get("/sign-in").ceremony()
	v.send("/account/step-up", v.response(c, noras)).failure(http.StatusForbidden, "passkey.not_yours")
	if s := v.session(); s.UserID != h.emil.ID || h.clock.Now().Sub(s.AuthTime) < stepUpLife {
		t.Errorf("session %+v", s)
	}
	v.answer(v.get("/account"), emils).want(http.StatusOK)
}

func TestAccountShowsWhatDoesNotWork(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	storetest.Passkey(t, h.store, h.emil.ID, func(k *idp.Passkey) { k.Name, k.RPID = "Old", "elsewhere.example" })
	flagged := storetest.Passkey(t, h.store, h.emil.ID, func(k *idp.Passkey) { k.Name = "<i>Key</i>" })
	h.write(func(tx *store.Tx) error { return tx.FlagPasskey(flagged.ID, h.clock.Now()) })
	page := v.get("/account").want(http.StatusOK, "Only for the address of before.", "Blocked, because a copy of it may exist. Ask Nora", "One passkey can get lost.")
	if strings.Contains(page.body, "<i>Key") {
		t.Error("a name is markup")
	}
	if strings.Contains(v.get("/account?done=%3Cscript%3E").body, "<script>") {
		t.Error("the address speaks on the page")
	}
}

// Whose last passkey was removed stays signed in and can add none: an invite is the way.
func TestAccountWithoutAPasskey(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	keys, _ := h.store.Passkeys(t.Context(), h.emil.ID)
	h.write(func(tx *store.Tx) error { return tx.RemovePasskey(keys[0].ID) })
	h.clock.Advance(stepUpLife)
	page := v.get("/account").want(http.StatusOK, "None of your passkeys works here. Ask Nora for an invite.")
	if strings.Contains(page.body, `id="go"`) {
		t.Error("a button that cannot work")
	}
}

// A session that is revoked while the person makes a passkey adds none.
func TestAccountPasskeyOfARevokedSession(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	id := v.session().ID
	h.write(func(tx *store.Tx) error { _, err := tx.EndSession(id, idp.EndRevoked, h.clock.Now()); return err })
	made := idp.Passkey{ID: "psk_x", UserID: h.emil.ID}
	err := h.pages.addPasskey(t.Context(), account{idp.Session{ID: id}, h.emil}, made, idp.Event{})
	if idp.CodeOf(err) != idp.Denied {
		t.Errorf("error %v", err)
	}
}

func TestSignOut(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	s := v.session()
	online := storetest.Grant(t, h.store, s, h.forge.ID)
	offline := storetest.Grant(t, h.store, s, h.forge.ID, func(g *idp.Grant) { g.Scope = "openid offline_access" })
	page := v.post("/sign-out", nil).want(http.StatusOK, "You are signed out", `href="/sign-in"`)
	if page.header.Get("Location") != "" {
		t.Error("a form post that leads on")
	}
	ended, _ := h.store.Session(t.Context(), s.ID)
	if ended.EndReason != idp.EndSignedOut || ended.EndedAt == 0 {
		t.Errorf("session %+v", ended)
	}
	if g, _ := h.store.Grant(t.Context(), online.ID); g.RevokedAt == 0 {
		t.Error("an online grant outlives the sign-out")
	}
	if g, _ := h.store.Grant(t.Context(), offline.ID); g.RevokedAt != 0 {
		t.Error("an offline grant ended with the sign-out")
	}
	if out := h.events(idp.EventSignedOut); len(out) != 1 || out[0].ObjectID != s.ID || out[0].UserID != h.emil.ID {
		t.Errorf("events %+v", out)
	}
	v.post("/sign-out", nil).want(http.StatusOK, "You are signed out")
	if len(h.events(idp.EventSignedOut)) != 1 {
		t.Error("signed out twice")
	}
	v.get("/account").location("/sign-in")
}

// Two windows sign out at the same time: it is one sign-out.
func TestSignOutTwice(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	a := account{v.session(), h.emil}
	for range 2 {
		if _, err := h.pages.endSession(httptest.NewRequest("POST", "/sign-out", nil), a, idp.Client{}); err != nil {
			t.Fatal(err)
		}
	}
	if out := h.events(idp.EventSignedOut); len(out) != 1 {
		t.Errorf("%d events", len(out))
	}
}

func TestSignOutWantsAForm(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	v.do("POST", "/sign-out", "text/plain", "").want(http.StatusBadRequest)
	v.get("/account").want(http.StatusOK)
}

func TestScriptSendsJSON(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	for kind, body := range map[string]string{"text/plain": "{}", "application/x-www-form-urlencoded": "{}", "": "{}"} {
		v.do("POST", "/sign-in/options", kind, body).want(http.StatusBadRequest)
	}
	for _, body := range []string{"", "[]", "{", `{"tx":"` + strings.Repeat("a", maxBody) + `"}`} {
		v.do("POST", "/sign-in/options", "application/json", body).failure(http.StatusBadRequest, "page.request_wrong")
	}
	v.do("POST", "/sign-in/options", "application/json; charset=utf-8", "{}").want(http.StatusOK)
}
