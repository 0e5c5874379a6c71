package backend

import (
	"os"
	"path/filepath"

	"hearthkey/backend/idp"
)

// lockName is the file whose OS lock says that a process holds the data directory. The file stays behind; the lock ends with its process, however that ends.
const lockName = "hearthkey.lock"

// lockDir takes the data directory for this process; idp.Conflict when another has it.
func lockDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, idp.Fail(idp.Unavailable, "backend.dir", "path", path, "reason", reason(err)).Because(err)
	}
	held, err := tryLock(f)
	if err == nil && held {
		return f, nil
	}
	_ = f.Close()
	if err != nil {
		return nil, idp.Fail(idp.Unavailable, "backend.dir", "path", path, "reason", reason(err)).Because(err)
	}
	return nil, idp.Fail(idp.Conflict, "backend.locked", "path", dir)
}
