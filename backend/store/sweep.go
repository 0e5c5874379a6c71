package store

import (
	"context"
	"time"

	"hearthkey/backend/idp"
)

// expired are the statements of Sweep: each finds at most so many rows by an index, from the oldest on.
var expired = []struct {
	statement string
	keep      time.Duration // beyond its time
}{
	{"UPDATE refresh_tokens SET seed = NULL WHERE hash IN (SELECT hash FROM refresh_tokens WHERE seed IS NOT NULL AND spent_at < ? LIMIT ?)", idp.RefreshGrace},
	{"DELETE FROM challenges WHERE hash IN (SELECT hash FROM challenges WHERE expires_at < ? LIMIT ?)", 0},
	{"DELETE FROM codes WHERE hash IN (SELECT hash FROM codes WHERE expires_at < ? LIMIT ?)", idp.Day},
	{"DELETE FROM client_tokens WHERE hash IN (SELECT hash FROM client_tokens WHERE expires_at < ? LIMIT ?)", idp.Day},
	{"DELETE FROM pushed_requests WHERE hash IN (SELECT hash FROM pushed_requests WHERE expires_at < ? LIMIT ?)", 0},
	{"DELETE FROM device_codes WHERE hash IN (SELECT hash FROM device_codes WHERE expires_at < ? LIMIT ?)", idp.Day},
	{"DELETE FROM approvals WHERE id IN (SELECT id FROM approvals WHERE expires_at < ? LIMIT ?)", idp.Day},
	{"DELETE FROM access_tokens WHERE hash IN (SELECT hash FROM access_tokens WHERE expires_at < ? LIMIT ?)", idp.Day},
	{"DELETE FROM refresh_tokens WHERE hash IN (SELECT hash FROM refresh_tokens WHERE absolute_at < ? LIMIT ?)", 0},
	{"DELETE FROM refusals WHERE (kind, source, minute) IN (SELECT kind, source, minute FROM refusals WHERE minute < ? / 60000 LIMIT ?)", keepEnded},
	{"DELETE FROM reach_spans WHERE (network, from_at) IN (SELECT network, from_at FROM reach_spans WHERE until_at < ? LIMIT ?)", idp.ReachKept},
}

// Sweep erases seeds whose grace is over and deletes what has expired, at most limit rows of each kind, and answers how many rows it touched.
// Codes are kept a day and refresh tokens to the end of their family, so that a late reuse is still seen, counts of refusals 90 days, and how people got in for 30.
func (tx *Tx) Sweep(now idp.Time, limit int) (int64, error) {
	var touched int64
	for _, e := range expired {
		n, err := tx.changed(e.statement, now.Add(-e.keep), limit)
		if err != nil {
			return touched, err
		}
		touched += n
	}
	return touched, nil
}

// keepEnded is how long what has ended is kept, for those who look back.
const keepEnded = 90 * idp.Day

// aged are the rows of a table that may go. In the condition ?1 is the time before which they ended, ?2 how long a session may idle and ?3 how long it may last, in milliseconds.
type aged struct {
	table, key string
	condition  string
}

const sessionEnded = "((s.ended_at > 0 AND s.ended_at < ?1) OR s.seen_at < ?1 - ?2 OR s.created_at < ?1 - ?3)"

// ended are the rows of SweepEnded, those first that hang on others, so that no deletion drags many rows along. Of each person the newest session stays: it says when they last signed in.
var ended = []aged{
	{"refresh_tokens", "hash", "EXISTS (SELECT 1 FROM grants g WHERE g.id = t.grant_id AND g.revoked_at > 0 AND g.revoked_at < ?1)"},
	{"grants", "id", `((t.revoked_at > 0 AND t.revoked_at < ?1) OR EXISTS (SELECT 1 FROM sessions s WHERE s.id = t.session_id AND ` + sessionEnded + `))
		AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.grant_id = t.id) AND NOT EXISTS (SELECT 1 FROM access_tokens a WHERE a.grant_id = t.id)`},
	{"sessions", "id", "EXISTS (SELECT 1 FROM sessions s WHERE s.id = t.id AND " + sessionEnded + `)
		AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.session_id = t.id) AND EXISTS (SELECT 1 FROM sessions n WHERE n.user_id = t.user_id AND n.auth_time > t.auth_time)`},
	{"browsers", "id", "t.seen_at < ?1 AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.browser_id = t.id)"},
	{"invites", "id", "(t.expires_at < ?1 OR (t.used_at > 0 AND t.used_at < ?1) OR (t.revoked_at > 0 AND t.revoked_at < ?1))"},
}

func (a aged) page() string {
	return "SELECT max(k), count(*) FROM (SELECT " + a.key + " AS k FROM " + a.table + " WHERE " + a.key + " > ? ORDER BY " + a.key + " LIMIT ?)"
}

func (a aged) where() string {
	return " FROM " + a.table + " AS t WHERE t." + a.key + " > ?4 AND t." + a.key + " <= ?5 AND " + a.condition
}

func (a aged) any() string    { return "SELECT EXISTS (SELECT 1" + a.where() + ")" }
func (a aged) remove() string { return "DELETE" + a.where() }

// SweepEnded walks through grants, sessions, browsers and invites and deletes those that ended 90 days ago or longer, and to which nothing points that could still be used. It answers how many rows it deleted.
// A page of so many rows is read at a time, and only one that holds something to delete waits for the writer.
func (s *Store) SweepEnded(ctx context.Context, now idp.Time, page int) (int64, error) {
	var deleted int64
	for _, a := range ended {
		n, err := s.sweepTable(ctx, a, now, page)
		if deleted += n; err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}

func (s *Store) sweepTable(ctx context.Context, a aged, now idp.Time, page int) (deleted int64, err error) {
	var last any = ""
	if a.key == "hash" {
		last = []byte{}
	}
	for {
		args := []any{now.Add(-keepEnded), idp.SessionIdle.Milliseconds(), idp.SessionAbsolute.Milliseconds(), last, nil}
		n, _, err := first(ctx, s.Reads, func(row scanner) (n int, err error) { err = row.Scan(&last, &n); return n, err }, a.page(), last, page)
		if err != nil || n == 0 {
			return deleted, err
		}
		args[4] = last
		some, err := s.number(ctx, a.any(), args...)
		if err == nil && some == 1 {
			err = s.Write(ctx, func(tx *Tx) error {
				n, err := tx.changed(a.remove(), args...)
				deleted += n
				return err
			})
		}
		if err != nil || n < page {
			return deleted, err
		}
	}
}
