package passkey

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
)

func TestSignIn(t *testing.T) {
	for name, alg := range map[string]int64{"ES256": passkeytest.ES256, "EdDSA": passkeytest.EdDSA, "RS256": passkeytest.RS256} {
		t.Run(name, func(t *testing.T) {
			k, a := newKit(t), passkeytest.New(alg)
			rose := k.user("rose")
			p := k.enrol(rose, a)
			k.pass(time.Hour)
			who, err := k.signIn(a)
			k.must(err)
			if who.User.ID != rose.ID || who.Passkey.ID != p.ID || p.Algorithm != alg {
				t.Fatalf("signed in %s by %s (algorithm %d)", who.User.ID, who.Passkey.ID, p.Algorithm)
			}
			if got := k.passkey(p.ID); got.LastUsedAt != k.clock() || who.Passkey.LastUsedAt != k.clock() {
				t.Fatalf("last use %d, want %d", got.LastUsedAt, k.clock())
			}
		})
	}
}

func TestSignInOptions(t *testing.T) {
	k := newKit(t)
	o, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
	k.must(err)
	var got struct {
		Challenge, RPID, UserVerification string
		Timeout                           int
		AllowCredentials                  []any
	}
	k.must(json.Unmarshal(o.JSON, &got))
	challenge, err := base64.RawURLEncoding.DecodeString(got.Challenge)
	if err != nil || len(challenge) < 16 || got.RPID != "id.tail1234.ts.net" || got.UserVerification != "required" || got.Timeout != 300_000 || got.AllowCredentials != nil {
		t.Fatalf("options %s", o.JSON)
	}
}

// answers that prove nothing are all refused by the same words, and leave the passkey as it was.
func TestSignInRefused(t *testing.T) {
	short := base64.RawURLEncoding.EncodeToString([]byte("fifteen bytes!!"))
	table := map[string]struct {
		lie    func(a *passkeytest.Authenticator, other idp.User)
		origin string
	}{
		"WA-01 user not verified":          {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.UserVerified = false }},
		"WA-02 user not present":           {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.UserPresent = false }},
		"WA-04 another challenge":          {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.FakeChallenge = idp.NewSecret() }},
		"WA-04 short challenge":            {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.FakeChallenge = short }},
		"WA-06 create instead of get":      {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.FakeType = "webauthn.create" }},
		"WA-07 http":                       {origin: "http://id.tail1234.ts.net"},
		"WA-07 sibling":                    {origin: "https://evil.tail1234.ts.net"},
		"WA-07 port":                       {origin: "https://id.tail1234.ts.net:8443"},
		"WA-07 default port spelled out":   {origin: "https://id.tail1234.ts.net:443"},
		"WA-07 suffix":                     {origin: "https://id.tail1234.ts.net.evil.com"},
		"WA-07 prefix":                     {origin: "https://xid.tail1234.ts.net"},
		"WA-07 case":                       {origin: "https://ID.tail1234.ts.net"},
		"WA-07 path":                       {origin: "https://id.tail1234.ts.net/evil"},
		"WA-07 userinfo":                   {origin: "https://evil@id.tail1234.ts.net"},
		"WA-07 null":                       {origin: "null"},
		"WA-07 empty":                      {origin: ""},
		"WA-09 cross-origin frame":         {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.CrossOrigin = true }},
		"WA-09 named top origin":           {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.CrossOrigin, a.TopOrigin = true, origin }},
		"WA-10 unknown credential":         {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.CredentialID = []byte("nobody has this one") }},
		"WA-11 handle of somebody else":    {lie: func(a *passkeytest.Authenticator, other idp.User) { a.UserHandle = []byte(other.ID) }},
		"WA-11 no handle":                  {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.UserHandle = nil }},
		"WA-12 id is not rawId":            {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.FakeID = "bm90IHRoZSByYXcgb25l" }},
		"WA-12 rawId is not id":            {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.FakeRawID = "bm90IHRoZSBpZA" }},
		"WA-18 backed up but not eligible": {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.BackupEligible = false }},
		"bad signature":                    {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.BadSignature = true }},
		"another RP ID":                    {lie: func(a *passkeytest.Authenticator, _ idp.User) { a.FakeRPID = "tail1234.ts.net" }},
	}
	for name, c := range table {
		t.Run(name, func(t *testing.T) {
			k, a := newKit(t), passkeytest.New(passkeytest.ES256)
			rose, moss := k.user("rose"), k.user("moss")
			p := k.enrol(rose, a)
			k.enrol(moss, passkeytest.New(passkeytest.ES256))
			from := c.origin
			if c.lie != nil {
				from = origin
				c.lie(a, moss)
			}
			_, err := k.signInFrom(a, from)
			wantFail(t, err, idp.Denied, "passkey.refused")
			if got := k.passkey(p.ID); got.LastUsedAt != 0 || got.FlaggedAt != 0 {
				t.Fatalf("the passkey changed: %+v", got)
			}
		})
	}
}

