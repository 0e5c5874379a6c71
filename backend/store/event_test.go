package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// chained makes a store with four events.
func chained(t *testing.T) *store.Store {
	t.Helper()
	s := storetest.Open(t)
	for i := range 4 {
		record(t, s, idp.Event{
			At: start + idp.Time(i), Kind: idp.EventSignedIn, Actor: idp.ActorUser, UserID: "usr_1", ClientID: "app_1", ObjectID: "ses_1", Reason: "r", Network: idp.NetworkPublic,
			Detail: map[string]string{"name": fmt.Sprint("Ann ", i), "source": "203.0.113.7"},
		})
	}
	return s
}

func record(t testing.TB, s *store.Store, e idp.Event) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.Record(e) })
}

func chain(t *testing.T, s *store.Store) (events, broken int64) {
	t.Helper()
	events, broken, err := s.VerifyChain(t.Context())
	check(t, err)
	return events, broken
}

func TestRecord(t *testing.T) {
	s := chained(t)
	list := must(s.Events(t.Context(), store.EventQuery{}))(t)
	if len(list) != 4 {
		t.Fatalf("%d events", len(list))
	}
	salts := map[string]bool{}
	for i, e := range list {
		salts[string(e.Salt)] = true
		if e.Seq != int64(4-i) || len(e.Salt) != 16 || len(e.Hash) != 32 || e.Detail["source"] != "203.0.113.7" {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	if len(salts) != 4 {
		t.Error("a salt was used twice")
	}
	if events, broken := chain(t, s); events != 4 || broken != 0 {
		t.Errorf("%d events, broken at %d", events, broken)
	}
	if events, broken := chain(t, storetest.Open(t)); events != 0 || broken != 0 {
		t.Errorf("empty: %d events, broken at %d", events, broken)
	}
}

// TestRecordRollsBack: an event of a change that failed is not there, and leaves no gap.
func TestRecordRollsBack(t *testing.T) {
	s := chained(t)
	_ = s.Write(t.Context(), func(tx *store.Tx) error {
		check(t, tx.Record(idp.Event{Kind: "lost"}))
		return fmt.Errorf("sorry")
	})
	record(t, s, idp.Event{Kind: "kept"})
	if events, broken := chain(t, s); events != 5 || broken != 0 {
		t.Errorf("%d events, broken at %d", events, broken)
	}
}

// TestOddDetails: what visitors send is kept in a form whose hash fits when it is read again.
func TestOddDetails(t *testing.T) {
	s := storetest.Open(t)
	for _, text := range []string{"", "\xff\xfe", "a\x00b", "\u2028<script>&\"\\", "\xed\xa0\x80", strings.Repeat("é", 5000), "\uFFFD"} {
		record(t, s, idp.Event{Kind: "x", ClientID: text, Detail: map[string]string{"userAgent": text, "k\xff": "v"}})
	}
	record(t, s, idp.Event{Kind: "none"})
	if events, broken := chain(t, s); events != 8 || broken != 0 {
		t.Errorf("%d events, broken at %d", events, broken)
	}
}

// TestAlteredColumns alters each column of the third event, whichever columns there are.
func TestAlteredColumns(t *testing.T) {
	plain := chained(t)
	columns := must(plain.Values(t.Context(), "SELECT name FROM pragma_table_info('events')"))(t)
	if len(columns) < 13 {
		t.Fatalf("columns: %v", columns)
	}
	for _, column := range columns {
		s := chained(t)
		broken := int64(3)
		switch kind := value(t, s, "SELECT type FROM pragma_table_info('events') WHERE name = ?", column); {
		case column == "seq":
			exec1(t, s, "DELETE FROM event_details WHERE seq = 3", "UPDATE events SET seq = 30 WHERE seq = 3")
			broken = 4
		case kind == "INTEGER":
			exec1(t, s, "UPDATE events SET "+column+" = "+column+" + 1 WHERE seq = 3")
		case kind == "TEXT":
			exec1(t, s, "UPDATE events SET "+column+" = "+column+" || 'x' WHERE seq = 3")
		case kind == "BLOB":
			exec1(t, s, "UPDATE events SET "+column+" = zeroblob(length("+column+")) WHERE seq = 3")
		}
		if _, at := chain(t, s); at != broken {
			t.Errorf("%s altered: broken at %d, want %d", column, at, broken)
		}
	}
}

func TestAlteredRows(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change []string
		broken int64
	}{
		{"first removed", []string{"DELETE FROM event_details WHERE seq = 1", "DELETE FROM events WHERE seq = 1"}, 2},
		{"middle removed", []string{"DELETE FROM event_details WHERE seq = 2", "DELETE FROM events WHERE seq = 2"}, 3},
		{"middle removed and closed up", []string{"DELETE FROM event_details WHERE seq >= 2", "DELETE FROM events WHERE seq = 2", "UPDATE events SET seq = seq - 1 WHERE seq > 2"}, 2},
		{"swapped", []string{"DELETE FROM event_details", "UPDATE events SET seq = 99 WHERE seq = 2", "UPDATE events SET seq = 2 WHERE seq = 3", "UPDATE events SET seq = 3 WHERE seq = 99"}, 2},
		{"detail altered", []string{"UPDATE event_details SET body = replace(body, 'Ann', 'Bob') WHERE seq = 2"}, 2},
		{"detail emptied", []string{"UPDATE event_details SET body = '{}' WHERE seq = 2"}, 2},
		{"detail made null", []string{"UPDATE event_details SET body = 'null' WHERE seq = 2"}, 2},
		{"detail not JSON", []string{"UPDATE event_details SET body = 'Ann' WHERE seq = 2"}, 2},
		{"details swapped", []string{"UPDATE event_details SET body = (SELECT body FROM event_details WHERE seq = 1) WHERE seq = 2"}, 2},
		{"detail erased", []string{"DELETE FROM event_details WHERE seq = 2"}, 0},
		{"all details erased", []string{"DELETE FROM event_details"}, 0},
	} {
		s := chained(t)
		exec1(t, s, tt.change...)
		if _, at := chain(t, s); at != tt.broken {
			t.Errorf("%s: broken at %d, want %d", tt.name, at, tt.broken)
		}
	}
}

// TestForged: an event that was replaced by another whose own hash fits breaks the chain at the next.
func TestForged(t *testing.T) {
	s := chained(t)
	forged := must(s.Events(t.Context(), store.EventQuery{}))(t)[2]
	forged.UserID = "usr_2"
	storetest.Write(t, s, func(tx *store.Tx) error {
		return second(tx.Exec("UPDATE events SET user_id = 'usr_2', hash = ? WHERE seq = 2", forged.HashChain()))
	})
	if _, at := chain(t, s); at != 3 {
		t.Errorf("broken at %d, want 3", at)
	}
}

// TestGap: a number that was left out breaks the chain, even where the hash fits it.
func TestGap(t *testing.T) {
	s := chained(t)
	last := must(s.Events(t.Context(), store.EventQuery{Limit: 1}))(t)[0]
	last.Seq = 9
	storetest.Write(t, s, func(tx *store.Tx) error {
		check(t, second(tx.Exec("DELETE FROM event_details WHERE seq = 4")))
		return second(tx.Exec("UPDATE events SET seq = 9, hash = ? WHERE seq = 4", last.HashChain()))
	})
	if _, at := chain(t, s); at != 9 {
		t.Errorf("broken at %d, want 9", at)
	}
}

func second[T any](_ T, err error) error { return err }

func TestErasedDetail(t *testing.T) {
	s := chained(t)
	exec1(t, s, "DELETE FROM event_details WHERE seq = 2")
	list := must(s.Events(t.Context(), store.EventQuery{}))(t)
	if list[2].Detail != nil || list[1].Detail == nil {
		t.Errorf("details: %v and %v", list[2].Detail, list[1].Detail)
	}
	record(t, s, idp.Event{Kind: "after"})
	if events, broken := chain(t, s); events != 5 || broken != 0 {
		t.Errorf("%d events, broken at %d", events, broken)
	}
}

func TestEventQuery(t *testing.T) {
	s := storetest.Open(t)
	for i, e := range []idp.Event{
		{Kind: "signed_in", UserID: "usr_1", ClientID: "app_1", Network: idp.NetworkLocal, Detail: map[string]string{"name": `R&D "lab" <x>`}},
		{Kind: "signed_in", UserID: "usr_2", ClientID: "app_1", Network: idp.NetworkPublic, Detail: map[string]string{"name": "Ann_Ember", "path": `a\b`}},
		{Kind: "signed_out", UserID: "usr_1", Network: idp.NetworkTailnet, Detail: map[string]string{"name": "AnnxEmber 100%"}},
		{Kind: "code_reused", ClientID: "app_2", Network: idp.NetworkPublic},
	} {
		e.At = start + idp.Time(i)
		record(t, s, e)
	}
	for _, tt := range []struct {
		query store.EventQuery
		want  []int64
	}{
		{store.EventQuery{}, []int64{4, 3, 2, 1}},
		{store.EventQuery{Limit: 2}, []int64{4, 3}},
		{store.EventQuery{Limit: 2, Before: 3}, []int64{2, 1}},
		{store.EventQuery{Before: 1}, nil},
		{store.EventQuery{UserID: "usr_1"}, []int64{3, 1}},
		{store.EventQuery{ClientID: "app_1"}, []int64{2, 1}},
		{store.EventQuery{Kind: "signed_in"}, []int64{2, 1}},
		{store.EventQuery{Kind: "signed"}, nil},
		{store.EventQuery{Network: idp.NetworkPublic}, []int64{4, 2}},
		{store.EventQuery{NotBefore: start + 2}, []int64{4, 3}},
		{store.EventQuery{UserID: "usr_1", ClientID: "app_1", Kind: "signed_in", Network: idp.NetworkLocal, NotBefore: start, Text: "lab"}, []int64{1}},
		{store.EventQuery{UserID: "usr_2", Text: "lab"}, nil},
		{store.EventQuery{Text: "SIGNED"}, []int64{3, 2, 1}},
		{store.EventQuery{Text: "reused"}, []int64{4}},
		{store.EventQuery{Text: "n_E"}, []int64{2}},
		{store.EventQuery{Text: "%"}, []int64{3}},
		{store.EventQuery{Text: "R&D"}, []int64{1}},
		{store.EventQuery{Text: "<x>"}, []int64{1}},
		{store.EventQuery{Text: `"lab"`}, []int64{1}},
		{store.EventQuery{Text: `a\b`}, []int64{2}},
		{store.EventQuery{Text: "nothing"}, nil},
	} {
		var got []int64
		for _, e := range must(s.Events(t.Context(), tt.query))(t) {
			got = append(got, e.Seq)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%+v finds %v, want %v", tt.query, got, tt.want)
		}
	}
	same(t, "count", must(s.CountEvents(t.Context(), "signed_in", start+1))(t), 1)
	same(t, "last", must(s.LastEvent(t.Context(), "app_1", "signed_in"))(t), start+1)
	same(t, "never", must(s.LastEvent(t.Context(), "app_2", "signed_in"))(t), 0)
}

func TestCountRefusal(t *testing.T) {
	s := storetest.Open(t)
	for _, r := range []struct {
		kind, source string
		at           idp.Time
	}{{"token", "a", start}, {"token", "a", start + 59_999}, {"token", "a", start + 60_000}, {"token", "b", start}, {"page", "a", start}} {
		storetest.Write(t, s, func(tx *store.Tx) error { return tx.CountRefusal(r.kind, r.source, r.at) })
	}
	got := must(s.Values(t.Context(), "SELECT kind || ' ' || source || ' ' || (minute - ?) || ' ' || count FROM refusals ORDER BY kind, source, minute", int64(start)/60_000))(t)
	same(t, "refusals", got, []string{"page a 0 1", "token a 0 2", "token a 1 1", "token b 0 1"})
}
