package awake

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy></busconfig>`

// startBus runs a bus of the test's own and answers its address.
func startBus(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Fatal("these tests need a dbus-daemon; make go-test installs it")
	}
	dir, err := os.MkdirTemp("", "bus") // t.TempDir may be longer than a socket's path may
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	config := filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, filepath.Join(dir, "s")), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--config-file="+config, "--nofork", "--nopidfile", "--print-address")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the bus did not start: ", err)
	}
	return strings.TrimSpace(address)
}

// manager stands in for logind and for the session manager on a real bus: what it is asked for and when that ends are events.
type manager struct {
	t     *testing.T
	conn  *dbus.Conn
	asked chan string
	ended chan string
	lose  chan struct{} // one message closes the reading end of the newest lock, as logind's death does
	gone  map[string]func()
	calls chan lock
}

type lock struct {
	sender string
	write  func()
}

// own takes a name on the bus and answers for object.
func own(t *testing.T, address, name, path, iface string, object func(*manager) any) *manager {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	m := &manager{t: t, conn: conn, asked: make(chan string, 10), ended: make(chan string, 10), lose: make(chan struct{}), gone: map[string]func(){}, calls: make(chan lock, 10)}
	if err := conn.AddMatchSignal(dbus.WithMatchMember("NameOwnerChanged")); err != nil {
		t.Fatal(err)
	}
	signals := make(chan *dbus.Signal, 100)
	conn.Signal(signals)
	go m.watch(signals)
	if err := conn.Export(object(m), dbus.ObjectPath(path), iface); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal("the name is taken: ", err)
	}
	return m
}

// watch notices callers that leave the bus.
func (m *manager) watch(signals <-chan *dbus.Signal) {
	for s := range signals {
		if len(s.Body) != 3 || s.Body[2] != "" {
			continue
		}
		for len(m.calls) > 0 {
			l := <-m.calls
			m.gone[l.sender] = l.write
		}
		name, _ := s.Body[0].(string)
		if left := m.gone[name]; left != nil {
			left()
			delete(m.gone, name)
		}
	}
}

// logind answers org.freedesktop.login1.Manager.Inhibit.
type logind struct{ *manager }

// Inhibit hands out the writing end of a pipe. Its own copy is closed once the caller has left the bus, with its own in hand.
func (l logind) Inhibit(what, who, why, mode string, sender dbus.Sender) (dbus.UnixFD, *dbus.Error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	read := os.NewFile(uintptr(ends[0]), "lock") // one that does not block can be closed while it is read
	stop := make(chan struct{})
	go func() {
		select {
		case <-l.lose:
			_ = read.Close()
		case <-stop:
		}
	}()
	go func() {
		_, err := read.Read(make([]byte, 1))
		close(stop)
		l.ended <- fmt.Sprint(what, " ", err)
		_ = read.Close()
	}()
	l.calls <- lock{string(sender), func() { _ = unix.Close(ends[1]) }}
	l.asked <- strings.Join([]string{what, who, why, mode}, "|")
	return dbus.UnixFD(ends[1]), nil
}

// session answers org.gnome.SessionManager.Inhibit.
type session struct{ *manager }

// Inhibit holds until the caller leaves the bus.
func (s session) Inhibit(who string, _ uint32, why string, flags uint32, sender dbus.Sender) (uint32, *dbus.Error) {
	s.calls <- lock{string(sender), func() { s.ended <- who }}
	s.asked <- fmt.Sprintf("%s|%s|%d", who, why, flags)
	return 7, nil
}

// power answers org.freedesktop.PowerManagement.Inhibit.Inhibit.
type power struct{ *manager }

// Inhibit holds until the caller leaves the bus.
func (p power) Inhibit(who, why string, sender dbus.Sender) (uint32, *dbus.Error) {
	p.calls <- lock{string(sender), func() { p.ended <- who }}
	p.asked <- who + "|" + why
	return 8, nil
}