// TestGarbage: what is no answer at all is refused like a wrong one.
func TestGarbage(t *testing.T) {
	k := newKit(t)
	for _, body := range []string{"", "null", "{}", "[]", `{"id":"","rawId":"","type":"public-key","response":{}}`, `{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA","authenticatorData":"AA","signature":""}}`} {
		o, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
		k.must(err)
		_, err = k.FinishSignIn(k.ctx(), o.ID, []byte(body))
		wantFail(t, err, idp.Denied, "passkey.refused")
	}
}

// TestOneAnswer: a ceremony takes one answer, and an answer fits one ceremony (WA-04).
func TestOneAnswer(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	rose := k.user("rose")
	k.enrol(rose, a)
	o, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
	k.must(err)
	answer, err := a.Get(o.JSON, origin)
	k.must(err)
	_, err = k.FinishSignIn(k.ctx(), o.ID, answer)
	k.must(err)
	_, err = k.FinishSignIn(k.ctx(), o.ID, answer)
	wantFail(t, err, idp.Expired, "passkey.expired")

	other, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
	k.must(err)
	_, err = k.FinishSignIn(k.ctx(), other.ID, answer)
	wantFail(t, err, idp.Denied, "passkey.refused")
	_, err = k.FinishSignIn(k.ctx(), "tx_unknown", answer)
	wantFail(t, err, idp.Expired, "passkey.expired")

	enrol, err := k.BeginEnrol(k.ctx(), rose, "192.0.2.1")
	k.must(err)
	_, err = k.finish(enrol, a, origin)
	wantFail(t, err, idp.Expired, "passkey.expired")
}

// TestChallengeSpent: a challenge that the store knows as used does not count again, as after a copy of the memory.
func TestChallengeSpent(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	p := k.enrol(k.user("rose"), a)
	o, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
	k.must(err)
	var options struct{ Challenge string }
	k.must(json.Unmarshal(o.JSON, &options))
	k.write(func(tx *store.Tx) error {
		_, err := tx.UseChallenge(idp.Hash(options.Challenge), k.clock().Add(time.Hour))
		return err
	})
	_, err = k.finish(o, a, origin)
	wantFail(t, err, idp.Expired, "passkey.expired")
	if k.passkey(p.ID).LastUsedAt != 0 {
		t.Fatal("the passkey was used")
	}
}

// TestStale: the injected clock ends a ceremony (WA-05), forwards and backwards.
func TestStale(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	k.enrol(k.user("rose"), a)
	for name, c := range map[string]struct {
		pass time.Duration
		good bool
	}{
		"in time": {ceremonyLife - time.Millisecond, true}, "too late": {ceremonyLife, false}, "after sleep": {8 * time.Hour, false},
		"clock a little back": {-time.Second, true}, "clock set back": {-time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
			k.must(err)
			k.pass(c.pass)
			_, err = k.finish(o, a, origin)
			if c.good {
				check(t, err)
			} else {
				wantFail(t, err, idp.Expired, "passkey.expired")
			}
		})
	}
}

// TestDisabled: the same words and the same work as for a passkey that nobody has (WA-25), and the owner gets to see it.
func TestDisabled(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	rose := k.user("rose")
	p := k.enrol(rose, a)
	stranger := passkeytest.New(passkeytest.ES256)
	stranger.UserHandle = []byte("usr_nobody")

	k.steps = nil
	_, unknown := k.signIn(stranger)
	ofUnknown := k.steps

	rose.DisabledAt = k.clock()
	k.write(func(tx *store.Tx) error { return tx.UpdateUser(rose) })
	k.steps = nil
	_, disabled := k.signIn(a)
	wantFail(t, disabled, idp.Denied, "passkey.refused")
	if unknown.Error() != disabled.Error() || !slices.Equal(ofUnknown, k.steps) || len(k.steps) != 4 {
		t.Fatalf("unknown: %v %v; disabled: %v %v", unknown, ofUnknown, disabled, k.steps)
	}
	if e := k.lastEvent(); e.Kind != idp.EventSignInFailed || e.Reason != reasonDisabled || e.UserID != rose.ID || e.ObjectID != p.ID {
		t.Fatalf("event %+v", e)
	}

	a.BadSignature = true
	k.steps = nil
	if _, err := k.signIn(a); err.Error() != unknown.Error() || !slices.Equal(ofUnknown, k.steps) {
		t.Fatalf("wrong signature: %v %v", err, k.steps)
	}
}

