package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

const page = 4096

// crashed makes the files of a database whose process was killed: most of it in the file, the last writes, and these statements, in the log.
func crashed(t *testing.T, last ...string) string {
	t.Helper()
	s := storetest.Open(t)
	live := value(t, s, "SELECT file FROM pragma_database_list WHERE name = 'main'")
	u := storetest.User(t, s)
	storetest.Write(t, s, func(tx *store.Tx) error {
		for range 300 {
			if err := tx.Record(idp.Event{At: start, Kind: idp.EventSignedIn, UserID: u.ID, Detail: map[string]string{"name": "Ann Ember"}}); err != nil {
				return err
			}
		}
		return nil
	})
	check(t, store.Other(t.Context(), live, "PRAGMA wal_checkpoint(TRUNCATE)"))
	storetest.User(t, s, func(u *idp.User) { u.ID = "usr_in_log" })
	exec1(t, s, last...)
	path := filepath.Join(t.TempDir(), store.FileName)
	// By another program: to open and close the live files here would drop SQLite's locks.
	if out, err := exec.Command("cp", live, path).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if out, err := exec.Command("cp", live+"-wal", path+"-wal").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	return path
}

// stopped makes the file of a database that was closed.
func stopped(t *testing.T) string {
	t.Helper()
	path := crashed(t)
	s, err := store.Open(t.Context(), path)
	check(t, err)
	check(t, s.Close())
	return path
}

// garble overwrites four whole pages near the end of the file.
func garble(t *testing.T, path string) {
	t.Helper()
	data := must(os.ReadFile(path))(t)
	noise := rand.New(rand.NewPCG(1, 2))
	from := len(data)/page - 8 // among the events, the last to come, which opening does not read
	for i := from * page; i < (from+4)*page; i++ {
		data[i] = byte(noise.Uint32())
	}
	check(t, os.WriteFile(path, data, 0o600))
}

func TestAfterACrash(t *testing.T) {
	s := storetest.OpenAt(t, crashed(t))
	if _, err := s.User(t.Context(), "usr_in_log"); err != nil {
		t.Errorf("what the log held is gone: %v", err)
	}
	events, broken, err := s.VerifyChain(t.Context())
	if events != 300 || broken != 0 || err != nil {
		t.Errorf("chain: %d events, broken at %d, %v", events, broken, err)
	}
}

func TestDamaged(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(*testing.T) string
	}{
		{"noise", func(t *testing.T) string { return file(t, noise(3*page)) }},
		{"one byte", func(t *testing.T) string { return file(t, []byte{0}) }},
		{"text", func(t *testing.T) string { return file(t, bytes.Repeat([]byte("not a database\n"), 1000)) }},
		{"empty", func(t *testing.T) string { return file(t, nil) }},
		{"empty with its log", func(t *testing.T) string {
			path := crashed(t)
			check(t, os.Truncate(path, 0))
			return path
		}},
		{"log without its database", func(t *testing.T) string {
			path := crashed(t)
			check(t, os.Remove(path))
			return path
		}},
		{"somebody else's database", func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), store.FileName)
			check(t, store.Other(t.Context(), path, "CREATE TABLE contacts (name)"))
			return path
		}},
		{"garbage in the header", func(t *testing.T) string {
			path := stopped(t)
			data := must(os.ReadFile(path))(t)
			copy(data, noise(200))
			check(t, os.WriteFile(path, data, 0o600))
			return path
		}},
		{"garbage in the middle after a crash", func(t *testing.T) string {
			path := crashed(t)
			garble(t, path)
			return path
		}},
		{"cut off", func(t *testing.T) string {
			path := stopped(t)
			check(t, os.Truncate(path, must(os.Stat(path))(t).Size()/2))
			return path
		}},
		{"cut off within the first page", func(t *testing.T) string {
			path := stopped(t)
			check(t, os.Truncate(path, 1000))
			return path
		}},
		{"cut off after a crash", func(t *testing.T) string {
			path := crashed(t)
			check(t, os.Truncate(path, must(os.Stat(path))(t).Size()/2))
			return path
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := tt.make(t)
			before := contents(t, path)
			s, err := store.Open(t.Context(), path)
			if err == nil {
				_ = s.Close()
			}
			refused(t, err, idp.Unavailable, "store.damaged")
			if after := contents(t, path); after != before {
				t.Errorf("the damaged files were changed: %s, then %s", before, after)
			}
		})
	}
}

// TestDamagedAfterACleanStop: nothing looks through all of the file then before it is served; Check does.
func TestDamagedAfterACleanStop(t *testing.T) {
	path := stopped(t)
	garble(t, path)
	s := storetest.OpenAt(t, path)
	refused(t, s.Check(t.Context()), idp.Unavailable, "store.damaged")
}

// TestBrokenReference: a row that points nowhere is damage too.
func TestBrokenReference(t *testing.T) {
	s := storetest.Open(t)
	check(t, s.Check(t.Context()))
	path := value(t, s, "SELECT file FROM pragma_database_list WHERE name = 'main'")
	check(t, store.Other(t.Context(), path, "INSERT INTO event_details (seq, body) VALUES (7, '{}')"))
	refused(t, s.Check(t.Context()), idp.Unavailable, "store.damaged")
}

func TestNewerVersion(t *testing.T) {
	path := crashed(t, fmt.Sprintf("PRAGMA user_version = %d", store.Versions+1))
	before := contents(t, path)
	_, err := store.Open(t.Context(), path)
	e := refused(t, err, idp.Unavailable, "store.newer")
	if e.Message.Args["path"] != path {
		t.Errorf("names %q, want %q", e.Message.Args["path"], path)
	}
	if contents(t, path) != before {
		t.Error("the file was changed")
	}
}

func noise(n int) []byte {
	out, source := make([]byte, n), rand.New(rand.NewPCG(3, 4))
	for i := range out {
		out[i] = byte(source.Uint32())
	}
	return out
}

func file(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), store.FileName)
	check(t, os.WriteFile(path, data, 0o600))
	return path
}

// contents is a short text of what the database file and its log hold.
func contents(t *testing.T, path string) string {
	t.Helper()
	out := ""
	for _, name := range []string{path, path + "-wal"} {
		if data, err := os.ReadFile(name); err == nil && len(data) > 0 {
			out += fmt.Sprintf("%s: %d bytes %x\n", filepath.Base(name), len(data), idp.Hash(string(data))[:8])
		}
	}
	return out
}
