package main

import (
	"sync"

	"fyne.io/systray"
)

// trayTitle stays empty: a title would stand beside the icon in the menu bar.
const trayTitle = ""

// runTray makes the status item. It belongs to the main thread, and Wails owns the application's loop.
func runTray(build func()) (stop func()) {
	start, end := systray.RunWithExternalLoop(build, nil)
	start()
	return sync.OnceFunc(end)
}

// setTrayIcon gives a template, which the menu bar draws in its own ink.
func setTrayIcon(shape string) {
	raw := icon("tray-" + shape + "-black-44")
	systray.SetTemplateIcon(raw, raw)
}

// hasTrayHost: the menu bar is always there.
func hasTrayHost() bool { return true }
