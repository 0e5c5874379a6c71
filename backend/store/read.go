package store

import (
	"context"
	"database/sql"
	"errors"

	"hearthkey/backend/idp"
)

// querier is what reads run on: the pool of read-only connections, one transaction of it, or the writer's connection.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// steady asks on the writer's connection without the caller's cancellation: SQLite's interrupt would end the transaction that other callers share.
type steady struct{ conn *sql.Conn }

func (s steady) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.conn.QueryContext(context.WithoutCancel(ctx), query, args...)
}

func (s steady) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return s.conn.QueryRowContext(context.WithoutCancel(ctx), query, args...)
}

// Reads are the questions one can ask. On a Store they see the last commit, on a Tx its own writes too.
type Reads struct{ q querier }

// View runs fn on one consistent state of the database.
func (s *Store) View(ctx context.Context, fn func(Reads) error) error {
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	return fn(Reads{q: tx})
}

// scanner is a row that can be scanned.
type scanner interface{ Scan(dest ...any) error }

// one reads a single row; idp.NotFound with key when there is none.
func one[T any](ctx context.Context, r Reads, scan func(scanner) (T, error), key, query string, args ...any) (T, error) {
	v, err := scan(r.q.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		var zero T
		return zero, idp.Fail(idp.NotFound, key)
	}
	return v, err
}

// all reads every row; never nil.
func all[T any](ctx context.Context, r Reads, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// number reads a single integer.
func (r Reads) number(ctx context.Context, query string, args ...any) (int64, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

func scanString(row scanner) (s string, err error) { err = row.Scan(&s); return s, err }
