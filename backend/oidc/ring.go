package oidc

import (
	"cmp"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"slices"

	"hearthkey/backend/idp"
	"hearthkey/backend/vault"

	"github.com/go-jose/go-jose/v4"
)

// Types of tokens, in their header (RFC 8725 §3.11): one is never taken for another.
const (
	typeID     = "JWT"
	typeAccess = "at+jwt"     // RFC 9068 §2.1
	typeLogout = "logout+jwt" // OIDC Back-Channel Logout §2.4
)

// ring is the keys of one moment, unsealed. It does not change: another one takes its place.
type ring struct {
	signing   []idp.SigningKey            // all that ever signed or will
	current   map[string]*signer          // by algorithm
	verify    map[string]*jose.JSONWebKey // public keys by kid, without the withdrawn
	jwks      document
	refresh   map[string][]byte // keys that derive refresh tokens, by ID
	refreshID string            // the one for new tokens
}

// signer makes tokens with one private key, for each type of token by a jose.Signer that is made once: they keep nothing between two signatures, so many may use one at a time.
type signer struct {
	id     string
	byType map[string]jose.Signer
}

// newRing unseals every key that derives refresh tokens, since tokens name the one that derives their successor.
func (k *Keys) newRing(refresh []idp.SigningKey) (*ring, error) {
	r := &ring{refresh: map[string][]byte{}, refreshID: currentOf(refresh, refreshAlgorithm).ID}
	for _, key := range refresh {
		secret, err := k.Vault.Open(key.Sealed, keyTable, key.ID)
		if err != nil {
			return nil, err
		}
		r.refresh[key.ID] = secret
	}
	return r, nil
}

// with is the ring with other signing keys. Of these only the current ones are unsealed.
func (r *ring) with(v *vault.Vault, signing []idp.SigningKey) (*ring, error) {
	out := &ring{signing: signing, current: map[string]*signer{}, verify: map[string]*jose.JSONWebKey{}, refresh: r.refresh, refreshID: r.refreshID}
	var set jose.JSONWebKeySet
	for _, key := range inKeySet(signing) {
		public := new(jose.JSONWebKey)
		if err := public.UnmarshalJSON([]byte(key.Public)); err != nil {
			return nil, fmt.Errorf("read the public key %s: %w", key.ID, err)
		}
		out.verify[key.ID] = public
		set.Keys = append(set.Keys, *public)
	}
	body, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("encode the key set: %w", err)
	}
	out.jwks = newDocument(body)
	for _, algorithm := range algorithms {
		key := currentOf(signing, algorithm)
		if key == nil {
			continue
		}
		if s := r.current[algorithm]; s != nil && s.id == key.ID {
			out.current[algorithm] = s
		} else if out.current[algorithm], err = newSigner(v, *key); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// inKeySet is what apps are told: all but the withdrawn. Current keys come first, for apps that take the first that fits; then the next, then the retired, newest first.
func inKeySet(keys []idp.SigningKey) []idp.SigningKey {
	out := slices.DeleteFunc(slices.Clone(keys), func(k idp.SigningKey) bool { return k.WithdrawnAt != 0 })
	slices.SortStableFunc(out, func(a, b idp.SigningKey) int {
		return cmp.Or(cmp.Compare(place(a), place(b)),
			cmp.Compare(slices.Index(algorithms, a.Algorithm), slices.Index(algorithms, b.Algorithm)),
			cmp.Compare(b.CreatedAt, a.CreatedAt))
	})
	return out
}

func place(k idp.SigningKey) int {
	switch {
	case k.RetiredAt != 0:
		return 2
	case k.ActiveAt == 0:
		return 1
	}
	return 0
}

func newSigner(v *vault.Vault, key idp.SigningKey) (*signer, error) {
	der, err := v.Open(key.Sealed, keyTable, key.ID)
	if err != nil {
		return nil, err
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read the signing key %s: %w", key.ID, err)
	}
	with := jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: jose.JSONWebKey{Key: private, KeyID: key.ID}}
	s := &signer{id: key.ID, byType: map[string]jose.Signer{}}
	for _, typ := range []string{typeID, typeAccess, typeLogout} {
		if s.byType[typ], err = jose.NewSigner(with, (&jose.SignerOptions{}).WithType(jose.ContentType(typ))); err != nil {
			return nil, fmt.Errorf("use the signing key %s: %w", key.ID, err)
		}
	}
	return s, nil
}
