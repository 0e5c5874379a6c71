package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hearthkey/backend/idp"

	"github.com/mattn/go-sqlite3"
)

// FileName is the database's name in the data directory.
const FileName = "hearthkey.db"

// checkLimit is the largest database, in bytes, that is checked before serving after an unclean stop.
const checkLimit = 64 << 20

// Store is the open database. Its embedded Reads see the last committed state.
type Store struct {
	Reads
	path    string
	readers *sql.DB
	db      *sql.DB // one connection, held by the writer
	writer  *writer
	changes *changes
}

// Open opens the database at path, makes it when there is none, and brings its schema up to date.
// It answers idp.Unavailable, with the file left as it is, for one that is damaged, not writable or of a newer version.
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	unclean, size := walLeft(path)
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600); err == nil { // SQLite would make it with the umask's rights
		_ = f.Close()
	} else if !errors.Is(err, os.ErrExist) {
		return nil, idp.Fail(idp.Unavailable, "store.unwritable", "path", path).Because(err)
	}
	s := &Store{path: path, changes: newChanges()}
	if s.db, err = sql.Open("sqlite3", dataSource(path, false)); err != nil {
		return nil, err
	}
	s.db.SetMaxOpenConns(1)
	conn, err := s.prepare(ctx, unclean && size < checkLimit)
	if err != nil {
		_ = s.db.Close()
		return nil, s.explain(err)
	}
	if s.readers, err = sql.Open("sqlite3", dataSource(path, true)); err != nil {
		_ = s.db.Close()
		return nil, err
	}
	s.readers.SetMaxOpenConns(8)
	s.readers.SetMaxIdleConns(8)
	s.Reads = Reads{q: s.readers}
	s.writer = newWriter(conn, s.changes.bump)
	return s, nil
}

// walLeft says whether a write-ahead log was left behind, as after a crash, and how large the database is.
func walLeft(path string) (unclean bool, size int64) {
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		unclean = true
	}
	if db, err := os.Stat(path); err == nil {
		size = db.Size()
	}
	return unclean, size
}

func (s *Store) prepare(ctx context.Context, check bool) (*sql.Conn, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if check {
		if err := quickCheck(ctx, conn); err != nil {
			return nil, err
		}
	}
	if err := assertPragmas(ctx, conn); err != nil {
		return nil, err
	}
	if err := migrate(ctx, conn, s.path, migrations); err != nil {
		return nil, err
	}
	return conn, nil
}

// explain turns what SQLite says of a bad file into a sentence for the owner.
func (s *Store) explain(err error) error {
	var known *idp.Error
	if errors.As(err, &known) {
		return err
	}
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return damaged(err)
	case sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm, sqlite3.ErrIoErr:
		return idp.Fail(idp.Unavailable, "store.unwritable", "path", s.path).Because(err)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return idp.Fail(idp.Unavailable, "store.busy", "path", s.path).Because(err)
	}
	return err
}

func damaged(cause error) error {
	return idp.Fail(idp.Unavailable, "store.damaged").Because(cause)
}

// Check looks through the whole database for damage; it may take seconds on a large one.
func (s *Store) Check(ctx context.Context) error {
	conn, err := s.readers.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return quickCheck(ctx, conn)
}

// Ping answers nil when the database can be read.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.readers.QueryRowContext(ctx, "SELECT 1 FROM settings LIMIT 1").Scan(&one); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return s.explain(err)
	}
	return nil
}

// Close finishes the writes that wait and closes the database.
func (s *Store) Close() error {
	s.writer.close()
	err := errors.Join(s.readers.Close(), s.db.Close())
	if err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}
