//go:build window

package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Just enough of the X11 core protocol to see windows come and go, to close them as a window manager would, and to read the clipboard. The server's events are waited for, so that nothing is polled.

// patience is how long anything in these tests may take before it counts as missing.
const patience = 60 * time.Second

var le = binary.LittleEndian

// Requests and events of the core protocol (X11R7, appendix B).
const (
	reqCreateWindow     = 1
	reqChangeAttributes = 2
	reqGetAttributes    = 3
	reqQueryTree        = 15
	reqInternAtom       = 16
	reqGetProperty      = 20
	reqConvertSelection = 24
	reqSendEvent        = 25
	evSelectionNotify   = 31
	evClientMessage     = 33
	maskSubstructure    = 1 << 19
	valueEventMask      = 1 << 11
	mapViewable         = 2
)

// screen is a connection to the X server.
type screen struct {
	conn    net.Conn
	root    uint32
	own     uint32        // a window of ours, for the clipboard
	events  chan struct{} // something happened to some window
	replies chan []byte

	mu     sync.Mutex // one request at a time
	atoms  map[string]uint32
	pasted chan uint32 // the property of a SelectionNotify, 0 for none
}

func openScreen(t *testing.T) *screen {
	t.Helper()
	display := os.Getenv("DISPLAY")
	if !strings.HasPrefix(display, ":") {
		t.Fatal("these tests need a display of their own: run make window")
	}
	number, _, _ := strings.Cut(display[1:], ".")
	conn, err := net.Dial("unix", "/tmp/.X11-unix/X"+number)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	x := &screen{conn: conn, events: make(chan struct{}, 1), replies: make(chan []byte, 1), atoms: map[string]uint32{}, pasted: make(chan uint32, 1)}
	if err := x.greet(); err != nil {
		t.Fatal(err)
	}
	go x.read()
	x.send(reqChangeAttributes, 0, x.root, valueEventMask, maskSubstructure)
	x.send(reqCreateWindow, 0, x.own, x.root, 0, 1|1<<16, 1<<16, 0, 0) // 1 x 1 at 0,0, InputOutput, as its parent otherwise
	return x
}

// greet sets the connection up without authority, as a server of one's own allows.
func (x *screen) greet() error {
	if _, err := x.conn.Write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		return err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(x.conn, head); err != nil {
		return err
	}
	rest := make([]byte, 4*int(le.Uint16(head[6:])))
	if _, err := io.ReadFull(x.conn, rest); err != nil {
		return err
	}
	if head[0] != 1 {
		return fmt.Errorf("the X server refused: %q", rest)
	}
	x.own = le.Uint32(rest[4:]) | 1 // in our range of identifiers
	vendor, formats := int(le.Uint16(rest[16:])), int(rest[21])
	x.root = le.Uint32(rest[32+(vendor+3)&^3+8*formats:])
	return nil
}

func (x *screen) read() {
	for {
		p := make([]byte, 32)
		if _, err := io.ReadFull(x.conn, p); err != nil {
			close(x.replies)
			return
		}
		switch p[0] & 0x7f {
		case 0: // an error, about a window that has gone since
			if p[10] != reqSendEvent && p[10] != reqChangeAttributes {
				x.replies <- nil
			}
		case 1:
			more := make([]byte, 4*le.Uint32(p[4:]))
			if _, err := io.ReadFull(x.conn, more); err != nil {
				close(x.replies)
				return
			}
			x.replies <- append(p, more...)
		case evSelectionNotify:
			x.pasted <- le.Uint32(p[20:])
		default:
			select {
			case x.events <- struct{}{}:
			default: // one is waiting already
			}
		}
	}
}

// send writes a request of four-byte words, and raw bytes after them.
func (x *screen) send(opcode, detail byte, words ...uint32) { x.sendRaw(opcode, detail, nil, words...) }

func (x *screen) sendRaw(opcode, detail byte, raw []byte, words ...uint32) {
	for len(raw)%4 != 0 {
		raw = append(raw, 0)
	}
	p := le.AppendUint16([]byte{opcode, detail}, uint16(1+len(words)+len(raw)/4))
	for _, w := range words {
		p = le.AppendUint32(p, w)
	}
	_, _ = x.conn.Write(append(p, raw...)) // a lost server shows in the next reply
}

// ask sends and gives the reply, nil for an error.
func (x *screen) ask(opcode, detail byte, raw []byte, words ...uint32) []byte {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sendRaw(opcode, detail, raw, words...)
	return <-x.replies
}

func (x *screen) atom(name string) uint32 {
	if a, ok := x.atoms[name]; ok {
		return a
	}
	r := x.ask(reqInternAtom, 0, []byte(name), uint32(len(name)))
	x.atoms[name] = le.Uint32(r[8:])
	return x.atoms[name]
}

func (x *screen) property(window uint32, name string) string {
	r := x.ask(reqGetProperty, 0, nil, window, x.atom(name), 0, 0, 1<<16)
	if r == nil {
		return ""
	}
	return string(r[32 : 32+int(le.Uint32(r[16:]))*int(r[1])/8])
}

// find gives a top-level window that is on the screen under a title, 0 for none.
func (x *screen) find(title string) uint32 {
	r := x.ask(reqQueryTree, 0, nil, x.root)
	for i := range int(le.Uint16(r[16:])) {
		w := le.Uint32(r[32+4*i:])
		a := x.ask(reqGetAttributes, 0, nil, w)
		if a != nil && a[26] == mapViewable && x.property(w, "_NET_WM_NAME") == title {
			return w
		}
	}
	return 0
}

// wait waits until the window of that title is there, or gone, and gives it.
func (x *screen) wait(t *testing.T, title string, there bool) uint32 {
	t.Helper()
	late := time.After(patience)
	for {
		w := x.find(title)
		if (w != 0) == there {
			return w
		}
		select {
		case <-x.events:
		case <-late:
			t.Fatalf("the window %q: there should be %v", title, there)
		}
	}
}

// close asks a window to close, as its frame's button does (ICCCM §4.2.8.1).
func (x *screen) close(window uint32) {
	event := append([]byte{evClientMessage, 32, 0, 0}, make([]byte, 28)...)
	le.PutUint32(event[4:], window)
	le.PutUint32(event[8:], x.atom("WM_PROTOCOLS"))
	le.PutUint32(event[12:], x.atom("WM_DELETE_WINDOW"))
	x.sendRaw(reqSendEvent, 0, event, window, 0)
}

// clipboard reads the text that its owner gives now, "" where there is none (ICCCM §2.4).
func (x *screen) clipboard(t *testing.T) string {
	t.Helper()
	x.send(reqConvertSelection, 0, x.own, x.atom("CLIPBOARD"), x.atom("UTF8_STRING"), x.atom("HEARTHKEY_TEST"), 0)
	if take(t, "the clipboard", x.pasted) == 0 {
		return ""
	}
	return x.property(x.own, "HEARTHKEY_TEST")
}

// waitClipboard asks again until the clipboard holds want: the core protocol tells nobody of a new owner.
func (x *screen) waitClipboard(t *testing.T, want string) {
	t.Helper()
	late := time.After(patience)
	for {
		got := x.clipboard(t)
		if got == want {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-late:
			t.Fatalf("the clipboard holds %q, want %q", got, want)
		}
	}
}
