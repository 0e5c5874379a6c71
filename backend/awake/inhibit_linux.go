package awake

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// callWait bounds one question on a bus.
const callWait = 5 * time.Second

var errNobody = errors.New("neither logind nor a desktop answers on D-Bus")

// inhibit asks logind, which servers and most desktops listen to, and the session manager, which GNOME, MATE and Cinnamon want to be asked, or else the older power manager of Xfce and others. One yes is enough.
func inhibit(who, why string) (*hold, error) {
	var holds []*hold
	for _, ask := range []func(who, why string) (*hold, error){askLogind, askSession} {
		if h, err := ask(who, why); err == nil {
			holds = append(holds, h)
		}
	}
	if len(holds) == 0 {
		return nil, errNobody
	}
	return &hold{
		release: func() {
			for _, h := range holds {
				h.release()
			}
		},
		lost: func() bool {
			for _, h := range holds {
				if h.lost() {
					return true
				}
			}
			return false
		},
	}, nil
}

// askLogind takes an inhibitor lock (org.freedesktop.login1, Inhibit): it lasts while the descriptor is open. "idle" alone: "sleep" would refuse a person who chooses Sleep.
func askLogind(who, why string) (*hold, error) {
	conn, err := dbus.ConnectSystemBus()
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), callWait)
	defer cancel()
	var lock dbus.UnixFD
	err = conn.Object("org.freedesktop.login1", "/org/freedesktop/login1").
		CallWithContext(ctx, "org.freedesktop.login1.Manager.Inhibit", 0, "idle", who, why, "block").Store(&lock)
	if err != nil {
		return nil, err
	}
	fd := int(lock)
	unix.CloseOnExec(fd)
	return &hold{release: func() { _ = unix.Close(fd) }, lost: func() bool { return hungUp(fd) }}, nil
}

// hungUp says whether nobody reads the other end of a pipe any more.
func hungUp(fd int) bool {
	poll := []unix.PollFd{{Fd: int32(fd)}}
	_, err := unix.Poll(poll, 0)
	return err == nil && poll[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0
}

// suspends is the flag of org.gnome.SessionManager.Inhibit against suspending.
const suspends = uint32(4)

// askSession asks the desktop; what it grants lasts while the connection does.
func askSession(who, why string) (*hold, error) {
	address := sessionAddress()
	if address == "" {
		return nil, errNobody
	}
	conn, err := dbus.Connect(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), callWait)
	defer cancel()
	err = conn.Object("org.gnome.SessionManager", "/org/gnome/SessionManager").
		CallWithContext(ctx, "org.gnome.SessionManager.Inhibit", dbus.FlagNoAutoStart, who, uint32(0), why, suspends).Err
	if err != nil {
		err = conn.Object("org.freedesktop.PowerManagement", "/org/freedesktop/PowerManagement/Inhibit").
			CallWithContext(ctx, "org.freedesktop.PowerManagement.Inhibit.Inhibit", dbus.FlagNoAutoStart, who, why).Err
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return &hold{release: func() { _ = conn.Close() }, lost: func() bool { return !conn.Connected() }}, nil
}

// sessionAddress is where the session's bus is, "" where there is none: the library would start one.
func sessionAddress() string {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return address
	}
	socket := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")
	if info, err := os.Stat(socket); err == nil && info.Mode()&os.ModeSocket != 0 && filepath.IsAbs(socket) {
		return "unix:path=" + socket
	}
	return ""
}
