package probes

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// elsewhere are rows that other tests show, or that are about what Hearthkey has not got.
var elsewhere = map[string]string{
	"TK-14": "private_key_jwt is not offered; clientauth.go refuses every assertion, which TestProbes/JW-01 asks too",
	"DR-02": "there is no registration by apps; the addresses that owners type are checked in backend/outgoing",
	"DR-04": "there is no registration by apps",
	"DR-05": "there is no registration by apps",
	"DR-06": "there is no registration by apps, and no client ID is ever fetched",
	"DR-08": "there is no registration by apps",
	"UP-02": "nothing can be uploaded yet",
	"UP-04": "nothing can be uploaded yet",
	"UP-05": "nothing can be uploaded yet",
	"OT-02": "the only code that people type is a device's, which TestProbes/DV-05 tries",
	"OT-03": "the only code that people type is a device's, which TestProbes/DV-07 tries",
}

// here are the runners whose rows are probed here. The others need a browser's window, a load or a fault: they stand in backend/e2e, backend/bench and the packages that the fault is made in.
var here = []string{"http", "http+unit", "http+clock", "http+admin", "unit", "race", "virtual-authenticator", "browser+virtual-authenticator", "timing", "browser"}

// TestEveryRow: no row is forgotten, and none is both here and elsewhere.
func TestEveryRow(t *testing.T) {
	known := map[string]bool{}
	for _, r := range rows(t) {
		known[r.ID] = true
		probed, reason := probes[r.ID] != nil, elsewhere[r.ID]
		switch {
		case probed && reason != "":
			t.Errorf("%s is probed here and said to be elsewhere", r.ID)
		case slices.Contains(here, r.Runner) && !probed && reason == "":
			t.Errorf("%s (%s, %s) is not probed: %s", r.ID, r.Area, r.Runner, r.Attack)
		}
	}
	for id := range probes {
		if !known[id] {
			t.Errorf("the probe %s has no row", id)
		}
	}
	for id := range elsewhere {
		if !known[id] {
			t.Errorf("%s is said to be elsewhere and has no row", id)
		}
	}
}

// TestEveryMutant: each probe has a bug that it sees, and each bug names a probe.
func TestEveryMutant(t *testing.T) {
	raw, err := os.ReadFile("testdata/mutants.json")
	if err != nil {
		t.Fatal(err)
	}
	var mutants []struct{ ID, Test string }
	if err := json.Unmarshal(raw, &mutants); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range mutants {
		id, _, _ := strings.Cut(m.ID, ".") // CO-04.2 is the second bug of CO-04
		if probes[id] == nil && m.Test == "" {
			t.Errorf("the bug %s names no probe", m.ID)
		}
		seen[id] = true
	}
	for id := range probes {
		if !seen[id] {
			t.Errorf("the probe %s was never seen to fail: testdata/mutants.json has no bug for it", id)
		}
	}
}
