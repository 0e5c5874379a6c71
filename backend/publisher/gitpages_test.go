package publisher

import (
	"testing"

	"hearthkey/backend/idp"
)

func TestIncludeWellKnown(t *testing.T) {
	const line = "include: [\".well-known\"]\n"
	for name, tt := range map[string]struct{ before, after string }{
		"empty":              {"", line},
		"other keys":         {"title: Home\n", "title: Home\n" + line},
		"no last line end":   {"title: Home", "title: Home\n" + line},
		"windows":            {"title: Home\r\n", "title: Home\r\ninclude: [\".well-known\"]\r\n"},
		"flow":               {"include: [_pages]\ntitle: x\n", "include: [_pages, \".well-known\"]\ntitle: x\n"},
		"flow with a rest":   {"include: [ \"a\", 'b', ] # kept\n", "include: [ \"a\", 'b', \".well-known\"] # kept\n"},
		"empty flow":         {"include: []\n", "include: [\".well-known\"]\n"},
		"windows flow":       {"include: [a]\r\nb: c\r\n", "include: [a, \".well-known\"]\r\nb: c\r\n"},
		"quoted key":         {"\"include\": [a]\n", "\"include\": [a, \".well-known\"]\n"},
		"list":               {"include:\n  - _pages\n  - .htaccess\ntitle: x\n", "include:\n  - \".well-known\"\n  - _pages\n  - .htaccess\ntitle: x\n"},
		"list at the margin": {"include: # these\n\n# pages\n- _pages\nexclude:\n- x\n", "include: # these\n\n# pages\n- \".well-known\"\n- _pages\nexclude:\n- x\n"},
		"windows list":       {"include:\r\n  - a\r\n", "include:\r\n  - \".well-known\"\r\n  - a\r\n"},
		"another's list":     {"include:\n- a\nexclude:\n- .well-known\n", "include:\n- \".well-known\"\n- a\nexclude:\n- .well-known\n"},
		"nested key":         {"defaults:\n  include: [x]\n", "defaults:\n  include: [x]\n" + line},
		"comment":            {"# include: [.well-known]\n", "# include: [.well-known]\n" + line},
		"similar":            {"include: [.well-known-old]\n", "include: [.well-known-old, \".well-known\"]\n"},
	} {
		got, ok := includeWellKnown([]byte(tt.before))
		if !ok || string(got) != tt.after {
			t.Errorf("%s: %v\n%s", name, ok, got)
		}
		again, ok := includeWellKnown(got)
		if !ok || string(again) != tt.after {
			t.Errorf("%s, a second time: %v\n%s", name, ok, again)
		}
	}
	for _, done := range []string{"include: [.well-known]\n", "include: ['.well-known']\n", "include: [a, \"/.well-known/\", b]\n", "include:\n  - a\n  - .well-known\n", "include:\n- '.well-known' # yes\n"} {
		if got, ok := includeWellKnown([]byte(done)); !ok || string(got) != done {
			t.Errorf("%q: %v %q", done, ok, got)
		}
	}
	for _, odd := range []string{"include: a\n", "include: [a,\n  b]\n", "include: *shared\n", "include: [a]\ninclude: [b]\n", "include:\n", "include:\n  a: b\n", "title: x\n...\n"} {
		if got, ok := includeWellKnown([]byte(odd)); ok {
			t.Errorf("%q was made %q", odd, got)
		}
	}
}

