package oidc

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/vault"

	"github.com/go-jose/go-jose/v4"
)

// Uses of keys, as idp.SigningKey.Use has them.
const (
	useSign    = "sig"
	useRefresh = "refresh"
)

// keyTable is the place that sealed keys are bound to in the vault.
const keyTable = "signing_keys"

// rsaBits follows RFC 7518 §3.3, which asks for 2048 or more. More would cost four times the time at each sign-in.
const rsaBits = 2048

// keyring is the provider's keys, unsealed. It does not change once loaded.
type keyring struct {
	signer    jose.Signer
	verify    map[string]*jose.JSONWebKey // public keys by kid, retired ones too
	jwks      []byte
	refresh   map[string][]byte // keys that derive refresh tokens, by ID
	refreshID string            // the one for new tokens
}

// loadKeys unseals the keys, and makes those that a fresh data directory lacks. Its errors are the vault's, which say what to do, and the store's.
func loadKeys(ctx context.Context, s *store.Store, v *vault.Vault, now idp.Time) (*keyring, error) {
	signing, err := ensureKey(ctx, s, useSign, func(id string) (idp.SigningKey, error) { return newSigningKey(v, id, now) })
	if err != nil {
		return nil, err
	}
	refresh, err := ensureKey(ctx, s, useRefresh, func(id string) (idp.SigningKey, error) { return newRefreshKey(v, id, now) })
	if err != nil {
		return nil, err
	}
	k := &keyring{verify: map[string]*jose.JSONWebKey{}, refresh: map[string][]byte{}}
	if err := k.addSigning(v, signing); err != nil {
		return nil, err
	}
	return k, k.addRefresh(v, refresh)
}

// ensureKey lists the keys of a use, newest first, after making one if none signs.
func ensureKey(ctx context.Context, s *store.Store, use string, make func(id string) (idp.SigningKey, error)) ([]idp.SigningKey, error) {
	keys, err := s.SigningKeys(ctx, use)
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	if current(keys) != nil {
		return keys, nil
	}
	key, err := make(idp.NewID(idp.PrefixKey))
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	if err := s.Write(ctx, func(tx *store.Tx) error { return tx.AddSigningKey(key) }); err != nil {
		return nil, fmt.Errorf("keep the new key: %w", err)
	}
	return append([]idp.SigningKey{key}, keys...), nil
}

// current is the newest key that is not retired, or nil.
func current(keys []idp.SigningKey) *idp.SigningKey {
	for i := range keys {
		if keys[i].RetiredAt == 0 {
			return &keys[i]
		}
	}
	return nil
}

func newSigningKey(v *vault.Vault, id string, now idp.Time) (idp.SigningKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return idp.SigningKey{}, err
	}
	public, err := jose.JSONWebKey{Key: &private.PublicKey, KeyID: id, Algorithm: string(jose.RS256), Use: useSign}.MarshalJSON()
	if err != nil {
		return idp.SigningKey{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return idp.SigningKey{}, err
	}
	sealed, err := v.Seal(der, keyTable, id)
	return idp.SigningKey{ID: id, Use: useSign, Algorithm: string(jose.RS256), Public: string(public), Sealed: sealed, CreatedAt: now, ActiveAt: now}, err
}

func newRefreshKey(v *vault.Vault, id string, now idp.Time) (idp.SigningKey, error) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the program instead
	sealed, err := v.Seal(secret, keyTable, id)
	return idp.SigningKey{ID: id, Use: useRefresh, Algorithm: string(jose.HS256), Sealed: sealed, CreatedAt: now, ActiveAt: now}, err
}

// addSigning publishes every key and signs with the current one, which alone is unsealed.
func (k *keyring) addSigning(v *vault.Vault, keys []idp.SigningKey) error {
	var set jose.JSONWebKeySet
	for _, key := range keys {
		var public jose.JSONWebKey
		if err := public.UnmarshalJSON([]byte(key.Public)); err != nil {
			return fmt.Errorf("read the public key %s: %w", key.ID, err)
		}
		k.verify[key.ID] = &public
		set.Keys = append(set.Keys, public)
	}
	var err error
	if k.jwks, err = json.Marshal(set); err != nil {
		return fmt.Errorf("encode the key set: %w", err)
	}
	key := current(keys)
	der, err := v.Open(key.Sealed, keyTable, key.ID)
	if err != nil {
		return err
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return fmt.Errorf("read the signing key %s: %w", key.ID, err)
	}
	signWith := jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: jose.JSONWebKey{Key: private, KeyID: key.ID}}
	k.signer, err = jose.NewSigner(signWith, (&jose.SignerOptions{}).WithType("JWT"))
	return err
}

// addRefresh unseals every key, since tokens name the one that derives their successor.
func (k *keyring) addRefresh(v *vault.Vault, keys []idp.SigningKey) error {
	for _, key := range keys {
		secret, err := v.Open(key.Sealed, keyTable, key.ID)
		if err != nil {
			return err
		}
		k.refresh[key.ID] = secret
	}
	k.refreshID = current(keys).ID
	return nil
}
