package publisher

import (
	"errors"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"hearthkey/backend/idp"
)

// read gives a file's text, and whether it is there.
func (c *checkout) read(path string) ([]byte, bool, error) {
	if c.tree.IsZero() {
		return nil, false, nil
	}
	tree, err := object.GetTree(c.store, c.tree)
	if err != nil {
		return nil, false, err
	}
	entry, err := tree.FindEntry(path)
	switch {
	case errors.Is(err, object.ErrEntryNotFound), errors.Is(err, object.ErrDirectoryNotFound), errors.Is(err, plumbing.ErrObjectNotFound): // the last: a file where a folder is meant
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case !entry.Mode.IsRegular() && entry.Mode != filemode.Executable:
		return nil, false, idp.Fail(idp.Conflict, "publisher.not_file", "file", path)
	}
	blob, err := object.GetBlob(c.store, entry.Hash)
	if errors.Is(err, plumbing.ErrObjectNotFound) { // the server left it out, as it was asked to
		return nil, false, idp.Fail(idp.Conflict, "publisher.long", "file", path)
	}
	if err != nil {
		return nil, false, err
	}
	r, err := blob.Reader()
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = r.Close() }()
	text, err := readDocument(r, path)
	return text, err == nil, err
}

// encoder is a tree or a commit.
type encoder interface {
	Encode(plumbing.EncodedObject) error
}

// keep stores an object of this program's own.
func (c *checkout) keep(o encoder) (plumbing.Hash, error) {
	into := c.store.NewEncodedObject()
	if err := o.Encode(into); err != nil {
		return plumbing.ZeroHash, err
	}
	return c.own(into)
}

func (c *checkout) keepBlob(text []byte) (plumbing.Hash, error) {
	into := c.store.NewEncodedObject()
	into.SetType(plumbing.BlobObject)
	w, err := into.Writer()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if _, err := w.Write(text); err != nil {
		return plumbing.ZeroHash, errors.Join(err, w.Close())
	}
	if err := w.Close(); err != nil {
		return plumbing.ZeroHash, err
	}
	return c.own(into)
}

func (c *checkout) own(o plumbing.EncodedObject) (plumbing.Hash, error) {
	hash, err := c.store.SetEncodedObject(o)
	c.made[hash] = true
	return hash, err
}

// fresh are the objects of this program's own that a commit needs: the server has all others.
func (c *checkout) fresh(commit, tree plumbing.Hash) ([]plumbing.Hash, error) {
	send := []plumbing.Hash{commit}
	seen := map[plumbing.Hash]bool{}
	var walk func(plumbing.Hash) error
	walk = func(tree plumbing.Hash) error {
		if !c.made[tree] || seen[tree] {
			return nil
		}
		seen[tree] = true
		send = append(send, tree)
		t, err := object.GetTree(c.store, tree)
		if err != nil {
			return err
		}
		for _, e := range t.Entries {
			switch {
			case e.Mode == filemode.Dir:
				if err := walk(e.Hash); err != nil {
					return err
				}
			case c.made[e.Hash] && !seen[e.Hash]:
				seen[e.Hash] = true
				send = append(send, e.Hash)
			}
		}
		return nil
	}
	return send, walk(tree)
}

// files calls fn with every file below a folder of the repository, until it says that this is enough.
func (c *checkout) files(folder string, fn func(path string) (enough bool)) error {
	if c.tree.IsZero() {
		return nil
	}
	tree, err := object.GetTree(c.store, c.tree)
	if err == nil && folder != "" {
		tree, err = tree.Tree(folder)
	}
	if errors.Is(err, object.ErrDirectoryNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	walk := object.NewTreeWalker(tree, true, nil)
	defer walk.Close()
	for {
		name, entry, err := walk.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if entry.Mode != filemode.Dir && fn(name) {
			return nil
		}
	}
}
