//go:build desktop || dev

package main

import (
	"os"
	"runtime"

	"hearthkey/backend/idp"
)

// haveScreen says whether a window can be shown here.
func haveScreen() error {
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return idp.Fail(idp.Unavailable, "app.no_display")
	}
	return nil
}
