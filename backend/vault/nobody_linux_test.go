package vault

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"hearthkey/backend/idp"
)

// TestAsNobody runs TestForeignFiles without root's rights, under which no mode refuses anything.
func TestAsNobody(t *testing.T) {
	args := []string{"-test.run=^TestForeignFiles$", "-test.v"}
	name := testBinary(t)
	if os.Getuid() == 0 {
		args = append([]string{"--reuid=65534", "--regid=65534", "--clear-groups", name}, args...)
		name = "setpriv"
	}
	dir, err := os.MkdirTemp("", "vault-nobody-") // t.TempDir lies under a 0700 folder
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	prepareForeign(t, dir)
	cmd := exec.Command(name, args...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "VAULT_TEST_FOREIGN="+dir, "TMPDIR=/tmp")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// testBinary copies the test program to where nobody may run it.
func testBinary(t *testing.T) string {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.CreateTemp("", "vault-test-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(f.Name()) })
	if _, err := f.Write(self); err != nil {
		t.Fatal(err)
	}
	if err := f.Chmod(0o755); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// foreign are folders and files that the test as nobody must be refused.
var foreign = []struct {
	name, file string
	want       string
}{
	{"key", keyFile, "vault.file_unreadable"},
	{"marker", markerFile, "vault.file_unreadable"},
	{"readonly", "", "vault.file_unwritable"},
}

func prepareForeign(t *testing.T, dir string) {
	t.Helper()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range foreign {
		sub := filepath.Join(dir, c.name)
		if err := os.Mkdir(sub, 0o755); err != nil {
			t.Fatal(err)
		}
		if c.file == "" {
			continue
		}
		open(t, Options{Dir: sub, Kind: KindFile})
		for _, name := range []string{keyFile, markerFile} {
			if os.Getuid() == 0 && name != c.file {
				if err := os.Chown(filepath.Join(sub, name), 65534, 65534); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := os.Chmod(filepath.Join(sub, c.file), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "readonly"), 0o555); err != nil {
		t.Fatal(err)
	}
}

// TestForeignFiles is run by TestAsNobody.
func TestForeignFiles(t *testing.T) {
	dir := os.Getenv("VAULT_TEST_FOREIGN")
	if dir == "" {
		t.Skip("TestAsNobody runs this without root's rights")
	}
	if os.Getuid() == 0 {
		t.Fatal("as root this proves nothing")
	}
	for _, c := range foreign {
		for _, has := range []bool{true, false} {
			if c.file == "" && has {
				continue
			}
			t.Run(fmt.Sprint(c.name, has), func(t *testing.T) {
				_, err := Open(t.Context(), Options{Dir: filepath.Join(dir, c.name), HasWrappedData: has})
				refused(t, err, idp.Unavailable, c.want)
			})
		}
	}
}
