package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"

	"hearthkey/backend/idp"
)

const eventColumns = "e.seq, e.at, e.kind, e.actor, e.user_id, e.client_id, e.object_id, e.reason, e.network, e.salt, e.detail_hash, e.prev, e.hash, coalesce(d.body, '')"

// scanLink reads an event and the text of its personal part, "" once erased.
func scanLink(row scanner) (e idp.Event, body string, err error) {
	err = row.Scan(&e.Seq, &e.At, &e.Kind, &e.Actor, &e.UserID, &e.ClientID, &e.ObjectID, &e.Reason, &e.Network, &e.Salt, &e.DetailHash, &e.Prev, &e.Hash, &body)
	return e, body, err
}

func scanEvent(row scanner) (idp.Event, error) {
	e, body, err := scanLink(row)
	if err == nil && body != "" {
		err = json.Unmarshal([]byte(body), &e.Detail)
	}
	return e, err
}

// Record appends an event to the activity chain, in this transaction. Seq, salt and hashes are set here.
func (tx *Tx) Record(e idp.Event) error {
	ctx := context.Background()
	_, found, err := first(ctx, tx.Reads, func(row scanner) (struct{}, error) { return struct{}{}, row.Scan(&e.Seq, &e.Prev) }, "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")
	if err != nil {
		return err
	}
	if !found {
		e.Prev = []byte{}
	}
	e.Seq++
	e.Detail = validDetail(e.Detail)
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

// validDetail is the personal part as JSON gives it back: what a visitor sends need not be UTF-8, and its hash must fit when it is read again.
func validDetail(detail map[string]string) map[string]string {
	out := make(map[string]string, len(detail))
	for k, v := range detail {
		out[strings.ToValidUTF8(k, "\uFFFD")] = strings.ToValidUTF8(v, "\uFFFD")
	}
	return out
}

// EventQuery selects events; empty fields select all.
type EventQuery struct {
	Before           int64  // only smaller seq; 0 for all
	Limit            int    // how many at most; 0 for all
	Text             string // part of the kind or of the personal detail
	UserID, ClientID string
	Kind             string
	Network          idp.Network
	NotBefore        idp.Time
}

// Events lists events, newest first.
func (r Reads) Events(ctx context.Context, q EventQuery) ([]idp.Event, error) {
	if q.Limit == 0 {
		q.Limit = -1 // SQL's word for no limit
	}
	return all(ctx, r, scanEvent, "SELECT "+eventColumns+` FROM events e LEFT JOIN event_details d ON d.seq = e.seq
		WHERE (?1 = 0 OR e.seq < ?1) AND (?2 = '' OR e.kind LIKE ?3 ESCAPE '\' OR d.body LIKE ?10 ESCAPE '\')
		AND (?4 = '' OR e.user_id = ?4) AND (?5 = '' OR e.client_id = ?5) AND (?6 = '' OR e.kind = ?6) AND (?7 = '' OR e.network = ?7) AND e.at >= ?8
		ORDER BY e.seq DESC LIMIT ?9`, q.Before, q.Text, likePart(q.Text), q.UserID, q.ClientID, q.Kind, q.Network, q.NotBefore, q.Limit, likePart(inJSON(q.Text)))
}

// inJSON is text as it stands within a JSON string.
func inJSON(text string) string {
	raw, _ := json.Marshal(text) // a string always encodes
	return string(raw[1 : len(raw)-1])
}

// CountEvents is how many events of a kind there were since notBefore.
func (r Reads) CountEvents(ctx context.Context, kind string, notBefore idp.Time) (int64, error) {
	return r.number(ctx, "SELECT count(*) FROM events WHERE kind = ? AND at >= ?", kind, notBefore)
}

// LastEvent is when an app last had an event of a kind, 0 for never.
func (r Reads) LastEvent(ctx context.Context, clientID, kind string) (idp.Time, error) {
	n, err := r.number(ctx, "SELECT coalesce((SELECT at FROM events WHERE client_id = ? AND kind = ? ORDER BY seq DESC LIMIT 1), 0)", clientID, kind)
	return idp.Time(n), err
}

// VerifyChain recomputes every hash, oldest first. broken is the seq of the first event that does not fit, 0 when all do. An erased personal part fits: its hash stays in the chain.
func (r Reads) VerifyChain(ctx context.Context) (events, broken int64, err error) {
	prev := []byte{}
	err = r.q.do(ctx, func(rows rows) error {
		for rows.Next() && broken == 0 {
			e, body, err := scanLink(rows)
			if err != nil {
				return err
			}
			events++
			if e.Seq != events || !bytes.Equal(e.Prev, prev) || !bytes.Equal(e.Hash, e.HashChain()) || !detailFits(e, body) {
				broken = e.Seq
			}
			prev = e.Hash
		}
		return nil
	}, "SELECT "+eventColumns+" FROM events e LEFT JOIN event_details d ON d.seq = e.seq ORDER BY e.seq")
	return events, broken, err
}

// detailFits says whether the personal part is the one that the chain holds the hash of, or erased.
func detailFits(e idp.Event, body string) bool {
	if body == "" {
		return true
	}
	return json.Unmarshal([]byte(body), &e.Detail) == nil && bytes.Equal(e.DetailHash, e.HashDetail())
}

// CountRefusal counts an anonymous request that was refused, per kind, source and minute, in one row.
func (tx *Tx) CountRefusal(kind, source string, now idp.Time) error {
	_, err := tx.exec("INSERT INTO refusals (kind, source, minute, count) VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1", kind, source, int64(now)/60000)
	return err
}
