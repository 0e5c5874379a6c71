package passkey

import (
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
)

func TestEnrolOptions(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	rose := k.user("rose")
	k.enrol(rose, a)
	o, err := k.BeginEnrol(k.ctx(), rose, "192.0.2.1")
	k.must(err)
	var got struct {
		RP                     struct{ ID, Name string }
		User                   struct{ ID, Name, DisplayName string }
		PubKeyCredParams       []struct{ Alg int64 }
		ExcludeCredentials     []struct{ ID string }
		AuthenticatorSelection struct {
			ResidentKey, UserVerification string
			RequireResidentKey            bool
		}
		Attestation string
	}
	k.must(json.Unmarshal(o.JSON, &got))
	handle, _ := base64.RawURLEncoding.DecodeString(got.User.ID)
	sel := got.AuthenticatorSelection
	switch {
	case got.RP.ID != "id.tail1234.ts.net" || got.RP.Name != "Rose Cottage",
		string(handle) != rose.ID || got.User.Name != "rose" || got.User.DisplayName != "rose",
		len(got.PubKeyCredParams) != 3 || got.PubKeyCredParams[0].Alg != -7 || got.PubKeyCredParams[1].Alg != -8 || got.PubKeyCredParams[2].Alg != -257,
		len(got.ExcludeCredentials) != 1 || got.ExcludeCredentials[0].ID != base64.RawURLEncoding.EncodeToString(a.CredentialID),
		sel.ResidentKey != "required" || !sel.RequireResidentKey || sel.UserVerification != "required",
		got.Attestation != "none":
		t.Fatalf("options %s", o.JSON)
	}
	if _, err := a.Create(o.JSON, origin); err == nil {
		t.Fatal("an authenticator that is excluded made another passkey")
	}
}

func TestEnrolKeeps(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	a.Count, a.BackedUp = 7, false
	a.AAGUID = [16]byte{0xfb, 0xfc, 0x30, 0x07, 0x15, 0x4e, 0x4e, 0xcc, 0x8c, 0x0b, 0x6e, 0x02, 0x05, 0x57, 0xd7, 0xbd}
	a.Transports = []string{"internal", "hybrid", "internal", "carrier pigeon"}
	rose := k.user("rose")
	p := k.enrol(rose, a)
	got := k.passkey(p.ID)
	if got.UserID != rose.ID || got.SignCount != 7 || !got.BackupEligible || got.BackedUp || got.Name != "iCloud Keychain" || got.Provider != "iCloud Keychain" ||
		got.RPID != "id.tail1234.ts.net" || got.Origin != origin || got.CreatedAt != k.clock() || got.LastUsedAt != 0 || got.Attachment != "platform" {
		t.Fatalf("kept %+v", got)
	}
	if len(got.Transports) != 2 || got.Transports[0] != "internal" || got.Transports[1] != "hybrid" {
		t.Fatalf("kept transports %q", got.Transports)
	}
}

