package backend_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"
)

// TestTexts holds the catalogue of backend/idp/text against the sources: every key that Go or a page names is there, every key that is there is named, and the {placeholders} of a text are those that its callers fill.
func TestTexts(t *testing.T) {
	use := newUsage(readCatalogue(t, filepath.Join("idp", "text", "en")), built)
	readSources(t, use)
	readPages(t, use)
	for _, wrong := range use.faults() {
		t.Error(wrong)
	}
}

// built are the keys that are put together from a beginning, a word and an ending.
var built = map[string]rest{
	"activity.":       {[]string{""}, []wordSource{{"backend/idp const Event", nil}}},
	"activity.state_": {[]string{""}, []wordSource{{"backend/admin const State", nil}}},
	"app.tray_":       {[]string{""}, []wordSource{{"backend/admin const State", nil}}},
	"oidc.": {[]string{""}, []wordSource{
		{"backend/oidc call pageError 0", nil}, {"backend/oidc/endsession.go call with 0", nil},
		{"backend/oidc/redirect.go call fail 0", []string{"uri"}}, {"backend/oidc return checkScheme", []string{"uri"}}, {"backend/oidc return checkWeb", []string{"uri"}},
	}},
	"page.ask_":      {[]string{""}, []wordSource{{"backend/signin list askWords", []string{"home", "owner", "address"}}}},
	"wfcheck.":       {[]string{"", "_mend"}, []wordSource{{"backend/webfinger call warn 2", nil}, {"backend/webfinger call danger 2", nil}}},
	"wfcheck.ok_":    {[]string{""}, []wordSource{{"backend/webfinger call ok 1", nil}}},
	"publisher.way_": {[]string{""}, []wordSource{{"backend/publisher list wayWords", nil}}},
	"todo.":          {[]string{"", "_detail"}, []wordSource{{"backend/admin call add 0", nil}}},
}

// rest is what follows the beginning of a key.
type rest struct {
	endings []string
	from    []wordSource
}

// wordSource is a place where words are found: the constants of a package whose names begin so, what is given to a function of a package or file, what a function returns, or a list.
// Args are the places that are filled for all of them, beside those that are filled where the key is put together or the word is given.
type wordSource struct {
	line string
	args []string
}

// usage is what the sources say of the catalogue.
type usage struct {
	catalogue map[string]string
	built     map[string]rest
	used      map[string]bool
	calls     []call            // with a key that is written out
	begun     map[string]call   // the beginnings of keys that are put together
	words     map[string][]call // what built takes words from, by its line
}

// call is one place that makes a message: args are the names it fills, open when it may fill others too.
type call struct {
	at, key string
	args    []string
	open    bool
}

var placeholder = regexp.MustCompile(`\{([a-zA-Z]+)\}`)

// faults lists what is wrong, sorted.
func (u *usage) faults() []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, c := range u.calls {
		text, known := u.catalogue[c.key]
		if !known {
			say("%s: the catalogue lacks %s", c.at, c.key)
			continue
		}
		u.used[c.key] = true
		need := map[string]bool{}
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			need[m[1]] = true
			if !c.open && !slices.Contains(c.args, m[1]) {
				say("%s: %s has a place for {%s}, which nothing fills", c.at, c.key, m[1])
			}
		}
		for _, name := range c.args {
			if !c.open && !need[name] {
				say("%s: %s has no place for {%s}", c.at, c.key, name)
			}
		}
	}
	u.build(say)
	for key := range u.catalogue {
		if !u.used[key] {
			say("nothing uses %s", key)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// build looks up the keys that are put together.
func (u *usage) build(say func(string, ...any)) {
	for begin, c := range u.begun {
		if _, known := u.built[begin]; !known {
			say("%s: keys that begin with %q are put together; say from which words in this test's table", c.at, begin)
		}
	}
	for begin, b := range u.built {
		if _, there := u.begun[begin]; !there {
			say("no source puts keys together that begin with %q", begin)
			continue
		}
		for _, from := range b.from {
			if len(u.words[from.line]) == 0 {
				say("found no words for %q by %q", begin, from.line)
			}
			for _, word := range u.words[from.line] {
				for _, end := range b.endings {
					u.one(begin+word.key+end, word.at, slices.Concat(from.args, u.begun[begin].args, word.args), say)
				}
			}
		}
	}
}

// one looks up a key that was put together.
func (u *usage) one(key, at string, args []string, say func(string, ...any)) {
	text, known := u.catalogue[key]
	if !known {
		say("%s: the catalogue lacks %s", at, key)
		return
	}
	u.used[key] = true
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(args, m[1]) {
			say("%s: %s has a place for {%s}, which nothing fills", at, key, m[1])
		}
	}
}

func readCatalogue(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no catalogue", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var entries map[string]string
		if err := json.Unmarshal(raw, &entries); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for name, text := range entries {
			out[strings.TrimSuffix(filepath.Base(file), ".json")+"."+name] = text
		}
	}
	return out
}

