package backend

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// DefaultDir is the data directory: HEARTHKEY_DATA if set, else XDG_DATA_HOME/hearthkey on Linux (~/.local/share/hearthkey), and Hearthkey in the platform's own folder for application data elsewhere.
func DefaultDir() (string, error) {
	if dir := os.Getenv("HEARTHKEY_DATA"); dir != "" {
		return filepath.Abs(dir)
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		base, err := os.UserConfigDir() // ~/Library/Application Support, %AppData%
		if err != nil {
			return "", idp.Fail(idp.Unavailable, "backend.no_home").Because(err)
		}
		return filepath.Join(base, "Hearthkey"), nil
	}
	if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) { // XDG Base Directory: a relative path is ignored
		return filepath.Join(base, "hearthkey"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", idp.Fail(idp.Unavailable, "backend.no_home").Because(err)
	}
	return filepath.Join(home, ".local", "share", "hearthkey"), nil
}

// prepareDir makes the data directory if it is missing and takes everybody else's rights to it away. It does not do that to a folder that holds something else, such as /tmp or a home.
func prepareDir(dir string) error {
	fail := func(err error) error {
		return idp.Fail(idp.Unavailable, "backend.dir", "path", dir, "reason", reason(err)).Because(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fail(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fail(err)
	}
	if info.Mode().Perm() != 0o700 && runtime.GOOS != "windows" {
		if ours, err := isOurs(dir); err != nil {
			return fail(err)
		} else if !ours {
			return idp.Fail(idp.Unavailable, "backend.dir_shared", "path", dir)
		}
		if err := os.Chmod(dir, 0o700); err != nil {
			return fail(err)
		}
	}
	return nil
}

// isOurs says whether a folder is empty or holds data of ours.
func isOurs(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		return true, err
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == lockName || e.Name() == store.FileName }), nil
}

// reason is what the operating system said, without the path that the sentence around it names already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
