// Package passkeytest is a software authenticator and the browser around it: it answers WebAuthn options by the JSON that a page would post. By default it behaves as a good synced passkey; its fields make it lie.
package passkeytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
)

// COSE algorithms (RFC 9053) that New takes.
const (
	ES256 int64 = -7
	EdDSA int64 = -8
	RS256 int64 = -257
)

// Authenticator holds one credential. The fields may be changed between answers; those named Fake replace, when they are not empty, what a good authenticator would say.
type Authenticator struct {
	CredentialID []byte
	UserHandle   []byte // taken from the creation options; nil leaves it out of assertions
	AAGUID       [16]byte
	Transports   []string
	Attachment   string

	Count uint32 // signature counter of the next answer
	Step  uint32 // added to Count after each answer; 0 as synced passkeys do

	UserPresent, UserVerified, BackupEligible, BackedUp bool // flags of the next answer (WebAuthn §6.1)

	FakeType      string // clientData.type
	FakeChallenge string // clientData.challenge, base64url
	FakeRPID      string // what the authenticator data hashes
	FakeAlgorithm int64  // the algorithm that the public key claims
	FakeID        string // the JSON's id, base64url
	FakeRawID     string // the JSON's rawId, base64url
	CrossOrigin   bool
	TopOrigin     string
	BadSignature  bool
	Hostile       bool // answers whatever the options exclude, do not list, or do not offer

	alg int64
	key crypto.Signer
}

// New makes an authenticator with a fresh key of the algorithm, and panics for an algorithm that is not one of the constants.
func New(alg int64) *Authenticator {
	a := &Authenticator{
		CredentialID: make([]byte, 32), Transports: []string{"internal", "hybrid"}, Attachment: "platform",
		UserPresent: true, UserVerified: true, BackupEligible: true, BackedUp: true,
		alg: alg,
	}
	_, _ = rand.Read(a.CredentialID)
	var err error
	switch alg {
	case ES256:
		a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case EdDSA:
		_, a.key, err = ed25519.GenerateKey(rand.Reader)
	case RS256:
		a.key, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		err = fmt.Errorf("no such algorithm")
	}
	if err != nil {
		panic(fmt.Sprintf("passkeytest: COSE algorithm %d: %v", alg, err))
	}
	return a
}

// Clone is a second authenticator with the same key and counter, as a thief would hold.
func (a *Authenticator) Clone() *Authenticator {
	c := *a
	return &c
}

// sign signs as the algorithm says: EdDSA the message itself, the others its SHA-256.
func (a *Authenticator) sign(message []byte) ([]byte, error) {
	if a.alg == EdDSA {
		return a.key.Sign(rand.Reader, message, crypto.Hash(0))
	}
	h := crypto.SHA256.New()
	h.Write(message)
	return a.key.Sign(rand.Reader, h.Sum(nil), crypto.SHA256)
}
