//go:build window

package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = "/StatusNotifierWatcher"
	menuName    = "com.canonical.dbusmenu"
	notifyName  = "org.freedesktop.Notifications"
)

// panel stands in for a desktop's panel and its notifications on the session bus.
type panel struct {
	bus     *dbus.Conn
	items   chan string // sender and path of each item that registers
	notices chan string // title of each notification
	changes chan *dbus.Signal
	sender  string
	path    dbus.ObjectPath
}

func openPanel(t *testing.T) *panel {
	t.Helper()
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatalf("these tests need a session bus of their own: run make window (%v)", err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	p := &panel{bus: bus, items: make(chan string, 8), notices: make(chan string, 8), changes: make(chan *dbus.Signal, 256)}
	p.must(t, bus.Export(watcher{p}, watcherPath, watcherName))
	_, err = prop.Export(bus, watcherPath, prop.Map{watcherName: {"IsStatusNotifierHostRegistered": {Value: true, Emit: prop.EmitTrue}}})
	p.must(t, err)
	p.must(t, bus.Export(notices{p}, "/org/freedesktop/Notifications", notifyName))
	p.must(t, bus.AddMatchSignal(dbus.WithMatchInterface(menuName)))
	bus.Signal(p.changes)
	p.appear(t)
	if reply, err := bus.RequestName(notifyName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("another notification service is here: %v, %v", reply, err)
	}
	return p
}

func (p *panel) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *panel) appear(t *testing.T) {
	t.Helper()
	if reply, err := p.bus.RequestName(watcherName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("another panel is here: %v, %v", reply, err)
	}
}

func (p *panel) vanish(t *testing.T) {
	t.Helper()
	_, err := p.bus.ReleaseName(watcherName)
	p.must(t, err)
}

type watcher struct{ p *panel }

func (w watcher) RegisterStatusNotifierItem(service string, sender dbus.Sender) *dbus.Error {
	w.p.items <- string(sender) + service // systray names its path
	return nil
}

func (w watcher) RegisterStatusNotifierHost(string) *dbus.Error { return nil }

type notices struct{ p *panel }

func (n notices) Notify(_ string, _ uint32, _, summary, _ string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	n.p.notices <- summary
	return 1, nil
}

func (n notices) GetCapabilities() ([]string, *dbus.Error) { return []string{"body"}, nil }
func (n notices) CloseNotification(uint32) *dbus.Error     { return nil }
func (n notices) GetServerInformation() (a, b, c, d string, e *dbus.Error) {
	return "stand-in", "test", "1", "1.2", nil
}

// take waits for the next of what a channel gives.
func take[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("%s: nothing came", what)
		panic("unreachable")
	}
}

// adopt waits for a tray item and looks at that one from now on.
func (p *panel) adopt(t *testing.T) {
	t.Helper()
	item := take(t, "a tray icon", p.items)
	at := strings.Index(item, "/")
	p.sender, p.path = item[:at], dbus.ObjectPath(item[at:])
}

// picture is the icon's pixels with their size.
func (p *panel) picture(t *testing.T) string {
	t.Helper()
	v, err := p.bus.Object(p.sender, p.path).GetProperty("org.kde.StatusNotifierItem.IconPixmap")
	p.must(t, err)
	return v.String()
}

// activate is a left click on the icon.
func (p *panel) activate(t *testing.T) {
	t.Helper()
	p.must(t, p.bus.Object(p.sender, p.path).Call("org.kde.StatusNotifierItem.Activate", 0, int32(0), int32(0)).Err)
}

// entry is one line of the menu.
type entry struct {
	id      int32
	label   string
	enabled bool
	within  []entry // of its own menu
}

type layout struct {
	ID       int32
	Props    map[string]dbus.Variant
	Children []dbus.Variant
}

func (p *panel) menu(t *testing.T) []entry {
	t.Helper()
	var revision uint32
	var root layout
	p.must(t, p.bus.Object(p.sender, p.path+"/menu").Call(menuName+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root))
	return p.entries(t, root)
}

// entries are the visible lines below a menu.
func (p *panel) entries(t *testing.T, of layout) []entry {
	t.Helper()
	var out []entry
	for _, child := range of.Children {
		var l layout
		p.must(t, dbus.Store([]any{child.Value()}, &l))
		if visible, ok := l.Props["visible"].Value().(bool); ok && !visible {
			continue
		}
		if label, ok := l.Props["label"].Value().(string); ok {
			enabled, _ := l.Props["enabled"].Value().(bool)
			out = append(out, entry{l.ID, label, enabled, p.entries(t, l)})
		}
	}
	return out
}

// waitMenu waits until the menu says just this; a label in brackets is greyed out.
func (p *panel) waitMenu(t *testing.T, want ...string) {
	t.Helper()
	late := time.After(patience)
	for {
		var got []string
		for _, e := range p.menu(t) {
			if !e.enabled {
				e.label = "(" + e.label + ")"
			}
			got = append(got, e.label)
		}
		if slices.Equal(got, want) {
			return
		}
		select {
		case <-p.changes:
		case <-late:
			t.Fatalf("the menu says %q, want %q", got, want)
		}
	}
}

// click chooses the line of the menu that the labels lead to, each within the one before.
func (p *panel) click(t *testing.T, labels ...string) {
	t.Helper()
	lines, at := p.menu(t), entry{}
	for _, label := range labels {
		i := slices.IndexFunc(lines, func(e entry) bool { return e.label == label })
		if i < 0 {
			t.Fatalf("no %q in the menu", labels)
		}
		at, lines = lines[i], lines[i].within
	}
	p.must(t, p.bus.Object(p.sender, p.path+"/menu").Call(menuName+".Event", 0, at.id, "clicked", dbus.MakeVariant(int32(0)), uint32(0)).Err)
}
