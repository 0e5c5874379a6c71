package webfinger

import (
	"fmt"
	"strings"
	"testing"
)

// TestDiffIsBounded lays documents side by side that would take more memory than a machine has if each pair of lines were looked at.
func TestDiffIsBounded(t *testing.T) {
	long := func(mark string) string {
		var out strings.Builder
		for i := range 3000 {
			if fmt.Fprintf(&out, "%s%d\n", mark, i); i == 1500 {
				out.WriteString("both\n")
			}
		}
		return out.String()
	}
	list := Diff("head\n"+long("x")+"tail\n", "head\n"+long("y")+"tail\n")
	if n := len(list); n != 6004 || list[0] != (DiffLine{"", "head"}) || list[n-1] != (DiffLine{"", "tail"}) || list[3001].Sign != "-" || list[3002].Sign != "+" {
		t.Errorf("%d lines", len(list))
	}
}
