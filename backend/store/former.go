package store

import (
	"context"
	"slices"

	"hearthkey/backend/idp"
)

// formersAtMost is how many former hosts are remembered: browsers ask each that a passkey is wanted for, and nobody goes back further.
const formersAtMost = 8

// Formers lists the hosts that were the issuer before, the one left last first.
func (r Reads) Formers(ctx context.Context) ([]idp.Former, error) {
	return setting[[]idp.Former](ctx, r, "former")
}

// Move makes to the issuer. Where that is another host than before, every sign-in ends, since apps would be told of another issuer in the middle (OIDC Core §12.2), and the host that is left is remembered, unless it was a trial's. It answers the pin of before.
func (tx *Tx) Move(to idp.Pin, now idp.Time) (from idp.Pin, err error) {
	ctx := context.Background()
	if from, err = tx.Pin(ctx); err != nil {
		return from, err
	}
	if from.HostName != to.HostName {
		if err := tx.RevokeEverySession(now); err != nil {
			return from, err
		}
		if err := tx.rememberFormer(from, to, now); err != nil {
			return from, err
		}
	}
	return from, tx.SetPin(to)
}

func (tx *Tx) rememberFormer(from, to idp.Pin, now idp.Time) error {
	list, err := tx.Formers(context.Background())
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(f idp.Former) bool { return f.Pin.HostName == to.HostName || f.Pin.HostName == from.HostName })
	if from.Secure() {
		list = slices.Insert(list, 0, idp.Former{Pin: from, LeftAt: now})
	}
	return setSetting(tx, "former", list[:min(len(list), formersAtMost)])
}

// ForgetFormer lets go of a former host: its passkeys can never be used again. idp.NotFound when it is none.
func (tx *Tx) ForgetFormer(host string) error {
	list, err := tx.Formers(context.Background())
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(list), func(f idp.Former) bool { return f.Pin.HostName == host })
	if len(left) == len(list) {
		return idp.Fail(idp.NotFound, "store.no_former", "host", host)
	}
	return setSetting(tx, "former", left)
}

// Bound is how many passkeys are bound to an RP ID, and how many people have them.
func (r Reads) Bound(ctx context.Context, rpID string) (passkeys, people int64, err error) {
	_, _, err = first(ctx, r, func(row scanner) (struct{}, error) { return struct{}{}, row.Scan(&passkeys, &people) },
		"SELECT count(*), count(DISTINCT user_id) FROM passkeys WHERE rp_id = ?", rpID)
	return passkeys, people, err
}

// strandedUsers are the enabled people who have passkeys and none for ?1; where ?2 names an RP ID, at least one for that.
const strandedUsers = ` FROM users WHERE disabled_at = 0 AND EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = users.id AND (?2 = '' OR p.rp_id = ?2))
	AND NOT EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = users.id AND p.rp_id = ?1)`

// Stranded lists the enabled people whose passkeys are all bound to other RP IDs than rpID, the owner first.
func (r Reads) Stranded(ctx context.Context, rpID string) ([]idp.User, error) {
	return all(ctx, r, scanUser, "SELECT "+userColumns+strandedUsers+" ORDER BY owner DESC, lower(name), id", rpID, "")
}

// CountStranded is how many people Stranded lists, or how many of them have a passkey for the RP ID of, unless that is "".
func (r Reads) CountStranded(ctx context.Context, rpID, of string) (int64, error) {
	return r.number(ctx, "SELECT count(*)"+strandedUsers, rpID, of)
}
