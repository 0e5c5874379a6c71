package store_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// TestFileLimit meets the end of the disk as a limit on the size of files, in a process of its own, so that the limit meets nothing else.
func TestFileLimit(t *testing.T) {
	if child() == "" {
		again(t, "limit", os.Args[0], nil, []string{"TMPDIR=" + t.TempDir()})
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // the write then fails instead of ending the process
	var whole syscall.Rlimit
	check(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &whole))
	path := filepath.Join(t.TempDir(), store.FileName)
	fullDisk(t, path, func() {
		log := must(os.Stat(path + "-wal"))(t).Size()
		check(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(log) + 24*page, Max: whole.Max}))
	}, func() {
		check(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &whole))
	})
}

// TestFullDisk meets a disk that is really full: a small tmpfs of its own, where the system lets this process mount one.
func TestFullDisk(t *testing.T) {
	if child() == "" {
		if err := mountOwn(t.TempDir(), "true"); err != nil {
			t.Skipf("no mount is allowed here: %v; TestFileLimit has shown the same by a limit", err)
		}
		check(t, mountOwn(t.TempDir(), os.Args[0], "-test.run=^TestFullDisk$", "-test.v"))
		return
	}
	path, ballast := filepath.Join(os.Getenv("STORE_TEST_DISK"), store.FileName), filepath.Join(os.Getenv("STORE_TEST_DISK"), "ballast")
	fullDisk(t, path, func() {
		f := must(os.Create(ballast))(t)
		defer func() { _ = f.Close() }()
		for block := make([]byte, page); ; {
			if _, err := f.Write(block); err != nil {
				break
			}
		}
		size := must(f.Stat())(t).Size()
		check(t, f.Truncate(size-24*page))
	}, func() { check(t, os.Remove(ballast)) })
}

// mountOwn runs a program in a mount namespace of its own with 4 MB of memory as its disk.
func mountOwn(disk string, command ...string) error {
	args := append([]string{"-c", `mount -t tmpfs -o size=4m none "$STORE_TEST_DISK" && exec "$@"`, "sh"}, command...)
	cmd := exec.Command("/bin/sh", args...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "STORE_TEST_CHILD=disk", "STORE_TEST_DISK="+disk)
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", command, err, out)
	}
	return nil
}

// fullDisk writes until the disk takes no more, and looks at what stands then and after there is room again.
func fullDisk(t *testing.T, path string, fill, free func()) {
	s := storetest.OpenAt(t, path)
	storetest.User(t, s, func(u *idp.User) { u.ID = "usr_before" })
	fill()
	lostTransaction(t, s) // while there is still room for a little
	acknowledged := 0
	for ; ; acknowledged++ {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			return tx.Record(idp.Event{At: start, Kind: idp.EventSignedIn, Detail: map[string]string{"source": "127.0.0.1"}})
		})
		if err != nil {
			refused(t, err, idp.Unavailable, "store.cannot_write")
			break
		}
		if acknowledged > 10_000 {
			t.Fatal("the disk is never full")
		}
	}
	readsGoOn(t, s, acknowledged)
	lostTransaction(t, s)
	readsGoOn(t, s, acknowledged)
	free()
	storetest.User(t, s, func(u *idp.User) { u.ID = "usr_after" })
	check(t, s.Check(t.Context()))
	check(t, s.Close())
	s = storetest.OpenAt(t, path)
	readsGoOn(t, s, acknowledged)
	if got := fmt.Sprint(must(s.Values(t.Context(), "SELECT id FROM users ORDER BY id"))(t)); got != "[usr_after usr_before]" {
		t.Errorf("people: %s", got)
	}
}

func readsGoOn(t *testing.T, s *store.Store, acknowledged int) {
	t.Helper()
	check(t, s.Ping(t.Context()))
	if _, err := s.User(t.Context(), "usr_before"); err != nil {
		t.Errorf("a read while the disk is full: %v", err)
	}
	events, broken, err := s.VerifyChain(t.Context())
	if int(events) != acknowledged || broken != 0 || err != nil {
		t.Errorf("%d events, broken at %d, %v; %d were acknowledged", events, broken, err, acknowledged)
	}
}

// lostTransaction: a write too large for SQLite's memory meets the full disk in its middle, which ends the transaction of the whole group. Nobody of the group may be told that it is done, nor anything of it stay.
func lostTransaction(t *testing.T, s *store.Store) {
	t.Helper()
	let := hold(t, s)
	before := queue(s, addUser(person("usr_lost_before")))
	large := queue(s, func(tx *store.Tx) error {
		for i := range 20_000 {
			c := idp.SigningKey{ID: fmt.Sprint("key_", i), Use: "sig", Sealed: make([]byte, 2000), CreatedAt: start}
			if err := tx.AddSigningKey(c); err != nil {
				_ = tx.CreateUser(person("usr_lost_within")) // goes on, as a careless caller might
				return nil
			}
		}
		t.Error("there was room for 40 MB")
		return nil
	})
	after := queue(s, addUser(person("usr_lost_after")))
	let()
	for name, w := range map[string]<-chan outcome{"before": before, "large": large, "after": after} {
		if o := <-w; o.err == nil {
			t.Errorf("%s was told that it is done", name)
		} else {
			refused(t, o.err, idp.Unavailable, "store.cannot_write")
		}
	}
}
