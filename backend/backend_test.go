package backend

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/control"
	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// opened opens a backend on dir and stops it at the end of the test.
func opened(t *testing.T, dir string) *Backend {
	t.Helper()
	b, err := Open(t.Context(), Options{Dir: dir, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopped(t, b) })
	return b
}

func stopped(t *testing.T, b *Backend) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := b.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().(*net.TCPAddr).Port
}

func TestDefaultDir(t *testing.T) {
	t.Setenv("HEARTHKEY_DATA", "/srv/hearthkey")
	if dir, err := DefaultDir(); err != nil || dir != "/srv/hearthkey" {
		t.Errorf("with HEARTHKEY_DATA it is %q (%v)", dir, err)
	}
	t.Setenv("HEARTHKEY_DATA", "")
	t.Setenv("XDG_DATA_HOME", "/home/nora/data")
	t.Setenv("HOME", "/home/nora")
	want := map[bool]string{true: "/home/nora/data/hearthkey", false: "/home/nora/.local/share/hearthkey"}
	if dir, err := DefaultDir(); err != nil || dir != want[true] {
		t.Errorf("with XDG_DATA_HOME it is %q (%v)", dir, err)
	}
	t.Setenv("XDG_DATA_HOME", "relative")
	if dir, err := DefaultDir(); err != nil || dir != want[false] {
		t.Errorf("with a relative XDG_DATA_HOME it is %q (%v)", dir, err)
	}
}

func TestDataIsTheOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	b := opened(t, dir)
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the data directory has %v (%v)", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 4 {
		t.Fatalf("the data directory holds %v (%v)", entries, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has %v", e.Name(), info.Mode())
		}
	}
}

func TestAFolderOfOthersIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(filepath.Join(dir, "letters.txt"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{Dir: dir})
	if idp.CodeOf(err) != idp.Unavailable {
		t.Errorf("a folder with other files answers %v", err)
	}
	entries, _ := os.ReadDir(dir)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 || len(entries) != 1 {
		t.Errorf("the folder has %v and %v (%v)", info.Mode(), entries, err)
	}
	own := filepath.Join(dir, "own")
	stopped(t, mustOpen(t, own))
	if err := errors.Join(os.Chmod(own, 0o755), os.WriteFile(filepath.Join(own, "notes.txt"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	stopped(t, mustOpen(t, own)) // ours, copied or opened by somebody: closed again
	if info, err := os.Stat(own); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("our own folder has %v (%v)", info.Mode(), err)
	}
}

func mustOpen(t *testing.T, dir string) *Backend {
	t.Helper()
	b, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOneProcessHoldsTheData(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Dir: dir}); idp.CodeOf(err) != idp.Conflict {
		t.Errorf("a second open gives %v", err)
	}
	stopped(t, first)
	opened(t, dir)
}

func TestTrial(t *testing.T) {
	b := opened(t, t.TempDir())
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		taken, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	busy := taken.Addr().(*net.TCPAddr).Port
	_, err = b.Admin().StartTrial(t.Context(), busy)
	if idp.CodeOf(err) != idp.Conflict || !strings.Contains(err.Error(), strconv.Itoa(busy)) {
		t.Errorf("a taken port gives %v", err)
	}
	port := freePort(t)
	s, err := b.Admin().StartTrial(t.Context(), port)
	if err != nil {
		t.Fatal(err)
	}
	issuer := "http://localhost:" + strconv.Itoa(port)
	if s.Pin.Issuer != issuer {
		t.Fatalf("the issuer is %s", s.Pin.Issuer)
	}
	answers(t, issuer, http.StatusOK)
	answers(t, "http://127.0.0.1:"+strconv.Itoa(port), 0) // WebAuthn cannot work there, so it is no second name

	// Another port is another issuer: the first one is gone.
	other := freePort(t)
	if _, err := b.Admin().StartTrial(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	answers(t, "http://localhost:"+strconv.Itoa(other), http.StatusOK)
}

// answers asks for discovery; want 0 is any refusal.
func answers(t *testing.T, origin string, want int) {
	t.Helper()
	res, err := http.Get(origin + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	if want == 0 && res.StatusCode >= 400 {
		return
	}
	if res.StatusCode != want || !strings.Contains(string(body), `"issuer":"`+origin+`"`) {
		t.Errorf("%s answers %s: %s", origin, res.Status, body)
	}
}

// TestCommandsReachTheRunningProcess speaks to a started backend over its control socket.
func TestCommandsReachTheRunningProcess(t *testing.T) {
	dir := t.TempDir()
	b := opened(t, dir)
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	client, err := control.Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	s, err := client.Status(t.Context())
	if err != nil || s.DataDir != dir || s.Version != "test" {
		t.Errorf("over the socket the status is %+v (%v)", s, err)
	}
}

func TestSweepTakesWhatHasExpired(t *testing.T) {
	now := idp.SystemClock()
	b, err := Open(t.Context(), Options{Dir: t.TempDir(), Clock: func() idp.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopped(t, b) })
	use := func() (fresh bool) {
		t.Helper()
		err := b.store.Write(t.Context(), func(tx *store.Tx) (err error) {
			fresh, err = tx.UseChallenge(idp.Hash("challenge"), now.Add(time.Minute))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return fresh
	}
	if !use() || use() {
		t.Error("a challenge counts twice")
	}
	b.sweep()
	if use() {
		t.Error("a challenge was swept before it expired")
	}
	now = now.Add(2 * time.Minute)
	b.sweep()
	if !use() {
		t.Error("an expired challenge was not swept")
	}
}

// TestSilentTrialIsSeen takes the listener away from under a trial.
func TestSilentTrialIsSeen(t *testing.T) {
	b := opened(t, t.TempDir())
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := b.Admin().StartTrial(t.Context(), freePort(t))
	if err != nil {
		t.Fatal(err)
	}
	if s, err = b.Admin().CheckReach(t.Context()); err != nil || s.State != admin.StateTrial || s.Problem != "" {
		t.Errorf("a trial that answers is %s, %q (%v)", s.State, s.Problem, err)
	}
	if err := b.provider.server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, err = b.Admin().CheckReach(t.Context()); err != nil || s.State != admin.StateAttention || !strings.Contains(s.Problem, s.Pin.Issuer+" does not answer") {
		t.Errorf("a silent trial is %s, %q (%v)", s.State, s.Problem, err)
	}
}
