package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// filled makes a closed database with a person in it.
func filled(t *testing.T) (path string, u idp.User) {
	t.Helper()
	path = filepath.Join(t.TempDir(), store.FileName)
	s, err := store.Open(t.Context(), path)
	check(t, err)
	u = storetest.User(t, s)
	check(t, s.Close())
	return path, u
}

func version(t *testing.T, path string) string {
	t.Helper()
	v := ""
	check(t, store.Ask(t.Context(), path, "PRAGMA user_version", &v))
	return v
}

func TestUpgrade(t *testing.T) {
	path, u := filled(t)
	next := store.Versions + 1
	check(t, store.Upgrade(t.Context(), path, "CREATE TABLE extra (a TEXT) STRICT; ALTER TABLE users ADD COLUMN phone TEXT NOT NULL DEFAULT ''"))
	if got := version(t, path); got != fmt.Sprint(next) {
		t.Errorf("version %s, want %d", got, next)
	}
	name := ""
	check(t, store.Ask(t.Context(), path, "SELECT name || phone FROM users", &name))
	if name != u.Name {
		t.Errorf("the person is called %q, want %q", name, u.Name)
	}
	copied := fmt.Sprintf("%s.before-%d", path, next)
	if mode := must(os.Stat(copied))(t).Mode().Perm(); mode != 0o600 {
		t.Errorf("the copy has mode %o, want 600", mode)
	}
	if got := version(t, copied); got != fmt.Sprint(store.Versions) {
		t.Errorf("the copy has version %s, want %d", got, store.Versions)
	}
	check(t, os.Rename(copied, path)) // the way back
	s := storetest.OpenAt(t, path)
	if got := must(s.User(t.Context(), u.ID))(t); got != u {
		t.Errorf("in the copy: %+v, want %+v", got, u)
	}
}

// TestFailedUpgrade: whatever is wrong with a step, what stood before it stands afterwards, and the way is free for a mended one.
func TestFailedUpgrade(t *testing.T) {
	for _, tt := range []struct{ name, step, want string }{
		{"fails halfway", "CREATE TABLE extra (a TEXT) STRICT; UPDATE users SET name = 'spoiled'; INSERT INTO nowhere VALUES (1)", "no such table: nowhere"},
		{"breaks a reference", "CREATE TABLE extra (a TEXT) STRICT; UPDATE users SET name = 'spoiled'; PRAGMA defer_foreign_keys = ON; INSERT INTO event_details (seq, body) VALUES (99, '{}')", "store.damaged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path, u := filled(t)
			err := store.Upgrade(t.Context(), path, tt.step)
			if err == nil || !strings.Contains(detailed(err), tt.want) {
				t.Fatalf("got %v, want %s", detailed(err), tt.want)
			}
			s, err := store.Open(t.Context(), path)
			check(t, err)
			if got := must(s.User(t.Context(), u.ID))(t); got != u {
				t.Errorf("got %+v, want %+v", got, u)
			}
			if got := value(t, s, "SELECT count(*) FROM sqlite_schema WHERE name = 'extra'"); got != "0" {
				t.Error("half of the step stayed")
			}
			storetest.User(t, s)
			check(t, s.Check(t.Context()))
			check(t, s.Close())
			check(t, store.Upgrade(t.Context(), path, "CREATE TABLE extra (a TEXT) STRICT"))
			if got := version(t, path); got != fmt.Sprint(store.Versions+1) {
				t.Errorf("after the mended step: version %s", got)
			}
		})
	}
}

// TestSecondStepFails: each step stands on its own, and the copy is of what there was before all.
func TestSecondStepFails(t *testing.T) {
	path, _ := filled(t)
	err := store.Upgrade(t.Context(), path, "CREATE TABLE extra (a TEXT) STRICT", "CREATE TABLE more (a TEXT) STRICT; nonsense")
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("version %d", store.Versions+2)) {
		t.Fatalf("got %v", err)
	}
	if got := version(t, path); got != fmt.Sprint(store.Versions+1) {
		t.Errorf("version %s, want that of the first step", got)
	}
	if got := version(t, fmt.Sprintf("%s.before-%d", path, store.Versions+1)); got != fmt.Sprint(store.Versions) {
		t.Errorf("the copy has version %s", got)
	}
}

// TestUpgradeOfADamagedFile: no step runs when the copy is not good.
func TestUpgradeOfADamagedFile(t *testing.T) {
	path := stopped(t)
	garble(t, path)
	if err := store.Upgrade(t.Context(), path, "CREATE TABLE extra (a TEXT) STRICT"); err == nil {
		t.Fatal("a damaged database was upgraded")
	}
	if got := version(t, path); got != fmt.Sprint(store.Versions) {
		t.Errorf("version %s", got)
	}
}

// TestUpgradeOfABrokenReference: not even a step that would mend it.
func TestUpgradeOfABrokenReference(t *testing.T) {
	path, _ := filled(t)
	check(t, store.Other(t.Context(), path, "INSERT INTO event_details (seq, body) VALUES (7, '{}')"))
	err := store.Upgrade(t.Context(), path, "DELETE FROM event_details WHERE seq = 7")
	if err == nil || !strings.Contains(detailed(err), "store.damaged") {
		t.Fatalf("got %v", err)
	}
	if got := version(t, path); got != fmt.Sprint(store.Versions) {
		t.Errorf("version %s", got)
	}
}

func TestNothingToUpgrade(t *testing.T) {
	path, _ := filled(t)
	check(t, store.Upgrade(t.Context(), path))
	if copies := must(filepath.Glob(path + ".before-*"))(t); len(copies) > 0 {
		t.Errorf("a copy was made for nothing: %v", copies)
	}
}

// detailed is the error with its key, for comparing.
func detailed(err error) string {
	if e := asError(err); e != nil {
		return e.Message.Key + ": " + err.Error()
	}
	return fmt.Sprint(err)
}
