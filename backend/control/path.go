package control

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hearthkey/backend/idp"
)

const (
	socketName  = "control.sock"
	pointerName = "control.path"
	// maxPath is the longest path of a socket in bytes: the kernel's field has 104 on macOS and 108 on Linux.
	maxPath = 100
)

// place decides where the socket of the data directory dir stands. pointer is the file that has to name it, "" when the socket stands in dir itself.
func place(dir string) (socket, pointer string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", "", fmt.Errorf("data directory: %w", err)
	}
	if direct := filepath.Join(dir, socketName); len(direct) <= maxPath {
		return direct, "", nil
	}
	runtime, err := runtimeDir()
	if err != nil {
		return "", "", err
	}
	sum := sha256.Sum256([]byte(dir))
	socket = filepath.Join(runtime, hex.EncodeToString(sum[:8])+".sock")
	if len(socket) > maxPath {
		return "", "", idp.Fail(idp.Unavailable, "control.path_long", "dir", dir)
	}
	return socket, filepath.Join(dir, pointerName), nil
}

// runtimeDir is a folder of ours alone: in XDG_RUNTIME_DIR, else in the folder for temporary files, where others may have put something under that name first.
func runtimeDir() (string, error) {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("hearthkey-%d", os.Getuid()))
	if base := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(base) {
		path = filepath.Join(base, "hearthkey")
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", idp.Fail(idp.Unavailable, "control.folder", "path", path, "reason", cause(err)).Because(err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		return "", idp.Fail(idp.Unavailable, "control.folder", "path", path, "reason", cause(err)).Because(err)
	}
	if !info.IsDir() || !ownedByUs(info) {
		return "", idp.Fail(idp.Unavailable, "control.folder_foreign", "path", path)
	}
	return path, keepPrivate(path, info)
}

// keepPrivate takes everybody else's rights away from a folder.
func keepPrivate(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return idp.Fail(idp.Unavailable, "control.folder", "path", path, "reason", cause(err)).Because(err)
	}
	return nil
}

// find says where the socket of dir stands, if one does: as control.path names it, else in dir.
func find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("data directory: %w", err)
	}
	named, err := os.ReadFile(filepath.Join(dir, pointerName))
	if err == nil {
		return strings.TrimSpace(string(named)), nil
	}
	return filepath.Join(dir, socketName), nil
}

// point writes or, with pointer "", removes the file that names the socket.
func point(dir, socket, pointer string) error {
	if pointer == "" {
		_ = os.Remove(filepath.Join(dir, pointerName)) // usually none is there
		return nil
	}
	next := pointer + ".new"
	if err := os.WriteFile(next, []byte(socket+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(next, pointer)
}

// cause is what the operating system said, without the path that the sentence around it names already.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
