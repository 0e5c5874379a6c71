package awake

import (
	"errors"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	kernel32       = windows.NewLazySystemDLL("kernel32.dll")
	setState       = kernel32.NewProc("SetThreadExecutionState")
	getPowerStatus = kernel32.NewProc("GetSystemPowerStatus")
)

// Flags of SetThreadExecutionState.
const (
	continuous     = 0x80000000
	systemRequired = 0x00000001
)

// powerStatus is SYSTEM_POWER_STATUS; offline is its ACLineStatus on battery.
type powerStatus struct {
	acLine, flag, percent, systemStatus byte
	life, fullLife                      uint32
}

const offline = 0

func (c Config) withDefaults() Config { return c }

func (Config) onMains() (bool, error) {
	var s powerStatus
	if ok, _, err := getPowerStatus.Call(uintptr(unsafe.Pointer(&s))); ok == 0 {
		return false, err
	}
	return s.acLine != offline, nil
}

// inhibit holds the wish in a thread of its own: Windows keeps it for the thread that made it, and forgets it with it.
func inhibit(string, string) (*hold, error) {
	taken, end, ended := make(chan bool), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		before, _, _ := setState.Call(continuous | systemRequired)
		taken <- before != 0
		<-end
		_, _, _ = setState.Call(continuous)
	}()
	if !<-taken {
		close(end)
		return nil, errors.New("the system refuses")
	}
	return &hold{release: func() { close(end); <-ended }, lost: func() bool { return false }}, nil
}
