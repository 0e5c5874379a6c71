package awake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
)

const busPath = "/org/freedesktop/login1"

// supplies makes a folder like /sys/class/power_supply: "AC0/online" is a file in it.
func supplies(t *testing.T, dir string, files ...string) {
	t.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		file := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(files[i+1]+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// laptop is a Keeper on a laptop whose plug the test pulls, and logind on a bus of its own.
func laptop(t *testing.T) (k *Keeper, plug func(in string), l *manager) {
	t.Helper()
	address := startBus(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	l = own(t, address, "org.freedesktop.login1", busPath, "org.freedesktop.login1.Manager", func(m *manager) any { return logind{m} })
	dir := t.TempDir()
	supplies(t, dir, "AC0/type", "Mains", "AC0/online", "1", "BAT0/type", "Battery", "BAT0/status", "Charging")
	k = New(Config{Power: dir})
	t.Cleanup(k.Stop)
	return k, func(in string) { supplies(t, dir, "AC0/online", in) }, l
}

func next(t *testing.T, events <-chan string, what string) string {
	t.Helper()
	select {
	case e := <-events:
		return e
	case <-time.After(20 * time.Second):
		t.Fatal("waited in vain: ", what)
	}
	return ""
}

func stands(t *testing.T, k *Keeper, state idp.AwakeState, says string) {
	t.Helper()
	got := k.State()
	if got.State != state || !strings.Contains(got.Detail, says) {
		t.Fatalf("it stands %+v, want %s with %q", got, state, says)
	}
}

func TestHoldsOnMainsAndLetsGoOnBattery(t *testing.T) {
	k, plug, l := laptop(t)
	stands(t, k, idp.AwakeOff, "")
	if !k.Set(true) {
		t.Error("no change was told")
	}
	if got := next(t, l.asked, "logind to be asked"); got != "idle|Hearthkey|People sign in through this computer|block" {
		t.Errorf("asked %s", got)
	}
	stands(t, k, idp.AwakeHolding, "does not go to sleep")
	if k.Look() || len(l.asked) != 0 {
		t.Error("a look at the same state changed something")
	}

	plug("0")
	if !k.Look() {
		t.Error("pulling the plug was no change")
	}
	next(t, l.ended, "the lock to end on battery")
	stands(t, k, idp.AwakeBattery, "Plugged in, it stays awake again")
	if !k.State().On {
		t.Error("the wish was forgotten on battery")
	}

	plug("1")
	k.Look()
	next(t, l.asked, "logind to be asked again")
	stands(t, k, idp.AwakeHolding, "")
	if !k.Set(false) {
		t.Error("no change was told")
	}
	next(t, l.ended, "the lock to end")
	stands(t, k, idp.AwakeOff, "")
	if k.State().On {
		t.Error("the wish stays")
	}
}

func TestAsksAgainWhenTheSystemForgot(t *testing.T) {
	k, _, l := laptop(t)
	k.Set(true)
	next(t, l.asked, "logind to be asked")
	l.lose <- struct{}{}
	next(t, l.ended, "logind to forget")
	k.Look()
	next(t, l.asked, "logind to be asked again")
	stands(t, k, idp.AwakeHolding, "")
}

func TestAsksTheDesktop(t *testing.T) {
	for _, desktop := range []struct{ name, path, iface, asked string }{
		{"org.gnome.SessionManager", "/org/gnome/SessionManager", "org.gnome.SessionManager", "Hearthkey|People sign in through this computer|4"},
		{"org.freedesktop.PowerManagement", "/org/freedesktop/PowerManagement/Inhibit", "org.freedesktop.PowerManagement.Inhibit", "Hearthkey|People sign in through this computer"},
	} {
		t.Run(desktop.name, func(t *testing.T) {
			address := startBus(t)
			t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
			d := own(t, address, desktop.name, desktop.path, desktop.iface, func(m *manager) any {
				if desktop.name == "org.gnome.SessionManager" {
					return session{m}
				}
				return power{m}
			})
			k := New(Config{Power: t.TempDir()})
			k.Set(true)
			if got := next(t, d.asked, "the desktop to be asked"); got != desktop.asked {
				t.Errorf("asked %s", got)
			}
			stands(t, k, idp.AwakeHolding, "")
			k.Stop()
			next(t, d.ended, "the desktop to be let go")
		})
	}
}

func TestWithoutABusItSaysSo(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	k := New(Config{Power: t.TempDir()})
	k.Set(true)
	stands(t, k, idp.AwakeUnavailable, "Not available here: neither logind nor a desktop answers on D-Bus.")
	if !k.State().On {
		t.Error("the wish was forgotten")
	}
	k.Set(false)
	stands(t, k, idp.AwakeOff, "")
}

func TestPower(t *testing.T) {
	for _, tt := range []struct {
		name  string
		mains bool
		files []string
	}{
		{"a desktop", true, nil},
		{"plugged in and full", true, []string{"AC/type", "Mains", "AC/online", "1", "BAT0/type", "Battery", "BAT0/status", "Full"}},
		{"unplugged", false, []string{"AC/type", "Mains", "AC/online", "0", "BAT0/type", "Battery", "BAT0/status", "Discharging"}},
		{"a charger over USB-C", true, []string{"USB0/type", "USB", "USB0/online", "1", "BAT0/type", "Battery", "BAT0/status", "Charging"}},
		{"one of two chargers", true, []string{"AC/type", "Mains", "AC/online", "0", "USB0/type", "USB", "USB0/online", "1", "BAT0/type", "Battery", "BAT0/status", "Discharging"}},
		{"a battery alone that drains", false, []string{"BAT0/type", "Battery", "BAT0/status", "Discharging"}},
		{"a battery alone that does not", true, []string{"BAT0/type", "Battery", "BAT0/status", "Not charging"}},
		{"a mouse that drains", true, []string{"mouse/type", "Battery", "mouse/scope", "Device", "mouse/status", "Discharging"}},
	} {
		dir := t.TempDir()
		supplies(t, dir, tt.files...)
		if got, err := (Config{Power: dir}).onMains(); err != nil || got != tt.mains {
			t.Errorf("%s: on mains %v, %v", tt.name, got, err)
		}
	}
	if got, err := (Config{Power: filepath.Join(t.TempDir(), "none")}).onMains(); err != nil || !got {
		t.Errorf("without the folder: on mains %v, %v", got, err)
	}
}
