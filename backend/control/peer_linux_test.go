package control

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// stranger is set for the copy of this test program that runs as nobody; it holds the socket's path.
const stranger = "HEARTHKEY_TEST_STRANGER"

// asNobody runs this program's TestStranger as nobody and gives what it printed.
func asNobody(t *testing.T, socket string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("only root can become nobody: run the tests as root, or nothing is shown here")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	open := shortTemp(t) // the go command's own folder is closed to others
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(open, "stranger")
	copyFile(t, self, program)
	cmd := exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "-test.run=^TestStranger$", "-test.v")
	cmd.Env = append(os.Environ(), stranger+"="+socket)
	cmd.Dir = open
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("setpriv: %v\n%s", err, out)
	}
	return string(out)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestStranger is what another user of the machine does.
func TestStranger(t *testing.T) {
	socket := os.Getenv(stranger)
	if socket == "" {
		t.Skip("run by the tests below, as nobody")
	}
	if os.Getuid() == 0 {
		t.Fatal("still root")
	}
	c := &Client{dir: filepath.Dir(socket)}
	_, err := c.Users(t.Context(), "x")
	t.Logf("stranger heard: %v", err)
	conn, err := dialRaw(socket)
	if err != nil {
		t.Logf("stranger cannot connect: %v", err)
		return
	}
	_, _ = io.WriteString(conn, greeting+"\n")
	_ = conn.CloseWrite()
	got, _ := io.ReadAll(conn)
	t.Logf("stranger connected and read %q", got)
}

func TestNobodyCannotConnect(t *testing.T) {
	for _, tt := range []struct {
		name   string
		loosen func(t *testing.T, s *Server)
		want   string
	}{
		{"the folder keeps them out", func(*testing.T, *Server) {}, "stranger cannot connect: dial unix"},
		{"and so does the file", func(t *testing.T, s *Server) { open(t, s.dir, 0o755) }, "stranger cannot connect: dial unix"},
		{"and so do credentials", func(t *testing.T, s *Server) { open(t, s.dir, 0o755); open(t, s.path, 0o666) }, `stranger connected and read ""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := shortTemp(t)
			_, log, s := serve(t, dir)
			tt.loosen(t, s)
			out := asNobody(t, s.path)
			if !strings.Contains(out, tt.want) || strings.Contains(out, "stranger heard: <nil>") {
				t.Fatalf("nobody got in:\n%s\nlog: %s", out, log)
			}
			if _, err := dial(t, dir).Users(t.Context(), ""); err != nil {
				t.Fatalf("and the owner is kept out: %v", err)
			}
		})
	}
}

func open(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
