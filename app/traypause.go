package main

import (
	"fyne.io/systray"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// pauseEntries pause public sign-in, or end the pause. One of the two is shown where the internet reaches the issuer, neither elsewhere.
type pauseEntries struct{ pause, resume *systray.MenuItem }

// pauseChoice is which of them fits a status.
type pauseChoice int

const (
	noPause   pauseChoice = iota // nobody comes from the internet
	mayPause                     // "Pause public sign-in", with for how long
	mayResume                    // "Resume public sign-in"
)

// pauseMinutes is the pause that ends by itself.
const pauseMinutes = 15

func choiceOf(s admin.Status) pauseChoice {
	switch {
	case s.Pause.On:
		return mayResume
	case s.Pin.Mode == idp.ModeFunnel || s.Pin.Mode == idp.ModeDomain:
		return mayPause
	}
	return noPause
}

// build adds them to the menu, hidden.
func (e *pauseEntries) build(t *tray) {
	add := func(parent *systray.MenuItem, key string, act func()) {
		go t.clicks(parent.AddSubMenuItem(idp.Text(key).String(), ""), act)
	}
	e.pause = systray.AddMenuItem(idp.Text("app.tray_pause").String(), "")
	add(e.pause, "app.tray_pause_minutes", func() { t.pauseFor(pauseMinutes) })
	add(e.pause, "app.tray_pause_open", func() { t.pauseFor(0) })
	e.resume = systray.AddMenuItem(idp.Text("app.tray_resume").String(), "")
	e.pause.Hide()
	e.resume.Hide()
	go t.clicks(e.resume, func() { t.changed(t.app.api.ResumePublic(t.app.ctx)) })
}

func (t *tray) pauseFor(minutes int) { t.changed(t.app.api.PausePublic(t.app.ctx, minutes)) }

// changed shows the window where a choice in the menu was refused: it says why it stands as it does.
func (t *tray) changed(_ admin.Status, err error) {
	if err != nil && t.app.ctx.Err() == nil {
		t.app.log.Warn("tray", "error", err)
		t.app.desk.Show()
	}
}

func (e *pauseEntries) show(c pauseChoice) {
	for item, when := range map[*systray.MenuItem]pauseChoice{e.pause: mayPause, e.resume: mayResume} {
		if c == when {
			item.Show()
		} else {
			item.Hide()
		}
	}
}
