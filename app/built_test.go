//go:build window

package main

import (
	"os"
	"strings"
	"testing"
)

// testMarks are what a program with the bridge in it holds: words of its code and the names of its functions.
var testMarks = []string{"X-Bridge-Token", "made-by-the-test-bridge", "main.serveBridge", "main.bridgeDesk"}

// TestBuiltReleaseHoldsNoTestCode looks into the program that HEARTHKEY_APP names, which `make window` has built.
func TestBuiltReleaseHoldsNoTestCode(t *testing.T) {
	path := os.Getenv("HEARTHKEY_APP")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	program := string(raw)
	if !strings.Contains(program, "tray_online_public") {
		t.Fatalf("%s is not the app", path)
	}
	for _, mark := range testMarks {
		if strings.Contains(program, mark) {
			t.Errorf("%s holds %s", path, mark)
		}
	}
}
