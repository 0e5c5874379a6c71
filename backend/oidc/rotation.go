package oidc

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

const (
	// DefaultRotation is how many days a key signs where the owner has chosen no other number.
	DefaultRotation = 90
	// PublishedAhead is how long apps must have had the chance to fetch a key before it signs: some fetch the key set once a day, and not again for a kid that they know.
	PublishedAhead = idp.Day
)

// Rotate makes the next key of an algorithm the current one now. idp.Invalid for an unknown algorithm; idp.Conflict when apps have had the next key for less than PublishedAhead, unless atOnce, and when another rotation came first.
func (k *Keys) Rotate(ctx context.Context, algorithm string, atOnce bool) error {
	if !slices.Contains(algorithms, algorithm) {
		return idp.FailField("algorithm", "oidc.key_algorithm", "algorithm", algorithm)
	}
	meant := ""
	if next := nextOf(k.ring.Load().signing, algorithm); next != nil {
		meant = next.ID
	}
	return k.rotate(ctx, algorithm, meant, atOnce)
}

// rotate is Rotate for the key that was the next one when it was asked for, "" for none: of those that asked at the same time only one turns it.
func (k *Keys) rotate(ctx context.Context, algorithm, meant string, atOnce bool) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	if err := k.ensure(ctx, algorithm); err != nil {
		return err
	}
	next := nextOf(k.ring.Load().signing, algorithm)
	switch {
	case meant != "" && meant != next.ID:
		return idp.Fail(idp.Conflict, "oidc.key_rotated")
	case !atOnce && !ripe(*next, k.Clock()):
		return idp.Fail(idp.Conflict, "oidc.key_new")
	}
	return k.follow(ctx, *next, idp.Event{Actor: idp.ActorOwner, Network: idp.NetworkLocal})
}

// ripe says whether apps have had the time to fetch a key.
func ripe(next idp.SigningKey, now idp.Time) bool { return now.Sub(next.CreatedAt) >= PublishedAhead }

// Upkeep makes keys that are missing, such as the next one, and those of an algorithm that an app was switched to; and lets the next key take over where the current one has signed for long enough. Call it each minute.
func (k *Keys) Upkeep(ctx context.Context) error {
	days, err := k.Store.KeyRotation(ctx)
	if err != nil {
		return fmt.Errorf("read the rotation of keys: %w", err)
	}
	if days == 0 {
		days = DefaultRotation
	}
	wanted, err := k.Store.IDTokenAlgorithms(ctx)
	if err != nil {
		return fmt.Errorf("read the algorithms of apps: %w", err)
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	for _, algorithm := range algorithms {
		if k.ring.Load().current[algorithm] == nil && !slices.Contains(wanted, algorithm) {
			continue
		}
		if err := k.ensure(ctx, algorithm); err != nil {
			return err
		}
		if err := k.followDue(ctx, algorithm, time.Duration(days)*idp.Day); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keys) followDue(ctx context.Context, algorithm string, after time.Duration) error {
	signing, now := k.ring.Load().signing, k.Clock()
	current, next := currentOf(signing, algorithm), nextOf(signing, algorithm)
	if now.Sub(current.ActiveAt) < after || !ripe(*next, now) {
		return nil
	}
	return k.follow(ctx, *next, idp.Event{Actor: idp.ActorSystem})
}

// follow lets next take over, erases the private part of the one before, and publishes the one after: there is always a next. The event says who wished it.
func (k *Keys) follow(ctx context.Context, next idp.SigningKey, e idp.Event) error {
	if _, err := newSigner(k.Vault, next); err != nil { // before the key that works is erased
		return err
	}
	after, err := k.newSigningKey(next.Algorithm)
	if err != nil {
		return err
	}
	e.Kind, e.At = idp.EventKeyRotated, k.Clock()
	return k.change(ctx, next, e, func(tx *store.Tx) error {
		if err := tx.ActivateKey(next.ID, e.At); err != nil {
			return err
		}
		return tx.AddSigningKey(after)
	})
}

// Withdraw takes a retired key out of the key set: ID tokens, hints and access tokens that it signed count no more. idp.NotFound for an unknown key, idp.Conflict for one that is not retired.
func (k *Keys) Withdraw(ctx context.Context, id string) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	key := find(k.ring.Load().signing, func(key idp.SigningKey) bool { return key.ID == id })
	switch {
	case key == nil || key.WithdrawnAt != 0:
		return idp.Fail(idp.NotFound, "store.no_key")
	case key.RetiredAt == 0:
		return idp.Fail(idp.Conflict, "oidc.key_in_use")
	}
	e := idp.Event{At: k.Clock(), Kind: idp.EventKeyWithdrawn, Actor: idp.ActorOwner, Network: idp.NetworkLocal}
	return k.change(ctx, *key, e, func(tx *store.Tx) error { return tx.WithdrawKey(id, e.At) })
}

// change alters the keys and records it in one transaction, and publishes what is then there. Call it with changing held.
func (k *Keys) change(ctx context.Context, key idp.SigningKey, e idp.Event, do func(tx *store.Tx) error) error {
	e.ObjectID, e.Detail = key.ID, map[string]string{"algorithm": key.Algorithm}
	var signing []idp.SigningKey
	err := k.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if err = do(tx); err != nil {
			return err
		}
		if signing, err = tx.SigningKeys(context.Background(), useSign); err != nil {
			return err
		}
		return tx.Record(e)
	})
	if err != nil {
		return fmt.Errorf("change the key %s: %w", key.ID, err)
	}
	return k.publish(signing)
}
