//go:build unix && !linux && !darwin && !freebsd

package control

// peerUID has nobody to ask here.
func peerUID(int) (uid int, given bool, err error) { return 0, false, nil }
