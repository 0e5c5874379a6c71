package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/store"
)

// TestAsNobody opens databases without root's rights, under which no mode refuses anything. Where setpriv is not allowed it fails, since nothing would be shown.
func TestAsNobody(t *testing.T) {
	if child() != "" {
		openAsNobody(t)
		return
	}
	dir := t.TempDir()
	check(t, os.Chmod(filepath.Dir(dir), 0o755)) // so that everybody may enter
	program := filepath.Join(dir, "program")
	data := must(os.ReadFile("/proc/self/exe"))(t)
	check(t, os.WriteFile(program, data, 0o755))
	check(t, os.Chmod(program, 0o755))
	for _, tt := range cases {
		folder := filepath.Join(dir, tt.name)
		check(t, os.Mkdir(folder, 0o755))
		if tt.file != 0 {
			s, err := store.Open(t.Context(), filepath.Join(folder, store.FileName))
			check(t, err)
			check(t, s.Close())
			check(t, os.Chmod(filepath.Join(folder, store.FileName), tt.file))
		}
		check(t, os.Chmod(folder, tt.folder))
	}
	var words []string
	if os.Geteuid() == 0 {
		words = []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}
	}
	before := listing(t, dir)
	again(t, "nobody", program, words, []string{"STORE_TEST_DIR=" + dir, "HOME=/", "TMPDIR=/tmp"})
	if after := listing(t, dir); after != before {
		t.Errorf("files changed:\n%sthen\n%s", before, after)
	}
}

// cases are folders of this test's user, who is root or, where it is nobody already, has taken its own rights away.
var cases = []struct {
	name         string
	file, folder os.FileMode // file 0: there is none yet
	want         string
}{
	{"fresh-readable", 0, 0o555, "store.unwritable"},
	{"fresh-closed", 0, 0o000, "store.unwritable"},
	{"file-unreadable", 0o200, 0o777, "store.unwritable"},
	{"file-read-only", 0o444, 0o777, "store.unwritable"},
	{"folder-read-only", 0o666, 0o555, "store.unwritable"},
	{"usable", 0o666, 0o777, ""},
	{"usable-fresh", 0, 0o777, ""},
}

func openAsNobody(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Fatal("still root")
	}
	for _, tt := range cases {
		path := filepath.Join(os.Getenv("STORE_TEST_DIR"), tt.name, store.FileName)
		s, err := store.Open(t.Context(), path)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v (%v)", tt.name, err, errors.Unwrap(err))
				continue
			}
			check(t, s.Close())
			continue
		}
		if err == nil {
			_ = s.Close()
			t.Errorf("%s was opened", tt.name)
			continue
		}
		if e := refused(t, err, "unavailable", tt.want); e.Message.Args["path"] != path {
			t.Errorf("%s names %q", tt.name, e.Message.Args["path"])
		}
		for _, fd := range must(os.ReadDir("/proc/self/fd"))(t) {
			if held, _ := os.Readlink("/proc/self/fd/" + fd.Name()); strings.HasPrefix(held, path) {
				t.Errorf("%s: %s is still open", tt.name, held)
			}
		}
	}
}

// listing is what lies in the folders that must stay as they are.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	for _, tt := range cases {
		if tt.want != "" {
			path := filepath.Join(dir, tt.name, store.FileName)
			fmt.Fprintf(&out, "%s %s\n", tt.name, contents(t, path))
		}
	}
	return out.String()
}
