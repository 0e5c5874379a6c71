package publisher

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"hearthkey/backend/idp"

	"github.com/pkg/sftp"
)

// place is the document's directory, on a connection.
type place struct {
	*sftp.Client
	dir   string // .well-known, in full
	fresh bool   // it is not there yet
}

func (p *place) file() string { return path.Join(p.dir, leaf) }

// find looks for the document's directory below the root. A link there may lead elsewhere below the root, and nowhere else: whoever may write into a web server's directory could otherwise aim a login that may write elsewhere.
func (s *sftpTarget) find() (*place, error) {
	root, err := s.client.RealPath(path.Clean("./" + s.root))
	if strings.HasPrefix(s.root, "/") {
		root, err = s.client.RealPath(path.Clean(s.root))
	}
	if err != nil {
		return nil, err
	}
	info, err := s.client.Stat(root)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, idp.FailField("root", "publisher.sftp_missing", "folder", root, "host", s.door.host())
	}
	if err != nil {
		return nil, err
	}
	p := &place{Client: s.client, dir: path.Join(root, wellKnown)}
	if info, err = s.client.Lstat(p.dir); errors.Is(err, fs.ErrNotExist) {
		p.fresh = true
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Type() == fs.ModeSymlink {
		info = p.follow(root)
	}
	if info == nil || !info.IsDir() {
		return nil, idp.FailField("root", "publisher.well_known", "folder", p.dir)
	}
	return p, nil
}

// follow tells what a link at the directory's place leads to; nil where that is not below the root, or where the server cannot say.
func (p *place) follow(root string) fs.FileInfo {
	real, err := p.RealPath(p.dir)
	if err != nil || real == p.dir || !strings.HasPrefix(real, strings.TrimSuffix(root, "/")+"/") {
		return nil // a server that gives the same name back has not looked
	}
	info, err := p.Lstat(real)
	if err != nil {
		return nil
	}
	return info
}

// explain makes a sentence of what the server said.
func (s *sftpTarget) explain(ctx context.Context, err error) error {
	var known *idp.Error
	var status *sftp.StatusError
	switch {
	case errors.As(err, &known):
		return known
	case ctx.Err() != nil, isCut(err), errors.Is(err, sftp.ErrSSHFxConnectionLost), errors.Is(err, sftp.ErrSSHFxNoConnection):
		return onTheWay(ctx, errors.Join(err, io.EOF), "host", s.door.host())
	case errors.Is(err, fs.ErrPermission):
		return idp.FailField("root", "publisher.sftp_read_only", "folder", s.root, "host", s.door.host(), "user", s.door.user).Because(err)
	case errors.As(err, &status):
		return idp.Fail(idp.Unavailable, "publisher.sftp_failed", "host", s.door.host(), "reason", oneLine(status.Error(), 200)).Because(err)
	}
	return onTheWay(ctx, err, "host", s.door.host())
}

func (p *place) read() (Snapshot, error) {
	if p.fresh {
		return Snapshot{Mark: markFresh}, nil
	}
	info, err := p.Lstat(p.file())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Snapshot{}, nil
	case err != nil:
		return Snapshot{}, err
	case !info.Mode().IsRegular():
		return Snapshot{}, idp.Fail(idp.Conflict, "publisher.not_file", "file", p.file())
	}
	file, err := p.Open(p.file())
	if err != nil {
		return Snapshot{}, err
	}
	defer func() { _ = file.Close() }()
	document, err := readDocument(struct{ io.Reader }{file}, p.file()) // without WriteTo, which would read ahead
	return Snapshot{There: true, Document: document}, err
}

// try writes a file beside the document, or where its directory would be made, and takes it away again.
func (p *place) try() error {
	name := path.Join(p.dir, besideName())
	if p.fresh {
		name = path.Join(path.Dir(p.dir), path.Base(name))
	}
	return errors.Join(p.writeNew(name, []byte("{}\n")), p.Remove(name))
}

func (p *place) write(document []byte) error {
	if p.fresh {
		if err := p.Mkdir(p.dir); err != nil {
			return err
		}
		_ = p.Chmod(p.dir, dirMode) // some servers allow no modes and give the right one; the look from outside tells
		p.fresh = false
	}
	if _, err := p.read(); err != nil { // what is there must be a file
		return err
	}
	p.sweep()
	beside := path.Join(p.dir, besideName())
	err := p.writeNew(beside, document)
	if err == nil {
		err = p.rename(beside)
	}
	if err != nil {
		_ = p.Remove(beside)
	}
	return err
}

// writeNew makes a file that was not there, and sees that it is whole.
func (p *place) writeNew(name string, b []byte) error {
	file, err := p.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	_, err = file.Write(b)
	if _, can := p.HasExtension("fsync@openssh.com"); err == nil && can {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return p.orFull(err)
	}
	_ = p.Chmod(name, fileMode) // as for the directory
	info, err := p.Stat(name)
	if err == nil && info.Size() != int64(len(b)) {
		err = p.orFull(io.ErrShortWrite)
	}
	return err
}

// orFull asks whether a write failed for want of room: SFTP has no word for it.
func (p *place) orFull(err error) error {
	if v, failed := p.StatVFS(path.Dir(p.dir)); failed == nil && (v.Bavail == 0 || v.Files > 0 && v.Favail == 0) {
		return idp.Fail(idp.Unavailable, "publisher.full", "where", path.Dir(p.dir)).Because(err)
	}
	return err
}

const extensionRename = "posix-rename@openssh.com"

// swaps says whether a file can take another's name at once.
func (p *place) swaps() bool { _, ok := p.HasExtension(extensionRename); return ok }

// rename gives a new file the document's name. Where the server cannot do that at once, the old one steps aside and comes back if the new one cannot take its place.
func (p *place) rename(beside string) error {
	if p.swaps() {
		return p.PosixRename(beside, p.file())
	}
	aside := p.file() + ".before-hearthkey"
	if _, err := p.Lstat(p.file()); err == nil {
		_ = p.Remove(aside) // a write that was cut off left it, and a document stands again; some servers rename onto nothing that is there
	}
	err := p.Rename(p.file(), aside)
	if errors.Is(err, fs.ErrNotExist) {
		return p.Rename(beside, p.file())
	}
	if err != nil {
		return err
	}
	if err := p.Rename(beside, p.file()); err != nil {
		return errors.Join(err, p.Rename(aside, p.file()))
	}
	return p.Remove(aside)
}

// sweep takes away what a write that was cut off left behind.
func (p *place) sweep() {
	list, _ := p.ReadDir(p.dir)
	for _, info := range list {
		if isLeftover(info, time.Now()) {
			_ = p.Remove(path.Join(p.dir, info.Name()))
		}
	}
}

// remove takes the document away, and its directory if it is ours and empty.
func (p *place) remove(dirToo bool) error {
	if err := p.Remove(p.file()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if dirToo {
		_ = p.RemoveDirectory(p.dir)
	}
	return nil
}
