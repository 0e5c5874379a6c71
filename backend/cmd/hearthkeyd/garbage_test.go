package main

import (
	"runtime/debug"
	"testing"
)

// TestCollectSeldom: what the environment says goes before what suits this process.
func TestCollectSeldom(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	defer func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) }()
	for _, tt := range []struct {
		gogc, gomemlimit string
		percent          int
		limit            int64
	}{
		{"", "", garbagePercent, garbageLimit},
		{"100", "64MiB", 100, 64 << 20},
	} {
		t.Setenv("GOGC", tt.gogc)
		t.Setenv("GOMEMLIMIT", tt.gomemlimit)
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(64 << 20)
		collectSeldom()
		if got := debug.SetGCPercent(100); got != tt.percent {
			t.Errorf("GOGC=%q: %d percent, want %d", tt.gogc, got, tt.percent)
		}
		if got := debug.SetMemoryLimit(-1); got != tt.limit {
			t.Errorf("GOMEMLIMIT=%q: %d bytes, want %d", tt.gomemlimit, got, tt.limit)
		}
	}
}
