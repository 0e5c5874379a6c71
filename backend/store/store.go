package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// FileName is the database's name in the data directory.
const FileName = "hearthkey.db"

// Store is the open database. Its embedded Reads see the last committed state.
type Store struct {
	Reads
	path    string
	memory  *memory
	readers *pool
	db      *sql.DB // one connection, held by the writer
	writer  *writer
	changes *changes
}

// Check looks through the whole database for damage; it may take seconds on a large one.
func (s *Store) Check(ctx context.Context) error {
	c, err := s.readers.take(ctx)
	if err != nil {
		return err
	}
	defer s.readers.give(c)
	return quickCheck(ctx, c.Conn)
}

// Ping answers nil when the database can be read.
func (s *Store) Ping(ctx context.Context) error {
	if _, err := s.number(ctx, "SELECT 1 FROM settings LIMIT 1"); err != nil {
		return explain(err, s.path)
	}
	return nil
}

// Close finishes the writes that wait and closes the database.
func (s *Store) Close() error {
	s.writer.close()
	err := errors.Join(s.readers.close(), s.db.Close())
	if err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}
