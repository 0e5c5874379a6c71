package backend_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "hearthkey/"

// imports maps each package of the module to what its files import, test files and helper packages aside: own packages without the module's name.
type imports map[string][]string

// drawing is what doc.go draws: which packages there are, and what each may import.
type drawing struct {
	packages []string
	arrows   imports
}

// homes are packages that only one package may import.
var homes = []struct{ prefix, home string }{
	{"github.com/wailsapp/wails", "app"},
	{"fyne.io/systray", "app"},
	{"database/sql", "backend/store"},
	{"github.com/mattn/go-sqlite3", "backend/store"},
	{"github.com/go-jose/go-jose", "backend/oidc"},
	{"github.com/go-webauthn", "backend/passkey"},
	{"tailscale.com", "backend/tunnel"},
	{"github.com/zalando/go-keyring", "backend/vault"},
	{"github.com/pkg/sftp", "backend/publisher"},
	{"github.com/studio-b12/gowebdav", "backend/publisher"},
	{"github.com/minio/minio-go", "backend/publisher"},
	{"github.com/go-git/go-git", "backend/publisher"},
	{"github.com/cloudflare/cloudflare-go", "backend/publisher"},
	{"backend/public", "backend"},
}

// never are packages that must not reach another, not even through others.
var never = []struct{ from, to string }{
	{"backend/public", "backend/admin"},
	{"backend/signin", "backend/admin"},
	{"backend/oidc", "backend/admin"},
	{"backend/passkey", "backend/admin"},
	{"backend/webfinger", "backend/admin"},
	{"backend/store", "backend/vault"},
}

// TestLayers reads every import of the tree, whatever its build tags, and holds it to the rules and to the drawing.
func TestLayers(t *testing.T) {
	drawn := readDrawing(t)
	tree := readImports(t)
	for _, wrong := range breaches(tree, drawn) {
		t.Error(wrong)
	}
	for _, p := range drawn.packages {
		if _, there := tree[p]; !there && !strings.HasPrefix(p, "frontend/") && p != "backend/e2e" {
			t.Errorf("doc.go draws %s, which is not there", p)
		}
	}
}

// breaches lists what is against the rules, sorted.
func breaches(tree imports, drawn drawing) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for from, list := range tree {
		if !isDrawn(from, drawn) {
			say("%s is not in the drawing of doc.go", from)
		}
		for _, to := range list {
			breach(from, to, drawn, say)
		}
	}
	for _, n := range never {
		if way := reach(tree, n.from, n.to, nil); way != nil {
			say("%s must not reach %s: %s", n.from, n.to, strings.Join(way, " → "))
		}
	}
	slices.Sort(out)
	return out
}

// breach looks at one import.
func breach(from, to string, drawn drawing, say func(string, ...any)) {
	own, standard := isOwn(to), !strings.Contains(strings.Split(to, "/")[0], ".") && !isOwn(to)
	if from == "backend/idp" && !standard {
		say("backend/idp imports %s and may import the standard library only", to)
	}
	if isHelper(from) {
		return
	}
	for _, h := range homes {
		if within(to, h.prefix) && from != h.home {
			say("%s imports %s, which only %s may", from, to, h.home)
		}
	}
	switch {
	case !own || to == "backend/idp":
	case isHelper(to):
		say("%s imports %s, which is for tests", from, to)
	case !slices.Contains(drawn.arrows[from], to):
		say("%s imports %s, and doc.go draws no arrow between them", from, to)
	}
}

func isOwn(p string) bool { return within(p, "app") || within(p, "backend") || within(p, "frontend") }

func within(p, prefix string) bool { return p == prefix || strings.HasPrefix(p, prefix+"/") }

// isHelper says whether a package is for tests alone.
func isHelper(p string) bool {
	return within(p, "backend/e2e") || within(p, "backend/bench") || within(p, "build/tools") || strings.HasSuffix(p, "test")
}

