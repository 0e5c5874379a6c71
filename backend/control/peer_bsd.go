//go:build darwin || freebsd

package control

import "golang.org/x/sys/unix"

// solLocal is the option level of Unix sockets, SOL_LOCAL in <sys/un.h>.
const solLocal = 0

// peerUID asks the kernel who connected (unix(4), LOCAL_PEERCRED).
func peerUID(fd int) (uid int, given bool, err error) {
	cred, err := unix.GetsockoptXucred(fd, solLocal, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, false, err
	}
	return int(cred.Uid), true, nil
}
