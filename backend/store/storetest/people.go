package storetest

import (
	"crypto/rand"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// User keeps an enabled person with a user name and an e-mail address of their own.
func User(t testing.TB, s *store.Store, changes ...func(*idp.User)) idp.User {
	t.Helper()
	id := idp.NewID(idp.PrefixUser)
	name := "ann." + id[len(id)-8:]
	u := idp.User{ID: id, UserName: name, Name: "Ann Ember", GivenName: "Ann", FamilyName: "Ember", Email: name + "@example.com", EmailVerified: true, Claims: "{}", CreatedAt: Start, UpdatedAt: Start, NetworkRule: idp.NetworkAnywhere}
	change(&u, changes)
	Write(t, s, func(tx *store.Tx) error { return tx.CreateUser(u) })
	return u
}

// Group keeps a group with these people in it.
func Group(t testing.TB, s *store.Store, name string, userIDs ...string) idp.Group {
	t.Helper()
	g := idp.Group{ID: idp.NewID(idp.PrefixGroup), Name: name, Claims: "{}", CreatedAt: Start, UpdatedAt: Start, NetworkRule: idp.NetworkAnywhere}
	Write(t, s, func(tx *store.Tx) error {
		if err := tx.CreateGroup(g); err != nil {
			return err
		}
		return tx.SetMembers(g.ID, userIDs)
	})
	return g
}

// Passkey keeps a passkey that nobody holds: its public key is made up. A test that signs in enrols one with passkeytest.
func Passkey(t testing.TB, s *store.Store, userID string, changes ...func(*idp.Passkey)) idp.Passkey {
	t.Helper()
	p := idp.Passkey{
		ID: idp.NewID(idp.PrefixPasskey), UserID: userID, Name: "Phone", CredentialID: random(32), PublicKey: random(77), Algorithm: -7, AAGUID: make([]byte, 16),
		Transports: []string{"internal", "hybrid"}, Attachment: "platform", BackupEligible: true, BackedUp: true, RPID: "localhost", Origin: "http://localhost:1411", CreatedAt: Start,
	}
	change(&p, changes)
	Write(t, s, func(tx *store.Tx) error { return tx.AddPasskey(p) })
	return p
}

// Invite keeps an open invite of a day and answers it with its secret.
func Invite(t testing.TB, s *store.Store, userID string, changes ...func(*idp.Invite)) (idp.Invite, string) {
	t.Helper()
	i, secret := idp.Invite{ID: idp.NewID(idp.PrefixInvite), UserID: userID, CreatedAt: Start, ExpiresAt: Start.Add(idp.Day)}, idp.NewInviteSecret()
	change(&i, changes)
	Write(t, s, func(tx *store.Tx) error { return tx.CreateInvite(i, idp.Hash(secret)) })
	return i, secret
}

// Browser keeps a browser that nobody acts in and answers it with its cookie's secret.
func Browser(t testing.TB, s *store.Store) (idp.Browser, string) {
	t.Helper()
	b, secret := idp.Browser{ID: idp.NewID(idp.PrefixBrowser), UserAgent: "Testbrowser/1", CreatedAt: Start, SeenAt: Start}, idp.NewSecret()
	Write(t, s, func(tx *store.Tx) error { return tx.CreateBrowser(b, idp.Hash(secret)) })
	return b, secret
}

// Session signs a person in at Start, in a browser of their own unless changes name one, and makes it the session that acts there.
func Session(t testing.TB, s *store.Store, userID string, changes ...func(*idp.Session)) idp.Session {
	t.Helper()
	v := idp.Session{
		ID: idp.NewID(idp.PrefixSession), UserID: userID, CreatedAt: Start, AuthTime: Start, SeenAt: Start, ACR: idp.ACRPasskey, AMR: "hwk user mfa",
		Network: idp.NetworkLocal, Source: "127.0.0.1", UserAgent: "Testbrowser/1",
	}
	change(&v, changes)
	if v.BrowserID == "" {
		b, _ := Browser(t, s)
		v.BrowserID = b.ID
	}
	Write(t, s, func(tx *store.Tx) error {
		if err := tx.CreateSession(v); err != nil {
			return err
		}
		return tx.ActSession(v.BrowserID, v.ID)
	})
	return v
}

func change[T any](row *T, changes []func(*T)) {
	for _, fn := range changes {
		fn(row)
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
