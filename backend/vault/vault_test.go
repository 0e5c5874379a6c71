package vault

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

func ask(p string) func() (string, error) { return func() (string, error) { return p, nil } }

// open opens and fails the test where that fails.
func open(t *testing.T, o Options) *Vault {
	t.Helper()
	v, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// refused wants the error with that code and message key, and a text for the key.
func refused(t *testing.T, err error, code idp.Code, key string) {
	t.Helper()
	var e *idp.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want %s", err, key)
	}
	if e.Code != code || e.Message.Key != key {
		t.Fatalf("got %s %s (%v), want %s %s", e.Code, e.Message.Key, e, code, key)
	}
	if s := e.Error(); s == key || strings.ContainsAny(s, "{}!") {
		t.Fatalf("the text of %s is %q", key, s)
	}
}

func seal(t *testing.T, v *Vault, plain string) []byte {
	t.Helper()
	b, err := v.Seal([]byte(plain), "signing_key", "key_1")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func opens(t *testing.T, v *Vault, sealed []byte, want string) {
	t.Helper()
	got, err := v.Open(sealed, "signing_key", "key_1")
	if err != nil || string(got) != want {
		t.Fatalf("got %q, %v; want %q", got, err, want)
	}
}

func TestSecretsSurviveARestart(t *testing.T) {
	for _, o := range []Options{
		{Kind: KindFile},
		{Kind: KindPassphrase, Passphrase: ask("copper anvil meadow lantern")},
		{}, // no keychain allowed: a file
	} {
		t.Run(string(o.Kind), func(t *testing.T) {
			o.Dir = t.TempDir()
			sealed := seal(t, open(t, o), "private")
			if bytes.Contains(sealed, []byte("private")) {
				t.Fatal("the envelope shows what is in it")
			}
			again := o
			again.HasWrappedData = true
			opens(t, open(t, again), sealed, "private")
			again.Kind = "" // vault.json is enough to find the key
			v := open(t, again)
			opens(t, v, sealed, "private")
			if want := o.Kind; want != "" && v.Kind() != want {
				t.Fatalf("kind %s, want %s", v.Kind(), want)
			}
			if warned := v.Warning() != ""; warned != (v.Kind() == KindFile) {
				t.Fatalf("warning of %s: %q", v.Kind(), v.Warning())
			}
		})
	}
}

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	open(t, Options{Dir: dir, Kind: KindFile})
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Fatalf("%v, %v: want vault.json and hearthkey.key", entries, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
		}
	}
}

func TestVaultJSONHoldsNoKey(t *testing.T) {
	dir := t.TempDir()
	v := open(t, Options{Dir: dir, Kind: KindFile})
	raw := read(t, dir, markerFile)
	if strings.Contains(raw, strings.TrimPrefix(v.key.text(), keyPrefix)) || !strings.Contains(raw, v.key.id()) {
		t.Fatal(raw)
	}
}

// A new key over old data would lock every secret away for ever, so each way of losing the key must refuse and leave the files as they are.
func TestNoNewKeyOverOldData(t *testing.T) {
	const pass = "copper anvil meadow lantern"
	otherKey := []byte(newKey().text())
	for _, c := range []struct {
		name string
		made Options
		harm func(dir string) error
		now  Options
		want string
	}{
		{"everything gone", Options{Kind: KindFile}, removeAll, Options{}, "vault.marker_missing"},
		{"everything gone, file wanted", Options{Kind: KindFile}, removeAll, Options{Kind: KindFile}, "vault.marker_missing"},
		{"everything gone, passphrase given", Options{Kind: KindFile}, removeAll, Options{Kind: KindPassphrase, Passphrase: ask(pass)}, "vault.marker_missing"},
		{"everything gone, keychain wanted", Options{Kind: KindFile}, removeAll, Options{Kind: KindKeychain, Keychain: true}, "vault.marker_missing"},
		{"key file gone", Options{Kind: KindFile}, remove(keyFile), Options{}, "vault.key_missing"},
		{"another key file", Options{Kind: KindFile}, replace(keyFile, otherKey), Options{}, "vault.key_wrong"},
		{"key file cut short", Options{Kind: KindFile}, replace(keyFile, otherKey[:30]), Options{}, "vault.key_file_damaged"},
		{"key file empty", Options{Kind: KindFile}, replace(keyFile, nil), Options{}, "vault.key_file_damaged"},
		{"vault.json cut short", Options{Kind: KindFile}, replace(markerFile, []byte(`{"version":1,`)), Options{}, "vault.marker_damaged"},
		{"vault.json empty", Options{Kind: KindFile}, replace(markerFile, nil), Options{}, "vault.marker_damaged"},
		{"vault.json of later", Options{Kind: KindFile}, replace(markerFile, []byte(`{"version":2}`)), Options{}, "vault.marker_newer"},
		{"passphrase without parameters", Options{Kind: KindFile}, replace(markerFile, []byte(`{"version":1,"kind":"passphrase","id":"a","key_id":"b"}`)),
			Options{Passphrase: ask(pass)}, "vault.marker_damaged"},
		{"nobody to ask", Options{Kind: KindPassphrase, Passphrase: ask(pass)}, nothing, Options{}, "vault.passphrase_needed"},
		{"empty passphrase", Options{Kind: KindPassphrase, Passphrase: ask(pass)}, nothing, Options{Passphrase: ask("")}, "vault.passphrase_needed"},
		{"wrong passphrase", Options{Kind: KindPassphrase, Passphrase: ask(pass)}, nothing, Options{Passphrase: ask(pass + " ")}, "vault.passphrase_wrong"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.made.Dir, c.now.Dir, c.now.HasWrappedData = dir, dir, true
			open(t, c.made)
			if err := c.harm(dir); err != nil {
				t.Fatal(err)
			}
			before := files(t, dir)
			_, err := Open(t.Context(), c.now)
			refused(t, err, idp.Unavailable, c.want)
			if after := files(t, dir); after != before {
				t.Fatalf("the directory was %s and is now %s", before, after)
			}
		})
	}
}

