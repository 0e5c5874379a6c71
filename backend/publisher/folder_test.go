package publisher

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
)

const (
	oldDocument = `{"subject":"acct:old@example.com"}` + "\n"
	newDocument = `{"subject":"acct:new@example.com","links":[]}` + "\n"
)

func mustOpen(t *testing.T, c Config) Target {
	t.Helper()
	target, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = target.Close() })
	return target
}

func openFolder(t *testing.T, root string) Target {
	t.Helper()
	return mustOpen(t, Config{Domain: "example.com", Settings: idp.Publisher{Kind: idp.PublisherFolder, Root: root}})
}

// refused expects an idp.Error that was made from a key of this area, in whole sentences.
func refused(t *testing.T, err error, field, key string) {
	t.Helper()
	var known *idp.Error
	if !errors.As(err, &known) || known.Field != field || known.Message.Key != "publisher."+key || strings.Contains(known.Error(), "{") {
		t.Fatalf("%v, want publisher.%s on %q", err, key, field)
	}
}

// holds expects a file's text and nothing beside it, and no file where the text is "".
func holds(t *testing.T, root, text string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, ".well-known", "webfinger"))
	if text == "" && errors.Is(err, os.ErrNotExist) {
		return
	}
	if err != nil || string(b) != text {
		t.Fatalf("%q %v, want %q", b, err, text)
	}
	list, err := os.ReadDir(filepath.Join(root, ".well-known"))
	if err != nil || len(list) != 1 {
		t.Fatalf("left behind: %v %v", list, err)
	}
}

// publishes takes a target through everything: an empty place, a test, two writes, both ways back. held is what it holds, "" for nothing.
func publishes(t *testing.T, target Target, held func() string) {
	t.Helper()
	ctx := t.Context()
	step := func(want string, err error) {
		t.Helper()
		if got := held(); err != nil || got != want {
			t.Fatalf("%q %v, want %q", got, err, want)
		}
	}
	nothing, err := target.Read(ctx)
	if err != nil || nothing.There || nothing.Document != nil {
		t.Fatalf("%+v %v", nothing, err)
	}
	test, err := target.Test(ctx)
	if err != nil || !strings.Contains(test.Said, "No WebFinger document") {
		t.Fatalf("%+v %v", test, err)
	}
	step("", nil)
	step(oldDocument, target.Write(ctx, Material{Document: []byte(oldDocument)}))
	before, err := target.Read(ctx)
	if err != nil || !before.There || string(before.Document) != oldDocument {
		t.Fatalf("%+v %v", before, err)
	}
	test, err = target.Test(ctx)
	if err != nil || !strings.Contains(test.Said, "is there now") {
		t.Fatalf("%+v %v", test, err)
	}
	step(oldDocument, nil)
	step(newDocument, target.Write(ctx, Material{Document: []byte(newDocument)}))
	step(oldDocument, target.Restore(ctx, before))
	step("", target.Restore(ctx, nothing))
	step("", target.Restore(ctx, nothing)) // a second time changes nothing
}

func TestFolder(t *testing.T) {
	root := t.TempDir()
	publishes(t, openFolder(t, root), func() string {
		b, _ := os.ReadFile(filepath.Join(root, ".well-known", "webfinger"))
		return string(b)
	})
	if list, err := os.ReadDir(root); err != nil || len(list) != 0 {
		t.Fatalf("left behind: %v %v", list, err)
	}
}

