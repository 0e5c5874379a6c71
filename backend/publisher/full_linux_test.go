package publisher

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFolderIsReadableByOthers: the web server is another user, whatever this process's umask or a former file's mode.
func TestFolderIsReadableByOthers(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	root := t.TempDir()
	if err := openFolder(t, root).Write(t.Context(), Material{Document: []byte(newDocument)}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{".well-known": 0o755, ".well-known/webfinger": 0o644} {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has %v %v", name, info.Mode(), err)
		}
	}
}

// inNamespace runs one test of this program with mounts of its own, as the root of a user namespace where it is not root already. Where the system lets it have none, as in many containers, that test is skipped.
func inNamespace(t *testing.T, name string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+name+"$", "-test.v")
	cmd.Env = append(os.Environ(), "PUBLISHER_TEST_NAMESPACE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if uid := os.Getuid(); uid != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, os.ErrPermission) || err == nil && strings.Contains(string(out), noMount) {
		t.Skipf("%s: %v", noMount, err)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+name) {
		t.Fatalf("%v\n%s", err, out)
	}
}

const noMount = "no mount is allowed here"

func TestFullDisk(t *testing.T) { inNamespace(t, "TestInNamespaceFullDisk") }

// fullDisk mounts a disk of 64 KB that holds a document, and fills it.
func fullDisk(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	private := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
	if errors.Is(private, syscall.EINVAL) { // the root of a chroot is no mount
		private = nil
	}
	switch err := errors.Join(private, syscall.Mount("tmpfs", root, "tmpfs", 0, "size=64k")); {
	case errors.Is(err, os.ErrPermission):
		t.Skipf("%s: %v", noMount, err)
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(root, syscall.MNT_DETACH) })
	write(t, filepath.Join(root, filepath.FromSlash(Path)), oldDocument)
	if err := os.WriteFile(filepath.Join(root, "filler"), make([]byte, 1<<20), 0o644); !isFull(err) {
		t.Fatal(err)
	}
	return root
}

func TestInNamespaceFullDisk(t *testing.T) {
	if os.Getenv("PUBLISHER_TEST_NAMESPACE") == "" {
		t.Skip("TestFullDisk runs this with mounts of its own")
	}
	root := fullDisk(t)
	f := openFolder(t, root)
	refused(t, f.Write(t.Context(), Material{Document: []byte(newDocument)}), "", "full")
	holds(t, root, oldDocument)
	_, err := f.Test(t.Context())
	refused(t, err, "", "full")
	holds(t, root, oldDocument)

	server := startSSH(t, &sshServer{password: "pw", home: root})
	remote := mustOpen(t, server.settings(root))
	refused(t, remote.Write(t.Context(), Material{Document: []byte(newDocument)}), "", "full")
	_, err = remote.Test(t.Context())
	refused(t, err, "", "full")
	holds(t, root, oldDocument)
}

// TestFolderReadOnly mounts the folder for reading alone.
func TestFolderReadOnly(t *testing.T) { inNamespace(t, "TestInNamespaceReadOnly") }

func TestInNamespaceReadOnly(t *testing.T) {
	if os.Getenv("PUBLISHER_TEST_NAMESPACE") == "" {
		t.Skip("TestFolderReadOnly runs this with mounts of its own")
	}
	root := fullDisk(t)
	if err := syscall.Mount("tmpfs", root, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	_, err := openFolder(t, root).Test(t.Context())
	refused(t, err, "root", "folder_read_only")
	holds(t, root, oldDocument)
}
