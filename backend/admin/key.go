package admin

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

// Days that a signing key may sign before the next takes over. A week leaves apps that fetch keys daily time to see each.
const (
	minRotation = 7
	maxRotation = 730
)

// algorithms that sign ID tokens, in the order in which they are shown.
var algorithms = []string{idp.RS256, idp.ES256, idp.EdDSA}

// SigningKeys lists the keys that sign tokens, without their private parts.
func (a *Admin) SigningKeys(ctx context.Context) (out SigningKeys, err error) {
	err = a.Store.View(ctx, func(r store.Reads) error {
		out, err = signingKeys(ctx, r)
		return err
	})
	return out, err
}

func signingKeys(ctx context.Context, r store.Reads) (out SigningKeys, err error) {
	keys, err := r.SigningKeys(ctx, "sig")
	if err != nil {
		return out, err
	}
	if out.RotationDays, err = r.KeyRotation(ctx); err != nil {
		return out, err
	}
	out.RotationDays = cmp.Or(out.RotationDays, oidc.DefaultRotation)
	clients, err := r.Clients(ctx, "")
	if err != nil {
		return out, err
	}
	using := map[string]int{}
	for _, c := range clients {
		using[c.IDTokenAlgorithm]++
	}
	out.Keys = []SigningKeyRow{}
	for _, algorithm := range algorithms {
		of := slices.DeleteFunc(slices.Clone(keys), func(k idp.SigningKey) bool { return k.Algorithm != algorithm })
		due := takeover(of, out.RotationDays)
		for _, k := range of {
			row := SigningKeyRow{ID: k.ID, Algorithm: algorithm, State: keyState(k), Clients: using[algorithm], PublishedAt: k.CreatedAt, ActiveAt: k.ActiveAt, RetiredAt: k.RetiredAt}
			if row.State == keyNext || row.State == keyCurrent {
				row.DueAt = due
			}
			out.Keys = append(out.Keys, row)
		}
	}
	return out, nil
}

// The words of SigningKeyRow.State.
const (
	keyNext      = "next"
	keyCurrent   = "current"
	keyRetired   = "retired"
	keyWithdrawn = "withdrawn"
)

func keyState(k idp.SigningKey) string {
	switch {
	case k.WithdrawnAt != 0:
		return keyWithdrawn
	case k.RetiredAt != 0:
		return keyRetired
	case k.ActiveAt != 0:
		return keyCurrent
	}
	return keyNext
}

// takeover is when the next of one algorithm's keys takes over: at the end of the current one's days, and no earlier than apps have had the time to fetch it. 0 where one of the two is missing.
func takeover(keys []idp.SigningKey, days int) idp.Time {
	var current, next idp.Time
	for _, k := range keys {
		switch keyState(k) {
		case keyCurrent:
			current = k.ActiveAt
		case keyNext:
			next = k.CreatedAt
		}
	}
	if current == 0 || next == 0 {
		return 0
	}
	return max(current+idp.Time(days)*idp.Time(idp.Day.Milliseconds()), next.Add(oidc.PublishedAhead))
}

// RotateSigningKey makes the next key of an algorithm the current one now.
func (a *Admin) RotateSigningKey(ctx context.Context, algorithm string, atOnce bool) (SigningKeys, error) {
	if err := a.Reach.RotateKey(ctx, algorithm, atOnce); err != nil {
		return SigningKeys{}, err
	}
	return a.SigningKeys(ctx)
}

// WithdrawSigningKey takes a retired key out of the key set.
func (a *Admin) WithdrawSigningKey(ctx context.Context, id string) (SigningKeys, error) {
	if err := a.Reach.WithdrawKey(ctx, id); err != nil {
		return SigningKeys{}, err
	}
	return a.SigningKeys(ctx)
}

// SetKeyRotation says after how many days the next key takes over.
func (a *Admin) SetKeyRotation(ctx context.Context, days int) (out SigningKeys, err error) {
	if days < minRotation || days > maxRotation {
		return out, idp.FailField("days", "admin.rotation_days", "least", strconv.Itoa(minRotation), "most", strconv.Itoa(maxRotation))
	}
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		before, err := tx.KeyRotation(ctx)
		if err != nil {
			return err
		}
		if before != days {
			if err := tx.SetKeyRotation(days); err != nil {
				return err
			}
			if err := tx.Record(a.event(idp.EventKeySchedule)); err != nil {
				return err
			}
		}
		out, err = signingKeys(ctx, tx.Reads)
		return err
	})
	return out, err
}
