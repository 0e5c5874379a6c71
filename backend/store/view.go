package store

import (
	"context"
	"errors"
)

// View runs fn on one consistent state of the database. fn must not read through the Store: it could wait for a connection that waits for it.
func (s *Store) View(ctx context.Context, fn func(Reads) error) error {
	v := &view{store: s, now: s.memory.now.Load()}
	defer v.end()
	return fn(v.reads())
}

// Glance is View for what is mostly kept in memory: where all of it is, no connection is taken. fn may be called twice, and its second call must forget the first, whose answer counts for nothing.
func (s *Store) Glance(ctx context.Context, fn func(Reads) error) error {
	v := &view{store: s, now: s.memory.now.Load(), glance: true}
	defer v.end()
	if err := fn(v.reads()); !v.moved {
		return err
	}
	return s.View(ctx, fn)
}

// errMoved ends the first call of a glance: what it recalled and what the database says are of two moments.
var errMoved = errors.New("what is kept has changed meanwhile")

// view is the state of one moment. It begins with the first statement.
type view struct {
	store  *Store
	conn   *conn // nil before the first statement
	now    *moment
	glance bool // memory may be asked before the database is
	asked  bool // it was
	moved  bool
}

func (v *view) reads() Reads { return Reads{q: v, moment: v.moment} }

func (v *view) moment() *moment {
	if v.conn == nil && !v.glance {
		return nil
	}
	v.asked = true
	return v.now
}

func (v *view) do(ctx context.Context, use func(rows) error, query string, args ...any) error {
	if v.conn != nil {
		return v.conn.do(ctx, use, query, args...)
	}
	if err := v.begin(ctx); err != nil {
		return err
	}
	err := v.conn.do(ctx, use, query, args...)
	if v.now != nil && v.now.isOver() { // the state may be a later one
		v.now, v.moved = nil, v.asked
	}
	if v.moved {
		return errMoved
	}
	return err
}

func (v *view) begin(ctx context.Context) error {
	c, err := v.store.readers.take(ctx)
	if err != nil {
		return err
	}
	if _, err := c.exec("BEGIN"); err != nil {
		v.store.readers.give(c)
		return err
	}
	v.conn = c
	return nil
}

func (v *view) end() {
	if v.conn == nil {
		return
	}
	_, _ = v.conn.exec("ROLLBACK")
	v.store.readers.give(v.conn)
}
