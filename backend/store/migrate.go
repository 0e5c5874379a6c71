package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration brings the schema from version-1 to version.
type migration struct {
	version int
	sql     string
}

var migrations = mustLoadMigrations()

func mustLoadMigrations() []migration {
	entries, err := migrationFiles.ReadDir("migrations") // sorted by name
	if err != nil {
		panic(err)
	}
	var out []migration
	for i, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			panic("migrations must be numbered without a gap: " + e.Name())
		}
		body, err := migrationFiles.ReadFile("migrations/" + e.Name())
		if err != nil {
			panic(err)
		}
		out = append(out, migration{version, string(body)})
	}
	return out
}

// migrate runs the steps that the database at path lacks, each in a transaction of its own, after a verified copy of what was there.
func migrate(ctx context.Context, conn *sql.Conn, path string, steps []migration) error {
	have, err := schemaVersion(ctx, conn)
	if err != nil {
		return err
	}
	if have > len(steps) {
		return idp.Fail(idp.Unavailable, "store.newer", "path", path)
	}
	if have > 0 && have < len(steps) {
		if err := copyBefore(ctx, conn, path, have); err != nil {
			return fmt.Errorf("copy the database before its upgrade: %w", err)
		}
	}
	for _, step := range steps[have:] {
		if err := step.run(ctx, conn); err != nil {
			return fmt.Errorf("upgrade the database to version %d: %w", step.version, err)
		}
	}
	return nil
}

func (m migration) run(ctx context.Context, conn *sql.Conn) (err error) {
	if _, err = conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	if _, err = conn.ExecContext(ctx, m.sql); err != nil {
		return err
	}
	if err = setSchemaVersion(ctx, conn, m.version); err != nil {
		return err
	}
	if err = quickCheck(ctx, conn); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}

// copyBefore writes path.before-N, where N is the version that comes after the copied one, makes it durable and checks it.
func copyBefore(ctx context.Context, conn *sql.Conn, path string, version int) error {
	target := fmt.Sprintf("%s.before-%d", path, version+1)
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := touch(target); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "VACUUM INTO ?", target); err != nil {
		return err
	}
	if err := within(ctx, inspectSource(target), func(check *sql.Conn) error { return quickCheck(ctx, check) }); err != nil {
		return err
	}
	return syncCopy(target)
}

// syncCopy makes the copy durable, which VACUUM INTO does not. No connection is open on it any more: closing a descriptor drops SQLite's locks.
func syncCopy(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
