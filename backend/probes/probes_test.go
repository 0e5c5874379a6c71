package probes

import (
	"encoding/json"
	"os"
	"testing"

	"hearthkey/backend/backendtest"
)

// row is one of testdata/probes.json.
type row struct {
	ID       string `json:"id"`
	Area     string `json:"area"`
	Attack   string `json:"attack"`
	Request  string `json:"request"`
	Expected string `json:"expected"`
	Source   string `json:"source"`
	Runner   string `json:"runner"`
}

// probe is one row at work. It shares its provider with the others; one that moves the clock or restarts it takes its own with alone.
type probe struct {
	*backendtest.Provider
	row row
}

// alone is this probe on a provider of its own.
func (p *probe) alone() *probe { return &probe{backendtest.Start(p.TB), p.row} }

// probes are the attacks, by the ID of their row. The files add theirs.
var probes = map[string]func(*probe){}

func add(these map[string]func(*probe)) bool {
	for id, attack := range these {
		if probes[id] != nil {
			panic("two probes for " + id)
		}
		probes[id] = attack
	}
	return true
}

func rows(t *testing.T) []row {
	t.Helper()
	raw, err := os.ReadFile("testdata/probes.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []row
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestProbes attacks in every way that is listed.
func TestProbes(t *testing.T) {
	p := backendtest.Start(t)
	for _, r := range rows(t) {
		if attack := probes[r.ID]; attack != nil {
			t.Run(r.ID, func(t *testing.T) { attack(&probe{p.For(t), r}) })
		}
	}
}
