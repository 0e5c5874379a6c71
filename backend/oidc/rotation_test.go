package oidc_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
	"hearthkey/backend/vault"

	"github.com/go-jose/go-jose/v4"
)

// published is the kids of the key set, in its order.
func (h *home) published() (kids []string) {
	h.Helper()
	var set struct{ Keys []struct{ Kid string } }
	if err := json.Unmarshal([]byte(h.get(oidc.PathJWKS).raw), &set); err != nil {
		h.Fatal(err)
	}
	for _, k := range set.Keys {
		kids = append(kids, k.Kid)
	}
	return kids
}

// rows are the signing keys of an algorithm in the store, by ID.
func (h *home) rows(algorithm string) map[string]idp.SigningKey {
	h.Helper()
	keys, err := h.store.SigningKeys(context.Background(), "sig")
	if err != nil {
		h.Fatal(err)
	}
	out := map[string]idp.SigningKey{}
	for _, k := range keys {
		if k.Algorithm == algorithm {
			out[k.ID] = k
		}
	}
	return out
}

func (h *home) upkeep() {
	h.Helper()
	if err := h.keys.Upkeep(context.Background()); err != nil {
		h.Fatal(err)
	}
}

// TestScheduledRotation lets keys follow each other for a year and a half, each published long before it signs.
func TestScheduledRotation(t *testing.T) {
	h := newHome(t)
	before := h.published()
	if len(before) != 2 {
		t.Fatalf("published %v, want a current and a next key", before)
	}
	seen := map[string]bool{before[0]: true, before[1]: true}
	hint := h.tokens().text("id_token")
	const days = 90
	for turn := range 6 {
		h.pass(days*idp.Day - time.Millisecond)
		h.upkeep()
		if now := h.published(); !slices.Equal(now, before) {
			t.Fatalf("turn %d: %v became %v a millisecond early", turn, before, now)
		}
		h.pass(time.Millisecond)
		h.upkeep()
		now := h.published()
		h.upkeep()
		if again := h.published(); !slices.Equal(again, now) {
			t.Errorf("turn %d: %v became %v without time passing", turn, now, again)
		}
		if len(now) != len(before)+1 || now[0] != before[1] || seen[now[1]] || !slices.Contains(now, before[0]) {
			t.Fatalf("turn %d: %v became %v", turn, before, now)
		}
		seen[now[1]] = true
		if old := h.rows("RS256")[before[0]]; len(old.Sealed) != 0 || old.RetiredAt != h.now() {
			t.Errorf("turn %d: the private part of a retired key is kept: %d bytes", turn, len(old.Sealed))
		}
		if turn == 2 {
			h.reopen()
		}
		h.session = h.signIn(h.ann)
		if got := kid(t, h.tokens().text("id_token")); got != now[0] {
			t.Errorf("turn %d: signed by %s, want %s", turn, got, now[0])
		}
		before = now
	}
	if keys := h.published(); !slices.Contains(keys, kid(t, hint)) {
		t.Errorf("the first key is not published any more: %v", keys)
	}
	rotated := 0
	for _, e := range h.events() {
		if e == idp.EventKeyRotated {
			rotated++
		}
	}
	if rotated != 6 {
		t.Errorf("%d events of six rotations", rotated)
	}
}

// TestOwnRotation takes the number of days that the owner has chosen.
func TestOwnRotation(t *testing.T) {
	h := newHome(t)
	h.write(func(tx *store.Tx) error { return tx.SetKeyRotation(7) })
	before := h.published()
	h.pass(7*idp.Day - time.Millisecond)
	h.upkeep()
	if now := h.published(); !slices.Equal(now, before) {
		t.Errorf("%v became %v too early", before, now)
	}
	h.pass(time.Millisecond)
	h.upkeep()
	if now := h.published(); now[0] != before[1] {
		t.Errorf("%v became %v after a week", before, now)
	}
}

// TestKeyOfBefore opens data of a Hearthkey that made no next keys: the old key signs until apps had a day to fetch another.
func TestKeyOfBefore(t *testing.T) {
	h := &home{TB: t, dir: t.TempDir()}
	h.clock.Store(int64(start))
	h.seedKey("key_before", start.Add(-400*idp.Day))
	h.open()
	if got := h.published(); !slices.Equal(got, []string{"key_before"}) {
		t.Fatalf("published %v at start", got)
	}
	h.upkeep()
	both := h.published()
	if len(both) != 2 || both[0] != "key_before" {
		t.Fatalf("published %v after the first upkeep", both)
	}
	h.pass(oidc.PublishedAhead - time.Millisecond)
	h.upkeep()
	if now := h.published(); !slices.Equal(now, both) {
		t.Errorf("%v became %v before apps had a day", both, now)
	}
	h.pass(time.Millisecond)
	h.upkeep()
	if now := h.published(); len(now) != 3 || now[0] != both[1] {
		t.Errorf("%v became %v, want the next to sign", both, now)
	}
}

