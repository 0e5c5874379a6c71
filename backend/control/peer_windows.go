package control

import (
	"io/fs"
	"net"
)

// Windows gives no credentials of a Unix socket's peer; the access list of the data directory, which its files inherit, keeps other users out.

func ownedByUs(fs.FileInfo) bool { return true }

func ownerOf(string) int { return -1 }

func trusted(*net.UnixConn, ...int) (uid int, ok bool) { return -1, true }
