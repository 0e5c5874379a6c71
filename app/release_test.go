package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// releaseTags are those of `make build`.
const releaseTags = "desktop,production,webkit2_41"

// testMarks are what a program with the bridge in it holds: words of its code and the names of its functions.
var testMarks = []string{"X-Bridge-Token", "made-by-the-test-bridge", "main.serveBridge", "main.bridgeDesk"}

func filesUnder(t *testing.T, tags string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-tags", tags, "-f", "{{range .GoFiles}}{{.}} {{end}}{{range .CgoFiles}}{{.}} {{end}}{{range .EmbedFiles}}{{.}} {{end}}", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.Fields(string(out))
}

func TestReleaseHoldsNoTestCode(t *testing.T) {
	release := filesUnder(t, releaseTags)
	if !slices.Contains(release, "window.go") {
		t.Fatalf("a release of %v has no window", release)
	}
	for _, file := range release {
		if strings.HasPrefix(file, "bridge") || file == "bindings_on.go" {
			t.Errorf("%s is in the release", file)
		}
	}
	for _, tags := range []string{"bridge", "bindings"} {
		if slices.Equal(filesUnder(t, tags), filesUnder(t, "")) {
			t.Errorf("the tag %s adds nothing: this test looks for the wrong thing", tags)
		}
	}
}

// TestBuiltReleaseHoldsNoTestCode looks into the program that HEARTHKEY_APP names, as `make window` does.
func TestBuiltReleaseHoldsNoTestCode(t *testing.T) {
	path := os.Getenv("HEARTHKEY_APP")
	if path == "" {
		t.Skip("HEARTHKEY_APP names no program")
	}
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
