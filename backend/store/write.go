package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"hearthkey/backend/idp"

	"github.com/mattn/go-sqlite3"
)

// maxGroup is how many transactions one commit makes durable at most, so that the first of a long queue does not wait for all.
const maxGroup = 128

// Tx is one caller's transaction: the writer's, or a savepoint within it. Its reads see its own writes.
type Tx struct {
	Reads
	writer *writer
}

// exec runs one statement. Writes carry no context: a transaction that was begun is brought to its end.
func (tx *Tx) exec(query string, args ...any) (sql.Result, error) {
	if tx.lost() {
		return nil, errors.New("an earlier failure has ended the transaction")
	}
	tx.writer.watch(query)
	return tx.writer.conn.exec(query, args...)
}

// lost says whether SQLite has ended the transaction by itself. Whatever a function that overlooked that writes then would be durable at once, and its caller told otherwise.
func (tx *Tx) lost() (lost bool) {
	err := tx.writer.conn.Raw(func(c any) error {
		lost = c.(*sqlite3.SQLiteConn).AutoCommit()
		return nil
	})
	return lost || err != nil
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
	turn   sync.Mutex   // its holder writes
	queued atomic.Int64 // jobs that wait, one in hand included
	conn   *conn
	memory *memory
	reads  Reads
	dirty  bool // the transaction may have changed what is kept in memory
	jobs   chan *job
	quit   chan struct{}
	ended  chan struct{}
	once   sync.Once
	bumped func()
}

// newWriter makes a writer. Beside what its queue holds it has one job in hand while it waits for its turn: a group in all.
func newWriter(conn *conn, memory *memory, bumped func()) *writer {
	w := &writer{conn: conn, memory: memory, jobs: make(chan *job, maxGroup-1), quit: make(chan struct{}), ended: make(chan struct{}), bumped: bumped}
	w.reads = Reads{q: &steady{w}, moment: w.moment}
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
	if !s.writer.atOnce(j) {
		if err := s.writer.wait(j); err != nil {
			return err
		}
	}
	if j.panic != nil {
		panic(j.panic)
	}
	return j.err
}

// atOnce writes on the caller's goroutine where nobody writes or waits, which saves two changes of goroutine. Those who come meanwhile wait, and are written together.
func (w *writer) atOnce(j *job) bool {
	if w.queued.Load() > 0 || !w.turn.TryLock() {
		return false
	}
	defer w.turn.Unlock()
	w.commit([]*job{j})
	return true
}

// wait has j written with all that wait. Its error means that it never was.
func (w *writer) wait(j *job) error {
	select {
	case w.jobs <- j:
		w.queued.Add(1)
	case <-j.ctx.Done():
		return j.ctx.Err()
	case <-w.quit:
		return errClosed()
	}
	select {
	case <-j.done:
	case <-w.ended:
		select {
		case <-j.done:
		default:
			return errClosed()
		}
	}
	return nil
}

func errClosed() error { return idp.Fail(idp.Unavailable, "store.closed") }

func (w *writer) close() {
	w.once.Do(func() { close(w.quit) })
	<-w.ended
}

func (w *writer) run() {
	defer close(w.ended)
	for {
		select {
		case j := <-w.jobs:
			w.write(j)
		case <-w.quit:
			for {
				select {
				case j := <-w.jobs:
					w.write(j)
				default:
					w.turn.Lock() // for good
					_ = w.conn.close()
					return
				}
			}
		}
	}
}

// write commits j and all that have come until its turn.
func (w *writer) write(j *job) {
	w.turn.Lock()
	defer w.turn.Unlock()
	jobs := w.group(j)
	w.queued.Add(-int64(len(jobs)))
	w.commit(jobs)
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
	w.dirty = false
	err := w.plain("BEGIN IMMEDIATE")
	switch {
	case err != nil:
	case len(jobs) == 1:
		err = w.alone(jobs[0])
	default:
		err = w.together(jobs)
	}
	if err != nil {
		_ = w.plain("ROLLBACK")
		err = groupFailure(err)
	}
	if w.dirty {
		w.memory.begin()
	}
	changed := false
	for _, j := range jobs {
		if err != nil {
			j.err = err
		}
		changed = changed || (j.err == nil && j.panic == nil)
	}
	if changed {
		w.bumped()
	}
	for _, j := range jobs {
		close(j.done)
	}
}

// alone runs the only job of a transaction, which ends with it and needs no savepoint.
func (w *writer) alone(j *job) error {
	if j.err = j.ctx.Err(); j.err == nil {
		w.call(j)
	}
	if j.err == nil && j.panic == nil {
		return w.plain("COMMIT")
	}
	if err := w.plain("ROLLBACK"); err != nil { // SQLite has ended the transaction by itself
		return errors.Join(j.err, err)
	}
	j.err = writeFailure(j.err)
	return nil
}

// together runs each job within a savepoint, and commits what is left of them.
func (w *writer) together(jobs []*job) error {
	for _, j := range jobs {
		if err := w.savepoint(j); err != nil {
			return err
		}
	}
	return w.plain("COMMIT")
}

// savepoint runs one job and undoes it alone when it fails. Its own error means that the whole transaction is lost and the savepoint with it: a full or failing disk may end it at any statement.
func (w *writer) savepoint(j *job) error {
	if j.err = j.ctx.Err(); j.err != nil {
		return nil
	}
	if err := w.plain("SAVEPOINT job"); err != nil {
		return err
	}
	w.call(j)
	if j.err != nil || j.panic != nil {
		if err := w.plain("ROLLBACK TO job"); err != nil {
			return errors.Join(j.err, err)
		}
		j.err = writeFailure(j.err)
	}
	return w.plain("RELEASE job")
}

// call runs the job's function; a panic is kept for its caller.
func (w *writer) call(j *job) {
	defer func() { j.panic = recover() }()
	j.err = j.fn(&Tx{Reads: w.reads, writer: w})
}

// moment is that of the transaction: what it or others of its group changed counts here, and may yet be undone.
func (w *writer) moment() *moment {
	if w.dirty {
		return nil
	}
	return w.memory.now.Load()
}

// watch looks for statements that may change what is kept in memory. The moment ends with the first: whoever reads meanwhile recalls nothing.
func (w *writer) watch(statement string) {
	if !w.dirty && changesKept(statement) {
		w.dirty = true
		w.memory.end()
	}
}

func (w *writer) plain(statement string) error {
	if _, err := w.conn.exec(statement); err != nil {
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
		return cannotWrite(err)
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return damaged(err)
	}
	return err
}

// groupFailure is what all callers of a lost transaction are told, whatever became of their own part.
func groupFailure(err error) error {
	var e sqlite3.Error
	if errors.As(err, &e) && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB) {
		return damaged(err)
	}
	return cannotWrite(err)
}

func cannotWrite(cause error) error {
	return idp.Fail(idp.Unavailable, "store.cannot_write").Because(cause)
}

// isUnique says whether err is a clash with a UNIQUE or PRIMARY KEY constraint.
func isUnique(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}
