package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"hearthkey/backend/idp"

	"github.com/mattn/go-sqlite3"
)

// maxGroup is how many transactions one commit makes durable at most, so that the first of a long queue does not wait for all.
const maxGroup = 128

// Tx is one caller's transaction: a savepoint within the writer's. Its reads see its own writes.
type Tx struct {
	Reads
	conn *sql.Conn
}

// exec runs one statement. Writes carry no context: a transaction that was begun is brought to its end.
func (tx *Tx) exec(query string, args ...any) (sql.Result, error) {
	return tx.conn.ExecContext(context.Background(), query, args...)
}

// changed runs one statement and answers how many rows it changed.
func (tx *Tx) changed(query string, args ...any) (int64, error) {
	res, err := tx.exec(query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// mustChange is exec for a statement that must find its row; idp.NotFound with key otherwise.
func (tx *Tx) mustChange(key, query string, args ...any) error {
	n, err := tx.changed(query, args...)
	if err == nil && n == 0 {
		err = idp.Fail(idp.NotFound, key)
	}
	return err
}

type job struct {
	ctx   context.Context
	fn    func(*Tx) error
	done  chan struct{}
	err   error
	panic any
}

type writer struct {
	conn   *sql.Conn
	jobs   chan *job
	quit   chan struct{}
	ended  chan struct{}
	bumped func()
}

func newWriter(conn *sql.Conn, bumped func()) *writer {
	w := &writer{conn: conn, jobs: make(chan *job, maxGroup), quit: make(chan struct{}), ended: make(chan struct{}), bumped: bumped}
	go w.run()
	return w
}

// Write runs fn in one transaction and answers when it is durable. When fn fails, nothing of it remains and its error is returned.
// fn must not call Write, nor read through the Store; it runs beside nobody, so it must be quick: no network, no signing.
// A context that ends before fn has begun leaves everything as it was; after that the transaction is carried to its end.
// idp.Unavailable when the disk takes no writes.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{})}
	select {
	case <-s.writer.quit:
		return errClosed()
	default:
	}
	select {
	case s.writer.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.writer.quit:
		return errClosed()
	}
	select {
	case <-j.done:
	case <-s.writer.ended:
		select {
		case <-j.done:
		default:
			return errClosed()
		}
	}
	if j.panic != nil {
		panic(j.panic)
	}
	return j.err
}

func errClosed() error { return idp.Fail(idp.Unavailable, "store.closed") }

func (w *writer) close() {
	close(w.quit)
	<-w.ended
}

func (w *writer) run() {
	defer close(w.ended)
	for {
		select {
		case j := <-w.jobs:
			w.commit(w.group(j))
		case <-w.quit:
			for {
				select {
				case j := <-w.jobs:
					w.commit(w.group(j))
				default:
					_ = w.conn.Close()
					return
				}
			}
		}
	}
}

// group takes all that wait now, first among them j.
func (w *writer) group(j *job) []*job {
	jobs := []*job{j}
	for len(jobs) < maxGroup {
		select {
		case j := <-w.jobs:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// commit runs the jobs within one transaction and lets their callers go after its commit.
func (w *writer) commit(jobs []*job) {
	err := w.plain("BEGIN IMMEDIATE")
	if err == nil {
		for _, j := range jobs {
			w.savepoint(j)
		}
		if err = w.plain("COMMIT"); err != nil {
			_ = w.plain("ROLLBACK")
		}
	}
	if err != nil {
		err = groupFailure(err, jobs)
		for _, j := range jobs {
			j.err, j.panic = err, nil
		}
	} else {
		w.bumped()
	}
	for _, j := range jobs {
		close(j.done)
	}
}

// groupFailure is what all callers are told when the commit failed. A full disk ends the transaction at the statement that met it, so the commit's own error then says nothing.
func groupFailure(err error, jobs []*job) error {
	for _, j := range jobs {
		var known *idp.Error
		if errors.As(j.err, &known) && known.Code == idp.Unavailable {
			return j.err
		}
	}
	return writeFailure(err)
}

func (w *writer) savepoint(j *job) {
	if j.err = j.ctx.Err(); j.err != nil {
		return
	}
	if j.err = w.plain("SAVEPOINT job"); j.err != nil {
		return
	}
	tx := &Tx{Reads: Reads{q: w.conn}, conn: w.conn}
	func() {
		defer func() { j.panic = recover() }()
		j.err = j.fn(tx)
	}()
	if j.err != nil || j.panic != nil {
		j.err = writeFailure(j.err)
		if err := w.plain("ROLLBACK TO job"); err != nil {
			j.err = errors.Join(j.err, err)
		}
	}
	if err := w.plain("RELEASE job"); err != nil && j.err == nil {
		j.err = writeFailure(err)
	}
}

func (w *writer) plain(statement string) error {
	if _, err := w.conn.ExecContext(context.Background(), statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// writeFailure makes a full, read-only or failing disk an idp.Unavailable; reads go on meanwhile, and writes as soon as it takes them again.
func writeFailure(err error) error {
	var known *idp.Error
	var e sqlite3.Error
	if errors.As(err, &known) || !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly, sqlite3.ErrBusy, sqlite3.ErrCantOpen:
		return idp.Fail(idp.Unavailable, "store.cannot_write").Because(err)
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return damaged(err)
	}
	return err
}

// isUnique says whether err is a clash with a UNIQUE or PRIMARY KEY constraint.
func isUnique(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}