// TestPages is what each kind of site needs beside the document.
func TestPages(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		want  string // "" for nothing
	}{
		"empty":            {nil, ".nojekyll"},
		"plain":            {map[string]string{"index.html": "<h1>", "README.md": "x", "LICENSE.md": "x"}, ".nojekyll"},
		"off":              {map[string]string{"index.html": "<h1>", ".nojekyll": ""}, ""},
		"off and set":      {map[string]string{".nojekyll": "", "_config.yml": "a: b\n"}, ""},
		"set":              {map[string]string{"_config.yml": "a: b\n"}, "_config.yml"},
		"set, other name":  {map[string]string{"_config.yaml": "a: b\n"}, "_config.yaml"},
		"included":         {map[string]string{"_config.yml": "include: [.well-known]\n"}, ""},
		"readme is a page": {map[string]string{"README.md": "# Hello"}, "_config.yml"},
		"markdown":         {map[string]string{"index.html": "<h1>", "about.md": "x"}, "_config.yml"},
		"front matter":     {map[string]string{"index.html": "---\ntitle: x\n---\n<h1>"}, "_config.yml"},
		"front, nested":    {map[string]string{"index.html": "<h1>", "a/b.html": "---\r\n---\r\n"}, "_config.yml"},
		"layouts":          {map[string]string{"index.html": "<h1>", "_layouts/x.html": "x"}, "_config.yml"},
		"a rule":           {map[string]string{"index.html": "<h1>\n---\n"}, ".nojekyll"},
		"elsewhere":        {map[string]string{"site/index.html": "<h1>", "about.md": "x", "site/x.css": "x"}, ".nojekyll"},
	} {
		t.Run(name, func(t *testing.T) {
			g, c := siteOf(t, tt.files)
			if name == "elsewhere" {
				g.settings.Root, tt.want = "site", "site/.nojekyll"
			}
			edits, err := g.pages(c)
			if err != nil || len(edits) > 1 || len(edits) == 0 && tt.want != "" || len(edits) == 1 && edits[0].path != tt.want {
				t.Errorf("%+v %v, want %q", edits, err, tt.want)
			}
			g.settings.Pages = pagesCodeberg
			if edits, err := g.pages(c); err != nil || len(edits) != 0 {
				t.Errorf("Codeberg: %+v %v", edits, err)
			}
		})
	}
	g, c := siteOf(t, map[string]string{"_config.yml": "include: x\n"})
	_, err := g.pages(c)
	failed(t, err, idp.Conflict, "", "git.config")
}

// siteOf is a checkout of some files.
func siteOf(t *testing.T, files map[string]string) (*gitTarget, *checkout) {
	t.Helper()
	g := &gitTarget{domain: "example.com", settings: idp.Publisher{Kind: idp.PublisherGit, Pages: pagesGitHub}}
	t.Cleanup(func() { _ = g.Close() })
	c, err := g.newCheckout("refs/heads/main", [20]byte{})
	if err != nil {
		t.Fatal(err)
	}
	var edits []edit
	for name, text := range files {
		edits = append(edits, edit{name, []byte(text)})
	}
	if c.tree, err = c.with(edits...); err != nil {
		t.Fatal(err)
	}
	return g, c
}

// TestWith: a tree is changed at one path, and all else in it stays the object that it was.
func TestWith(t *testing.T) {
	_, c := siteOf(t, map[string]string{"a/b": "1", "a/c/d": "2", "a.b": "3", "z": "4"})
	start := c.tree
	added, err := c.with(edit{"a/.well-known/webfinger", []byte("5")})
	if err != nil || added == start {
		t.Fatal(added, err)
	}
	c.tree = added
	for path, want := range map[string]string{"a/b": "1", "a/c/d": "2", "a.b": "3", "z": "4", "a/.well-known/webfinger": "5"} {
		if text, there, err := c.read(path); err != nil || !there || string(text) != want {
			t.Errorf("%s: %q %v %v", path, text, there, err)
		}
	}
	if _, there, err := c.read("a/b/c"); there || err != nil {
		t.Errorf("below a file: %v %v", there, err)
	}
	if back, err := c.with(edit{"a/.well-known/webfinger", nil}); err != nil || back != start {
		t.Errorf("taken back: %s %v, want %s", back, err, start)
	}
	if same, err := c.with(edit{"a/.well-known/webfinger", []byte("5")}); err != nil || same != added {
		t.Errorf("the same: %s %v, want %s", same, err, added)
	}
}
