//go:build window

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hearthkey/backend/control"
)

// program is a started binary, whose output is waited for line by line.
type program struct {
	cmd   *exec.Cmd
	ended chan struct{}
	code  int

	mu   sync.Mutex
	out  bytes.Buffer
	more chan struct{} // closed and replaced at each write
}

// appPath is the release that is tested: the one that HEARTHKEY_APP names, else one built for this run.
var appPath = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("HEARTHKEY_APP"); path != "" {
		return path, nil
	}
	return build("hearthkey", "-tags", "desktop,production,webkit2_41", ".")
})

var daemonPath = sync.OnceValues(func() (string, error) { return build("hearthkeyd", "../backend/cmd/hearthkeyd") })

func build(name string, args ...string) (string, error) {
	dir, err := os.MkdirTemp("", "hearthkey-window-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	out, err := exec.Command("go", append([]string{"build", "-o", path}, args...)...).CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
}

// place is the data directory and the environment of a test.
type place struct {
	dir  string
	port int
	env  []string
}

func newPlace(t *testing.T) place {
	t.Helper()
	p := place{dir: filepath.Join(t.TempDir(), "data"), port: freePort(t)}
	p.env = append(os.Environ(), "HEARTHKEY_DATA="+p.dir, "HEARTHKEY_KEY=file", "HEARTHKEY_PORT="+strconv.Itoa(p.port))
	return p
}

func (p place) app(t *testing.T, args ...string) *program {
	t.Helper()
	path, err := appPath()
	if err != nil {
		t.Fatal(err)
	}
	return p.start(t, path, args...)
}

func (p place) daemon(t *testing.T) *program {
	t.Helper()
	path, err := daemonPath()
	if err != nil {
		t.Fatal(err)
	}
	d := p.start(t, path, "serve")
	d.says(t, "Ready.")
	return d
}

func (p place) start(t *testing.T, path string, args ...string) *program {
	t.Helper()
	r := &program{cmd: exec.Command(path, args...), ended: make(chan struct{}), more: make(chan struct{})}
	r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = p.env, r, r
	r.cmd.WaitDelay = time.Second // browser processes may outlive it by a moment, holding the pipe
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = r.cmd.Wait()
		r.code = r.cmd.ProcessState.ExitCode()
		close(r.ended)
	}()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill()
		<-r.ended
		if t.Failed() {
			t.Logf("%s %v said:\n%s", filepath.Base(path), args, r.text())
		}
	})
	return r
}

// client is the control socket of what holds the data.
func (p place) client(t *testing.T) *control.Client {
	t.Helper()
	c, err := control.Dial(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Write takes the output.
func (r *program) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.more)
	r.more = make(chan struct{})
	return r.out.Write(b)
}

func (r *program) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.String()
}

// says waits until the output holds text.
func (r *program) says(t *testing.T, text string) {
	t.Helper()
	late := time.After(patience)
	for {
		r.mu.Lock()
		found, more := strings.Contains(r.out.String(), text), r.more
		r.mu.Unlock()
		if found {
			return
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("it never said %q", text)
		case <-r.ended:
			if !strings.Contains(r.text(), text) {
				t.Fatalf("it ended with %d and never said %q", r.code, text)
			}
			return
		}
	}
}

// ends waits for the end of the process and its exit code.
func (r *program) ends(t *testing.T, code int) {
	t.Helper()
	take(t, "the end of the process", r.ended)
	if r.code != code {
		t.Fatalf("it ended with %d, want %d", r.code, code)
	}
}

// alive fails when the process has ended.
func (r *program) alive(t *testing.T) {
	t.Helper()
	select {
	case <-r.ended:
		t.Fatalf("it ended with %d", r.code)
	default:
	}
}

func (r *program) terminate(t *testing.T) {
	t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}
