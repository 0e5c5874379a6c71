package vault

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"

	"github.com/godbus/dbus/v5"
	"github.com/zalando/go-keyring"
)

// TestKeychain runs the tests named InSession... in a session of their own: a bus, a home and the real gnome-keyring.
func TestKeychain(t *testing.T) {
	for _, tool := range []string{"dbus-run-session", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing: apt-get install dbus gnome-keyring (make does)", tool)
		}
	}
	for _, name := range []string{"TestInSessionRealKeychain", "TestInSessionWithoutKeychain"} {
		t.Run(name, func(t *testing.T) { inSession(t, name, "dbus-run-session", "--") })
	}
	for _, name := range []string{"TestInSessionSilentBus", "TestInSessionNoBus"} {
		t.Run(name, func(t *testing.T) { inSession(t, name) })
	}
}

func inSession(t *testing.T, name string, before ...string) {
	t.Helper()
	home := t.TempDir()
	run := filepath.Join(home, "run")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	args := append(before, "/proc/self/exe", "-test.run=^"+name+"$", "-test.v")
	args[len(before)], _ = os.Executable()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(withoutSession(os.Environ()), "VAULT_TEST_SESSION=1", "HOME="+home, "XDG_RUNTIME_DIR="+run, "TMPDIR="+home)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+name) {
		t.Fatalf("%v\n%s", err, out)
	}
}

// withoutSession takes out what would lead to the developer's own keychain or display.
func withoutSession(env []string) (out []string) {
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		switch {
		case strings.HasPrefix(name, "XDG_"), strings.HasPrefix(name, "GNOME_KEYRING"), strings.HasPrefix(name, "DBUS_"):
		case name == "DISPLAY", name == "WAYLAND_DISPLAY", name == "HOME", name == "TMPDIR":
		default:
			out = append(out, kv)
		}
	}
	return out
}

func needSession(t *testing.T) {
	t.Helper()
	if os.Getenv("VAULT_TEST_SESSION") == "" {
		t.Skip("TestKeychain runs this in a session of its own")
	}
}

// unlock starts gnome-keyring with an unlocked login keyring and waits until it is on the bus.
func unlock(t *testing.T) {
	t.Helper()
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := errors.Join(conn.Auth(nil), conn.Hello()); err != nil {
		t.Fatal(err)
	}
	if err := conn.AddMatchSignal(dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, "org.freedesktop.secrets")); err != nil {
		t.Fatal(err)
	}
	signals := make(chan *dbus.Signal, 4)
	conn.Signal(signals)
	daemon := exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	daemon.Stdin, daemon.Stderr = strings.NewReader("login password"), os.Stderr
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Process.Kill(); _ = daemon.Wait() })
	select {
	case <-signals:
	case <-time.After(20 * time.Second):
		t.Fatal("gnome-keyring did not come up")
	}
}

func TestInSessionRealKeychain(t *testing.T) {
	needSession(t)
	unlock(t)
	dir, other := t.TempDir(), t.TempDir()
	v := open(t, Options{Dir: dir, Keychain: true})
	if v.Kind() != KindKeychain || v.Warning() != "" {
		t.Fatalf("kind %s, warning %q", v.Kind(), v.Warning())
	}
	if got := files(t, dir); strings.Contains(got, keyFile) || strings.Contains(got, strings.TrimPrefix(v.key.text(), keyPrefix)) {
		t.Fatal(got)
	}
	sealed := seal(t, v, "private")
	old := Options{Dir: dir, HasWrappedData: true}
	opens(t, open(t, old), sealed, "private")

	// A second data directory has an entry of its own.
	second := open(t, Options{Dir: other, Kind: KindKeychain})
	_, err := second.Open(sealed, "signing_key", "key_1")
	refused(t, err, idp.Unavailable, "vault.key_wrong")
	opens(t, open(t, old), sealed, "private")

	m, err := readMarker(dir)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{second.key.text(): "vault.key_wrong", "nonsense": "vault.key_wrong"} {
		if err := keyring.Set(keychainService, m.ID, text); err != nil {
			t.Fatal(err)
		}
		_, err = Open(t.Context(), old)
		refused(t, err, idp.Unavailable, want)
	}
	if err := keyring.Delete(keychainService, m.ID); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	_, err = Open(t.Context(), Options{Dir: dir, HasWrappedData: true, Keychain: true})
	refused(t, err, idp.Unavailable, "vault.key_missing")
	_, err = Open(t.Context(), Options{Dir: dir})
	refused(t, err, idp.Unavailable, "vault.key_unused")
	if _, err := keyring.Get(keychainService, m.ID); !errors.Is(err, keyring.ErrNotFound) || files(t, dir) != before {
		t.Fatalf("a new key was made: %v, %s", err, files(t, dir))
	}
	if err := keyring.Set(keychainService, m.ID, v.key.text()); err != nil {
		t.Fatal(err)
	}
	opens(t, open(t, old), sealed, "private")
}

// TestInSessionWithoutKeychain has a bus on which no keychain is unlocked: the first start takes a file, and a vault that is in a keychain refuses.
func TestInSessionWithoutKeychain(t *testing.T) {
	needSession(t)
	unreachable(t, "vault.keychain_unavailable", 30*time.Second)
}

func TestInSessionNoBus(t *testing.T) {
	needSession(t)
	unreachable(t, "vault.keychain_unavailable", 30*time.Second)
	if bus := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); bus != "" {
		t.Fatalf("a session bus was started: %s", bus)
	}
}

// TestInSessionSilentBus has a bus that takes the connection and never answers, as a keychain does whose question nobody sees.
func TestInSessionSilentBus(t *testing.T) {
	needSession(t)
	path := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+path)
	unreachable(t, "vault.keychain_silent", 300*time.Millisecond)
}

func unreachable(t *testing.T, want string, wait time.Duration) {
	t.Helper()
	dir := t.TempDir()
	v := open(t, Options{Dir: dir, Keychain: true, quick: wait})
	if v.Kind() != KindFile || v.Warning() == "" {
		t.Fatalf("kind %s, warning %q", v.Kind(), v.Warning())
	}

	dir = t.TempDir()
	if err := newMarker(KindKeychain, newKey()).write(dir); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	_, err := Open(ctx, Options{Dir: dir, HasWrappedData: true})
	refused(t, err, idp.Unavailable, want)
	if after := files(t, dir); after != before {
		t.Fatalf("the directory was %s and is now %s", before, after)
	}

	dir = t.TempDir()
	ctx, cancel = context.WithTimeout(t.Context(), wait)
	defer cancel()
	_, err = Open(ctx, Options{Dir: dir, Kind: KindKeychain})
	refused(t, err, idp.Unavailable, want)
	if got := files(t, dir); got != "" {
		t.Fatalf("a refused keychain left %s", got)
	}
}
