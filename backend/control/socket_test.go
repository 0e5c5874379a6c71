//go:build unix

package control

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

func TestSocketOfADeadProcessIsReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, socketName)
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false)
	_ = ln.Close()
	if _, err := Dial(dir); !errors.Is(err, ErrNobody) {
		t.Fatalf("dead socket: %v", err)
	}
	serve(t, dir)
	dial(t, dir)
}

func TestLiveSocketIsKept(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	_, err := Serve(t.Context(), dir, newDesk(), slog.New(slog.DiscardHandler))
	if idp.CodeOf(err) != idp.Conflict {
		t.Fatalf("second Serve: %v", err)
	}
	dial(t, dir)
}

func TestOtherFileIsKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, socketName)
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Serve(t.Context(), dir, newDesk(), slog.New(slog.DiscardHandler))
	if idp.CodeOf(err) != idp.Conflict {
		t.Fatalf("Serve: %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "mine" {
		t.Fatal("the file was touched")
	}
}

func TestRights(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	_, _, s := serve(t, dir)
	for path, want := range map[string]os.FileMode{dir: 0o700, s.path: 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has %o, want %o", path, got, want)
		}
	}
}

// longDir is a data directory whose own socket would be too long.
func longDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", maxPath))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "hk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestLongPathStandsInTheRuntimeDirectory(t *testing.T) {
	for _, env := range []string{"XDG_RUNTIME_DIR", "TMPDIR"} {
		t.Run(env, func(t *testing.T) {
			base := shortTemp(t)
			t.Setenv("XDG_RUNTIME_DIR", "")
			t.Setenv(env, base)
			dir := longDir(t)
			_, _, s := serve(t, dir)
			if !strings.HasPrefix(s.path, base) || len(s.path) > maxPath {
				t.Fatalf("socket at %s", s.path)
			}
			info, err := os.Stat(filepath.Dir(s.path))
			if err != nil || info.Mode().Perm() != 0o700 {
				t.Fatalf("its folder: %v, %v", info.Mode(), err)
			}
			t.Setenv(env, "/nowhere") // a caller with another environment finds it by control.path
			c := dial(t, dir)
			if _, err := c.Users(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			_ = s.Close()
			if _, err := os.Stat(filepath.Join(dir, pointerName)); !errors.Is(err, os.ErrNotExist) {
				t.Fatalf("control.path is left: %v", err)
			}
		})
	}
}

func TestTwoLongDirectoriesHaveTwoSockets(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", shortTemp(t))
	_, _, a := serve(t, longDir(t))
	_, _, b := serve(t, longDir(t))
	if a.path == b.path {
		t.Fatal(a.path)
	}
}

func TestForeignRuntimeDirectoryIsRefused(t *testing.T) {
	base := shortTemp(t)
	t.Setenv("XDG_RUNTIME_DIR", base)
	trap := filepath.Join(base, "elsewhere")
	if err := os.Mkdir(trap, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(trap, filepath.Join(base, "hearthkey")); err != nil {
		t.Fatal(err)
	}
	_, err := Serve(t.Context(), longDir(t), newDesk(), slog.New(slog.DiscardHandler))
	if idp.CodeOf(err) != idp.Unavailable || !strings.Contains(err.Error(), "belongs to somebody else") {
		t.Fatalf("a symbolic link was followed: %v", err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	_, err := Dial(t.TempDir())
	if !errors.Is(err, ErrNobody) || idp.CodeOf(err) != idp.Unavailable {
		t.Fatalf("empty directory: %v", err)
	}
}

func TestSilentProcess(t *testing.T) {
	dir := t.TempDir()
	ln, err := net.Listen("unix", filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		if conn, err := ln.Accept(); err == nil {
			_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH\n")
			_ = conn.Close()
		}
	}()
	_, err = Dial(dir)
	if idp.CodeOf(err) != idp.Unavailable || errors.Is(err, ErrNobody) {
		t.Fatalf("another protocol: %v", err)
	}
}

func dialRaw(path string) (*net.UnixConn, error) {
	return net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
}
