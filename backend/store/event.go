package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"

	"hearthkey/backend/idp"
)

const eventColumns = "e.seq, e.at, e.kind, e.actor, e.user_id, e.client_id, e.object_id, e.reason, e.network, e.salt, e.detail_hash, e.prev, e.hash, coalesce(d.body, '')"

func scanEvent(row scanner) (e idp.Event, err error) {
	var body string
	if err = row.Scan(&e.Seq, &e.At, &e.Kind, &e.Actor, &e.UserID, &e.ClientID, &e.ObjectID, &e.Reason, &e.Network, &e.Salt, &e.DetailHash, &e.Prev, &e.Hash, &body); err != nil {
		return e, err
	}
	if body != "" {
		err = json.Unmarshal([]byte(body), &e.Detail)
	}
	return e, err
}

// Record appends an event to the activity chain, in this transaction. Seq, salt and hashes are set here.
func (tx *Tx) Record(e idp.Event) error {
	ctx := context.Background()
	err := tx.q.QueryRowContext(ctx, "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").Scan(&e.Seq, &e.Prev)
	if errors.Is(err, sql.ErrNoRows) {
		e.Prev = []byte{}
	} else if err != nil {
		return err
	}
	e.Seq++
	if e.Detail == nil {
		e.Detail = map[string]string{}
	}
	e.Salt = make([]byte, 16)
	_, _ = rand.Read(e.Salt)
	e.DetailHash = e.HashDetail()
	e.Hash = e.HashChain()
	if _, err := tx.exec("INSERT INTO events (seq, at, kind, actor, user_id, client_id, object_id, reason, network, salt, detail_hash, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		e.Seq, e.At, e.Kind, e.Actor, e.UserID, e.ClientID, e.ObjectID, e.Reason, e.Network, e.Salt, e.DetailHash, e.Prev, e.Hash); err != nil {
		return err
	}
	body, err := json.Marshal(e.Detail)
	if err != nil {
		return err
	}
	_, err = tx.exec("INSERT INTO event_details (seq, body) VALUES (?, ?)", e.Seq, string(body))
	return err
}

// EventQuery selects events; empty fields select all.
type EventQuery struct {
	Before           int64 // only smaller seq; 0 for all
	Limit            int
	Text             string // part of the kind or of the personal detail
	UserID, ClientID string
	Kind             string
	Network          idp.Network
	NotBefore        idp.Time
}

// Events lists events, newest first.
func (r Reads) Events(ctx context.Context, q EventQuery) ([]idp.Event, error) {
	return all(ctx, r, scanEvent, "SELECT "+eventColumns+` FROM events e LEFT JOIN event_details d ON d.seq = e.seq
		WHERE (?1 = 0 OR e.seq < ?1) AND (?2 = '' OR e.kind LIKE ?3 ESCAPE '\' OR d.body LIKE ?3 ESCAPE '\')
		AND (?4 = '' OR e.user_id = ?4) AND (?5 = '' OR e.client_id = ?5) AND (?6 = '' OR e.kind = ?6) AND (?7 = '' OR e.network = ?7) AND e.at >= ?8
		ORDER BY e.seq DESC LIMIT ?9`, q.Before, q.Text, likePart(q.Text), q.UserID, q.ClientID, q.Kind, q.Network, q.NotBefore, q.Limit)
}

// CountEvents is how many events of a kind there were since notBefore.
func (r Reads) CountEvents(ctx context.Context, kind string, notBefore idp.Time) (int64, error) {
	return r.number(ctx, "SELECT count(*) FROM events WHERE kind = ? AND at >= ?", kind, notBefore)
}

// LastEvent is when an app last had an event of a kind, 0 for never.
func (r Reads) LastEvent(ctx context.Context, clientID, kind string) (idp.Time, error) {
	n, err := r.number(ctx, "SELECT coalesce(max(at), 0) FROM events WHERE client_id = ? AND kind = ?", clientID, kind)
	return idp.Time(n), err
}

// VerifyChain recomputes every hash, oldest first. broken is the seq of the first event that does not fit, 0 when all do. An erased personal part fits: its hash stays in the chain.
func (r Reads) VerifyChain(ctx context.Context) (events, broken int64, err error) {
	rows, err := r.q.QueryContext(ctx, "SELECT "+eventColumns+" FROM events e LEFT JOIN event_details d ON d.seq = e.seq ORDER BY e.seq")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = rows.Close() }()
	prev := []byte{}
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return events, 0, err
		}
		events++
		intact := e.Seq == events && bytes.Equal(e.Prev, prev) && bytes.Equal(e.Hash, e.HashChain()) &&
			(e.Detail == nil || bytes.Equal(e.DetailHash, e.HashDetail()))
		if !intact {
			return events, e.Seq, nil
		}
		prev = e.Hash
	}
	return events, 0, rows.Err()
}

// CountRefusal counts an anonymous request that was refused, per kind, source and minute, in one row.
func (tx *Tx) CountRefusal(kind, source string, now idp.Time) error {
	_, err := tx.exec("INSERT INTO refusals (kind, source, minute, count) VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1", kind, source, int64(now)/60000)
	return err
}
