package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"runtime"

	"hearthkey/backend/idp"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
)

// writerCache is how much of the database the writer keeps in memory: negative, in KiB. Hashes are random, so that each row it writes is on another page of every index.
const writerCache = "-8192"

// writerPragmas make writing cheaper and change nothing of what is durable when: what undoes a part of a transaction stays in memory instead of a file of its own, and the log is folded into the database
// after 4000 pages instead of 1000, since the same pages are in it many times by then.
var writerPragmas = []string{"PRAGMA temp_store = MEMORY", "PRAGMA wal_autocheckpoint = 4000"}

// writerSource is the DSN of the one connection that writes. The driver sets synchronous=NORMAL by itself, so FULL is asked for here and asserted by assertPragmas.
func writerSource(path string) string {
	return dataSource(path, url.Values{"_journal_mode": {"WAL"}, "_txlock": {"immediate"}, "_cache_size": {writerCache}})
}

// readerSource is the DSN of the pool of readers. Their transactions begin deferred: an immediate one would want the writer's lock.
func readerSource(path string) string {
	return dataSource(path, url.Values{"_query_only": {"on"}})
}

// inspectSource is the DSN for looking at a file that stays as it is, whatever is wrong with it: closing such a connection folds no write-ahead log into the file.
func inspectSource(path string) string {
	return dataSource(path, url.Values{"mode": {"ro"}, "_query_only": {"on"}})
}

func dataSource(path string, q url.Values) string {
	q.Set("_synchronous", "FULL")
	q.Set("_foreign_keys", "on")
	q.Set("_busy_timeout", "5000")
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// assertPragmas fails unless the connection keeps what durability and integrity rest on.
func assertPragmas(ctx context.Context, conn *sql.Conn) error {
	if runtime.GOOS == "darwin" {
		if _, err := conn.ExecContext(ctx, "PRAGMA fullfsync = 1"); err != nil {
			return fmt.Errorf("set fullfsync: %w", err)
		}
	}
	for _, want := range []struct{ pragma, value string }{
		{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"},
	} {
		var got string
		if err := conn.QueryRowContext(ctx, "PRAGMA "+want.pragma).Scan(&got); err != nil {
			return fmt.Errorf("read pragma %s: %w", want.pragma, err)
		}
		if got != want.value {
			return fmt.Errorf("pragma %s is %q and must be %q", want.pragma, got, want.value)
		}
	}
	return nil
}

func schemaVersion(ctx context.Context, conn *sql.Conn) (int, error) {
	var v int
	err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v)
	return v, err
}

func setSchemaVersion(ctx context.Context, conn *sql.Conn, v int) error {
	_, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", v))
	return err
}

// quickCheck answers idp.Unavailable when SQLite finds damage.
func quickCheck(ctx context.Context, conn *sql.Conn) error {
	var verdict string
	if err := conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return damaged(err)
	}
	if verdict != "ok" {
		return idp.Fail(idp.Unavailable, "store.damaged").Because(fmt.Errorf("quick_check: %s", verdict))
	}
	var violations int
	if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&violations); err != nil {
		return damaged(err)
	}
	if violations > 0 {
		return idp.Fail(idp.Unavailable, "store.damaged").Because(fmt.Errorf("%d foreign key violations", violations))
	}
	return nil
}