// TestBackupEligibility: a passkey that turns into another kind is refused by words that help, and recorded (WA-18).
func TestBackupEligibility(t *testing.T) {
	for name, eligible := range map[string]bool{"1 to 0": true, "0 to 1": false} {
		t.Run(name, func(t *testing.T) {
			k, a := newKit(t), passkeytest.New(passkeytest.ES256)
			a.BackupEligible, a.BackedUp = eligible, false
			p := k.enrol(k.user("rose"), a)
			a.BackupEligible = !eligible
			_, err := k.signIn(a)
			wantFail(t, err, idp.Denied, "passkey.backup_changed")
			if e := k.lastEvent(); e.Reason != reasonBackup || e.ObjectID != p.ID {
				t.Fatalf("event %+v", e)
			}
			a.BadSignature = true
			_, err = k.signIn(a)
			wantFail(t, err, idp.Denied, "passkey.refused")
		})
	}
}

// TestBackedUp: the backup state may change, and is kept.
func TestBackedUp(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	a.BackedUp = false
	p := k.enrol(k.user("rose"), a)
	a.BackedUp = true
	_, err := k.signIn(a)
	k.must(err)
	if !k.passkey(p.ID).BackedUp {
		t.Fatal("the backup state was not kept")
	}
}

// TestCounter: a counter that does not grow blocks the passkey for good (§7.2 step 22).
func TestCounter(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	a.Count, a.Step = 1, 1
	p := k.enrol(k.user("rose"), a)
	thief := a.Clone()
	_, err := k.signIn(a)
	k.must(err)
	if got := k.passkey(p.ID).SignCount; got != 2 {
		t.Fatalf("counter %d, want 2", got)
	}
	_, err = k.signIn(thief)
	wantFail(t, err, idp.Denied, "passkey.flagged")
	if e := k.lastEvent(); e.Kind != idp.EventPasskeyFlagged || e.Reason != reasonCounter || e.ObjectID != p.ID || k.passkey(p.ID).FlaggedAt != k.clock() {
		t.Fatalf("event %+v", e)
	}
	_, err = k.signIn(a)
	wantFail(t, err, idp.Denied, "passkey.flagged")
	if e := k.lastEvent(); e.Kind != idp.EventSignInFailed || e.Reason != reasonFlagged {
		t.Fatalf("event %+v", e)
	}
	a.BadSignature = true
	_, err = k.signIn(a)
	wantFail(t, err, idp.Denied, "passkey.refused")
}

// TestCounterRace: of answers with one counter value, one is good, however they meet.
func TestCounterRace(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	a.Count = 1
	k.enrol(k.user("rose"), a)
	a.Count = 2
	k.worked = func(string) {}
	const answers = 8
	errs := make([]error, answers)
	var wg sync.WaitGroup
	for i := range answers {
		o, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
		k.must(err)
		answer, err := a.Get(o.JSON, origin)
		k.must(err)
		wg.Go(func() { _, errs[i] = k.FinishSignIn(k.ctx(), o.ID, answer) })
	}
	wg.Wait()
	good := 0
	for _, err := range errs {
		if err == nil {
			good++
		} else {
			wantFail(t, err, idp.Denied, "passkey.flagged")
		}
	}
	if good != 1 {
		t.Fatalf("%d answers were good, want 1", good)
	}
}

// TestRemovedMeanwhile: a passkey removed between check and settlement signs nobody in.
func TestRemovedMeanwhile(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	p := k.enrol(k.user("rose"), a)
	k.worked = func(step string) {
		if step == "write" {
			k.write(func(tx *store.Tx) error { return tx.RemovePasskey(p.ID) })
		}
	}
	_, err := k.signIn(a)
	wantFail(t, err, idp.Denied, "passkey.refused")
}

// TestAnotherIssuer: passkeys of the trial do not work under the name that follows it.
func TestAnotherIssuer(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	tailnet := k.Relying
	k.Relying = k.relying(idp.Trial("1411", 0))
	rose := k.user("rose")
	o, err := k.BeginEnrol(k.ctx(), rose, "local")
	k.must(err)
	answer, err := a.Create(o.JSON, "http://localhost:1411")
	k.must(err)
	p, err := k.VerifyEnrol(k.ctx(), o.ID, answer, rose)
	k.must(err)
	k.write(func(tx *store.Tx) error { return tx.AddPasskey(p) })
	if p.RPID != "localhost" || p.Origin != "http://localhost:1411" {
		t.Fatalf("kept %s %s", p.RPID, p.Origin)
	}
	_, err = k.signInFrom(a, "http://localhost:1411")
	k.must(err)

	k.Relying = tailnet
	_, err = k.signIn(a)
	wantFail(t, err, idp.Denied, "passkey.refused")
	_, err = k.BeginStepUp(k.ctx(), rose.ID, "192.0.2.1")
	wantFail(t, err, idp.Denied, "passkey.none")
}