func TestKeyGoneBeforeAnythingWasSealed(t *testing.T) {
	dir := t.TempDir()
	open(t, Options{Dir: dir, Kind: KindFile})
	if err := os.Remove(filepath.Join(dir, keyFile)); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{Dir: dir})
	refused(t, err, idp.Unavailable, "vault.key_unused")
}

func TestKeyFileWithoutVaultJSON(t *testing.T) {
	dir := t.TempDir()
	sealed := seal(t, open(t, Options{Dir: dir, Kind: KindFile}), "private")
	if err := os.Remove(filepath.Join(dir, markerFile)); err != nil {
		t.Fatal(err)
	}
	opens(t, open(t, Options{Dir: dir, HasWrappedData: true}), sealed, "private")
	if _, err := os.Stat(filepath.Join(dir, markerFile)); err == nil {
		t.Fatal("a key that is not proven was written down as the right one")
	}
	opens(t, open(t, Options{Dir: dir}), sealed, "private") // a first start that was cut off
	opens(t, open(t, Options{Dir: dir, HasWrappedData: true}), sealed, "private")
}

func TestAnotherKind(t *testing.T) {
	dir := t.TempDir()
	open(t, Options{Dir: dir, Kind: KindFile})
	_, err := Open(t.Context(), Options{Dir: dir, Kind: KindPassphrase, Passphrase: ask("copper anvil meadow lantern")})
	refused(t, err, idp.Conflict, "vault.kind_differs")
	_, err = Open(t.Context(), Options{Dir: t.TempDir(), Kind: "floppy"})
	refused(t, err, idp.Invalid, "vault.kind_unknown")
}

func TestNewPassphrase(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(t.Context(), Options{Dir: dir, Kind: KindPassphrase, Passphrase: ask("kämpfer")})
	refused(t, err, idp.Invalid, "vault.passphrase_short")
	gone := errors.New("terminal closed")
	_, err = Open(t.Context(), Options{Dir: dir, Kind: KindPassphrase, Passphrase: func() (string, error) { return "", gone }})
	if !errors.Is(err, gone) {
		t.Fatal(err)
	}
	if got := files(t, dir); got != "" {
		t.Fatalf("a refused passphrase left %s", got)
	}
	open(t, Options{Dir: dir, Kind: KindPassphrase, Passphrase: ask("kämpfern")})
}

// Changed parameters derive another key; those that would exhaust the memory or make argon2 panic are seen before.
func TestArgonParametersChanged(t *testing.T) {
	dir := t.TempDir()
	o := Options{Dir: dir, Kind: KindPassphrase, Passphrase: ask("copper anvil meadow lantern")}
	open(t, o)
	changed := strings.Replace(read(t, dir, markerFile), `"time": 3`, `"time": 1`, 1)
	if err := os.WriteFile(filepath.Join(dir, markerFile), []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), o)
	refused(t, err, idp.Unavailable, "vault.passphrase_wrong")
	for from, to := range map[string]string{`"lanes": 4`: `"lanes": 0`, `"time": 1`: `"time": 0`, `"memory_kib": 65536`: `"memory_kib": 4294967295`} {
		bad := strings.Replace(changed, from, to, 1)
		if bad == changed {
			t.Fatalf("no %s in %s", from, changed)
		}
		if err := os.WriteFile(filepath.Join(dir, markerFile), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), o)
		refused(t, err, idp.Unavailable, "vault.marker_damaged")
	}
}

func TestCancelledStartMakesNothing(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, Options{Dir: dir, Keychain: true}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if got := files(t, dir); got != "" {
		t.Fatalf("a cancelled start left %s", got)
	}
}

func nothing(string) error { return nil }

func removeAll(dir string) error {
	return errors.Join(os.Remove(filepath.Join(dir, keyFile)), os.Remove(filepath.Join(dir, markerFile)))
}

func remove(name string) func(string) error {
	return func(dir string) error { return os.Remove(filepath.Join(dir, name)) }
}

func replace(name string, content []byte) func(string) error {
	return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), content, 0o600) }
}

// files lists the directory with its contents.
func files(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range entries {
		b.WriteString(e.Name() + "=" + read(t, dir, e.Name()) + " ")
	}
	return b.String()
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
