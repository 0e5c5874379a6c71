package signin

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestInviteEnrolsAndSignsIn(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	_, secret := storetest.Invite(t, h.store, h.emil.ID)
	page := v.get("/invite/"+secret).want(http.StatusOK, "Nora invites you to Lindqvist home", "You will be <b>emil</b>", "Create my passkey")
	if v.cookie() != "" {
		t.Error("opening an invite gave a cookie")
	}
	if next := v.answer(page, passkeytest.New(passkeytest.ES256)).next(); next != "/account?done=welcome" {
		t.Errorf("next is %q", next)
	}
	v.get("/account?done=welcome").want(http.StatusOK, "Emil Lindqvist", "You are in.", "used now")
	s := v.session()
	if s.UserID != h.emil.ID || s.ACR != idp.ACREnrol || s.AMR != "swk user mfa" || s.Network != idp.NetworkLocal || s.UserAgent != "Testbrowser/1" {
		t.Errorf("session %+v", s)
	}
	keys, err := h.store.Passkeys(t.Context(), h.emil.ID)
	if err != nil || len(keys) != 1 || keys[0].ID != s.PasskeyID {
		t.Errorf("passkeys %v, %v", keys, err)
	}
	if added := h.events(idp.EventPasskeyAdded); len(added) != 1 || added[0].ObjectID != keys[0].ID || added[0].UserID != h.emil.ID || added[0].Detail["source"] != "127.0.0.1" {
		t.Errorf("events %+v", added)
	}
	if in := h.events(idp.EventSignedIn); len(in) != 1 || in[0].ObjectID != s.ID {
		t.Errorf("events %+v", in)
	}
	h.visitor().get("/invite/"+secret).want(http.StatusGone, "This invite was used already")
}

func TestInviteOfTheOwner(t *testing.T) {
	h := newHouse(t)
	_, secret := storetest.Invite(t, h.store, h.nora.ID)
	page := h.visitor().get("/invite/"+secret).want(http.StatusOK, "Your passkey for Lindqvist home")
	if strings.Contains(page.body, "invites you") {
		t.Error("the owner is told that she invites herself")
	}
}

func TestInviteLooksDoNotUseItUp(t *testing.T) {
	h := newHouse(t)
	_, secret := storetest.Invite(t, h.store, h.emil.ID)
	for range 3 {
		h.visitor().get("/invite/" + secret).want(http.StatusOK)
	}
	v := h.visitor()
	v.answer(v.get("/invite/"+secret), passkeytest.New(passkeytest.ES256)).want(http.StatusOK)
}

func TestInviteRefusals(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*idp.Invite)
		off    bool
		status int
		text   string
	}{
		{"used", func(i *idp.Invite) { i.UsedAt = storetest.Start }, false, http.StatusGone, "was used already"},
		{"revoked", func(i *idp.Invite) { i.RevokedAt = storetest.Start }, false, http.StatusGone, "was withdrawn"},
		{"expired", func(i *idp.Invite) { i.ExpiresAt = storetest.Start }, false, http.StatusGone, "is too old"},
		{"of before a restore", func(i *idp.Invite) { i.Epoch = 7 }, false, http.StatusGone, "was withdrawn"},
		{"of somebody switched off", func(*idp.Invite) {}, true, http.StatusForbidden, "This account is switched off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			v := h.visitor()
			_, good := storetest.Invite(t, h.store, h.emil.ID)
			held := v.response(v.get("/invite/"+good).ceremony(), passkeytest.New(passkeytest.ES256))
			_, secret := storetest.Invite(t, h.store, h.emil.ID, tt.change)
			if tt.off {
				h.emil.DisabledAt = storetest.Start
				h.write(func(tx *store.Tx) error { return tx.UpdateUser(h.emil) })
			}
			v.get("/invite/"+secret).want(tt.status, tt.text)
			if r := v.send("/invite/"+secret+"/options", asked{}); r.status != tt.status {
				t.Errorf("options: status %d", r.status)
			}
			if r := v.send("/invite/"+secret+"/passkey", held); r.status != tt.status {
				t.Errorf("passkey: status %d", r.status)
			}
			if keys, _ := h.store.Passkeys(t.Context(), h.emil.ID); len(keys) != 0 {
				t.Error("a passkey was kept")
			}
		})
	}
}

func TestInviteUnknown(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.get("/invite/"+idp.NewInviteSecret()).want(http.StatusNotFound, "This is no invite link of this home")
	v.send("/invite/"+idp.NewInviteSecret()+"/passkey", answered{}).failure(http.StatusNotFound, "invite.not_found")
}

func TestInviteForAnotherPerson(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	_, emils := storetest.Invite(t, h.store, h.emil.ID)
	_, noras := storetest.Invite(t, h.store, h.nora.ID)
	answer := v.response(v.get("/invite/"+emils).ceremony(), passkeytest.New(passkeytest.ES256))
	v.send("/invite/"+noras+"/passkey", answer).failure(http.StatusGone, "passkey.expired")
}

func TestInviteSurvivesAFailedEnrolment(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	key := v.enrol(h.nora)
	_, secret := storetest.Invite(t, h.store, h.emil.ID)
	v.answer(v.get("/invite/"+secret), key).failure(http.StatusConflict, "passkey.known")
	lazy := passkeytest.New(passkeytest.ES256)
	lazy.UserVerified = false
	v.answer(v.get("/invite/"+secret), lazy).failure(http.StatusBadRequest, "passkey.not_verified")
	v.answer(v.get("/invite/"+secret), passkeytest.New(passkeytest.ES256)).want(http.StatusOK)
}

// One link, many at the same time: one person gets in, and nothing of the others remains.
func TestInviteOnceInParallel(t *testing.T) {
	const visitors = 12
	h := newHouse(t)
	_, secret := storetest.Invite(t, h.store, h.emil.ID)
	var all [visitors]*visitor
	var answers [visitors]answered
	for i := range all {
		all[i] = h.visitor()
		answers[i] = all[i].response(all[i].get("/invite/"+secret).ceremony(), passkeytest.New(passkeytest.ES256))
	}
	var statuses [visitors]int
	var wait sync.WaitGroup
	for i := range all {
		wait.Go(func() { statuses[i] = all[i].send("/invite/"+secret+"/passkey", answers[i]).status })
	}
	wait.Wait()
	won := 0
	for _, status := range statuses {
		switch status {
		case http.StatusOK:
			won++
		case http.StatusGone:
		default:
			t.Errorf("status %d", status)
		}
	}
	keys, _ := h.store.Passkeys(t.Context(), h.emil.ID)
	sessions, _ := h.store.SessionsOfUser(t.Context(), h.emil.ID)
	if won != 1 || len(keys) != 1 || len(sessions) != 1 || len(h.events(idp.EventPasskeyAdded)) != 1 {
		t.Errorf("%d won, %d passkeys, %d sessions, %d events", won, len(keys), len(sessions), len(h.events(idp.EventPasskeyAdded)))
	}
}

func TestInviteWhileSignedInIsNoStepUp(t *testing.T) {
	h := newHouse(t)
	v, _ := h.member(h.emil)
	before := v.session()
	h.clock.Advance(stepUpLife)
	v.enrol(h.emil)
	if after := v.session(); after.ID != before.ID || after.AuthTime != before.AuthTime || after.PasskeyID != before.PasskeyID {
		t.Errorf("before %+v, after %+v", before, after)
	}
	v.send("/account/passkeys/options", asked{}).failure(http.StatusForbidden, "page.step_up_first")
}
