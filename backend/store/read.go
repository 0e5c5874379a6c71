package store

import (
	"context"
	"slices"

	"hearthkey/backend/idp"
)

// querier is what reads run on: any connection of the pool, or the one of a transaction.
type querier interface {
	do(ctx context.Context, use func(rows) error, query string, args ...any) error
}

// Reads are the questions one can ask. On a Store they see the last commit, on a Tx its own writes too.
type Reads struct {
	q      querier
	moment func() *moment // of the state that is read; nil where nothing may be recalled of it
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
	return slices.Clip(out), nil // what one who shares it appends is their own
}

// number reads a single integer.
func (r Reads) number(ctx context.Context, query string, args ...any) (int64, error) {
	n, _, err := first(ctx, r, scanNumber, query, args...)
	return n, err
}

func scanString(row scanner) (s string, err error) { err = row.Scan(&s); return s, err }
func scanNumber(row scanner) (n int64, err error)  { err = row.Scan(&n); return n, err }
