package oidc_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // of challenge, RFC 7636 appendix B

// TestCodeRefusals presents a code wrongly once and then rightly: the first try must have burned it and revoked its grant.
func TestCodeRefusals(t *testing.T) {
	h := newHome(t)
	other, otherSecret := h.addApp(idp.Client{Name: "Other"})
	pkce := []string{"code_challenge", challenge, "code_challenge_method", "S256"}
	right := []string{"code_verifier", verifier}
	for _, tt := range []struct {
		name    string
		request []string
		id, key string
		change  []string
		wait    time.Duration
		code    string
		event   string
	}{
		{name: "another redirect URI", change: []string{"redirect_uri", callback2}, code: "invalid_grant", event: "redirect_uri_differs"}, // CO-05
		{name: "no redirect URI", change: []string{"-redirect_uri", ""}, code: "invalid_grant", event: "redirect_uri_differs"},
		{name: "redirect URI with a query", change: []string{"redirect_uri", callback + "?"}, code: "invalid_grant", event: "redirect_uri_differs"},
		{name: "another app", id: other.ID, key: otherSecret, code: "invalid_grant", event: "other_app"}, // CO-04
		{name: "60 s old", wait: time.Minute, code: "invalid_grant", event: "code_expired"},
		{name: "wrong verifier", request: pkce, change: []string{"code_verifier", strings.Repeat("w", 43)}, code: "invalid_grant", event: "code_verifier_wrong"}, // PK-06
		{name: "the challenge as verifier", request: pkce, change: []string{"code_verifier", challenge}, code: "invalid_grant", event: "code_verifier_wrong"},
		{name: "no verifier", request: pkce, code: "invalid_grant", event: "code_verifier_wrong"},
		{name: "short verifier", request: pkce, change: []string{"code_verifier", "a"}, code: "invalid_request", event: "code_verifier_wrong"}, // PK-07
		{name: "verifier without challenge", change: right, code: "invalid_request", event: "code_verifier_wrong"},                             // PK-08
	} {
		code := h.code(h.app.ID, tt.request...)
		grant := h.newestGrant()
		h.pass(tt.wait)
		id, key := h.app.ID, h.secret
		if tt.id != "" {
			id, key = tt.id, tt.key
		}
		h.redeemAs(id, key, code, tt.change...).is(t, http.StatusBadRequest, tt.code)
		if got := h.last(); got != idp.EventExchangeRefused+" "+tt.event {
			t.Errorf("%s: event %q", tt.name, got)
		}
		if g, err := h.store.Grant(context.Background(), grant.ID); err != nil || g.RevokedAt != h.now() || g.RevokeReason != tt.event {
			t.Errorf("%s: grant %+v, %v", tt.name, g, err)
		}
		n := len(h.events())
		if tt.request != nil {
			h.redeem(code, right...).is(t, http.StatusBadRequest, "invalid_grant")
		} else {
			h.redeem(code).is(t, http.StatusBadRequest, "invalid_grant")
		}
		if len(h.events()) != n {
			t.Errorf("%s: a dead code filled the log: %q", tt.name, h.events()[n:])
		}
	}
	h.redeem(h.code(h.app.ID, pkce...), right...).is(t, http.StatusOK, "")
	a, b := h.code(h.app.ID, pkce...), h.code(h.app.ID, "code_challenge", strings.Repeat("A", 43), "code_challenge_method", "S256")
	h.redeem(b, right...).is(t, http.StatusBadRequest, "invalid_grant") // PK-09: the verifier of another tab
	h.redeem(a, right...).is(t, http.StatusOK, "")
	code := h.code(h.app.ID)
	h.pass(time.Minute - time.Millisecond)
	h.redeem(code).is(t, http.StatusOK, "")
}

// TestMangledCode tries what is near a code (CO-07), which burns nothing.
func TestMangledCode(t *testing.T) {
	h := newHome(t)
	code := h.code(h.app.ID)
	tries := []string{code + "A", " " + code, code + "=", strings.ToUpper(code), code[:42], code[:20]}
	for i := range code {
		other := byte('A')
		if code[i] == 'A' {
			other = 'B'
		}
		tries = append(tries, code[:i]+string(other)+code[i+1:])
	}
	events := len(h.events())
	for _, try := range tries {
		h.redeem(try).is(t, http.StatusBadRequest, "invalid_grant")
	}
	if got := h.events(); len(got) != events {
		t.Errorf("unknown codes are events: %q", got[events:])
	}
	h.redeem(code).is(t, http.StatusOK, "")
}

