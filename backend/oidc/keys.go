package oidc

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/vault"
)

// KeysConfig is what Keys are made of.
type KeysConfig struct {
	Store *store.Store
	Vault *vault.Vault
	Clock idp.Clock
	Log   *slog.Logger
}

// Keys are all keys of the provider: those that sign, of each algorithm one that is next, one that is current, and retired ones; and the one that refresh tokens are derived with.
// They do not depend on the issuer, and outlive Providers. They are safe for concurrent use.
type Keys struct {
	KeysConfig
	changing sync.Mutex // held while keys are made or follow each other; signing does not wait for it
	ring     atomic.Pointer[ring]
}

// OpenKeys unseals the keys, and makes those that a fresh data directory lacks. Its errors are the vault's, which say what to do, and the store's.
func OpenKeys(ctx context.Context, c KeysConfig) (*Keys, error) {
	k := &Keys{KeysConfig: c}
	signing, err := c.Store.SigningKeys(ctx, useSign)
	if err != nil {
		return nil, fmt.Errorf("read the signing keys: %w", err)
	}
	refresh, err := c.Store.SigningKeys(ctx, useRefresh)
	if err != nil {
		return nil, fmt.Errorf("read the refresh key: %w", err)
	}
	var made []idp.SigningKey
	if currentOf(signing, idp.RS256) == nil {
		pair, err := k.newPair(idp.RS256)
		if err != nil {
			return nil, err
		}
		made, signing = pair, append(pair, signing...)
	}
	if currentOf(refresh, refreshAlgorithm) == nil {
		key, err := k.newRefreshKey()
		if err != nil {
			return nil, fmt.Errorf("make the refresh key: %w", err)
		}
		made, refresh = append(made, key), append(refresh, key)
	}
	if err := k.add(ctx, made); err != nil {
		return nil, err
	}
	first, err := k.newRing(refresh)
	if err != nil {
		return nil, err
	}
	k.ring.Store(first)
	return k, k.publish(signing)
}

// add keeps new keys.
func (k *Keys) add(ctx context.Context, keys []idp.SigningKey) error {
	if len(keys) == 0 {
		return nil
	}
	err := k.Store.Write(ctx, func(tx *store.Tx) error {
		for _, key := range keys {
			if err := tx.AddSigningKey(key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep the new keys: %w", err)
	}
	return nil
}

// signerFor is the current signer of an algorithm. The first app that asks for another algorithm than RS256 waits here for its keys.
func (k *Keys) signerFor(ctx context.Context, algorithm string) (*signer, error) {
	if s := k.ring.Load().current[algorithm]; s != nil {
		return s, nil
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	if err := k.ensure(ctx, algorithm); err != nil {
		return nil, err
	}
	return k.ring.Load().current[algorithm], nil
}

// ensure makes what an algorithm lacks of a current and a next key, and publishes it. Call it with changing held.
func (k *Keys) ensure(ctx context.Context, algorithm string) error {
	have := k.ring.Load().signing
	var made []idp.SigningKey
	var err error
	switch {
	case currentOf(have, algorithm) == nil:
		made, err = k.newPair(algorithm)
	case nextOf(have, algorithm) == nil:
		made = make([]idp.SigningKey, 1)
		made[0], err = k.newSigningKey(algorithm)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	if err := k.add(ctx, made); err != nil {
		return err
	}
	return k.publish(append(made, have...))
}

// publish signs, verifies and tells apps by these keys from now on, all at once.
func (k *Keys) publish(signing []idp.SigningKey) error {
	next, err := k.ring.Load().with(k.Vault, signing)
	if err != nil {
		return err
	}
	k.ring.Store(next)
	return nil
}
