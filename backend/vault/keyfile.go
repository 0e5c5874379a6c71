package vault

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"hearthkey/backend/idp"
)

// keyFile holds the key as one line of text in the data directory.
const keyFile = "hearthkey.key"

// readKeyFile refuses a file that others than its owner may read or write: the key in it is no secret any more. On Windows modes say nothing; there the
// data directory's access list keeps others out.
func readKeyFile(path string) (key, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return key{}, errNoKey
	}
	if err != nil {
		return key{}, unreadable(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return key{}, unreadable(path, err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return key{}, idp.Fail(idp.Unavailable, "vault.key_file_open_to_others", "path", path, "mode", fmt.Sprintf("%04o", mode))
	}
	raw, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return key{}, unreadable(path, err)
	}
	k, err := parseKey(string(raw))
	if err != nil {
		return key{}, idp.Fail(idp.Unavailable, "vault.key_file_damaged", "path", path).Because(err)
	}
	return k, nil
}

func writeKeyFile(path string, k key) error { return writeFile(path, []byte(k.text()+"\n")) }

// writeFile writes a new 0600 file so that after a power cut it is there whole or not at all. It never replaces one: callers have looked, under the lock
// of the data directory.
func writeFile(path string, content []byte) error {
	if _, err := os.Lstat(path); err == nil {
		return unwritable(path, fs.ErrExist)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // made with mode 0600
	if err != nil {
		return unwritable(path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	if err == nil {
		err = tmp.Sync()
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return unwritable(path, err)
	}
	return nil
}

// syncDir makes the new name durable. Windows keeps names by itself and cannot sync a directory.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func unreadable(path string, err error) error {
	return idp.Fail(idp.Unavailable, "vault.file_unreadable", "path", path, "reason", reason(err)).Because(err)
}

func unwritable(path string, err error) error {
	return idp.Fail(idp.Unavailable, "vault.file_unwritable", "path", path, "reason", reason(err)).Because(err)
}

// reason is the operating system's own word for it, without the path that the sentence names already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err.Error()
	}
	return err.Error()
}
