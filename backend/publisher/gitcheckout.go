package publisher

import (
	"context"
	"errors"
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/filemode"
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

// edit is a file as it shall be; nil takes it away.
type edit struct {
	path string
	text []byte
}

// with gives the tree with some files changed, and all else as it was.
func (c *checkout) with(edits ...edit) (plumbing.Hash, error) {
	tree := c.tree
	for _, e := range edits {
		blob := plumbing.ZeroHash
		var err error
		if e.text != nil {
			if blob, err = c.keepBlob(e.text); err != nil {
				return tree, err
			}
		}
		if tree, err = c.put(tree, strings.Split(e.path, "/"), e.path, blob); err != nil {
			return tree, err
		}
	}
	if tree.IsZero() && !c.tree.IsZero() {
		return c.keep(&object.Tree{})
	}
	return tree, nil
}

// put gives a tree with one file changed below it, zero if nothing is left in it.
func (c *checkout) put(tree plumbing.Hash, names []string, whole string, blob plumbing.Hash) (plumbing.Hash, error) {
	var entries []object.TreeEntry
	if !tree.IsZero() {
		t, err := object.GetTree(c.store, tree)
		if err != nil {
			return tree, err
		}
		entries = slices.Clone(t.Entries)
	}
	i := slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == names[0] })
	now := object.TreeEntry{Name: names[0], Mode: filemode.Regular, Hash: blob}
	switch {
	case len(names) > 1:
		below := plumbing.ZeroHash
		if i >= 0 && entries[i].Mode != filemode.Dir {
			return tree, idp.FailField("root", "git.not_folder", "folder", strings.TrimSuffix(whole, "/"+strings.Join(names[1:], "/")))
		}
		if i >= 0 {
			below = entries[i].Hash
		}
		hash, err := c.put(below, names[1:], whole, blob)
		if err != nil {
			return tree, err
		}
		now.Mode, now.Hash = filemode.Dir, hash
	case i >= 0 && !entries[i].Mode.IsRegular() && entries[i].Mode != filemode.Executable:
		return tree, idp.Fail(idp.Conflict, "publisher.not_file", "file", whole)
	}
	if i >= 0 {
		entries = slices.Delete(entries, i, i+1)
	}
	if !now.Hash.IsZero() {
		entries = append(entries, now)
	}
	if len(entries) == 0 {
		return plumbing.ZeroHash, nil
	}
	sort.Sort(object.TreeEntrySorter(entries))
	return c.keep(&object.Tree{Entries: entries})
}