// TestCodeReuse wants what the first use gave to end (CO-01, CO-02), also when another app brings the code.
func TestCodeReuse(t *testing.T) {
	h := newHome(t)
	other, otherSecret := h.addApp(idp.Client{Name: "Other"})
	for name, again := range map[string]func(code string) answer{
		"at once":             func(code string) answer { return h.redeem(code) },
		"30 seconds later":    func(code string) answer { h.pass(30 * time.Second); return h.redeem(code) },
		"an hour later":       func(code string) answer { h.pass(time.Hour - 2*time.Minute); return h.redeem(code) },
		"by another app":      func(code string) answer { return h.redeemAs(other.ID, otherSecret, code) },
		"with another target": func(code string) answer { return h.redeem(code, "redirect_uri", callback2) },
	} {
		code := h.code(h.app.ID)
		first := h.redeem(code)
		h.userInfo(first.text("access_token")).is(t, http.StatusOK, "")
		second := h.refresh(first.text("refresh_token"))
		second.is(t, http.StatusOK, "")
		again(code).is(t, http.StatusBadRequest, "invalid_grant")
		if got := h.last(); got != idp.EventCodeReused+" code_reused" {
			t.Errorf("%s: event %q", name, got)
		}
		n := len(h.events())
		for _, token := range []string{first.text("access_token"), second.text("access_token")} {
			h.userInfo(token).is(t, http.StatusUnauthorized, "invalid_token")
		}
		h.refresh(second.text("refresh_token")).is(t, http.StatusBadRequest, "invalid_grant")
		h.redeem(code).is(t, http.StatusBadRequest, "invalid_grant")
		if got := h.events(); len(got) != n {
			t.Errorf("%s: more events %q", name, got[n:])
		}
	}
}

// TestCodeRace redeems one code from 100 sides at once, 50 times: exactly one succeeds each time.
func TestCodeRace(t *testing.T) {
	h := newHome(t)
	const sides = 100
	rounds := 50
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		code := h.code(h.app.ID)
		n := len(h.events())
		answers := make([]answer, sides)
		var wg sync.WaitGroup
		ready := make(chan struct{})
		for i := range sides {
			wg.Go(func() { <-ready; answers[i] = h.redeem(code) })
		}
		close(ready)
		wg.Wait()
		won := 0
		for _, a := range answers {
			switch {
			case a.status == http.StatusOK:
				won++
			case a.status != http.StatusBadRequest || a.text("error") != "invalid_grant":
				t.Fatalf("round %d: %d %s", round, a.status, a.raw)
			}
		}
		if won != 1 {
			t.Fatalf("round %d: %d redemptions succeeded, want 1", round, won)
		}
		if got := h.events()[n:]; !slices.Equal(got, []string{idp.EventTokensIssued + " code", idp.EventCodeReused + " code_reused"}) {
			t.Fatalf("round %d: events %q", round, got)
		}
	}
}

// circumstances are what can change between a sign-in and the use of what it gave. online and offline say whether a grant without and with offline_access still stands.
var circumstances = []struct {
	name            string
	change          func(h *home, tx *store.Tx) error
	reason          idp.Reason
	online, offline bool
}{
	{"nothing", func(*home, *store.Tx) error { return nil }, "", true, true},
	{"user disabled", func(h *home, tx *store.Tx) error { u := h.ann; u.DisabledAt = h.now(); return tx.UpdateUser(u) }, idp.UserDisabled, false, false},
	{"access lost", func(h *home, tx *store.Tx) error { return tx.SetAccess(h.app.ID, nil) }, idp.NoAccess, false, false},
	{"app disabled", func(h *home, tx *store.Tx) error { c := h.app; c.DisabledAt = h.now(); return tx.UpdateClient(c) }, idp.ClientDisabled, false, false},
	{"session revoked", func(h *home, tx *store.Tx) error { return endAll(tx, h.ann.ID, idp.EndRevoked, h.now()) }, idp.SessionRevoked, false, false},
	{"session signed out", func(h *home, tx *store.Tx) error { return endAll(tx, h.ann.ID, idp.EndSignedOut, h.now()) }, idp.SessionOver, false, true},
	{"signed out, then revoked", func(h *home, tx *store.Tx) error {
		_, err := tx.EndSession(h.session.ID, idp.EndSignedOut, h.now())
		if err == nil {
			_, err = tx.EndSession(h.session.ID, idp.EndRevoked, h.now())
		}
		return err
	}, idp.SessionRevoked, false, false},
	{"consent revoked", func(h *home, tx *store.Tx) error {
		if err := tx.SaveConsent(idp.Consent{UserID: h.ann.ID, ClientID: h.app.ID, Scope: fullScope, GrantedAt: h.now()}); err != nil {
			return err
		}
		return tx.RevokeConsent(h.ann.ID, h.app.ID, h.now())
	}, idp.GrantRevoked, false, false},
	{"grant revoked", func(h *home, tx *store.Tx) error {
		_, err := tx.RevokeGrant(h.newestGrant().ID, idp.GrantRevoked, h.now())
		return err
	}, idp.GrantRevoked, false, false},
}

