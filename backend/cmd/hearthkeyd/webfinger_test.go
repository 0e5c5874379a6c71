package main

import (
	"strings"
	"testing"
)

func TestWebFingerByCommand(t *testing.T) {
	dir := pinned(t)
	holds(t, said(t, dir, 0, "webfinger", "list"), "hearthkeyd webfinger add")
	holds(t, said(t, dir, 0, "webfinger", "add", "Emil@Example.com"), "The domain example.com was added. Nothing is published yet.")
	holds(t, said(t, dir, 1, "webfinger", "add", "example.com"), "in the list already")
	holds(t, said(t, dir, 2, "webfinger", "add"), "usage")
	holds(t, said(t, dir, 0, "webfinger", "list"), "unknown  example.com: Not looked at yet")
	holds(t, said(t, dir, 0, "webfinger", "set", "EXAMPLE.com", "--scope", "accounts", "--account", "nora", "--account", "jo@example.com"), "these accounts alone", "jo, nora")
	holds(t, said(t, dir, 0, "webfinger", "set", "example.com", "--scope", "domain"), "every address at the domain", "jo, nora")
	holds(t, said(t, dir, 1, "webfinger", "set", "example.com", "--account", "jo@example.org"), "jo@example.org is not at example.com")
	holds(t, said(t, dir, 0, "webfinger", "show", "example.com"), "Publisher:    none chosen")
	holds(t, said(t, dir, 0, "activity"), "The WebFinger domain example.com was added")
	holds(t, said(t, dir, 0, "webfinger", "remove", "example.com"), "was removed from the list")
	holds(t, said(t, dir, 1, "webfinger", "show", "example.com"), "not in the list any more")
	if text := said(t, dir, 0, "webfinger", "list", "--json"); strings.TrimSpace(text) != "[]" {
		t.Errorf("left %s", text)
	}
}
