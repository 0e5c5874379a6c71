//go:build e2e

package e2e

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBadInput: each wrong start ends with one sentence that says what to do, the right code, and the data as it was.
func TestBadInput(t *testing.T) {
	used := t.TempDir()
	d := serve(t, used, nil, "--port", freePort(t), "--owner-username", "nora")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	_, port, _ := net.SplitHostPort(taken.Addr().String())

	for _, c := range []struct {
		name string
		dir  string
		args []string
		code int
		says string
	}{
		{"no such command", used, []string{"frobnicate"}, 2, "--help lists them all"},
		{"unknown flag", used, []string{"user", "add", "--nickname", "x"}, 2, "--help explains it"},
		{"word missing", used, []string{"user", "delete"}, 2, "usage: hearthkeyd user delete"},
		{"contradiction", used, []string{"app", "add", "--name", "A", "--redirect-uri", "https://a.example/cb", "--everyone", "--nobody"}, 2, "choose one of"},
		{"port in use", t.TempDir(), []string{"serve", "--port", port}, 1, "is taken by another program. Use "},
		{"data in use", used, []string{"serve"}, 1, "Another Hearthkey holds"},
		{"no such user", used, []string{"invite", "nobody"}, 1, "user list shows them all"},
		{"user name taken", used, []string{"user", "add", "--name", "N", "--username", "NORA"}, 1, "Choose another"},
		{"wrong e-mail", used, []string{"user", "add", "--name", "N", "--username", "n", "--email", "n@@home"}, 1, "no e-mail address"},
		{"wrong redirect URI", used, []string{"app", "add", "--name", "A", "--redirect-uri", "javascript:alert(1)"}, 1, "javascript"},
		{"redirect URI with wildcard", used, []string{"app", "add", "--name", "A", "--redirect-uri", "https://*.example.com/cb"}, 1, "*"},
		{"data directory is a file", filepath.Join(used, "hearthkey.db"), []string{"status"}, 1, "Choose another folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := command(t, c.dir, c.args...)
			if r.code != c.code || !strings.Contains(r.stderr, c.says) || strings.Count(strings.TrimSpace(r.stderr), "\n") > 0 {
				t.Errorf("ended with %d (want %d) and said %q (want %q in one line)", r.code, c.code, r.stderr, c.says)
			}
		})
	}
	if people := do[[]any](t, d.dir, "user", "list"); len(people) != 1 {
		t.Errorf("there are %d people after nothing but wrong input", len(people))
	}
}

// TestDamagedDatabase: the file stays as it is, byte for byte.
func TestDamagedDatabase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "hearthkey.db")
	rubbish := []byte(strings.Repeat("this is no database ", 1000))
	if err := os.WriteFile(path, rubbish, 0o600); err != nil {
		t.Fatal(err)
	}
	r := command(t, dir, "serve", "--port", freePort(t))
	if r.code != 1 || !strings.Contains(r.stderr, "The database is damaged") {
		t.Errorf("ended with %d and said %q", r.code, r.stderr)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(rubbish) {
		t.Errorf("the damaged file was changed (%v)", err)
	}
}

// TestMissingKey: with wrapped data and no key, nothing starts and no new key is made.
func TestMissingKey(t *testing.T) {
	dir := t.TempDir()
	d := start(t, dir, nil, "--port", freePort(t), "--key", "file")
	d.stop()
	key := filepath.Join(dir, "hearthkey.key")
	kept, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	r := command(t, dir, "serve")
	if r.code != 1 || !strings.Contains(r.stderr, "key") {
		t.Errorf("ended with %d and said %q", r.code, r.stderr)
	}
	if _, err := os.Stat(key); !os.IsNotExist(err) {
		t.Error("a new key was made over old data")
	}
	if err := os.WriteFile(key, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, dir, nil).stop() // and with the key back, all is as it was
}

// TestUnwritableDirectory runs as nobody, since root may write anywhere.
func TestUnwritableDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	for up := dir; up != os.TempDir() && up != "/"; up = filepath.Dir(up) { // let nobody reach it
		info, err := os.Stat(up)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(up, info.Mode().Perm()|0o055); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(t.TempDir(), "hearthkeyd")
	if out, err := exec.Command("sh", "-c", "install -m 0755 \"$1\" \"$2\" && chmod 0755 \"$(dirname \"$2\")\" \"$(dirname \"$(dirname \"$2\")\")\"", "sh", hearthkeyd, binary).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binary, "serve", "--port", freePort(t), "--data", filepath.Join(dir, "data")).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Choose another folder") {
		t.Errorf("as nobody it ended with %v and said %q", err, out)
	}
}