func TestFolderKeepsWhatOthersHave(t *testing.T) {
	root := t.TempDir()
	others := filepath.Join(root, ".well-known", "security.txt")
	write(t, others, "Contact: x\n")
	f := openFolder(t, root)
	s, err := f.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Write(t.Context(), Material{Document: []byte(newDocument)}), f.Restore(t.Context(), s)); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(others); err != nil || string(b) != "Contact: x\n" {
		t.Fatal(string(b), err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// TestFolderSweeps takes away what a write left that was cut off, once no write can be at it any more.
func TestFolderSweeps(t *testing.T) {
	root := t.TempDir()
	old, young, foreign := filepath.Join(root, wellKnown, besideName()), filepath.Join(root, wellKnown, besideName()), filepath.Join(root, wellKnown, "webfinger.bak")
	for _, name := range []string{old, young, foreign} {
		write(t, name, "{")
	}
	past := time.Now().Add(-2 * time.Hour)
	if err := errors.Join(os.Chtimes(old, past, past), os.Chtimes(foreign, past, past)); err != nil {
		t.Fatal(err)
	}
	if err := openFolder(t, root).Write(t.Context(), Material{Document: []byte(newDocument)}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{old: false, young: true, foreign: true} {
		if _, err := os.Stat(name); (err == nil) != want {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
	}
}

// TestFolderLinks lays links into the served directory, as somebody might who may write there and nowhere else.
func TestFolderLinks(t *testing.T) {
	outside := t.TempDir()
	write(t, filepath.Join(outside, "webfinger"), "outside")
	for name, tt := range map[string]struct {
		lay        func(root string) error
		field, key string
	}{
		"directory that leads out": {func(root string) error { return os.Symlink(outside, filepath.Join(root, wellKnown)) }, "root", "well_known"},
		"directory by a way up": {func(root string) error {
			return os.Symlink("../"+filepath.Base(outside), filepath.Join(root, wellKnown))
		}, "root", "well_known"},
		"directory that leads nowhere": {func(root string) error { return os.Symlink("gone", filepath.Join(root, wellKnown)) }, "root", "well_known"},
		"directory that is a file":     {func(root string) error { return os.WriteFile(filepath.Join(root, wellKnown), nil, 0o644) }, "root", "well_known"},
		"file that is a link": {func(root string) error {
			return errors.Join(os.Mkdir(filepath.Join(root, wellKnown), 0o755), os.Symlink(filepath.Join(outside, "webfinger"), filepath.Join(root, filepath.FromSlash(Path))))
		}, "", "not_file"},
		"file that is a directory": {func(root string) error { return os.MkdirAll(filepath.Join(root, filepath.FromSlash(Path)), 0o755) }, "", "not_file"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			if err := tt.lay(root); err != nil {
				t.Fatal(err)
			}
			f := openFolder(t, root)
			_, err := f.Read(t.Context())
			refused(t, err, tt.field, tt.key)
			_, err = f.Test(t.Context())
			refused(t, err, tt.field, tt.key)
			refused(t, f.Write(t.Context(), Material{Document: []byte(newDocument)}), tt.field, tt.key)
			list, err := os.ReadDir(outside)
			if b, _ := os.ReadFile(filepath.Join(outside, "webfinger")); err != nil || len(list) != 1 || string(b) != "outside" {
				t.Fatalf("written outside: %v %v", list, err)
			}
		})
	}
}

func TestFolderWithin(t *testing.T) {
	root := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(root, "shared"), 0o755), os.Symlink("shared", filepath.Join(root, wellKnown))); err != nil {
		t.Fatal(err)
	}
	if err := openFolder(t, root).Write(t.Context(), Material{Document: []byte(newDocument)}); err != nil {
		t.Fatal(err)
	}
	holds(t, root, newDocument)
}

func TestFolderThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "")
	for root, key := range map[string]string{"": "folder_path", "www": "folder_path", "../www": "folder_path", "/srv/\x00www": "folder_path", "/srv/\nwww": "folder_path"} {
		_, err := Open(t.Context(), Config{Settings: idp.Publisher{Kind: idp.PublisherFolder, Root: root}})
		refused(t, err, "root", key)
	}
	for root, key := range map[string]string{filepath.Join(dir, "gone"): "folder_missing", filepath.Join(dir, "file"): "folder_none"} {
		_, err := openFolder(t, root).Test(t.Context())
		refused(t, err, "root", key)
	}
	write(t, filepath.Join(dir, filepath.FromSlash(Path)), strings.Repeat("x", maxDocument+1))
	_, err := openFolder(t, dir).Read(t.Context())
	refused(t, err, "", "long")
}

func TestOpenWhereNothingIsPublished(t *testing.T) {
	for kind, want := range map[idp.PublisherKind]idp.Code{idp.PublisherNone: idp.Conflict, idp.PublisherHand: idp.Conflict, "carrier-pigeon": idp.Invalid} {
		if _, err := Open(t.Context(), Config{Domain: "example.com", Settings: idp.Publisher{Kind: kind}}); idp.CodeOf(err) != want {
			t.Errorf("%q: %v", kind, err)
		}
	}
}
