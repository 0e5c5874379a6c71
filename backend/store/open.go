package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hearthkey/backend/idp"

	"github.com/mattn/go-sqlite3"
)

// maxReaders is how many read at the same time at most.
const maxReaders = 8

// checkLimit is the largest database, in bytes, that is checked before serving after an unclean stop.
const checkLimit = 64 << 20

// Open opens the database at path, makes it when there is none, and brings its schema up to date.
// It answers idp.Unavailable, with the file left as it is, for one that is damaged, not writable or of a newer version.
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err = os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		err = create(ctx, path)
	} else if err == nil {
		err = inspect(ctx, path)
	}
	if err != nil {
		return nil, explain(err, path)
	}
	s := &Store{path: path, memory: newMemory(), changes: newChanges()}
	if s.db, err = sql.Open("sqlite3", writerSource(path)); err != nil {
		return nil, err
	}
	s.db.SetMaxOpenConns(1)
	conn, err := s.prepare(ctx)
	if err != nil {
		_ = s.db.Close()
		return nil, explain(err, path)
	}
	readers, err := sql.Open("sqlite3", readerSource(path))
	if err != nil {
		_ = s.db.Close()
		return nil, err
	}
	s.readers = newPool(readers, maxReaders)
	s.Reads = Reads{q: s.readers, moment: s.memory.now.Load}
	s.writer = newWriter(newConn(conn), s.memory, s.changes.bump)
	return s, nil
}

// create makes a whole empty database at path or none: it is made beside and renamed, so that an empty or half-made file at path is always damage. A write-ahead log without its database is damage too.
func create(ctx context.Context, path string) error {
	if logSize(path) > 0 {
		return damaged(errors.New("a write-ahead log is there without its database"))
	}
	beside := path + ".new"
	for _, left := range []string{beside, beside + "-wal", beside + "-shm"} {
		if err := os.Remove(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := touch(beside); err != nil {
		return err
	}
	err := within(ctx, writerSource(beside), func(conn *sql.Conn) error {
		return migrate(ctx, conn, beside, migrations)
	})
	if err != nil {
		return err
	}
	if logSize(beside) > 0 { // the last close could not fold it in
		return idp.Fail(idp.Unavailable, "store.unwritable", "path", path)
	}
	if err := os.Rename(beside, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// touch makes an empty file for its owner alone; SQLite would make it with the umask's rights.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// inspect refuses a file that must not be opened for writing: damaged, of a newer version, or no database of ours. After an unclean stop it looks through all of it.
func inspect(ctx context.Context, path string) error {
	file, err := os.Stat(path)
	if err != nil {
		return err
	}
	if file.Size() == 0 {
		return damaged(errors.New("the file is empty"))
	}
	check := logSize(path) > 0 && file.Size() < checkLimit
	return within(ctx, inspectSource(path), func(conn *sql.Conn) error {
		version, err := schemaVersion(ctx, conn)
		switch {
		case err != nil:
			return err
		case version == 0:
			return damaged(errors.New("the file has no schema of Hearthkey"))
		case version > len(migrations):
			return idp.Fail(idp.Unavailable, "store.newer", "path", path)
		case check:
			return quickCheck(ctx, conn)
		}
		return nil
	})
}

// logSize is the size in bytes of the write-ahead log that a crash left behind, 0 for none.
func logSize(path string) int64 {
	wal, err := os.Stat(path + "-wal")
	if err != nil {
		return 0
	}
	return wal.Size()
}

// within runs fn on a connection of its own.
func within(ctx context.Context, source string, fn func(*sql.Conn) error) error {
	db, err := sql.Open("sqlite3", source)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return fn(conn)
}

// prepare takes the writer's connection and brings the schema up to date.
func (s *Store) prepare(ctx context.Context) (*sql.Conn, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	for _, pragma := range writerPragmas {
		if err == nil {
			_, err = conn.ExecContext(ctx, pragma)
		}
	}
	if err == nil {
		err = assertPragmas(ctx, conn)
	}
	if err == nil {
		err = assertWritable(ctx, conn)
	}
	if err == nil {
		err = migrate(ctx, conn, s.path, migrations)
	}
	if err != nil {
		_ = conn.Close() // sql.DB.Close closes only what was given back
		return nil, err
	}
	return conn, nil
}

// assertWritable begins a change and undoes it, since SQLite opens a file that it may only read without a word.
func assertWritable(ctx context.Context, conn *sql.Conn) error {
	version, err := schemaVersion(ctx, conn)
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("take the writer's lock: %w", err)
	}
	err = setSchemaVersion(ctx, conn, version)
	_, undone := conn.ExecContext(ctx, "ROLLBACK")
	return errors.Join(err, undone)
}

// explain turns what the system and SQLite say of a bad file into a sentence for the owner.
func explain(err error, path string) error {
	var known *idp.Error
	if errors.As(err, &known) {
		return err
	}
	var atPath *fs.PathError
	var renaming *os.LinkError
	if errors.As(err, &atPath) || errors.As(err, &renaming) {
		return idp.Fail(idp.Unavailable, "store.unwritable", "path", path).Because(err)
	}
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return damaged(err)
	case sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm, sqlite3.ErrIoErr, sqlite3.ErrFull:
		return idp.Fail(idp.Unavailable, "store.unwritable", "path", path).Because(err)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return idp.Fail(idp.Unavailable, "store.busy", "path", path).Because(err)
	}
	return err
}

func damaged(cause error) error {
	return idp.Fail(idp.Unavailable, "store.damaged").Because(cause)
}
