package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// said runs one command line on a data directory of its own and answers what was printed.
func said(t *testing.T, dir string, code int, args ...string) string {
	t.Helper()
	var out, wrong bytes.Buffer
	if got := run(t.Context(), append(args, "--data", dir), strings.NewReader(""), &out, &wrong); got != code {
		t.Fatalf("%v ends with %d, want %d: %s%s", args, got, code, &out, &wrong)
	}
	return out.String() + wrong.String()
}

// pinned is a data directory whose issuer is on a tailnet.
func pinned(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	said(t, dir, 0, "set-up", "--home", "Rowan Lane", "--name", "Nora", "--username", "nora")
	s, err := store.Open(t.Context(), filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	err = s.Write(t.Context(), func(tx *store.Tx) error { return tx.SetPin(idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", 1)) })
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("it lacks %q:\n%s", part, text)
		}
	}
}

func TestLogOutSaysFirstWhatItBreaks(t *testing.T) {
	dir := pinned(t)
	holds(t, said(t, dir, 0, "tailnet", "log-out"), "Nothing is changed yet.", "0 people and 0 apps lose sign-in", "hearthkeyd tailnet log-out --yes\n")
	holds(t, said(t, dir, 1, "tailnet", "log-out", "--yes"), "not in a tailnet yet") // as far as it goes without a node

	holds(t, said(t, dir, 0, "tailnet", "carrier", "yes"), "people sign in to Tailscale itself", "To do: No admin is known")
	holds(t, said(t, dir, 0, "tailnet", "log-out"), "People sign in to Tailscale itself", "--yes --host-name id.tail1234.ts.net")
	holds(t, said(t, dir, 2, "tailnet", "log-out", "--yes"), "add --host-name id.tail1234.ts.net")
	holds(t, said(t, dir, 2, "tailnet", "log-out", "--yes", "--host-name", "id"), "add --host-name id.tail1234.ts.net")
	holds(t, said(t, dir, 1, "tailnet", "log-out", "--yes", "--host-name", "id.tail1234.ts.net"), "not in a tailnet yet")
}

func TestCarrierByCommand(t *testing.T) {
	dir := pinned(t)
	holds(t, said(t, dir, 2, "tailnet", "carrier", "maybe"), "say yes or no")
	said(t, dir, 0, "tailnet", "carrier", "yes")
	holds(t, said(t, dir, 0, "status"), "For Tailscale:   yes", "To do: No admin is known")
	said(t, dir, 0, "tailnet", "passkey-admin", "yes")
	if text := said(t, dir, 0, "status"); strings.Contains(text, "passkey admin") || strings.Contains(text, "signs in to Tailscale with a passkey") {
		t.Errorf("what is done is still to do:\n%s", text)
	}
	holds(t, said(t, dir, 0, "tailnet", "carrier", "no"), "nobody signs in to Tailscale itself")
	holds(t, said(t, dir, 0, "status"), "For Tailscale:   no")
	holds(t, said(t, dir, 1, "tailnet", "renew"), "not in a tailnet yet")
}

func TestKeepAwakeByCommand(t *testing.T) {
	dir := pinned(t)
	holds(t, said(t, dir, 0, "keep-awake", "on"), "From the next start of Hearthkey on.", "Closing the lid still sends most laptops to sleep.")
	holds(t, said(t, dir, 0, "status"), "Keep awake:")
	holds(t, said(t, dir, 0, "keep-awake", "off"), "may go to sleep by itself")
	if text := said(t, dir, 0, "status"); strings.Contains(text, "Keep awake:") {
		t.Errorf("nobody asked for it:\n%s", text)
	}
}
