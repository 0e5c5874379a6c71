//go:build window

package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend"
	"hearthkey/backend/admin"
)

// The real program on a real display. `make window` starts both, with a session bus; the panel is ours.

const title = "Hearthkey"

func TestWindowAndTray(t *testing.T) {
	p, x, desk := newPlace(t), openScreen(t), openPanel(t)
	app := p.app(t)
	desk.adopt(t)
	app.says(t, "the page is ready")
	w := x.wait(t, title, true)
	desk.waitMenu(t, "(Not set up yet)", "(Copy issuer URL)", "Open Hearthkey", "Quit (sign-ins will stop)")
	before := desk.picture(t)

	c := p.client(t)
	if _, err := c.SetUp(t.Context(), admin.SetUp{Home: "Rowan Lane", Name: "Nora", UserName: "nora"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.StartTrial(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	desk.waitMenu(t, "(Local trial: sign-in on this computer only)", "Copy issuer URL", "Open Hearthkey", "Quit (sign-ins will stop)")
	if desk.picture(t) == before {
		t.Error("the icon does not show the new state")
	}
	desk.click(t, "Copy issuer URL")
	issuer := fmt.Sprintf("http://localhost:%d", p.port)
	x.waitClipboard(t, issuer)

	x.close(w)
	x.wait(t, title, false)
	if got := take(t, "the notice", desk.notices); got != "Hearthkey goes on in the tray" {
		t.Errorf("it notified %q", got)
	}
	if res, err := http.Get(issuer + "/.well-known/openid-configuration"); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("closed to the tray, it does not serve: %v", err)
	}
	desk.click(t, "Open Hearthkey")
	x.close(x.wait(t, title, true))
	x.wait(t, title, false)
	desk.activate(t)
	x.close(x.wait(t, title, true))
	x.wait(t, title, false)

	second := p.app(t)
	second.ends(t, 0)
	second.says(t, "Hearthkey is open already.")
	x.wait(t, title, true)

	desk.vanish(t)
	desk.appear(t)
	desk.adopt(t)
	desk.waitMenu(t, "(Local trial: sign-in on this computer only)", "Copy issuer URL", "Open Hearthkey", "Quit (sign-ins will stop)")

	desk.click(t, "Quit (sign-ins will stop)")
	app.ends(t, 0)
	x.wait(t, title, false)
	if n := len(desk.notices); n != 0 {
		t.Errorf("%d more notices", n)
	}
	free(t, p)
}

// free checks that the data directory was given back whole.
func free(t *testing.T, p place) {
	t.Helper()
	if _, err := os.Lstat(filepath.Join(p.dir, "control.sock")); err == nil {
		t.Error("the control socket is left")
	}
	b, err := backend.Open(t.Context(), backend.Options{Dir: p.dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestStartedHidden(t *testing.T) {
	p, x, desk := newPlace(t), openScreen(t), openPanel(t)
	app := p.app(t, "--hidden")
	desk.adopt(t)
	app.says(t, "the page is ready")
	x.wait(t, title, false)
	desk.click(t, "Open Hearthkey")
	x.wait(t, title, true)
	app.terminate(t)
	app.ends(t, 0)
}

func TestTerminated(t *testing.T) {
	p, x, desk := newPlace(t), openScreen(t), openPanel(t)
	app := p.app(t)
	desk.adopt(t)
	x.wait(t, title, true)
	app.terminate(t)
	app.ends(t, 0)
	free(t, p)
}

func TestWithoutATrayClosingEndsIt(t *testing.T) {
	for name, change := range map[string]func(*place){
		"no panel":       func(*place) {},
		"no session bus": func(p *place) { p.env = append(p.env, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere/bus") },
	} {
		t.Run(name, func(t *testing.T) {
			p, x := newPlace(t), openScreen(t)
			change(&p)
			app := p.app(t)
			app.says(t, "the page is ready")
			x.close(x.wait(t, title, true))
			app.ends(t, 0)
			free(t, p)
		})
	}
}

func TestWindowOfHearthkeyd(t *testing.T) {
	p, x, desk := newPlace(t), openScreen(t), openPanel(t)
	daemon := p.daemon(t)
	app := p.app(t)
	app.says(t, fmt.Sprintf("hearthkeyd (pid %d) holds the data; this is its window.", daemon.cmd.Process.Pid))
	desk.adopt(t)
	app.says(t, "the page is ready")
	w := x.wait(t, title, true)
	desk.waitMenu(t, "(Local trial: sign-in on this computer only)", "Copy issuer URL", "Open Hearthkey", "Quit (sign-ins go on without this window)")

	x.close(w)
	x.wait(t, title, false)
	second := p.app(t)
	take(t, "the end of the second launch", second.ended)
	x.wait(t, title, true)
	if n := len(desk.items); n != 0 {
		t.Errorf("the second launch made a tray icon of its own")
	}

	desk.click(t, "Quit (sign-ins go on without this window)")
	app.ends(t, 0)
	daemon.alive(t)
	if _, err := p.client(t).Status(t.Context()); err != nil {
		t.Fatalf("hearthkeyd does not answer: %v", err)
	}
}

func TestHearthkeydEndsUnderItsWindow(t *testing.T) {
	p, x, desk := newPlace(t), openScreen(t), openPanel(t)
	daemon := p.daemon(t)
	app := p.app(t)
	desk.adopt(t)
	app.says(t, "the page is ready")
	x.wait(t, title, true)
	daemon.terminate(t)
	daemon.ends(t, 0)
	desk.waitMenu(t, "(Stopped: nobody can sign in)", "(Copy issuer URL)", "Open Hearthkey", "Quit (sign-ins go on without this window)")
	p.daemon(t)
	desk.waitMenu(t, "(Local trial: sign-in on this computer only)", "Copy issuer URL", "Open Hearthkey", "Quit (sign-ins go on without this window)")
	app.terminate(t)
	app.ends(t, 0)
}

func TestWhatKeepsItFromStartingIsShown(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(t *testing.T, p place)
		want string
	}{
		{"port in use", takePort, "is taken by another program"},
		{"unusable data directory", func(t *testing.T, p place) { write(t, p.dir, "a file") }, "Hearthkey cannot use"},
		{"damaged database", func(t *testing.T, p place) { inDir(t, p.dir, "hearthkey.db", strings.Repeat("junk", 4096)) }, "damaged"},
		{"missing key", loseKey, "is missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, x := newPlace(t), openScreen(t)
			tt.make(t, p)
			app := p.app(t)
			dialog := x.wait(t, "Hearthkey cannot start", true)
			app.says(t, tt.want)
			if said := app.text(); strings.Count("\n"+said, "\nhearthkey: ") != 1 || strings.Contains(said, "level=") {
				t.Errorf("it said more than one thing: %q", said) // the browser engine has a line of its own
			}
			x.close(dialog)
			app.ends(t, 1)
		})
	}
}

// trial sets the data of p up for a local trial.
func trial(t *testing.T, p place) {
	t.Helper()
	d := p.daemon(t)
	d.terminate(t)
	d.ends(t, 0)
}

func loseKey(t *testing.T, p place) {
	t.Helper()
	trial(t, p)
	if err := os.Remove(filepath.Join(p.dir, "hearthkey.key")); err != nil {
		t.Fatal(err)
	}
}

func TestNoDisplay(t *testing.T) {
	p := newPlace(t)
	p.env = append(p.env, "DISPLAY=", "WAYLAND_DISPLAY=")
	app := p.app(t)
	app.ends(t, 1)
	app.says(t, "There is no display here.")
	if _, err := os.Lstat(p.dir); err == nil {
		t.Error("data was made")
	}
}

func takePort(t *testing.T, p place) {
	t.Helper()
	trial(t, p)
	ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p.port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
}
