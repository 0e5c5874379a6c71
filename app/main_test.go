//go:build !bridge && !desktop

package main

import (
	"errors"
	"os"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

func TestCommandLine(t *testing.T) {
	t.Setenv("HEARTHKEY_DATA", t.TempDir())
	var out strings.Builder
	var usage usageError
	if err := run(t.Context(), []string{"--colour"}, &out); !errors.As(err, &usage) || !strings.Contains(usage.Error(), "colour") {
		t.Fatalf("unknown flag: %v", err)
	}
	if err := run(t.Context(), []string{"--version"}, &out); err != nil || out.String() != "Hearthkey dev\n" {
		t.Fatalf("version: %q, %v", out.String(), err)
	}
	if err := run(t.Context(), nil, &out); idp.CodeOf(err) != idp.Unavailable || !strings.Contains(err.Error(), "without a window") {
		t.Fatalf("no window in this build: %v", err)
	}
	if left, _ := os.ReadDir(os.Getenv("HEARTHKEY_DATA")); len(left) != 0 {
		t.Fatalf("data was touched: %v", left)
	}
	t.Setenv("HEARTHKEY_PORT", "http")
	if err := run(t.Context(), nil, &out); idp.CodeOf(err) != idp.Invalid {
		t.Fatalf("no port: %v", err)
	}
}
