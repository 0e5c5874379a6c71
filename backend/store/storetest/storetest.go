// Package storetest gives tests of every package a real store in a temporary directory, a clock that they move, and rows in one line each.
//
// A builder keeps its row at once and fails the test when it cannot. Each takes functions that change the row before it is kept:
//
//	s, clock := storetest.Open(t), storetest.NewClock()
//	ann := storetest.User(t, s, func(u *idp.User) { u.Owner = true })
//	session := storetest.Session(t, s, ann.ID)
package storetest

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Start is the instant at which a new Clock stands and at which builders say their rows were made: 2027-01-15 08:00 UTC.
const Start idp.Time = 1_800_000_000_000

// Open opens a new store in a temporary directory and closes it when the test ends.
func Open(t testing.TB) *store.Store {
	t.Helper()
	return OpenAt(t, filepath.Join(t.TempDir(), store.FileName))
}

// OpenAt opens the store at path and closes it when the test ends.
func OpenAt(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Write runs fn in one transaction that must succeed.
func Write(t testing.TB, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// Clock is a clock that stands until the test moves it. Its Now is an idp.Clock. It may be used by several goroutines.
type Clock struct{ now atomic.Int64 }

// NewClock makes a clock that stands at Start.
func NewClock() *Clock {
	c := &Clock{}
	c.Set(Start)
	return c
}

// Now is the instant at which the clock stands.
func (c *Clock) Now() idp.Time { return idp.Time(c.now.Load()) }

// Set moves the clock to an instant.
func (c *Clock) Set(to idp.Time) { c.now.Store(int64(to)) }

// Advance moves the clock by d, which may be negative.
func (c *Clock) Advance(d time.Duration) { c.now.Add(d.Milliseconds()) }
