package main

import (
	"os"
	"strings"
	"sync"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"
)

// trayTitle names the item; panels keep its place by it.
const trayTitle = "Hearthkey"

// runTray puts the icon on the session bus, where panels find it now or later. Without a bus there is none: systray would fail at its end.
func runTray(build func()) (stop func()) {
	if _, err := dbus.SessionBus(); err != nil {
		return func() {}
	}
	start, end := systray.RunWithExternalLoop(build, nil)
	start()
	return sync.OnceFunc(end)
}

// setTrayIcon chooses black or white for the panel that is most likely there: it says nothing of its colour.
func setTrayIcon(shape string) {
	ink := "white"
	if panelIsLight() {
		ink = "black"
	}
	systray.SetIcon(icon("tray-" + shape + "-" + ink + "-44"))
}

// hasTrayHost says whether a panel shows tray icons right now (freedesktop StatusNotifierWatcher).
func hasTrayHost() bool {
	bus, err := dbus.SessionBus()
	if err != nil {
		return false
	}
	watcher := bus.Object("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher")
	var host dbus.Variant
	err = watcher.Call("org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart, "org.kde.StatusNotifierWatcher", "IsStatusNotifierHostRegistered").Store(&host)
	there, _ := host.Value().(bool)
	return err == nil && there
}

// panelIsLight guesses by the desktop and by the colour scheme of its settings portal (1 dark, 2 light). GNOME's panel is dark in either.
func panelIsLight() bool {
	desktop := os.Getenv("XDG_CURRENT_DESKTOP")
	if strings.Contains(desktop, "GNOME") || strings.Contains(desktop, "Unity") {
		return false
	}
	switch colourScheme() {
	case 1:
		return false
	case 2:
		return true
	}
	return strings.Contains(desktop, "KDE") || strings.Contains(desktop, "XFCE") || strings.Contains(desktop, "MATE") || strings.Contains(desktop, "LXQt")
}

// colourScheme is 0 where the portal does not answer.
func colourScheme() uint32 {
	bus, err := dbus.SessionBus()
	if err != nil {
		return 0
	}
	portal := bus.Object("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop")
	var scheme dbus.Variant
	if portal.Call("org.freedesktop.portal.Settings.ReadOne", dbus.FlagNoAutoStart, "org.freedesktop.appearance", "color-scheme").Store(&scheme) != nil {
		return 0
	}
	value, _ := scheme.Value().(uint32)
	return value
}
