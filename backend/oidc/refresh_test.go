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

// dead wants every token of the chain and its access tokens to be worth nothing.
func (h *home) dead(t *testing.T, chain ...answer) {
	t.Helper()
	for _, a := range chain {
		h.userInfo(a.text("access_token")).is(t, http.StatusUnauthorized, "invalid_token")
		h.refresh(a.text("refresh_token")).is(t, http.StatusBadRequest, "invalid_grant")
	}
}

func (h *home) refreshRow(token string) idp.RefreshToken {
	h.Helper()
	row, err := h.store.RefreshToken(context.Background(), idp.Hash(token))
	if err != nil {
		h.Fatal(err)
	}
	return row
}

func TestRotation(t *testing.T) {
	h := newHome(t)
	first := h.tokens()
	h.pass(time.Minute)
	second := h.refresh(first.text("refresh_token"))
	second.is(t, http.StatusOK, "")
	if second.text("refresh_token") == first.text("refresh_token") || second.text("access_token") == first.text("access_token") || second.text("scope") != fullScope {
		t.Errorf("second %s", second.raw)
	}
	if h.last() != idp.EventTokensIssued+" code" { // a rotation is no event
		t.Errorf("event %q", h.last())
	}
	before, _ := h.payload(first.text("id_token"))
	after, _ := h.payload(second.text("id_token"))
	for _, name := range []string{"iss", "sub", "aud", "auth_time", "acr", "sid"} { // OIDC Core §12.2
		if before[name] != after[name] {
			t.Errorf("%s was %v, is %v", name, before[name], after[name])
		}
	}
	if _, ok := after["nonce"]; ok || after["iat"] == before["iat"] {
		t.Errorf("claims after refresh %v", after)
	}
	h.userInfo(first.text("access_token")).is(t, http.StatusOK, "") // an access token outlives the rotation
	third := h.refresh(second.text("refresh_token"))
	third.is(t, http.StatusOK, "")
	if row := h.refreshRow(first.text("refresh_token")); row.Seed != nil {
		t.Error("the seed of the first token is still there, though its successor was used")
	}
	if row := h.refreshRow(second.text("refresh_token")); len(row.Seed) != 16 || row.SpentAt != h.now() {
		t.Errorf("row %+v", row)
	}
}

// TestGrace replays within 10 seconds: the same refresh token, at most five times more.
func TestGrace(t *testing.T) {
	h := newHome(t)
	first := h.tokens()
	second := h.refresh(first.text("refresh_token"))
	access := []string{second.text("access_token")}
	for i := range idp.RefreshReplays {
		h.pass(time.Second)
		again := h.refresh(first.text("refresh_token"))
		again.is(t, http.StatusOK, "")
		if again.text("refresh_token") != second.text("refresh_token") || slices.Contains(access, again.text("access_token")) {
			t.Errorf("replay %d gave %s", i, again.raw)
		}
		if h.last() != idp.EventTokensIssued+" replay" {
			t.Errorf("event %q", h.last())
		}
		access = append(access, again.text("access_token"))
	}
	for _, token := range access {
		h.userInfo(token).is(t, http.StatusOK, "")
	}
	h.refresh(first.text("refresh_token")).is(t, http.StatusBadRequest, "invalid_grant")
	if h.last() != idp.EventRefreshReused+" refresh_reused" {
		t.Errorf("event %q", h.last())
	}
	h.dead(t, first, second)
}