// goPackage is what the text test needs of the files of one folder.
type goPackage struct {
	files map[string]*ast.File
	takes map[string]int // functions whose parameter of that number is followed by the pairs of a message
}

func newUsage(catalogue map[string]string, built map[string]rest) *usage {
	return &usage{catalogue: catalogue, built: built, used: map[string]bool{}, begun: map[string]call{}, words: map[string][]call{}}
}

func readSources(t *testing.T, u *usage) {
	t.Helper()
	set, packages := token.NewFileSet(), map[string]*goPackage{}
	eachSource(t, func(file string) {
		if strings.HasSuffix(file, "_test.go") || !isOwn(file) {
			return
		}
		parsed, err := parser.ParseFile(set, filepath.Join("..", file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		dir := path.Dir(file)
		if packages[dir] == nil {
			packages[dir] = &goPackage{map[string]*ast.File{}, map[string]int{}}
		}
		packages[dir].files[file] = parsed
	})
	for dir, p := range packages {
		u.readPackage(set, dir, p)
	}
}

func (u *usage) readPackage(set *token.FileSet, dir string, p *goPackage) {
	for _, file := range p.files {
		p.findTakers(file)
	}
	for name, file := range p.files {
		u.readFile(set, dir, name, p, file)
	}
}

// findTakers finds functions of the form f(..., key string, args ...string).
func (p *goPackage) findTakers(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			p.taker(n.Name.Name, n.Type)
		case *ast.AssignStmt:
			for i, right := range n.Rhs {
				if lit, ok := right.(*ast.FuncLit); ok && i < len(n.Lhs) {
					if name, ok := n.Lhs[i].(*ast.Ident); ok {
						p.taker(name.Name, lit.Type)
					}
				}
			}
		}
		return true
	})
}

func (p *goPackage) taker(name string, f *ast.FuncType) {
	count, list := 0, f.Params.List
	for _, field := range list {
		count += max(1, len(field.Names))
	}
	if count < 2 {
		return
	}
	last, ok := list[len(list)-1].Type.(*ast.Ellipsis)
	if !ok {
		return
	}
	if of, ok := last.Elt.(*ast.Ident); ok && of.Name == "string" {
		p.takes[name] = count - 2
	}
}

// readFile notes every call with a key, every key that is written anywhere, and the words that others are made of.
func (u *usage) readFile(set *token.FileSet, dir, name string, p *goPackage, file *ast.File) {
	at := func(n ast.Node) string { return fmt.Sprintf("%s:%d", name, set.Position(n.Pos()).Line) }
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			u.readCall(at(n), dir, p, n)
		case *ast.BinaryExpr:
			if begin, ok := u.beginning(n); ok && u.begun[begin].at == "" {
				u.begun[begin] = call{at: at(n), key: begin}
			}
		case *ast.BasicLit:
			if text, ok := literal(n); ok && u.isKey(text) {
				u.calls = append(u.calls, call{at: at(n), key: text, open: true})
			}
		case *ast.GenDecl:
			u.readValues(dir, n)
		case *ast.FuncDecl:
			u.readReturns(at(n), dir, n)
		case *ast.ImportSpec:
			return false
		}
		return true
	})
}

// readCall notes a call that fills the places of a text.
func (u *usage) readCall(at, dir string, p *goPackage, n *ast.CallExpr) {
	name, takes := "", -1
	switch f := n.Fun.(type) {
	case *ast.Ident:
		name = f.Name
		if i, ok := p.takes[name]; ok {
			takes = i
		}
	case *ast.SelectorExpr:
		name = f.Sel.Name
		of, _ := f.X.(*ast.Ident)
		if i, ok := map[string]int{"Text": 0, "Fail": 1, "FailField": 1}[name]; ok && of != nil && of.Name == "idp" {
			takes = i
		} else if i, ok := p.takes[name]; ok {
			takes = i
		}
	}
	var args []string
	if takes >= 0 && !n.Ellipsis.IsValid() {
		args = pairs(n.Args[min(takes+1, len(n.Args)):])
	}
	for i, arg := range n.Args {
		if word, ok := literal(arg); ok {
			file, _, _ := strings.Cut(at, ":")
			for _, place := range []string{dir, file} {
				line := fmt.Sprintf("%s call %s %d", place, name, i)
				u.words[line] = append(u.words[line], call{at: at, key: word, args: args})
			}
		}
	}
	if takes < 0 || takes >= len(n.Args) {
		return
	}
	if begin, ok := u.beginning(n.Args[takes]); ok {
		u.begun[begin] = call{at: at, key: begin, args: args}
	}
	if key, ok := literal(n.Args[takes]); ok && strings.Contains(key, ".") && !n.Ellipsis.IsValid() {
		u.calls = append(u.calls, call{at: at, key: key, args: args})
	}
}

