package store

import (
	"strings"
	"sync"
	"sync/atomic"
)

// memory keeps rows that nearly every request needs and that change seldom: apps and their secrets, people with their groups and access, browsers, sessions, consents, grants, access tokens.
// Only rows that are there are kept, so that whoever guesses is answered by the database each time, whatever else is known.
//
// A commit that may change one ends the moment before it begins to commit, and begins the next one before its caller is answered: a change counts from the next call on, and nothing of a moment is ever older or newer than it.
type memory struct {
	now atomic.Pointer[moment] // nil while a commit is under way that may change it
}

func newMemory() *memory {
	m := &memory{}
	m.begin()
	return m
}

// begin begins a moment of which nothing is known yet.
func (m *memory) begin() { m.now.Store(&moment{rows: map[label]any{}}) }

// end ends the moment: nothing is kept of it any more, and nobody who comes now is given it.
func (m *memory) end() {
	if was := m.now.Swap(nil); was != nil {
		was.mu.Lock()
		defer was.mu.Unlock()
		was.over = true
	}
}

// moment is the time between two commits that may change what is kept.
type moment struct {
	mu   sync.RWMutex
	over bool
	rows map[label]any
}

// maxKept is how many rows are kept at most; beyond it all are forgotten, and those in use come back by being used. A row is near 500 bytes.
const maxKept = 8192

// label is what a row is found by.
type label struct {
	of   shelf
	a, b string
}

type shelf byte

const (
	ofClient      shelf = iota // by its ID
	ofSecret                   // by its hash and its app's ID
	ofPerson                   // with access and epoch, by the IDs of the person and the app
	ofUser                     // by ID
	ofGroups                   // by the person's ID
	ofClaimScopes              // one for all
	ofEpoch                    // one for all
	ofBrowser                  // by the hash of its cookie
	ofSessions                 // by the browser's ID
	ofSession                  // by ID
	ofConsent                  // by the IDs of the person and the app
	ofGrant                    // by ID
	ofToken                    // by its hash and its form
)

// isOver says whether the moment has ended; what was read before that is of it.
func (m *moment) isOver() bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.over
}

func (m *moment) row(l label) (any, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	v, ok := m.rows[l]
	return v, ok
}

// keep keeps what was read, unless it may be of a later moment.
func (m *moment) keep(l label, v any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.over {
		return
	}
	if len(m.rows) >= maxKept {
		clear(m.rows)
	}
	m.rows[l] = v
}

// recall answers what is kept under a label, or reads it and keeps it. Whoever gets it shares it: it is not to be changed.
func recall[T any](r Reads, l label, read func() (T, error)) (T, error) {
	m := r.moment()
	if m == nil {
		return read()
	}
	if v, ok := m.row(l); ok {
		return v.(T), nil
	}
	v, err := read()
	if _, writes := r.q.(*steady); err == nil && !(writes && l.of >= ofGrant) { // one that this transaction made may yet be undone
		m.keep(l, v)
	}
	return v, err
}

// unkept are the tables of which nothing is kept and nothing that is kept hangs on.
var unkept = map[string]bool{
	"codes": true, "refresh_tokens": true, "pushed_requests": true, "device_codes": true, "challenges": true,
	"events": true, "event_details": true, "refusals": true, "logout_deliveries": true, "reach_spans": true,
}

// changesKept says whether a statement may change what is kept: any that is not known to leave it alone. New grants and access tokens change no row that is there.
func changesKept(statement string) bool {
	if strings.HasPrefix(statement, "SELECT ") {
		return false
	}
	for _, verb := range []string{"INSERT INTO ", "UPDATE ", "DELETE FROM "} {
		if rest, ok := strings.CutPrefix(statement, verb); ok {
			table, _, _ := strings.Cut(rest, " ")
			isNew := verb == "INSERT INTO " && (table == "grants" || table == "access_tokens" || table == "client_tokens") && !strings.Contains(rest, "ON CONFLICT")
			return !unkept[table] && !isNew
		}
	}
	return true
}
