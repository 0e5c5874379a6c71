package publisher

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"hearthkey/backend/idp"
)

// The hosts that make a website of a branch and are told apart. Codeberg serves the files as they are; GitHub runs them through Jekyll, which leaves out what begins with a dot.
const (
	pagesGitHub   = "github"
	pagesCodeberg = "codeberg"
)

const noJekyll = ".nojekyll"

// pages is what GitHub Pages needs so that it shows the document: nothing where Jekyll is off or told to include the folder; one line more where a site is made by Jekyll, which has to go on; and .nojekyll where nothing is.
func (g *gitTarget) pages(c *checkout) ([]edit, error) {
	if g.settings.Pages != pagesGitHub {
		return nil, nil
	}
	root := strings.Trim(g.settings.Root, "/")
	if _, off, err := c.read(path.Join(root, noJekyll)); err != nil || off {
		return nil, err
	}
	for _, name := range []string{"_config.yml", "_config.yaml"} {
		name = path.Join(root, name)
		text, there, err := c.read(name)
		if err != nil {
			return nil, err
		}
		if !there {
			continue
		}
		changed, ok := includeWellKnown(text)
		switch {
		case !ok:
			return nil, idp.Fail(idp.Conflict, "git.config", "file", name)
		case bytes.Equal(changed, text):
			return nil, nil
		}
		return []edit{{name, changed}}, nil
	}
	made, err := g.madeByJekyll(c, root)
	if err != nil {
		return nil, err
	}
	if made {
		return []edit{{path.Join(root, "_config.yml"), []byte(includeLine + "\n")}}, nil
	}
	return []edit{{path.Join(root, noJekyll), []byte{}}}, nil
}

const includeLine = `include: [".well-known"]`

// jekyllFolders are those that mean something to Jekyll alone.
var jekyllFolders = []string{"_layouts", "_includes", "_posts", "_data", "_sass", "_drafts"}

// madeByJekyll says whether a site without a configuration would lose pages if Jekyll were off: those in Markdown, which GitHub makes HTML of, and those with front matter. GitHub leaves out a repository's own papers, but shows README.md where there is no other start page.
func (g *gitTarget) madeByJekyll(c *checkout, root string) (bool, error) {
	found, readme, index, front := false, false, false, []string(nil)
	err := c.files(root, func(name string) bool {
		folder, _, nested := strings.Cut(name, "/")
		base, low := path.Base(name), strings.ToLower(name)
		switch ext := path.Ext(low); {
		case nested && slices.Contains(jekyllFolders, folder):
			found = true
		case low == "index.html":
			index = true
			front = append(front, name)
		case ext == ".html", ext == ".scss", ext == ".sass":
			front = append(front, name)
		case ext != ".md" && ext != ".markdown":
		case low == "readme.md":
			readme = true
		case !paper(base):
			found = true
		}
		return found
	})
	if err != nil || found || readme && !index {
		return found || readme && !index, err
	}
	for _, name := range front[:min(len(front), 200)] {
		text, _, err := c.read(path.Join(root, name))
		if err == nil && frontMatter.Match(text) {
			return true, nil
		}
	}
	return false, nil
}

// frontMatter is how a file begins that Jekyll works on.
var frontMatter = regexp.MustCompile(`^(\xef\xbb\xbf)?---\s*\n`)

// paper says whether a file is about a repository, and no page of a site.
func paper(name string) bool {
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	return slices.Contains([]string{"readme", "license", "licence", "copying", "code_of_conduct", "contributing", "changelog", "issue_template", "pull_request_template", "security"}, name)
}

var (
	includeKey  = regexp.MustCompile(`(?m)^(?:include|"include"|'include')[ \t]*:[ \t]*(.*?)[ \t]*\r?$`)
	includeFlow = regexp.MustCompile(`^\[([^\[\]#]*)\](?:[ \t]+#.*)?$`)
	includeItem = regexp.MustCompile(`^\r?\n((?:[ \t]*#[^\n]*\n|[ \t]*\r?\n)*)([ \t]*)- `)
	wellKnownIn = regexp.MustCompile(`(?:^|[\s,\["'])/?\.well-known/?(?:$|[\s,\]"'])`)
)

// includeWellKnown adds .well-known to what Jekyll includes, and changes nothing else of the text. It is not ok where the list is written in a way that only a person should change.
func includeWellKnown(text []byte) (changed []byte, ok bool) {
	end := "\n"
	if bytes.Contains(text, []byte("\r\n")) {
		end = "\r\n"
	}
	keys := includeKey.FindAllSubmatchIndex(text, -1)
	if len(keys) == 0 {
		if len(text) > 0 && text[len(text)-1] != '\n' {
			text = append(slices.Clone(text), end...)
		}
		return append(slices.Clone(text), includeLine+end...), !bytes.Contains(text, []byte("\n..."))
	}
	if len(keys) > 1 {
		return nil, false
	}
	from, to := keys[0][2], keys[0][3]
	value := text[from:to]
	if flow := includeFlow.FindSubmatchIndex(value); flow != nil {
		items := value[flow[2]:flow[3]]
		if wellKnownIn.Match(items) {
			return text, true
		}
		more := `, ".well-known"`
		if len(bytes.TrimSpace(items)) == 0 {
			more = `".well-known"`
		}
		at := from + flow[2] + len(bytes.TrimRight(items, " \t,"))
		return slices.Concat(text[:at], []byte(more), text[from+flow[3]:]), true
	}
	if len(value) > 0 && value[0] != '#' {
		return nil, false
	}
	return includeInList(text, to, end)
}

// includeInList adds an item to a list with a line for each, whose key's line ends at from.
func includeInList(text []byte, from int, end string) ([]byte, bool) {
	if from < len(text) && text[from] == '\r' {
		from++
	}
	first := includeItem.FindSubmatchIndex(text[from:])
	if first == nil {
		return nil, false
	}
	at := from + first[4] // where the first item's indent begins
	indent := string(text[at : from+first[5]])
	for _, line := range strings.Split(string(text[at:]), "\n") {
		item := strings.TrimSpace(line)
		if item != "" && !strings.HasPrefix(item, "#") && !strings.HasPrefix(line, indent+"- ") {
			break
		}
		if !strings.HasPrefix(item, "#") && wellKnownIn.MatchString(item) {
			return text, true
		}
	}
	return slices.Concat(text[:at], []byte(indent+`- ".well-known"`+end), text[at:]), true
}
