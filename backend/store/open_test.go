package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestPragmas(t *testing.T) {
	s := storetest.Open(t)
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"}
	for pragma, value := range want {
		storetest.Write(t, s, func(tx *store.Tx) error {
			if got := must(tx.Value(t.Context(), "PRAGMA "+pragma))(t); got != value {
				t.Errorf("the writer's %s is %s, want %s", pragma, got, value)
			}
			return nil
		})
		if got := must(s.Value(t.Context(), "PRAGMA "+pragma))(t); got != value {
			t.Errorf("a reader's %s is %s, want %s", pragma, got, value)
		}
	}
	if got := value(t, s, "PRAGMA query_only"); got != "1" {
		t.Errorf("a reader may write: query_only is %s", got)
	}
}

func TestAssertPragmas(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	check(t, store.Other(t.Context(), path, "CREATE TABLE x (a)"))
	for _, tt := range []struct{ before, want string }{
		{"SELECT 1", ""},
		{"PRAGMA synchronous = NORMAL", "pragma synchronous"},
		{"PRAGMA synchronous = OFF", "pragma synchronous"},
		{"PRAGMA foreign_keys = OFF", "pragma foreign_keys"},
		{"PRAGMA journal_mode = DELETE", "pragma journal_mode"},
	} {
		err := store.AssertPragmas(t.Context(), path, tt.before)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.before, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %s", tt.before, err, tt.want)
		}
	}
}

func TestStrictTables(t *testing.T) {
	s := storetest.Open(t)
	loose := must(s.Values(t.Context(), "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'"))(t)
	if len(loose) > 0 {
		t.Errorf("tables that are not STRICT: %v", loose)
	}
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec("INSERT INTO challenges (hash, expires_at) VALUES (x'01', 'soon')")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "cannot store TEXT") {
		t.Errorf("text as a time: got %v", err)
	}
}

// TestForeignKeysHaveIndexes keeps the deletion of a person or an app from reading whole tables.
func TestForeignKeysHaveIndexes(t *testing.T) {
	s := storetest.Open(t)
	bare := must(s.Values(t.Context(), `SELECT m.name || '.' || f."from" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND NOT EXISTS (
		SELECT 1 FROM pragma_index_list(m.name) i, pragma_index_info(i.name) c WHERE c.seqno = 0 AND c.name = f."from")
		AND NOT EXISTS (SELECT 1 FROM pragma_table_info(m.name) p WHERE p.name = f."from" AND p.pk = 1)`))(t)
	if len(bare) > 0 {
		t.Errorf("foreign keys without an index: %v", bare)
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	s := storetest.OpenAt(t, filepath.Join(dir, store.FileName))
	storetest.User(t, s)
	names := []string{}
	for _, f := range must(os.ReadDir(dir))(t) {
		names = append(names, f.Name())
		if mode := must(f.Info())(t).Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o, want 600", f.Name(), mode)
		}
	}
	if got := strings.Join(names, " "); got != "hearthkey.db hearthkey.db-shm hearthkey.db-wal" {
		t.Errorf("files: %s", got)
	}
}

func TestOddPaths(t *testing.T) {
	for _, name := range []string{"plain", "with space", "q?mode=memory", "hash#1", "50%20", "größe", "a&b=c;d"} {
		path := filepath.Join(t.TempDir(), name)
		s, err := store.Open(t.Context(), path)
		check(t, err)
		u := storetest.User(t, s)
		check(t, s.Close())
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: the data went elsewhere: %v", name, err)
		}
		s = storetest.OpenAt(t, path)
		if _, err := s.User(t.Context(), u.ID); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	s, err := store.Open(t.Context(), path)
	check(t, err)
	u := storetest.User(t, s)
	check(t, s.Close())
	check(t, s.Close())
	if _, err := os.Stat(path + "-wal"); err == nil {
		t.Error("a clean stop left a write-ahead log")
	}
	s = storetest.OpenAt(t, path)
	check(t, s.Ping(t.Context()))
	check(t, s.Check(t.Context()))
	if got := must(s.User(t.Context(), u.ID))(t); got != u {
		t.Errorf("got %+v, want %+v", got, u)
	}
}

// TestHalfMade starts again after a stop in the middle of the very first start.
func TestHalfMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	for _, suffix := range []string{".new", ".new-wal", ".new-shm"} {
		check(t, os.WriteFile(path+suffix, []byte("half"), 0o600))
	}
	s := storetest.OpenAt(t, path)
	check(t, s.Check(t.Context()))
	left := must(filepath.Glob(path + ".new*"))(t)
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestNoFolder(t *testing.T) {
	_, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "missing", store.FileName))
	refused(t, err, idp.Unavailable, "store.unwritable")
	_, err = store.Open(t.Context(), t.TempDir())
	refused(t, err, idp.Unavailable, "store.unwritable")
}

// TestHeldElsewhere answers with a sentence when another program has the database locked. It waits out the busy timeout.
func TestHeldElsewhere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), store.FileName)
	s, err := store.Open(t.Context(), path)
	check(t, err)
	check(t, s.Close())
	check(t, store.OtherHolds(t.Context(), path, func() {
		_, err := store.Open(t.Context(), path)
		refused(t, err, idp.Unavailable, "store.busy")
	}, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"))
	storetest.OpenAt(t, path)
}