// isDrawn says whether the drawing has the package, or the one that it helps to test.
func isDrawn(p string, drawn drawing) bool {
	return slices.Contains(drawn.packages, p) || (strings.HasSuffix(p, "test") && slices.Contains(drawn.packages, path.Dir(p))) || within(p, "build/tools")
}

// reach is a way from one package to another, nil when there is none.
func reach(tree imports, from, to string, way []string) []string {
	if slices.Contains(way, from) {
		return nil
	}
	way = append(slices.Clone(way), from)
	if from == to {
		return way
	}
	for _, next := range tree[from] {
		if found := reach(tree, next, to, way); found != nil {
			return found
		}
	}
	return nil
}

// readImports parses the imports of every Go file of the module.
func readImports(t *testing.T) imports {
	t.Helper()
	tree := imports{}
	eachSource(t, func(file string) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", file), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		p := path.Dir(filepath.ToSlash(file))
		tree[p] = append(tree[p], []string{}...)
		for _, i := range parsed.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if name = strings.TrimPrefix(name, module); !slices.Contains(tree[p], name) {
				tree[p] = append(tree[p], name)
			}
		}
	})
	if len(tree) < 10 {
		t.Fatalf("only %d packages were found", len(tree))
	}
	return tree
}

// eachSource calls fn with each Go file of the module, by its path from the module's root.
func eachSource(t *testing.T, fn func(file string)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(".."), ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || file == "build/bin" || file == "build/cache" || (strings.HasPrefix(d.Name(), ".") && file != ".")):
			return fs.SkipDir
		case strings.HasSuffix(file, ".go"):
			fn(file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var houseLine = regexp.MustCompile(`^\t((?:app|frontend|backend)[a-z0-9/]*)\s`)

// readDrawing reads the packages and the arrows out of doc.go.
func readDrawing(t *testing.T) drawing {
	t.Helper()
	raw, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	return parseDrawing(string(raw))
}

func parseDrawing(text string) drawing {
	d := drawing{arrows: imports{}}
	for line := range strings.Lines(text) {
		line = strings.TrimPrefix(line, "//")
		if left, right, found := strings.Cut(line, "─►"); found {
			right, _, _ = strings.Cut(strings.TrimSpace(right), "  ") // what follows is a remark
			for _, from := range strings.Split(left, ",") {
				for _, to := range strings.Split(right, ",") {
					d.arrows[full(from)] = append(d.arrows[full(from)], full(to))
				}
			}
		} else if m := houseLine.FindStringSubmatch(line); m != nil {
			d.packages = append(d.packages, strings.TrimSuffix(m[1], "/"))
		}
	}
	return d
}

// full is the path of a package that an arrow names.
func full(name string) string {
	if name = strings.TrimSpace(name); name == "app" || name == "backend" || name == "frontend" {
		return name
	}
	return "backend/" + name
}

// TestLayersCanFail breaks each rule once, on a made-up tree.
func TestLayersCanFail(t *testing.T) {
	drawn := parseDrawing(`
//	app/               x
//	frontend/          x
//	backend/           x
//	backend/idp        x
//	backend/store      x. storetest helps
//	backend/vault      x
//	backend/oidc       x
//	backend/passkey    x
//	backend/signin     x
//	backend/webfinger  x
//	backend/public     x
//	backend/tunnel     x
//	backend/admin      x
//	backend/control    x
//	backend/e2e        x
//	app     ─► backend, control, admin, frontend
//	backend ─► admin, public, tunnel, control
//	control ─► admin
//	admin   ─► oidc, store, webfinger     a remark
//	public  ─► signin, oidc
//	signin  ─► oidc, passkey, store
//	oidc    ─► vault, store
//	passkey ─► store
//	store   ─► idp
`)
	sound := imports{
		"app": {"backend", "backend/control", "backend/admin", "frontend", "github.com/wailsapp/wails/v2", "fyne.io/systray"}, "frontend": {"embed"}, "backend": {"backend/admin", "backend/public", "backend/idp"},
		"backend/idp": {"encoding/json"}, "backend/store": {"database/sql", "github.com/mattn/go-sqlite3", "backend/idp", "golang.org/x/text/cases"}, "backend/vault": {"backend/idp", "github.com/zalando/go-keyring"},
		"backend/oidc": {"backend/store", "backend/vault", "github.com/go-jose/go-jose/v4"}, "backend/passkey": {"backend/store", "github.com/go-webauthn/webauthn/webauthn"}, "backend/signin": {"backend/oidc", "backend/passkey"},
		"backend/webfinger": {}, "backend/public": {"backend/signin"}, "backend/tunnel": {"tailscale.com/tsnet"}, "backend/admin": {"backend/oidc", "backend/store"}, "backend/control": {"backend/admin"},
		"backend/e2e": {"tailscale.com/tsnet", "backend/public"}, "backend/store/storetest": {"backend/store", "database/sql"}, "backend/tunnel/tunneltest": {"tailscale.com/tstest"}, "build/tools/icons": {"image"},
	}
	if wrong := breaches(sound, drawn); len(wrong) > 0 {
		t.Fatalf("a sound tree is refused: %q", wrong)
	}
	for _, tt := range []struct{ from, to, want string }{
		{"backend/cellar", "os", "backend/cellar is not in the drawing"},
		{"backend/cellar/cellartest", "os", "backend/cellar/cellartest is not in the drawing"},
		{"backend/idp", "golang.org/x/text/cases", "standard library only"},
		{"backend/idp", "backend/store", "standard library only"},
		{"backend", "github.com/wailsapp/wails/v2/pkg/runtime", "which only app may"},
		{"backend/control", "fyne.io/systray", "which only app may"},
		{"backend/admin", "database/sql", "which only backend/store may"},
		{"backend/admin", "database/sql/driver", "which only backend/store may"},
		{"backend", "github.com/mattn/go-sqlite3", "which only backend/store may"},
		{"backend/signin", "github.com/go-jose/go-jose/v4/jwt", "which only backend/oidc may"},
		{"backend/signin", "github.com/go-webauthn/webauthn/protocol", "which only backend/passkey may"},
		{"backend", "tailscale.com/tsnet", "which only backend/tunnel may"},
		{"backend/oidc", "github.com/zalando/go-keyring", "which only backend/vault may"},
		{"app", "backend/public", "which only backend may"},
		{"backend/admin", "backend/public", "which only backend may"},
		{"backend/public", "backend/admin", "backend/public must not reach backend/admin: backend/public → backend/admin"},
		{"backend/signin", "backend/admin", "backend/public must not reach backend/admin: backend/public → backend/signin → backend/admin"},
		{"backend/signin", "backend/admin", "backend/signin must not reach backend/admin"},
		{"backend/oidc", "backend/control", "backend/oidc must not reach backend/admin: backend/oidc → backend/control → backend/admin"},
		{"backend/passkey", "backend/admin", "backend/passkey must not reach backend/admin"},
		{"backend/webfinger", "backend/admin", "backend/webfinger must not reach backend/admin"},
		{"backend/store", "backend/vault", "backend/store must not reach backend/vault"},
		{"backend/control", "backend/store", "doc.go draws no arrow"},
		{"backend/admin", "backend/store/storetest", "which is for tests"},
		{"backend/passkey", "backend/vault", "doc.go draws no arrow"},
	} {
		tree := maps.Clone(sound)
		tree[tt.from] = append(slices.Clone(tree[tt.from]), tt.to)
		found := breaches(tree, drawn)
		if !slices.ContainsFunc(found, func(wrong string) bool { return strings.Contains(wrong, tt.want) }) {
			t.Errorf("%s → %s: found %q, want %q", tt.from, tt.to, found, tt.want)
		}
	}
}
