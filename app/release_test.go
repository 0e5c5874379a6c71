package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// releaseTags are those of `make build`.
const releaseTags = "desktop,production,webkit2_41"

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
