package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"

	"hearthkey/backend/idp"

	"github.com/go-jose/go-jose/v4"
)

// Uses of keys, as idp.SigningKey.Use has them.
const (
	useSign    = "sig"
	useRefresh = "refresh"
)

// algorithms are those that tokens are signed with, the default first (RFC 7518 §3.1, RFC 8037 §3.1).
var algorithms = []string{idp.RS256, idp.ES256, idp.EdDSA}

// refreshAlgorithm derives refresh tokens.
const refreshAlgorithm = string(jose.HS256)

// keyTable is the place that sealed keys are bound to in the vault.
const keyTable = "signing_keys"

// rsaBits follows RFC 7518 §3.3, which asks for 2048 or more. More would cost four times the time at each sign-in.
const rsaBits = 2048

// currentOf is the key that signs with an algorithm now, or nil.
func currentOf(keys []idp.SigningKey, algorithm string) *idp.SigningKey {
	return find(keys, func(k idp.SigningKey) bool {
		return k.Algorithm == algorithm && k.ActiveAt != 0 && k.RetiredAt == 0
	})
}

// nextOf is the key that will sign with an algorithm after the current one, or nil.
func nextOf(keys []idp.SigningKey, algorithm string) *idp.SigningKey {
	return find(keys, func(k idp.SigningKey) bool {
		return k.Algorithm == algorithm && k.ActiveAt == 0 && k.RetiredAt == 0
	})
}

func find(keys []idp.SigningKey, is func(idp.SigningKey) bool) *idp.SigningKey {
	if i := slices.IndexFunc(keys, is); i >= 0 {
		return &keys[i]
	}
	return nil
}

// newPair makes a key that signs at once and the one after it.
func (k *Keys) newPair(algorithm string) ([]idp.SigningKey, error) {
	current, err := k.newSigningKey(algorithm)
	if err != nil {
		return nil, err
	}
	current.ActiveAt = current.CreatedAt
	next, err := k.newSigningKey(algorithm)
	return []idp.SigningKey{current, next}, err
}

// newSigningKey makes a next key. Its ID is random, so no kid ever comes again (RFC 7517 §4.5).
func (k *Keys) newSigningKey(algorithm string) (idp.SigningKey, error) {
	key := idp.SigningKey{ID: idp.NewID(idp.PrefixKey), Use: useSign, Algorithm: algorithm, CreatedAt: k.Clock()}
	private, err := newPrivateKey(algorithm)
	if err != nil {
		return key, fmt.Errorf("make a key: %w", err)
	}
	public, err := jose.JSONWebKey{Key: private.Public(), KeyID: key.ID, Algorithm: algorithm, Use: useSign}.MarshalJSON()
	if err != nil {
		return key, fmt.Errorf("encode the public key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return key, fmt.Errorf("encode the private key: %w", err)
	}
	key.Public = string(public)
	if key.Sealed, err = k.Vault.Seal(der, keyTable, key.ID); err != nil {
		return key, fmt.Errorf("seal the private key: %w", err)
	}
	return key, nil
}

func newPrivateKey(algorithm string) (crypto.Signer, error) {
	switch algorithm {
	case idp.RS256:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	case idp.ES256: // RFC 7518 §3.4
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case idp.EdDSA: // RFC 8037 §3.1, with the curve Ed25519: few libraries know the other
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return nil, fmt.Errorf("no keys sign with %q", algorithm)
}

func (k *Keys) newRefreshKey() (idp.SigningKey, error) {
	now := k.Clock()
	key := idp.SigningKey{ID: idp.NewID(idp.PrefixKey), Use: useRefresh, Algorithm: refreshAlgorithm, CreatedAt: now, ActiveAt: now}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the program instead
	sealed, err := k.Vault.Seal(secret, keyTable, key.ID)
	key.Sealed = sealed
	return key, err
}
