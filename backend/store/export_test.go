package store

import (
	"context"
	"database/sql"

	"hearthkey/backend/idp"

	"github.com/mattn/go-sqlite3"
)

// Fold, MaxGroup and Versions are what tests of the package look at from outside.
var (
	Fold     = fold
	Versions = len(migrations)
)

const MaxGroup = maxGroup

// Exec runs any statement within the transaction.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) { return tx.exec(query, args...) }

// Value reads a single value as text.
func (r Reads) Value(ctx context.Context, query string, args ...any) (string, error) {
	v, found, err := first(ctx, r, scanString, query, args...)
	if err == nil && !found {
		err = sql.ErrNoRows
	}
	return v, err
}

// Values reads one column as text.
func (r Reads) Values(ctx context.Context, query string, args ...any) ([]string, error) {
	return all(ctx, r, scanString, query, args...)
}

// Waiting is how many writes wait for the writer.
func (s *Store) Waiting() int { return int(s.writer.queued.Load()) }

// OnCommit has SQLite call fn at each commit of the writer.
func (s *Store) OnCommit(fn func()) error {
	return s.writer.conn.Raw(func(c any) error {
		c.(*sqlite3.SQLiteConn).RegisterCommitHook(func() int { fn(); return 0 })
		return nil
	})
}

// Upgrade runs the migrations and then extra ones on the database at path, which no store has open.
func Upgrade(ctx context.Context, path string, extra ...string) error {
	steps := append([]migration{}, migrations...)
	for _, body := range extra {
		steps = append(steps, migration{len(steps) + 1, body})
	}
	return within(ctx, writerSource(path), func(conn *sql.Conn) error { return migrate(ctx, conn, path, steps) })
}

// AssertPragmas runs the check of Open on a connection that one more statement was run on before.
func AssertPragmas(ctx context.Context, path, before string) error {
	return within(ctx, writerSource(path), func(conn *sql.Conn) error {
		if _, err := conn.ExecContext(ctx, before); err != nil {
			return err
		}
		return assertPragmas(ctx, conn)
	})
}

// Other runs statements on a database at path with SQLite's own defaults, as another program would.
func Other(ctx context.Context, path string, statements ...string) error {
	return OtherHolds(ctx, path, func() {}, statements...)
}

// OtherHolds is Other, and calls during before that program leaves the database.
func OtherHolds(ctx context.Context, path string, during func(), statements ...string) error {
	return within(ctx, path, func(conn *sql.Conn) error {
		for _, statement := range statements {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		during()
		return nil
	})
}

// Closing is closed as soon as Close has begun.
func (s *Store) Closing() <-chan struct{} { return s.writer.quit }

// Ask reads a single value of a database at path as it lies there.
func Ask(ctx context.Context, path, query string, into *string) error {
	return within(ctx, inspectSource(path), func(conn *sql.Conn) error { return conn.QueryRowContext(ctx, query).Scan(into) })
}

// SweepStatements are those that Sweep and SweepEnded run, each as often as the process lives.
func SweepStatements() (out []string) {
	for _, e := range expired {
		out = append(out, e.statement)
	}
	for _, e := range ended {
		out = append(out, e.page(), e.any(), e.remove())
	}
	return out
}

// Plan is how SQLite would run a statement.
func (r Reads) Plan(ctx context.Context, statement string, args ...any) ([]string, error) {
	return all(ctx, r, func(row scanner) (detail string, err error) {
		var id, parent, unused int
		err = row.Scan(&id, &parent, &unused, &detail)
		return detail, err
	}, "EXPLAIN QUERY PLAN "+statement, args...)
}

// Forget begins a new moment, of which nothing is kept.
func (s *Store) Forget() {
	s.memory.end()
	s.memory.begin()
}

// Kept is how many rows are kept now.
func (s *Store) Kept() int {
	m := s.memory.now.Load()
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.rows)
}

// Keep keeps one more row, which nobody asks for.
func (s *Store) Keep(id string) { s.memory.now.Load().keep(label{of: ofUser, a: id}, idp.User{ID: id}) }

// KeepLate keeps a row of a moment that has ended, and answers how many are kept of it.
func (s *Store) KeepLate() int {
	m := s.memory.now.Load()
	s.Forget()
	m.keep(label{of: ofUser, a: "late"}, idp.User{})
	return len(m.rows)
}

// ChangesKept and MaxKept are what tests of memory look at.
var ChangesKept = changesKept

const MaxKept = maxKept
