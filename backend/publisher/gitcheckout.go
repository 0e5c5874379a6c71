package publisher

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"hearthkey/backend/idp"
)

// checkout is one commit of a branch: its tree, without its history.
type checkout struct {
	store  *filesystem.Storage
	branch plumbing.ReferenceName
	head   plumbing.Hash // zero in a repository without any commit
	tree   plumbing.Hash // zero there too
	parent plumbing.Hash // zero for a first commit
	author string        // the commit's address
	made   map[plumbing.Hash]bool
}

// fetch reads the branch as it stands, unless it was read before and has not moved. The pack goes to the disk: a website's repository may be bigger than memory should be.
func (g *gitTarget) fetch(ctx context.Context) (*checkout, error) {
	talk, err := g.ask(ctx, uploadPack)
	if err != nil {
		return nil, err
	}
	defer talk.end()
	branch, head, err := g.branch(talk.refs)
	if err != nil {
		return nil, err
	}
	if g.at != nil && g.at.branch == branch && g.at.head == head {
		return g.at, nil
	}
	c, err := g.newCheckout(branch, head)
	if err != nil {
		return nil, err
	}
	if !head.IsZero() {
		if err := g.fill(ctx, c, talk); err != nil {
			return nil, err
		}
	}
	g.at = c
	return c, nil
}

func (g *gitTarget) newCheckout(branch plumbing.ReferenceName, head plumbing.Hash) (*checkout, error) {
	if g.dir == "" {
		dir, err := os.MkdirTemp("", "hearthkey-git-")
		if err != nil {
			return nil, err
		}
		g.dir = dir
	}
	dir, err := os.MkdirTemp(g.dir, "at-")
	if err != nil {
		return nil, err
	}
	store := filesystem.NewStorage(osfs.New(dir), cache.NewObjectLRU(4*cache.MiByte))
	return &checkout{store: store, branch: branch, head: head, made: map[plumbing.Hash]bool{}}, nil
}

func (g *gitTarget) fill(ctx context.Context, c *checkout, talk *gitTalk) error {
	pack, err := talk.download(c.head)
	if err != nil {
		return g.explain(ctx, err)
	}
	err = packfile.UpdateObjectStorage(c.store, pack)
	if err = errors.Join(err, pack.Close()); err != nil {
		return g.explain(ctx, err)
	}
	commit, err := object.GetCommit(c.store, c.head)
	if err != nil {
		return g.explain(ctx, err)
	}
	c.tree, c.author = commit.TreeHash, commit.Committer.Email
	if len(commit.ParentHashes) > 0 {
		c.parent = commit.ParentHashes[0]
	}
	return nil
}

// branch finds the branch that was named, or the repository's own, and where it stands.
func (g *gitTarget) branch(refs *packp.AdvRefs) (plumbing.ReferenceName, plumbing.Hash, error) {
	name := plumbing.NewBranchReferenceName(g.settings.Branch)
	if g.settings.Branch == "" {
		name = ownBranch(refs, g.settings.Pages)
	}
	head, there := refs.References[name.String()]
	if there || len(refs.References) == 0 {
		return name, head, nil
	}
	var others []string
	for ref := range refs.References {
		if branch, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
			others = append(others, branch)
		}
	}
	slices.Sort(others)
	return "", head, idp.FailField("branch", "git.no_branch", "branch", name.Short(), "others", oneLine(strings.Join(others, ", "), 200))
}

// ownBranch is what HEAD names; in a repository without any commit, what its host makes a site of.
func ownBranch(refs *packp.AdvRefs, pages string) plumbing.ReferenceName {
	if all, err := refs.AllReferences(); err == nil {
		if head, err := all.Reference(plumbing.HEAD); err == nil && head.Type() == plumbing.SymbolicReference {
			return head.Target()
		}
	}
	if pages == pagesCodeberg {
		return plumbing.NewBranchReferenceName("pages")
	}
	return plumbing.Main
}
