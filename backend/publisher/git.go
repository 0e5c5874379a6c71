package publisher

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"hearthkey/backend/idp"
)

// gitTarget is a repository whose host makes a website of a branch, such as GitHub Pages. What is published is one commit on top of the branch as it stands: never by force, and of the tree only the document's path and what the host needs to show it.
type gitTarget struct {
	domain      string
	settings    idp.Publisher
	credentials Credentials
	remote      gitRemote
	door        sshDoor
	transport   *http.Transport
	dir         string    // of the checkouts, made when it is needed
	at          *checkout // as last read
}

// openGit prepares the visit; nothing is called yet.
func openGit(c Config) (*gitTarget, error) {
	remote, err := parseRemote(c.Settings.URL)
	if err != nil {
		return nil, err
	}
	g := &gitTarget{domain: c.Domain, settings: c.Settings, credentials: c.Credentials, remote: remote}
	if remote.ssh {
		g.door = gitDoor(c, remote)
		return g, nil
	}
	if strings.TrimSpace(c.Credentials.Secret) == "" {
		return nil, idp.FailField("secret", "git.no_token")
	}
	g.transport = c.Outgoing.Transport(c.Settings.Inward)
	return g, nil
}

// file is where the document is in the repository.
func (g *gitTarget) file() string { return gitFile(g.settings) }

func gitFile(p idp.Publisher) string { return path.Join(strings.Trim(p.Root, "/"), Path) }

// Changes names the file, and what Pages may need beside it.
func (g *gitTarget) Changes() []string { return gitChanges(g.settings) }

func gitChanges(p idp.Publisher) []string {
	out := []string{idp.Text("git.changes_file", "file", gitFile(p), "branch", p.Branch, "url", p.URL).String()}
	if p.Branch == "" {
		out[0] = idp.Text("git.changes_own", "file", gitFile(p), "url", p.URL).String()
	}
	if p.Pages == pagesGitHub {
		out = append(out, idp.Text("git.changes_pages").String())
	}
	return out
}

// Close takes the checkouts away.
func (g *gitTarget) Close() error {
	if g.transport != nil {
		g.transport.CloseIdleConnections()
	}
	if g.dir == "" {
		return nil
	}
	dir := g.dir
	g.dir, g.at = "", nil
	return os.RemoveAll(dir)
}

// ask begins a conversation with one of the two services.
func (g *gitTarget) ask(ctx context.Context, service string) (*gitTalk, error) {
	if g.remote.ssh {
		return g.askSSH(ctx, service)
	}
	return g.askHTTPS(ctx, service)
}

// Test reads the branch, and begins a push as a host allows it to those alone who may; it ends before anything is asked for.
func (g *gitTarget) Test(ctx context.Context) (t Test, err error) {
	err = within(ctx, func(ctx context.Context) error {
		if g.remote.ssh {
			client, shown, err := g.door.visit(ctx)
			if t = shown; err != nil || client == nil {
				return err
			}
			_ = client.Close()
		}
		c, err := g.fetch(ctx)
		if err != nil {
			return err
		}
		talk, err := g.ask(ctx, receivePack)
		if err != nil {
			return err
		}
		talk.end()
		t.Said, err = g.found(c)
		return err
	})
	return t, err
}

// found says what the branch holds, and what else a publish will change.
func (g *gitTarget) found(c *checkout) (string, error) {
	_, there, err := c.read(g.file())
	if err != nil {
		return "", err
	}
	said := idp.Text("git.found_none", "branch", c.branch.Short()).String()
	if there {
		said = idp.Text("git.found", "branch", c.branch.Short()).String()
	}
	edits, err := g.pages(c)
	if err != nil {
		return "", err
	}
	for _, e := range edits {
		said += " " + idp.Text("git.found_pages", "file", e.path).String()
	}
	return said, nil
}

// Read tells of the document in the branch as it stands now; Mark is the commit and its tree.
func (g *gitTarget) Read(ctx context.Context) (s Snapshot, err error) {
	err = within(ctx, func(ctx context.Context) error {
		c, err := g.fetch(ctx)
		if err != nil {
			return err
		}
		s.Mark = c.head.String() + " " + c.tree.String()
		s.Document, s.There, err = c.read(g.file())
		return err
	})
	return s, err
}

// Write commits the document, and what the host needs to show it.
func (g *gitTarget) Write(ctx context.Context, m Material) error {
	return g.change(ctx, "Publish WebFinger of "+g.domain, func(c *checkout) (plumbing.Hash, error) {
		edits, err := g.pages(c)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		return c.with(append(edits, edit{g.file(), m.Document})...)
	})
}

// Restore commits the tree as it was, if the branch's last commit is the one that was made on top of it here; else it puts back the document alone, since others may have built on the rest.
func (g *gitTarget) Restore(ctx context.Context, s Snapshot) error {
	return g.change(ctx, "Restore WebFinger of "+g.domain, func(c *checkout) (plumbing.Hash, error) {
		commit, tree, _ := strings.Cut(s.Mark, " ")
		switch {
		case c.author == g.author() && c.parent.String() == commit && plumbing.IsHash(tree) && !plumbing.NewHash(tree).IsZero():
			return plumbing.NewHash(tree), nil
		case c.author == g.author() && c.parent.String() == commit && !s.There:
			return c.keep(&object.Tree{}) // it was the first commit of all
		case s.There:
			return c.with(edit{g.file(), s.Document})
		}
		return c.with(edit{g.file(), nil})
	})
}

// errRaced says that the branch has moved since it was read.
var errRaced = errors.New("the branch has moved")

// change makes a commit of what fn makes of the tree, and pushes it; once more if somebody else pushed between.
func (g *gitTarget) change(ctx context.Context, message string, fn func(*checkout) (plumbing.Hash, error)) error {
	return within(ctx, func(ctx context.Context) error {
		for range 2 {
			c, err := g.fetch(ctx)
			if err != nil {
				return err
			}
			tree, err := fn(c)
			if err != nil || tree == c.tree {
				return err
			}
			if err := g.commit(ctx, c, tree, message); !errors.Is(err, errRaced) {
				return err
			}
		}
		return idp.Fail(idp.Conflict, "git.raced", "host", g.remote.host)
	})
}
