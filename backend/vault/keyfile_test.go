package vault

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"hearthkey/backend/idp"
)

func TestKeyFileOpenToOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing there")
	}
	dir := t.TempDir()
	open(t, Options{Dir: dir, Kind: KindFile})
	path := filepath.Join(dir, keyFile)
	for _, c := range []struct {
		mode os.FileMode
		want string
	}{
		{0o600, ""}, {0o400, ""},
		{0o640, "vault.key_file_open_to_others"},
		{0o604, "vault.key_file_open_to_others"},
		{0o620, "vault.key_file_open_to_others"},
		{0o602, "vault.key_file_open_to_others"},
		{0o610, "vault.key_file_open_to_others"},
	} {
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), Options{Dir: dir, HasWrappedData: true})
		if c.want == "" {
			if err != nil {
				t.Errorf("%o: %v", c.mode, err)
			}
			continue
		}
		refused(t, err, idp.Unavailable, c.want)
	}
}