// pairs are the names among a name, a value, a name, a value ...
func pairs(list []ast.Expr) (names []string) {
	for i := 0; i < len(list); i += 2 {
		name, ok := literal(list[i])
		if !ok || i+1 == len(list) {
			name = "an argument that is not in pairs"
		}
		names = append(names, name)
	}
	return names
}

// beginning is the literal that a key begins with whose rest is put on to it.
func (u *usage) beginning(n ast.Expr) (string, bool) {
	sum, ok := n.(*ast.BinaryExpr)
	if !ok || sum.Op != token.ADD {
		return "", false
	}
	if begin, ok := u.beginning(sum.X); ok {
		return begin, true
	}
	text, ok := literal(sum.X)
	return text, ok && u.isArea(text)
}

// readValues notes the values of constants under each beginning of their names, and the words of lists.
func (u *usage) readValues(dir string, n *ast.GenDecl) {
	for _, spec := range n.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for i, name := range v.Names {
			if i >= len(v.Values) {
				continue
			}
			if word, ok := literal(v.Values[i]); ok && n.Tok == token.CONST {
				for end := range name.Name {
					u.words[dir+" const "+name.Name[:end]] = append(u.words[dir+" const "+name.Name[:end]], call{at: name.Name, key: word})
				}
			}
			if list, ok := v.Values[i].(*ast.CompositeLit); ok {
				for _, e := range list.Elts {
					if word, ok := literal(e); ok {
						u.words[dir+" list "+name.Name] = append(u.words[dir+" list "+name.Name], call{at: name.Name, key: word})
					}
				}
			}
		}
	}
}

// readReturns notes the words that a function returns.
func (u *usage) readReturns(at, dir string, f *ast.FuncDecl) {
	ast.Inspect(f, func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
			if word, ok := literal(ret.Results[0]); ok && word != "" {
				line := dir + " return " + f.Name.Name
				u.words[line] = append(u.words[line], call{at: at, key: word})
			}
		}
		return true
	})
}

func literal(n ast.Expr) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

var keyForm = regexp.MustCompile(`^([a-z]+)\.[a-z][a-z0-9_]*$`)

// fileNames look like keys and are none.
var fileNames = []string{"app.js", "control.sock", "control.path", "vault.json"}

// isKey says whether a literal is meant as a key: an area of the catalogue, a dot and a name.
func (u *usage) isKey(text string) bool {
	m := keyForm.FindStringSubmatch(text)
	if m == nil || !u.isArea(m[1]+".") || slices.Contains(fileNames, text) {
		return false
	}
	_, begins := u.built[text]
	return !begins
}

// isArea says whether keys begin like this.
func (u *usage) isArea(begin string) bool {
	for key := range maps.Keys(u.catalogue) {
		if strings.HasPrefix(key, begin) && strings.Contains(begin, ".") {
			return true
		}
	}
	return false
}

// readPages notes what the templates of the pages name: {{t "key" "name" .Value}} and tb, which shows the values in bold.
func readPages(t *testing.T, u *usage) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "frontend", "public", "pages", "*.html"))
	if err != nil || len(files) == 0 {
		t.Fatal("no pages", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := u.readPage(filepath.Base(file), string(raw)); err != nil {
			t.Fatal(err)
		}
	}
}

func (u *usage) readPage(name, text string) error {
	tree, set := parse.New(name), map[string]*parse.Tree{}
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(text, "", "", set); err != nil {
		return err
	}
	for _, one := range set {
		eachCommand(one.Root, func(c *parse.CommandNode) { u.readCommand(name, c) })
	}
	return nil
}

func (u *usage) readCommand(at string, c *parse.CommandNode) {
	f, ok := c.Args[0].(*parse.IdentifierNode)
	if !ok || (f.Ident != "t" && f.Ident != "tb") || len(c.Args) < 2 {
		return
	}
	key, ok := c.Args[1].(*parse.StringNode)
	if !ok {
		return // a key that Go gave the page, which was seen there
	}
	found := call{at: at, key: key.Text}
	for i := 2; i < len(c.Args); i += 2 {
		name, ok := c.Args[i].(*parse.StringNode)
		if !ok || i+1 == len(c.Args) {
			name = &parse.StringNode{Text: "an argument that is not in pairs"}
		}
		found.args = append(found.args, name.Text)
	}
	u.calls = append(u.calls, found)
}

