//go:build e2e || tailnet

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// hearthkeyd is the binary under test, built once by TestMain.
var hearthkeyd string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "hearthkey-e2e-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(dir) }()
		hearthkeyd = filepath.Join(dir, "hearthkeyd")
		build := exec.Command("go", "build", "-o", hearthkeyd, "hearthkey/backend/cmd/hearthkeyd")
		build.Stdout, build.Stderr = os.Stderr, os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "build hearthkeyd:", err)
			return 1
		}
		return m.Run()
	}())
}

// daemon is one running hearthkeyd.
type daemon struct {
	t      testing.TB
	dir    string // its data directory
	issuer string
	invite string // the owner's invite link, "" when none was printed
	env    []string
	cmd    *exec.Cmd
	ended  chan struct{}

	mu  sync.Mutex
	out bytes.Buffer // standard output and error
}

// freePort is a port that both loopback addresses had free a moment ago.
func freePort(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
}

// serve starts hearthkeyd serve on dir and waits until it says Ready. It is stopped at the end of the test.
func serve(t testing.TB, dir string, env []string, args ...string) *daemon {
	t.Helper()
	d := start(t, dir, env, args...)
	t.Cleanup(d.stop)
	return d
}

func start(t testing.TB, dir string, env []string, args ...string) *daemon {
	t.Helper()
	d := &daemon{t: t, dir: dir, env: env, ended: make(chan struct{})}
	d.cmd = exec.Command(hearthkeyd, append([]string{"serve", "--data", dir}, args...)...)
	d.cmd.Env = append(os.Environ(), env...)
	d.cmd.Stderr = writer(d.write)
	stdout, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	go d.read(bufio.NewScanner(stdout), ready)
	select {
	case <-ready:
	case <-d.ended:
		t.Fatalf("hearthkeyd serve ended before it was ready:\n%s", d.output())
	}
	return d
}

// read takes the lines that hearthkeyd prints, until it ends.
func (d *daemon) read(lines *bufio.Scanner, ready chan struct{}) {
	for lines.Scan() {
		line := lines.Text()
		d.write([]byte(line + "\n"))
		switch {
		case strings.HasPrefix(line, "Issuer: "):
			d.issuer = strings.TrimPrefix(line, "Issuer: ")
		case strings.Contains(line, "/invite/") && !strings.Contains(line, " "):
			d.invite = line
		case line == "Ready.":
			close(ready)
		}
	}
	_ = d.cmd.Wait()
	close(d.ended)
}

func (d *daemon) write(b []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.out.Write(b)
}

func (d *daemon) output() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out.String()
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

// stop ends it as systemd does, and fails the test unless it ends well.
func (d *daemon) stop() {
	d.t.Helper()
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	<-d.ended
	if code := d.cmd.ProcessState.ExitCode(); code != 0 {
		d.t.Errorf("hearthkeyd ended with %d:\n%s", code, d.output())
	}
	if d.t.Failed() {
		d.t.Logf("hearthkeyd said:\n%s", d.output())
	}
}

// kill ends it as a power cut does.
func (d *daemon) kill() {
	_ = d.cmd.Process.Kill()
	<-d.ended
}

// result is what a command left behind.
type result struct {
	code           int
	stdout, stderr string
}

// command runs hearthkeyd on the data directory and answers how it ended.
func command(t testing.TB, dir string, args ...string) result {
	t.Helper()
	cmd := exec.Command(hearthkeyd, append(args, "--data", dir)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// do runs a command that must succeed, with --json, and decodes what it prints.
func do[T any](t testing.TB, dir string, args ...string) (v T) {
	t.Helper()
	r := command(t, dir, append(args, "--json")...)
	if r.code != 0 {
		t.Fatalf("hearthkeyd %s ended with %d: %s", strings.Join(args, " "), r.code, r.stderr)
	}
	if err := json.Unmarshal([]byte(r.stdout), &v); err != nil {
		t.Fatalf("hearthkeyd %s printed %q: %v", strings.Join(args, " "), r.stdout, err)
	}
	return v
}

// app is what app add prints.
type app struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

// link is what invite prints.
type link struct {
	URL string `json:"url"`
}
