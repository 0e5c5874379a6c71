package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/admin"
)

// noCommand are the owner's operations that the command line does without, each with its reason.
var noCommand = map[string]string{
	"WaitForChange": "the window's way to stay current; a command ends with its answer",
}

func TestEveryOperationHasACommand(t *testing.T) {
	reached := map[string]bool{}
	for _, cmd := range commands() {
		for _, m := range cmd.methods {
			reached[m] = true
		}
	}
	api := reflect.TypeFor[admin.API]()
	for i := range api.NumMethod() {
		name := api.Method(i).Name
		_, excused := noCommand[name]
		switch {
		case !reached[name] && !excused:
			t.Errorf("admin.API.%s has no command and no reason why", name)
		case reached[name] && excused:
			t.Errorf("admin.API.%s has a command and a reason why it has none", name)
		}
		delete(reached, name)
	}
	for name := range reached {
		t.Errorf("a command names %s, which admin.API does not have", name)
	}
}

func TestCommandNamesAreFoundWhole(t *testing.T) {
	for _, cmd := range commands() {
		got, rest, ok := find(append(strings.Fields(cmd.name), "--json", "word"))
		if !ok || got.name != cmd.name || !slices.Equal(rest, []string{"--json", "word"}) {
			t.Errorf("%q is found as %q with %v", cmd.name, got.name, rest)
		}
	}
	if _, _, ok := find([]string{"user", "frobnicate"}); ok {
		t.Error("a command that does not exist was found")
	}
}