// TestReplays are those that revoke the family.
func TestReplays(t *testing.T) {
	h := newHome(t)
	other, otherSecret := h.addApp(idp.Client{Name: "Other"})
	for _, tt := range []struct {
		name   string
		replay func(first, second answer) answer
		event  string // "" for a replay that is good
	}{
		{"just within the grace", func(first, _ answer) answer {
			h.pass(10*time.Second - time.Millisecond)
			return h.refresh(first.text("refresh_token"))
		}, ""},
		{"as the grace ends", func(first, _ answer) answer {
			h.pass(10 * time.Second)
			return h.refresh(first.text("refresh_token"))
		}, idp.EventRefreshReused + " refresh_reused"},
		{"long after", func(first, _ answer) answer { h.pass(idp.Day); return h.refresh(first.text("refresh_token")) }, idp.EventRefreshReused + " refresh_reused"},
		{"same scope, said", func(first, _ answer) answer { return h.refresh(first.text("refresh_token"), "scope", fullScope) }, ""},
		{"scope that was never granted", func(first, _ answer) answer { return h.refresh(first.text("refresh_token"), "scope", "address") }, idp.EventRefreshReused + " refresh_reused"},
		{"less scope", func(first, _ answer) answer { return h.refresh(first.text("refresh_token"), "scope", "openid") }, idp.EventRefreshReused + " refresh_reused"},
		{"successor in use", func(first, second answer) answer { // RF-03
			h.refresh(second.text("refresh_token")).is(t, http.StatusOK, "")
			return h.refresh(first.text("refresh_token"))
		}, idp.EventRefreshReused + " refresh_reused"},
		{"another app", func(first, _ answer) answer { return h.refreshAs(other.ID, otherSecret, first.text("refresh_token")) }, idp.EventExchangeRefused + " other_app"},
		{"clock set back an hour", func(first, _ answer) answer { h.pass(-time.Hour); return h.refresh(first.text("refresh_token")) }, idp.EventRefreshReused + " refresh_reused"},
		{"clock set back a second", func(first, _ answer) answer { h.pass(-time.Second); return h.refresh(first.text("refresh_token")) }, ""},
		{"after its own end", func(first, second answer) answer {
			h.pass(20 * idp.Day)
			h.refresh(second.text("refresh_token")).is(t, http.StatusOK, "")
			h.pass(11 * idp.Day)
			return h.refresh(first.text("refresh_token"))
		}, idp.EventRefreshReused + " refresh_reused"},
		{"seed swept", func(first, _ answer) answer {
			h.pass(11 * time.Second)
			h.write(func(tx *store.Tx) error { _, err := tx.Sweep(h.now(), 100); return err })
			h.pass(-11 * time.Second)
			return h.refresh(first.text("refresh_token"))
		}, idp.EventRefreshReused + " refresh_reused"},
	} {
		h.session = h.signIn(h.ann)
		first := h.tokens()
		second := h.refresh(first.text("refresh_token"))
		got := tt.replay(first, second)
		if tt.event == "" {
			if got.status != http.StatusOK || got.text("refresh_token") != second.text("refresh_token") {
				t.Errorf("%s: %d %s", tt.name, got.status, got.raw)
			}
			continue
		}
		got.is(t, http.StatusBadRequest, "invalid_grant")
		if h.last() != tt.event {
			t.Errorf("%s: event %q", tt.name, h.last())
		}
		n := len(h.events())
		h.dead(t, first, second)
		if len(h.events()) != n {
			t.Errorf("%s: a dead family fills the log", tt.name)
		}
	}
}

// TestReplayAfterRestart finds the grace in the database and not in memory (RF-04, whose expectation PROTOCOL overrides within the grace).
func TestReplayAfterRestart(t *testing.T) {
	h := newHome(t)
	first := h.tokens()
	second := h.refresh(first.text("refresh_token"))
	h.reopen()
	again := h.refresh(first.text("refresh_token"))
	again.is(t, http.StatusOK, "")
	if again.text("refresh_token") != second.text("refresh_token") {
		t.Error("another successor after the restart")
	}
	h.reopen()
	h.pass(10 * time.Second)
	h.refresh(first.text("refresh_token")).is(t, http.StatusBadRequest, "invalid_grant")
	h.dead(t, first, second)
}

// TestForeignRefresh is a token that another app presents: it has leaked, so its family ends (RF-05).
func TestForeignRefresh(t *testing.T) {
	h := newHome(t)
	other, otherSecret := h.addApp(idp.Client{Name: "Other"})
	first := h.tokens()
	h.refreshAs(other.ID, otherSecret, first.text("refresh_token")).is(t, http.StatusBadRequest, "invalid_grant")
	events, err := h.store.Events(context.Background(), store.EventQuery{Limit: 1})
	if err != nil || events[0].Kind != idp.EventExchangeRefused || events[0].Reason != "other_app" || events[0].ClientID != h.app.ID || events[0].Detail["presentedBy"] != other.ID {
		t.Errorf("event %+v, %v", events, err)
	}
	h.dead(t, first)
	second := h.tokens()
	h.refreshAs(h.app.ID, "bad", second.text("refresh_token")).is(t, http.StatusUnauthorized, "invalid_client") // nobody is known: nothing happens
	h.refresh(second.text("refresh_token")).is(t, http.StatusOK, "")
}