// seedKey leaves a database with one current key, as the first version did.
func (h *home) seedKey(id string, since idp.Time) {
	h.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(h.dir, store.FileName))
	if err != nil {
		h.Fatal(err)
	}
	v, err := vault.Open(ctx, vault.Options{Dir: h.dir, Kind: vault.KindFile})
	if err != nil {
		h.Fatal(err)
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		h.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		h.Fatal(err)
	}
	public, err := jose.JSONWebKey{Key: &private.PublicKey, KeyID: id, Algorithm: "RS256", Use: "sig"}.MarshalJSON()
	if err != nil {
		h.Fatal(err)
	}
	sealed, err := v.Seal(der, "signing_keys", id)
	if err != nil {
		h.Fatal(err)
	}
	err = s.Write(ctx, func(tx *store.Tx) error {
		return tx.AddSigningKey(idp.SigningKey{ID: id, Use: "sig", Algorithm: "RS256", Public: string(public), Sealed: sealed, CreatedAt: since, ActiveAt: since})
	})
	if err != nil {
		h.Fatal(err)
	}
	if err := s.Close(); err != nil {
		h.Fatal(err)
	}
}

func TestRotationByHand(t *testing.T) {
	h := newHome(t)
	ctx := context.Background()
	if err := h.keys.Rotate(ctx, "HS256", true); idp.CodeOf(err) != idp.Invalid {
		t.Errorf("rotate HS256: %v", err)
	}
	before := h.published()
	h.pass(idp.Day - time.Millisecond)
	if err := h.keys.Rotate(ctx, idp.RS256, false); idp.CodeOf(err) != idp.Conflict {
		t.Errorf("rotated to a key that apps may not have: %v", err)
	}
	if now := h.published(); !slices.Equal(now, before) {
		t.Errorf("a refused rotation left %v of %v", now, before)
	}
	h.pass(time.Millisecond)
	if err := h.keys.Rotate(ctx, idp.RS256, false); err != nil {
		t.Fatal(err)
	}
	second := h.published()
	if second[0] != before[1] || len(second) != 3 {
		t.Errorf("%v became %v", before, second)
	}
	if err := h.keys.Rotate(ctx, idp.RS256, true); err != nil { // at once
		t.Fatal(err)
	}
	third := h.published()
	if third[0] != second[1] || len(third) != 4 {
		t.Errorf("%v became %v", second, third)
	}
	if got := kid(t, h.tokens().text("id_token")); got != third[0] {
		t.Errorf("signed by %s, want %s", got, third[0])
	}
	events, err := h.store.Events(ctx, store.EventQuery{Limit: 100, Kind: idp.EventKeyRotated})
	if err != nil || len(events) != 2 || events[0].Actor != idp.ActorOwner || events[0].ObjectID != third[0] || events[0].Detail["algorithm"] != "RS256" {
		t.Errorf("events %+v, %v", events, err)
	}
}

// TestRotateUnused makes the keys of an algorithm that nobody has asked for yet.
func TestRotateUnused(t *testing.T) {
	h := newHome(t)
	if err := h.keys.Rotate(context.Background(), idp.EdDSA, false); idp.CodeOf(err) != idp.Conflict {
		t.Errorf("rotated to a key that nobody can have: %v", err)
	}
	if err := h.keys.Rotate(context.Background(), idp.EdDSA, true); err != nil {
		t.Error(err)
	}
	if rows := h.rows(idp.EdDSA); len(rows) != 3 {
		t.Errorf("%d keys, want retired, current, next", len(rows))
	}
}

