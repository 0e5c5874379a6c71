package main

import (
	"embed"
	"strconv"
	"sync"

	"fyne.io/systray"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

//go:embed icons/*.png
var icons embed.FS

// shapes are the tray icons by Status.State; each says the state without colour.
var shapes = map[string]string{
	admin.StateSetUp:     "starting",
	admin.StateTrial:     "tailnet",
	admin.StatePublic:    "public",
	admin.StateTailnet:   "tailnet",
	admin.StateStarting:  "starting",
	admin.StateAttention: "attention",
	admin.StatePaused:    "paused",
	admin.StateStopped:   "stopped",
}

// icon reads a drawn icon; build/tools/icons makes them all, and a test asks for each.
func icon(name string) []byte {
	raw, _ := icons.ReadFile("icons/" + name + ".png")
	return raw
}

// tray is the icon and its menu. Nothing is there that the window lacks, so that a desktop without a tray misses nothing.
type tray struct {
	app    *App
	once   sync.Once
	remove func()
	status *systray.MenuItem
	notice *systray.MenuItem // what is about to end; hidden while nothing is
	drift  *systray.MenuItem // the domain whose WebFinger is out of order; hidden while none is
	asks   *systray.MenuItem // the requests that wait; hidden while none does
	copy   *systray.MenuItem
	pause  pauseEntries

	mu    sync.Mutex
	built bool
	want  look // as the newest status says
	shown look // as icon and menu say
}

// look is what the tray shows of a status.
type look struct {
	state, issuer, notice, drift string
	pause                        pauseChoice
	asks                         int
}

func newTray(a *App) *tray { return &tray{app: a, want: look{state: admin.StateStarting}} }

// start makes the icon where there is a tray. On macOS it must be called on the main thread, before the window's loop begins.
func (t *tray) start() {
	t.once.Do(func() {
		systray.SetOnTapped(t.app.desk.Show) // first: Linux reads once whether the icon is more than a menu
		t.remove = runTray(t.build)
	})
}

// stop removes the icon; a start after it does nothing.
func (t *tray) stop() {
	t.once.Do(func() { t.remove = func() {} })
	t.remove()
}

func (t *tray) build() {
	quit := "app.tray_quit"
	if t.app.remote != "" {
		quit = "app.tray_quit_remote"
	}
	systray.SetTitle(trayTitle)
	t.status = systray.AddMenuItem(stateText(admin.StateStarting), "")
	t.status.Disable()
	t.notice = systray.AddMenuItem("", "")
	t.notice.Hide()
	t.drift = systray.AddMenuItem("", "")
	t.drift.Hide()
	systray.AddSeparator()
	t.asks = systray.AddMenuItem("", "")
	t.asks.Hide()
	t.copy = systray.AddMenuItem(idp.Text("app.tray_copy").String(), "")
	t.copy.Disable()
	t.pause.build(t)
	open := systray.AddMenuItem(idp.Text("app.tray_open").String(), "")
	systray.AddSeparator()
	end := systray.AddMenuItem(idp.Text(quit).String(), "")
	t.mu.Lock()
	t.built = true
	t.apply()
	t.mu.Unlock()
	go t.clicks(t.copy, t.copyIssuer)
	go t.clicks(t.notice, t.app.desk.Show)
	go t.clicks(t.drift, t.app.desk.Show)
	go t.clicks(t.asks, t.app.showApprovals)
	go t.clicks(open, t.app.desk.Show)
	go t.clicks(end, t.app.desk.Quit)
}

// clicks carries out an item, one click at a time; systray drops clicks that come meanwhile.
func (t *tray) clicks(item *systray.MenuItem, act func()) {
	for range item.ClickedCh {
		act()
	}
}

func (t *tray) copyIssuer() {
	t.mu.Lock()
	issuer := t.shown.issuer
	t.mu.Unlock()
	if err := t.app.Copy(issuer); err != nil {
		t.app.log.Warn("tray", "error", err)
	}
}

// show puts a state on the icon and in the menu. A status that cannot be read is a stopped provider.
func (t *tray) show(s admin.Status, err error) {
	if err != nil {
		s.State = admin.StateStopped
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.want = look{state: s.State, issuer: s.Pin.Issuer, notice: s.Guard.Notice.Title, drift: s.WebFinger.Title, pause: choiceOf(s), asks: s.Approvals}
	if t.built {
		t.apply()
	}
}

// apply is called with mu held, once the menu is there.
func (t *tray) apply() {
	if t.want.state != t.shown.state {
		setTrayIcon(shapes[t.want.state])
		t.status.SetTitle(stateText(t.want.state))
	}
	if now, before := tooltip(t.want), tooltip(t.shown); now != before {
		systray.SetTooltip(now)
	}
	if t.want.notice != t.shown.notice {
		showLine(t.notice, t.want.notice)
	}
	if t.want.drift != t.shown.drift {
		showLine(t.drift, t.want.drift)
	}
	if t.want.pause != t.shown.pause {
		t.pause.show(t.want.pause)
	}
	if t.want.asks != t.shown.asks {
		t.asks.SetTitle(idp.Text("app.tray_asks", "count", strconv.Itoa(t.want.asks)).String())
		t.asks.Hide()
		if t.want.asks > 0 {
			t.asks.Show()
		}
	}
	switch {
	case t.want.issuer != "":
		t.copy.Enable()
	case t.shown.issuer != "":
		t.copy.Disable()
	}
	t.shown = t.want
}

// showLine is a line of the menu that is there while it says something.
func showLine(item *systray.MenuItem, title string) {
	item.SetTitle(title)
	item.Hide()
	if title != "" {
		item.Show()
	}
}

func stateText(state string) string { return idp.Text("app.tray_" + state).String() }

// tooltip is what the icon says when pointed at.
func tooltip(l look) string {
	text := stateText(l.state)
	for _, line := range []string{l.notice, l.drift} {
		if line != "" {
			text += ". " + line
		}
	}
	return text
}