func TestEnrolRefused(t *testing.T) {
	table := map[string]struct {
		lie    func(a *passkeytest.Authenticator)
		origin string
		key    string
	}{
		"WA-01 user not verified":          {lie: func(a *passkeytest.Authenticator) { a.UserVerified = false }, key: "passkey.not_verified"},
		"WA-02 user not present":           {lie: func(a *passkeytest.Authenticator) { a.UserPresent = false }},
		"WA-04 another challenge":          {lie: func(a *passkeytest.Authenticator) { a.FakeChallenge = idp.NewSecret() }},
		"WA-06 get instead of create":      {lie: func(a *passkeytest.Authenticator) { a.FakeType = "webauthn.get" }},
		"WA-07 http":                       {origin: "http://id.tail1234.ts.net"},
		"WA-07 sibling":                    {origin: "https://evil.tail1234.ts.net"},
		"WA-07 port":                       {origin: "https://id.tail1234.ts.net:8443"},
		"WA-07 case":                       {origin: "https://Id.tail1234.ts.net"},
		"WA-07 path":                       {origin: "https://id.tail1234.ts.net/"},
		"WA-07 null":                       {origin: "null"},
		"WA-09 cross-origin frame":         {lie: func(a *passkeytest.Authenticator) { a.CrossOrigin = true }},
		"WA-09 named top origin":           {lie: func(a *passkeytest.Authenticator) { a.CrossOrigin, a.TopOrigin = true, origin }},
		"WA-12 id is not rawId":            {lie: func(a *passkeytest.Authenticator) { a.FakeID = "bm90IHRoZSByYXcgb25l" }},
		"WA-12 neither is the attested id": {lie: func(a *passkeytest.Authenticator) { a.FakeID, a.FakeRawID = "bm90IHRoZSBpZA", "bm90IHRoZSBpZA" }},
		"WA-15 RS1":                        {lie: func(a *passkeytest.Authenticator) { a.FakeAlgorithm = -65535 }, key: "passkey.algorithm"},
		"WA-15 ES384":                      {lie: func(a *passkeytest.Authenticator) { a.FakeAlgorithm = -35 }, key: "passkey.algorithm"},
		"WA-15 ESP256":                     {lie: func(a *passkeytest.Authenticator) { a.FakeAlgorithm = -9 }, key: "passkey.algorithm"},
		"WA-15 another algorithm's key":    {lie: func(a *passkeytest.Authenticator) { a.FakeAlgorithm = -257 }, key: "passkey.algorithm"},
		"WA-15 the wrong kind of key":      {lie: func(a *passkeytest.Authenticator) { a.FakeAlgorithm = -8 }, key: "passkey.algorithm"},
		"WA-18 backed up but not eligible": {lie: func(a *passkeytest.Authenticator) { a.BackupEligible = false }},
		"another RP ID":                    {lie: func(a *passkeytest.Authenticator) { a.FakeRPID = "tail1234.ts.net" }},
	}
	for name, c := range table {
		t.Run(name, func(t *testing.T) {
			k, a := newKit(t), passkeytest.New(passkeytest.ES256)
			from, key := c.origin, c.key
			if c.lie != nil {
				from = origin
				c.lie(a)
			}
			if key == "" {
				key = "passkey.enrol_refused"
			}
			_, err := k.tryEnrol(k.user("rose"), a, from)
			wantFail(t, err, idp.Invalid, key)
		})
	}
}

// TestEnrolCeremony: an enrolment is one user's, in time, and once (WA-04, WA-05).
func TestEnrolCeremony(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	rose, moss := k.user("rose"), k.user("moss")
	begin := func() (Options, []byte) {
		o, err := k.BeginEnrol(k.ctx(), rose, "192.0.2.1")
		k.must(err)
		answer, err := a.Create(o.JSON, origin)
		k.must(err)
		return o, answer
	}
	o, answer := begin()
	_, err := k.VerifyEnrol(k.ctx(), o.ID, answer, moss)
	wantFail(t, err, idp.Expired, "passkey.expired")
	_, err = k.VerifyEnrol(k.ctx(), o.ID, answer, rose)
	wantFail(t, err, idp.Expired, "passkey.expired")

	o, answer = begin()
	k.pass(ceremonyLife)
	_, err = k.VerifyEnrol(k.ctx(), o.ID, answer, rose)
	wantFail(t, err, idp.Expired, "passkey.expired")

	_, answer = begin()
	signIn, err := k.BeginSignIn(k.ctx(), "192.0.2.1")
	k.must(err)
	_, err = k.VerifyEnrol(k.ctx(), signIn.ID, answer, rose)
	wantFail(t, err, idp.Expired, "passkey.expired")

	o, answer = begin()
	var options struct{ Challenge string }
	k.must(json.Unmarshal(o.JSON, &options))
	k.write(func(tx *store.Tx) error {
		_, err := tx.UseChallenge(idp.Hash(options.Challenge), k.clock().Add(time.Hour))
		return err
	})
	_, err = k.VerifyEnrol(k.ctx(), o.ID, answer, rose)
	wantFail(t, err, idp.Expired, "passkey.expired")

	o, _ = begin()
	_, err = k.VerifyEnrol(k.ctx(), o.ID, []byte("{}"), rose)
	wantFail(t, err, idp.Invalid, "passkey.enrol_refused")
}

// TestCollision: nobody enrols a credential ID that somebody has, not even at the same moment (WA-14).
func TestCollision(t *testing.T) {
	k, a := newKit(t), passkeytest.New(passkeytest.ES256)
	rose, moss := k.user("rose"), k.user("moss")
	twin := passkeytest.New(passkeytest.ES256)
	twin.CredentialID = a.CredentialID
	first, err := k.tryEnrol(rose, a, origin)
	k.must(err)
	second, err := k.tryEnrol(moss, twin, origin)
	k.must(err)
	k.write(func(tx *store.Tx) error { return tx.AddPasskey(first) })
	err = k.store.Write(k.ctx(), func(tx *store.Tx) error { return tx.AddPasskey(second) })
	wantFail(t, err, idp.Conflict, "passkey.known")
	_, err = k.tryEnrol(moss, twin, origin)
	wantFail(t, err, idp.Conflict, "passkey.known")
}
