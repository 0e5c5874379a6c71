package publisher

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"hearthkey/backend/idp"
)

// folder is a directory of this machine that a web server serves as /.
//
// All that is below it is reached through os.Root: whoever may write into a web server's directory could otherwise lay a link there, and aim a Hearthkey that may write elsewhere.
type folder struct{ root string }

const (
	wellKnown = ".well-known"
	leaf      = "webfinger"
	dirMode   = 0o755 // the web server is another user
	fileMode  = 0o644
)

func checkFolder(p idp.Publisher) error {
	if !filepath.IsAbs(p.Root) || strings.ContainsFunc(p.Root, isControl) {
		return idp.FailField("root", "publisher.folder_path")
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func (f *folder) place() string { return filepath.Join(f.root, filepath.FromSlash(Path)) }

// Changes names the file.
func (f *folder) Changes() []string {
	return []string{idp.Text("publisher.changes_file", "file", f.place()).String()}
}

// Close has nothing to end.
func (f *folder) Close() error { return nil }

func (f *folder) open() (*os.Root, error) {
	root, err := os.OpenRoot(f.root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, idp.FailField("root", "publisher.folder_missing", "folder", f.root).Because(err)
	case errors.Is(err, fs.ErrPermission):
		return nil, idp.FailField("root", "publisher.folder_closed", "folder", f.root).Because(err)
	case err != nil:
		return nil, idp.FailField("root", "publisher.folder_none", "folder", f.root).Because(err)
	}
	return root, nil
}

// Test writes a file beside the document, or where its directory would be made, and takes it away again.
func (f *folder) Test(ctx context.Context) (Test, error) {
	s, err := f.Read(ctx)
	if err != nil {
		return Test{}, err
	}
	root, err := f.open()
	if err != nil {
		return Test{}, err
	}
	defer func() { _ = root.Close() }()
	name := filepath.Join(wellKnown, besideName())
	if s.Mark == markFresh {
		name = filepath.Base(name)
	}
	err = writeNew(root, name, []byte("{}\n"))
	if err := errors.Join(err, root.Remove(name)); err != nil {
		return Test{}, f.explain(err)
	}
	return Test{Said: found(s)}, nil
}

// Read takes the file if it is one, and no longer than a document can be.
func (f *folder) Read(context.Context) (Snapshot, error) {
	root, err := f.open()
	if err != nil {
		return Snapshot{}, err
	}
	defer func() { _ = root.Close() }()
	mark, err := f.look(root)
	if err != nil {
		return Snapshot{}, err
	}
	info, err := root.Lstat(filepath.FromSlash(Path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Snapshot{Mark: mark}, nil
	case err != nil:
		return Snapshot{}, f.explain(err)
	case !info.Mode().IsRegular():
		return Snapshot{}, idp.Fail(idp.Conflict, "publisher.not_file", "file", f.place())
	}
	file, err := root.Open(filepath.FromSlash(Path))
	if err != nil {
		return Snapshot{}, f.explain(err)
	}
	defer func() { _ = file.Close() }()
	document, err := readDocument(file, f.place())
	if err != nil {
		return Snapshot{}, f.explain(err)
	}
	return Snapshot{There: true, Document: document}, nil
}

// markFresh marks a snapshot before whose write there was not even the directory.
const markFresh = "fresh"

// look sees whether the document's directory is one, or could be made. A link there may lead elsewhere below the root, and nowhere else.
func (f *folder) look(root *os.Root) (mark string, err error) {
	info, err := root.Stat(wellKnown)
	if err == nil && info.IsDir() {
		return "", nil
	}
	if _, gone := root.Lstat(wellKnown); errors.Is(gone, fs.ErrNotExist) {
		return markFresh, nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return "", f.explain(err)
	}
	return "", idp.FailField("root", "publisher.well_known", "folder", filepath.Join(f.root, wellKnown)).Because(err)
}

// readDocument reads all of a file, unless it is longer than a document can be.
func readDocument(r io.Reader, file string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err == nil && len(b) > maxDocument {
		return nil, idp.Fail(idp.Conflict, "publisher.long", "file", file)
	}
	return b, err
}

// Write makes the new file beside the old one, on the disk in full before it takes its name.
func (f *folder) Write(_ context.Context, m Material) error {
	root, err := f.open()
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if err := f.put(root, m.Document); err != nil {
		return f.explain(err)
	}
	return nil
}

func (f *folder) put(root *os.Root, document []byte) error {
	mark, err := f.look(root)
	if err != nil {
		return err
	}
	if mark == markFresh {
		if err := errors.Join(root.Mkdir(wellKnown, dirMode), root.Chmod(wellKnown, dirMode)); err != nil { // whatever the umask
			return err
		}
	}
	sweep(root)
	if info, err := root.Lstat(filepath.FromSlash(Path)); err == nil && !info.Mode().IsRegular() {
		return idp.Fail(idp.Conflict, "publisher.not_file", "file", f.place())
	}
	beside := filepath.Join(wellKnown, besideName())
	err = writeNew(root, beside, document)
	if err == nil {
		err = root.Rename(beside, filepath.FromSlash(Path))
	}
	if err != nil {
		return errors.Join(err, root.Remove(beside))
	}
	return syncDir(root)
}

// writeNew makes a file that was not there, readable by the web server, and waits until the disk has it.
func writeNew(root *os.Root, name string, b []byte) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = file.Write(b)
	return errors.Join(err, file.Chmod(fileMode), file.Sync(), file.Close())
}

// syncDir waits until the disk has the new name, where directories can be waited for.
func syncDir(root *os.Root) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := root.Open(wellKnown)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// sweep takes away what a write that was cut off left behind.
func sweep(root *os.Root) {
	dir, err := root.Open(wellKnown)
	if err != nil {
		return
	}
	defer func() { _ = dir.Close() }()
	list, _ := dir.Readdir(1000)
	for _, info := range list {
		if isLeftover(info, time.Now()) {
			_ = root.Remove(filepath.Join(wellKnown, info.Name()))
		}
	}
}

// Restore puts the old file back, or takes ours away with the directory that was made for it.
func (f *folder) Restore(ctx context.Context, s Snapshot) error {
	if s.There {
		return f.Write(ctx, Material{Document: s.Document})
	}
	root, err := f.open()
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if err := root.Remove(filepath.FromSlash(Path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f.explain(err)
	}
	if s.Mark == markFresh {
		_ = root.Remove(wellKnown) // if others put something there meanwhile it stays
	}
	return nil
}

// explain makes a sentence of what the disk said.
func (f *folder) explain(err error) error {
	var known *idp.Error
	switch {
	case errors.As(err, &known):
		return known
	case isFull(err):
		known = idp.Fail(idp.Unavailable, "publisher.full", "where", f.root)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		known = idp.FailField("root", "publisher.folder_read_only", "folder", f.root)
	default:
		known = idp.Fail(idp.Unavailable, "publisher.folder_failed", "folder", f.root, "reason", reasonOf(err))
	}
	return known.Because(err)
}

// reasonOf is what the system says, without the path that its own sentence already has.
func reasonOf(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err.Error()
	}
	return err.Error()
}

// isFull says whether a disk or a quota has no room left.
func isFull(err error) bool {
	const windowsDiskFull, windowsHandleDiskFull = syscall.Errno(112), syscall.Errno(39)
	if runtime.GOOS == "windows" {
		return errors.Is(err, windowsDiskFull) || errors.Is(err, windowsHandleDiskFull)
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