func TestWithdraw(t *testing.T) {
	h := newHome(t)
	ctx := context.Background()
	app, secret := h.addApp(idp.Client{Name: "API", AccessFormat: idp.FormatJWT})
	tokens := h.redeemAs(app.ID, secret, h.code(app.ID))
	hint, access := tokens.text("id_token"), tokens.text("access_token")
	first := h.published()
	for _, id := range first {
		if err := h.keys.Withdraw(ctx, id); idp.CodeOf(err) != idp.Conflict {
			t.Errorf("withdrew %s, which is not retired: %v", id, err)
		}
	}
	if err := h.keys.Withdraw(ctx, "key_nope"); idp.CodeOf(err) != idp.NotFound {
		t.Errorf("withdrew what is not there: %v", err)
	}
	if err := h.keys.Rotate(ctx, idp.RS256, true); err != nil {
		t.Fatal(err)
	}
	good := func(want bool) {
		t.Helper()
		e, err := h.provider.ParseEndSession(ctx, map[string][]string{"id_token_hint": {hint}})
		if err != nil || e.HintVerified != want {
			t.Errorf("hint verified: %v, want %v (%v)", e.HintVerified, want, err)
		}
		if status := h.userInfo(access).status; (status == 200) != want {
			t.Errorf("userinfo answers %d to the access token", status)
		}
	}
	good(true) // retired keys still verify
	etag := h.get(oidc.PathJWKS).header.Get("ETag")
	if err := h.keys.Withdraw(ctx, first[0]); err != nil {
		t.Fatal(err)
	}
	good(false)
	if got := h.last(); got != idp.EventKeyWithdrawn {
		t.Errorf("last event %q", got)
	}
	if now := h.get(oidc.PathJWKS); slices.Contains(h.published(), first[0]) || now.header.Get("ETag") == etag {
		t.Errorf("still published: %s", now.raw)
	}
	if err := h.keys.Withdraw(ctx, first[0]); idp.CodeOf(err) != idp.NotFound {
		t.Errorf("withdrew twice: %v", err)
	}
	h.keys = h.openKeys()
	h.provider = h.makeProvider()
	if e, err := h.provider.ParseEndSession(ctx, map[string][]string{"id_token_hint": {hint}}); err != nil || e.HintVerified {
		t.Errorf("a restart accepts a withdrawn key: %v", err)
	}
}

// TestRotationRace wants one of many rotations to win, whoever else tries, and tokens that verify throughout.
func TestRotationRace(t *testing.T) {
	h := newHome(t)
	h.pass(idp.Day)
	var wg sync.WaitGroup
	results := make([]error, 6)
	for i := range results {
		wg.Go(func() { results[i] = h.keys.Rotate(context.Background(), idp.RS256, false) })
	}
	signed := make([]string, 12)
	for i := range signed {
		wg.Go(func() { signed[i] = h.tokens().text("id_token") })
	}
	wg.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
		} else if idp.CodeOf(err) != idp.Conflict {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d rotations of six won", won)
	}
	h.settled()
	kids := h.published()
	for _, token := range signed {
		if !slices.Contains(kids, kid(t, token)) {
			t.Errorf("signed by %s, which is not published", kid(t, token))
		}
	}
}

// TestRotationsAtOnce lets rotations at once run into each other and into the schedule: each that says it won has made another key current.
func TestRotationsAtOnce(t *testing.T) {
	h := newHome(t)
	h.pass(100 * idp.Day)
	var wg sync.WaitGroup
	results := make([]error, 5)
	for i := range results {
		wg.Go(func() { results[i] = h.keys.Rotate(context.Background(), idp.RS256, true) })
	}
	wg.Go(func() { h.upkeep() })
	wg.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
		} else if idp.CodeOf(err) != idp.Conflict {
			t.Error(err)
		}
	}
	events := 0
	for _, e := range h.events() {
		if e == idp.EventKeyRotated {
			events++
		}
	}
	if events != won && events != won+1 { // the schedule may have come first
		t.Errorf("%d rotations won, %d are recorded", won, events)
	}
	if rows := h.rows(idp.RS256); len(rows) != events+2 {
		t.Errorf("%d keys after %d rotations", len(rows), events)
	}
	h.settled()
}

// TestRotationMeant refuses a rotation at once that was asked for when another key was the next, and one by keys that were read before another rotation.
func TestRotationMeant(t *testing.T) {
	h := newHome(t)
	ctx := context.Background()
	meant, stale := h.published()[1], h.openKeys()
	if err := h.keys.RotateMeant(ctx, idp.RS256, meant, true); err != nil {
		t.Fatal(err)
	}
	now := h.published()
	if err := h.keys.RotateMeant(ctx, idp.RS256, meant, true); idp.CodeOf(err) != idp.Conflict {
		t.Errorf("turned twice: %v", err)
	}
	if err := stale.Rotate(ctx, idp.RS256, true); idp.CodeOf(err) != idp.NotFound {
		t.Errorf("made a key current that was so before: %v", err)
	}
	h.reopen()
	if again := h.published(); !slices.Equal(again, now) {
		t.Errorf("%v became %v", now, again)
	}
	h.settled()
}

// settled wants one current and one next key, with private parts, and none for the others.
func (h *home) settled() {
	h.Helper()
	current, next := 0, 0
	for k := range maps.Values(h.rows(idp.RS256)) {
		switch {
		case k.RetiredAt != 0:
			if len(k.Sealed) != 0 {
				h.Errorf("%s is retired with its private part", k.ID)
			}
			continue
		case k.ActiveAt != 0:
			current++
		default:
			next++
		}
		if len(k.Sealed) == 0 {
			h.Errorf("%s has no private part", k.ID)
		}
	}
	if current != 1 || next != 1 {
		h.Errorf("%d current and %d next keys", current, next)
	}
}