func TestRefreshScope(t *testing.T) {
	h := newHome(t)
	for _, tt := range []struct {
		granted, asked, want string // want "" for invalid_scope
	}{
		{"openid email offline_access", "openid", "openid"},
		{"openid email offline_access", "email openid", "openid email"},
		{"openid email offline_access", "openid address bogus", "openid"},
		{"openid email offline_access", "email", "email"},
		{"openid email offline_access", "openid profile", ""},
		{"openid email offline_access", "openid email offline_access groups", ""},
		{"openid email offline_access", "bogus", ""},
	} {
		first := h.tokens("scope", tt.granted)
		a := h.refresh(first.text("refresh_token"), "scope", tt.asked)
		if tt.want == "" {
			a.is(t, http.StatusBadRequest, "invalid_scope")
			a = h.refresh(first.text("refresh_token")) // nothing was spent
			tt.want = tt.granted
		}
		if a.text("scope") != tt.want || (a.text("id_token") != "") != strings.Contains(tt.want, "openid") {
			t.Errorf("%s of %s: %s", tt.asked, tt.granted, a.raw)
		}
		// RFC 6749 §6: the new refresh token keeps the scope of the old one
		if next := h.refresh(a.text("refresh_token")); next.text("scope") != tt.granted {
			t.Errorf("%s of %s, then: %s", tt.asked, tt.granted, next.raw)
		}
	}
	narrow := h.refresh(h.tokens().text("refresh_token"), "scope", "email")
	a := h.userInfo(narrow.text("access_token"))
	a.is(t, http.StatusForbidden, "insufficient_scope") // UI-05
}

// TestRefreshExpiry ends a chain that idles 30 days, and any chain after 180 (RF-12).
func TestRefreshExpiry(t *testing.T) {
	h := newHome(t)
	idle := h.tokens()
	h.pass(30*idp.Day - time.Millisecond)
	next := h.refresh(idle.text("refresh_token"))
	next.is(t, http.StatusOK, "")
	h.pass(30 * idp.Day)
	h.refresh(next.text("refresh_token")).is(t, http.StatusBadRequest, "invalid_grant")

	h.session = h.signIn(h.ann)
	chain := h.tokens()
	for day := 20; day < 180; day += 20 {
		h.pass(20 * idp.Day)
		chain = h.refresh(chain.text("refresh_token"))
		chain.is(t, http.StatusOK, "")
	}
	h.pass(20*idp.Day - time.Millisecond)
	chain = h.refresh(chain.text("refresh_token"))
	chain.is(t, http.StatusOK, "")
	if row := h.refreshRow(chain.text("refresh_token")); row.ExpiresAt != row.AbsoluteAt || row.AbsoluteAt != h.now()+1 {
		t.Errorf("the last token ends at %d, the chain at %d, it is %d", row.ExpiresAt, row.AbsoluteAt, h.now())
	}
	h.pass(time.Millisecond)
	h.refresh(chain.text("refresh_token")).is(t, http.StatusBadRequest, "invalid_grant")
}

// TestRefreshRace uses one token from many sides at once: one successor, at most 1+5 answers that name it, the rest refused.
func TestRefreshRace(t *testing.T) {
	h := newHome(t)
	const sides = 60
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		token := h.tokens().text("refresh_token")
		answers := make([]answer, sides)
		var wg sync.WaitGroup
		ready := make(chan struct{})
		for i := range sides {
			wg.Go(func() { <-ready; answers[i] = h.refresh(token) })
		}
		close(ready)
		wg.Wait()
		successors, won := map[string]bool{}, 0
		for _, a := range answers {
			if a.status == http.StatusOK {
				won++
				successors[a.text("refresh_token")] = true
			} else {
				a.is(t, http.StatusBadRequest, "invalid_grant")
			}
		}
		if len(successors) != 1 || won != 1+idp.RefreshReplays {
			t.Fatalf("round %d: %d answers name %d successors", round, won, len(successors))
		}
		for next := range successors { // more than the grace allows: the family is gone
			h.refresh(next).is(t, http.StatusBadRequest, "invalid_grant")
		}
	}
}

// TestRevokeAgainstRefresh lets a revocation and a refresh run into each other: once the revocation is acknowledged nothing that came from the grant works (RF-13).
func TestRevokeAgainstRefresh(t *testing.T) {
	h := newHome(t)
	rounds := 200
	if testing.Short() {
		rounds = 10
	}
	refreshed := 0
	for round := range rounds {
		first := h.tokens("scope", "openid email offline_access")
		grant := h.newestGrant()
		var second answer
		var wg sync.WaitGroup
		ready := make(chan struct{})
		wg.Go(func() { <-ready; second = h.refresh(first.text("refresh_token")) })
		wg.Go(func() {
			<-ready
			h.write(func(tx *store.Tx) error { _, err := tx.RevokeGrant(grant.ID, idp.GrantRevoked, h.now()); return err })
		})
		close(ready)
		wg.Wait()
		h.dead(t, first)
		if second.status == http.StatusOK {
			refreshed++
			h.dead(t, second)
		}
		if t.Failed() {
			t.Fatalf("round %d: something survived", round)
		}
	}
	t.Logf("%d of %d refreshes came before the revocation", refreshed, rounds)
}