// eachCommand calls fn with each command of a template, those in parentheses too.
func eachCommand(n parse.Node, fn func(*parse.CommandNode)) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				eachCommand(child, fn)
			}
		}
	case *parse.ActionNode:
		eachCommand(n.Pipe, fn)
	case *parse.TemplateNode:
		eachCommand(n.Pipe, fn)
	case *parse.IfNode:
		eachBranch(&n.BranchNode, fn)
	case *parse.RangeNode:
		eachBranch(&n.BranchNode, fn)
	case *parse.WithNode:
		eachBranch(&n.BranchNode, fn)
	case *parse.PipeNode:
		if n != nil {
			for _, c := range n.Cmds {
				fn(c)
				for _, arg := range c.Args {
					eachCommand(arg, fn)
				}
			}
		}
	}
}

func eachBranch(n *parse.BranchNode, fn func(*parse.CommandNode)) {
	eachCommand(n.Pipe, fn)
	eachCommand(n.List, fn)
	eachCommand(n.ElseList, fn)
}

// TestTextsCanFail makes each mistake once.
func TestTextsCanFail(t *testing.T) {
	catalogue := map[string]string{"a.plain": "Plain.", "a.full": "{x} and {y}.", "b.kind_one": "One {x}.", "b.kind_two": "Two."}
	table := map[string]rest{"b.kind_": {[]string{""}, []wordSource{{"p call made 0", nil}, {"p const Kind", nil}}}}
	const source = `package p
		const KindTwo = "two"
		func made(word string, args ...string) { idp.Fail(idp.Invalid, "b.kind_"+word, args...) }
		func all() { made("one", "x", v); say(idp.Text("a.plain")); idp.FailField("f", "a.full", "x", v, "y", w) }`
	const page = `{{define "p"}}{{if .A}}{{t "a.plain"}}{{else}}{{template "button" (t "a.full" "x" .X "y" $.Y)}}{{end}}{{end}}`
	for _, tt := range []struct{ old, new, want string }{
		{"", "", ""},
		{`idp.Text("a.plain")`, `idp.Text("a.plane")`, "p.go:4: the catalogue lacks a.plane"},
		{`idp.Text("a.plain")`, `idp.Text("a.plain", "x", v)`, "a.plain has no place for {x}"},
		{`"a.full", "x", v, "y", w`, `"a.full", "x", v`, "a.full has a place for {y}, which nothing fills"},
		{`"a.full", "x", v, "y", w`, `"a.full", "x", v, "y"`, "an argument that is not in pairs"},
		{`"a.full", "x", v, "y", w`, `"a.full", x, v, "y", w`, "an argument that is not in pairs"},
		{`say(idp.Text("a.plain"))`, `key := "a.plane"`, "the catalogue lacks a.plane"},
		{`made("one", "x", v)`, `made("one")`, "b.kind_one has a place for {x}"},
		{`made("one", "x", v)`, `made("three")`, "the catalogue lacks b.kind_three"},
		{`made("one", "x", v)`, ``, "nothing uses b.kind_one"},
		{`KindTwo = "two"`, `Other = "two"`, `found no words for "b.kind_" by "p const Kind"`},
		{`"b.kind_"+word`, `word`, `no source puts keys together that begin with "b.kind_"`},
		{`say(idp.Text("a.plain"))`, `idp.Text("a."+word)`, `keys that begin with "a." are put together`},
		{`{{t "a.plain"}}`, `{{t "a.plane"}}`, "p.html: the catalogue lacks a.plane"},
		{`(t "a.full" "x" .X "y" $.Y)`, `(t "a.full" "x" .X)`, "p.html: a.full has a place for {y}"},
		{`(t "a.full" "x" .X "y" $.Y)`, `(t "a.full" "x" .X "y" $.Y "z" .Z)`, "p.html: a.full has no place for {z}"},
	} {
		u, set := newUsage(catalogue, table), token.NewFileSet()
		file, err := parser.ParseFile(set, "p.go", strings.Replace(source, tt.old, tt.new, 1), parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("%s: %v", tt.new, err)
		}
		u.readPackage(set, "p", &goPackage{map[string]*ast.File{"p.go": file}, map[string]int{}})
		if err := u.readPage("p.html", strings.Replace(page, tt.old, tt.new, 1)); err != nil {
			t.Fatal(err)
		}
		found := u.faults()
		if (tt.want == "") != (len(found) == 0) || !strings.Contains(strings.Join(found, "\n"), tt.want) {
			t.Errorf("%q for %q: found %q, want %q", tt.new, tt.old, found, tt.want)
		}
	}
}
