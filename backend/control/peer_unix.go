//go:build unix

package control

import (
	"io/fs"
	"net"
	"os"
	"slices"
	"syscall"
)

// ownedByUs says whether a file is this user's.
func ownedByUs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

// ownerOf is the user whose directory dir is, ours where that cannot be told.
func ownerOf(dir string) int {
	if info, err := os.Stat(dir); err == nil {
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			return int(st.Uid)
		}
	}
	return os.Geteuid()
}

// trusted says whether the process at the other end runs as this user, as root, or as one of also. Where the operating system gives no credentials the rights of folder and file decide alone.
func trusted(conn *net.UnixConn, also ...int) (uid int, ok bool) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return -1, false
	}
	var given bool
	if failed := raw.Control(func(fd uintptr) { uid, given, err = peerUID(int(fd)) }); failed != nil || err != nil {
		return -1, false
	}
	return uid, !given || uid == 0 || uid == os.Geteuid() || slices.Contains(also, uid)
}
