package main

import (
	"encoding/binary"
	"runtime"
	"sync"

	"fyne.io/systray"
	"golang.org/x/sys/windows/registry"
)

// trayTitle is not shown on Windows.
const trayTitle = ""

// runTray gives the tray a thread of its own: a Windows window gets its messages on the thread that made it.
func runTray(build func()) (stop func()) {
	go func() {
		runtime.LockOSThread()
		systray.Run(build, nil)
	}()
	return sync.OnceFunc(systray.Quit)
}

// setTrayIcon chooses the ink that the taskbar's theme asks for.
func setTrayIcon(shape string) {
	ink := "white"
	if taskbarIsLight() {
		ink = "black"
	}
	systray.SetIcon(ico(icon("tray-" + shape + "-" + ink + "-32")))
}

// hasTrayHost: the taskbar is always there.
func hasTrayHost() bool { return true }

func taskbarIsLight() bool {
	key, err := registry.OpenKey(registry.CURRENT_USER, `Software\Microsoft\Windows\CurrentVersion\Themes\Personalize`, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer key.Close()
	light, _, err := key.GetIntegerValue("SystemUsesLightTheme")
	return err == nil && light == 1
}

// ico wraps one 32 pixel PNG in an icon file: ICONDIR, one ICONDIRENTRY, the picture.
func ico(png []byte) []byte {
	out := []byte{0, 0, 1, 0, 1, 0, 32, 32, 0, 0, 1, 0, 32, 0}
	out = binary.LittleEndian.AppendUint32(out, uint32(len(png)))
	out = binary.LittleEndian.AppendUint32(out, 22)
	return append(out, png...)
}
