package publisher

import (
	"slices"
	"sort"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"hearthkey/backend/idp"
)

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