// TestCircumstances asks at each step after a change: redemption, refresh, userinfo (RF-06 to RF-09, UI-06, AZ-22).
func TestCircumstances(t *testing.T) {
	for _, tt := range circumstances {
		for _, scope := range []string{"openid email", "openid email offline_access"} {
			t.Run(tt.name+"/"+scope, func(t *testing.T) {
				h := newHome(t)
				h.app.AlwaysRefresh = true // so that a grant without offline_access has something to refresh
				h.write(func(tx *store.Tx) error { return tx.UpdateClient(h.app) })
				stands := tt.online
				if strings.Contains(scope, "offline_access") {
					stands = tt.offline
				}
				held := h.tokens("scope", scope)
				grant := h.newestGrant()
				code := h.code(h.app.ID, "scope", scope)
				if tt.name == "grant revoked" { // of both
					h.write(func(tx *store.Tx) error { _, err := tx.RevokeGrant(grant.ID, idp.GrantRevoked, h.now()); return err })
				}
				h.write(func(tx *store.Tx) error { return tt.change(h, tx) })
				check := func(step string, a answer, refusal int, code string) {
					t.Helper()
					if stands {
						refusal, code = http.StatusOK, ""
					}
					if a.status != refusal || a.text("error") != code {
						t.Errorf("%s: %d %s, want %d %q", step, a.status, a.raw, refusal, code)
					}
				}
				check("userinfo", h.userInfo(held.text("access_token")), http.StatusUnauthorized, "invalid_token")
				n := len(h.events())
				check("refresh", h.refresh(held.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
				check("redemption", h.redeem(code), http.StatusBadRequest, "invalid_grant")
				denied := idp.EventAccessDenied + " " + string(tt.reason)
				if got := h.events()[n:]; !stands && tt.reason != idp.GrantRevoked && !slices.Equal(got, []string{denied, denied}) {
					t.Errorf("events %q, want two of %q", got, denied)
				}
				if !stands { // and it stays ended
					h.refresh(held.text("refresh_token")).is(t, http.StatusBadRequest, "invalid_grant")
				}
			})
		}
	}
}

// TestDeletedUser has no row left that could speak for them.
func TestDeletedUser(t *testing.T) {
	h := newHome(t)
	held, code := h.tokens(), h.code(h.app.ID)
	h.write(func(tx *store.Tx) error { return tx.DeleteUser(h.ann.ID, 0) })
	h.userInfo(held.text("access_token")).is(t, http.StatusUnauthorized, "invalid_token")
	h.refresh(held.text("refresh_token")).is(t, http.StatusBadRequest, "invalid_grant")
	h.redeem(code).is(t, http.StatusBadRequest, "invalid_grant")
}

// TestSessionIdle ends online grants when the session runs out, and leaves those with offline_access.
func TestSessionIdle(t *testing.T) {
	h := newHome(t)
	h.app.AlwaysRefresh = true
	h.write(func(tx *store.Tx) error { return tx.UpdateClient(h.app) })
	online, offline := h.tokens("scope", "openid"), h.tokens("scope", "openid offline_access")
	h.pass(29 * idp.Day)
	online, offline = h.refresh(online.text("refresh_token")), h.refresh(offline.text("refresh_token"))
	online.is(t, http.StatusOK, "")
	offline.is(t, http.StatusOK, "")
	h.pass(idp.Day)
	h.refresh(online.text("refresh_token")).is(t, http.StatusBadRequest, "invalid_grant")
	h.refresh(offline.text("refresh_token")).is(t, http.StatusOK, "")
}

// TestEarlierEpoch is a grant of before a restore: whatever names it is dead (FT-16).
func TestEarlierEpoch(t *testing.T) {
	h := newHome(t)
	for epoch, want := range map[int64]int{0: http.StatusOK, -1: http.StatusBadRequest} {
		grant := idp.Grant{ID: idp.NewID(idp.PrefixGrant), UserID: h.ann.ID, ClientID: h.app.ID, SessionID: h.session.ID, Scope: fullScope, CreatedAt: h.now(), AuthTime: h.now(), Epoch: epoch}
		code, access := idp.NewSecret(), idp.NewSecret()
		h.write(func(tx *store.Tx) error {
			if err := tx.CreateGrant(grant); err != nil {
				return err
			}
			if err := tx.AddAccessToken(idp.AccessToken{Hash: idp.Hash(access), GrantID: grant.ID, ClientID: h.app.ID, Scope: fullScope, CreatedAt: h.now(), ExpiresAt: h.now() + 1}); err != nil {
				return err
			}
			return tx.CreateCode(idp.AuthorizationCode{Hash: idp.Hash(code), GrantID: grant.ID, ClientID: h.app.ID, RedirectURI: callback, CreatedAt: h.now(), ExpiresAt: h.now() + 1})
		})
		if a := h.userInfo(access); (a.status == http.StatusOK) != (want == http.StatusOK) {
			t.Errorf("epoch %d: userinfo %d %s", epoch, a.status, a.raw)
		}
		if a := h.redeem(code); a.status != want {
			t.Errorf("epoch %d: code %d %s", epoch, a.status, a.raw)
		}
	}
}
