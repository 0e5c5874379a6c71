package store

import (
	"context"
	"sync"
)

// changes counts commits and wakes those who wait for the next.
type changes struct {
	mu     sync.Mutex
	number int64
	next   chan struct{}
}

func newChanges() *changes { return &changes{number: 1, next: make(chan struct{})} }

func (c *changes) bump() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	close(c.next)
	c.next = make(chan struct{})
}

// Bump counts a change that is not in the database, such as the tunnel's state, so that those who wait look again.
func (s *Store) Bump() { s.changes.bump() }

// Change is the number of the newest change: what was read before it is still true while it stays the same.
func (s *Store) Change() int64 {
	s.changes.mu.Lock()
	defer s.changes.mu.Unlock()
	return s.changes.number
}

// WaitForChange answers the number of the newest change once it is not since, or when ctx ends, whichever is first.
func (s *Store) WaitForChange(ctx context.Context, since int64) int64 {
	s.changes.mu.Lock()
	number, next := s.changes.number, s.changes.next
	s.changes.mu.Unlock()
	if number != since {
		return number
	}
	select {
	case <-next:
		s.changes.mu.Lock()
		defer s.changes.mu.Unlock()
		return s.changes.number
	case <-ctx.Done():
		return number
	}
}
