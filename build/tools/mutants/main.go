// Command mutants shows that tests can fail: it seeds the bugs of a list into the product, one at a time, and runs the test that is named beside each, which must fail. The tree is not touched: each bug is an overlay of one build.
//
//	go run ./build/tools/mutants [-only REGEXP] LIST.json...
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// edit is a change of one file.
type edit struct {
	File string `json:"file"` // from the root of the repository
	Old  string `json:"old"`  // text that stands in the file once
	New  string `json:"new"`  // what stands there instead
}

// mutant is one bug and the test that finds it.
type mutant struct {
	ID  string `json:"id"`  // of the row; CO-01.2 is the second bug of CO-01
	Bug string `json:"bug"` // what it is, for people
	edit
	Also    []edit `json:"also"`    // what else has to go before it shows: many things are held twice
	Package string `json:"package"` // "" for ./backend/probes
	Test    string `json:"test"`    // "" for TestProbes/ID; what go test -run takes, level by level
}

func (m mutant) withDefaults() mutant {
	if m.Package == "" {
		m.Package = "./backend/probes"
	}
	if m.Test == "" {
		row, _, _ := strings.Cut(m.ID, ".")
		m.Test = "TestProbes/" + row
	}
	return m
}

// The verdicts.
var (
	errSurvived = errors.New("SURVIVED: the test did not see the bug")
	errStale    = errors.New("STALE: the text to replace does not stand in the file exactly once")
	errBuild    = errors.New("BROKEN: the program with the bug does not build")
	errElse     = errors.New("ELSEWHERE: the run failed, and not by the named test")
)

func main() {
	only := flag.String("only", "", "run those whose ID matches the `regexp`")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: mutants [-only REGEXP] LIST.json...")
		os.Exit(2)
	}
	if err := run(flag.Args(), *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(lists []string, only string) error {
	match, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	var chosen []mutant
	for _, list := range lists {
		these, err := read(list, match)
		if err != nil {
			return err
		}
		chosen = append(chosen, these...)
	}
	if len(chosen) == 0 {
		return errors.New("the lists name no such bug")
	}
	var mu sync.Mutex
	var work sync.WaitGroup
	failed, next := 0, make(chan mutant)
	for range 2 { // a build and a test run overlap well, more only wait for each other
		work.Go(func() {
			for m := range next {
				out, err := m.try()
				mu.Lock()
				if err != nil {
					failed++
					fmt.Printf("%-8s %s: %v\n%s", m.ID, m.Bug, err, out)
				} else {
					fmt.Printf("%-8s found  %s\n", m.ID, m.Bug)
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range chosen {
		next <- m
	}
	close(next)
	work.Wait()
	fmt.Printf("%d bugs seeded, %d found\n", len(chosen), len(chosen)-failed)
	if failed > 0 {
		return fmt.Errorf("%d of the list are not as they should be", failed)
	}
	return nil
}

// read takes those of a list whose ID matches.
func read(list string, match *regexp.Regexp) ([]mutant, error) {
	raw, err := os.ReadFile(list)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var all, chosen []mutant
	if err := decoder.Decode(&all); err != nil {
		return nil, fmt.Errorf("read %s: %w", list, err)
	}
	for _, m := range all {
		if match.MatchString(m.ID) {
			chosen = append(chosen, m.withDefaults())
		}
	}
	return chosen, nil
}

// try seeds the bug and runs its test. Nil means that the test failed, as it must; otherwise out is what the run printed.
func (m mutant) try() (out string, err error) {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	overlay, err := m.seed(dir)
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "test", "-vet=off", "-count=1", "-overlay", overlay, "-run", pattern(m.Test), m.Package)
	said, err := cmd.CombinedOutput()
	switch out = string(said); {
	case err == nil:
		return out, errSurvived
	case strings.Contains(out, "[build failed]"), strings.Contains(out, "[setup failed]"):
		return out, errBuild
	case !strings.Contains(out, "--- FAIL: "+m.Test):
		return out, errElse
	}
	return "", nil
}

// seed writes the files with the bug in them, and the overlay that puts them in the build.
func (m mutant) seed(dir string) (overlay string, err error) {
	sources := map[string]string{}
	for _, e := range append([]edit{m.edit}, m.Also...) {
		path, err := filepath.Abs(e.File)
		if err != nil {
			return "", err
		}
		if _, there := sources[path]; !there {
			raw, err := os.ReadFile(path)
			if err != nil {
				return "", err
			}
			sources[path] = string(raw)
		}
		if strings.Count(sources[path], e.Old) != 1 {
			return "", errStale
		}
		sources[path] = strings.Replace(sources[path], e.Old, e.New, 1)
	}
	replace := map[string]string{}
	for path, source := range sources {
		replace[path] = filepath.Join(dir, strconv.Itoa(len(replace))+"_"+filepath.Base(path))
		if err := os.WriteFile(replace[path], []byte(source), 0o600); err != nil {
			return "", err
		}
	}
	raw, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, raw, 0o600)
}

// pattern makes each level of a test's name match itself and nothing longer.
func pattern(test string) string {
	levels := strings.Split(test, "/")
	for i, level := range levels {
		levels[i] = "^" + regexp.QuoteMeta(level) + "$"
	}
	return strings.Join(levels, "/")
}
