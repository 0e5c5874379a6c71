package main

import (
	"os"
	"runtime/debug"
)

// How much garbage may pile up before it is collected: in percent of what lives, and in bytes in all from which on it is collected as often as that takes.
const (
	garbagePercent = 400
	garbageLimit   = 256 << 20
)

// collectSeldom suits a process in which little lives, near 5 MB: at Go's 100 percent a busy one collects dozens of times a second, which takes a tenth of its processor time and holds requests up. GOGC and GOMEMLIMIT go before it.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(garbageLimit)
	}
}
