package store

import (
	"context"

	"hearthkey/backend/idp"
)

// querier is what reads run on: any connection of the pool, or the one of a transaction.
type querier interface {
	do(ctx context.Context, use func(rows) error, query string, args ...any) error
}

// Reads are the questions one can ask. On a Store they see the last commit, on a Tx its own writes too.
type Reads struct {
	q       querier
	clients *clients // nil where a transaction has changed them
	age     int64    // of clients, when the state was taken that is read; asOfNow for the newest
}

// View runs fn on one consistent state of the database. fn must not read through the Store: it could wait for a connection that waits for it.
func (s *Store) View(ctx context.Context, fn func(Reads) error) error {
	c, err := s.readers.take(ctx)
	if err != nil {
		return err
	}
	defer s.readers.give(c)
	r := Reads{q: c, clients: s.clients, age: s.kept().age}
	if _, err := c.exec("BEGIN"); err != nil {
		return err
	}
	defer func() { _, _ = c.exec("ROLLBACK") }()
	return fn(r)
}

// scanner is a row that can be scanned.
type scanner interface{ Scan(dest ...any) error }

// first reads a single row, if there is one.
func first[T any](ctx context.Context, r Reads, scan func(scanner) (T, error), query string, args ...any) (v T, found bool, err error) {
	err = r.q.do(ctx, func(rows rows) (err error) {
		if found = rows.Next(); found {
			v, err = scan(rows)
		}
		return err
	}, query, args...)
	return v, found, err
}

// one reads a single row; idp.NotFound with key when there is none.
func one[T any](ctx context.Context, r Reads, scan func(scanner) (T, error), key, query string, args ...any) (T, error) {
	v, found, err := first(ctx, r, scan, query, args...)
	if err == nil && !found {
		err = idp.Fail(idp.NotFound, key)
	}
	return v, err
}

// all reads every row; never nil.
func all[T any](ctx context.Context, r Reads, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	out := []T{}
	err := r.q.do(ctx, func(rows rows) error {
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// number reads a single integer.
func (r Reads) number(ctx context.Context, query string, args ...any) (int64, error) {
	n, _, err := first(ctx, r, scanNumber, query, args...)
	return n, err
}

func scanString(row scanner) (s string, err error) { err = row.Scan(&s); return s, err }
func scanNumber(row scanner) (n int64, err error)  { err = row.Scan(&n); return n, err }
