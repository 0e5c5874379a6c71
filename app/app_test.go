package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// own are the bound methods that have no counterpart in admin.API: they concern the desktop, and the mail program on it.
var own = []string{"Remote", "Ready", "Copy", "OpenInBrowser", "TrayNotice", "DismissTrayNotice", "MailInvite"}

func TestEveryOperationIsBound(t *testing.T) {
	api, app := reflect.TypeFor[admin.API](), reflect.TypeFor[*App]()
	for i := range api.NumMethod() {
		m := api.Method(i)
		bound, ok := app.MethodByName(m.Name)
		if !ok {
			t.Errorf("%s has no binding", m.Name)
			continue
		}
		var want, got []reflect.Type
		for k := 1; k < m.Type.NumIn(); k++ { // without the context
			want = append(want, m.Type.In(k))
		}
		for k := 1; k < bound.Type.NumIn(); k++ { // without the receiver
			got = append(got, bound.Type.In(k))
		}
		for k := range m.Type.NumOut() {
			want = append(want, m.Type.Out(k))
		}
		for k := range bound.Type.NumOut() {
			got = append(got, bound.Type.Out(k))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is bound as %v, want %v", m.Name, got, want)
		}
	}
	for i := range app.NumMethod() {
		name := app.Method(i).Name
		if _, ok := api.MethodByName(name); !ok && !slices.Contains(own, name) {
			t.Errorf("%s is bound and is no operation of admin.API", name)
		}
	}
}

// TestBoundTypesCrossTheBridge: what has no counterpart in the page's language must not be in a bound signature.
func TestBoundTypesCrossTheBridge(t *testing.T) {
	app := reflect.TypeFor[*App]()
	seen := map[reflect.Type]bool{}
	var check func(t reflect.Type) string
	check = func(t reflect.Type) string {
		switch {
		case seen[t] || t == reflect.TypeFor[error]():
			return ""
		case t == reflect.TypeFor[time.Time](), t == reflect.TypeFor[[]byte](), t == reflect.TypeFor[context.Context](), t.Kind() == reflect.Interface, t.Kind() == reflect.Func, t.Kind() == reflect.Chan:
			return t.String()
		}
		seen[t] = true
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			return check(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				f := t.Field(i)
				if bad := check(f.Type); bad != "" && f.Tag.Get("json") != "-" {
					return t.String() + "." + f.Name + " " + bad
				}
			}
		}
		return ""
	}
	for i := range app.NumMethod() {
		m := app.Method(i)
		for k := 1; k < m.Type.NumIn(); k++ {
			if bad := check(m.Type.In(k)); bad != "" {
				t.Errorf("%s takes %s", m.Name, bad)
			}
		}
		for k := range m.Type.NumOut() {
			if bad := check(m.Type.Out(k)); bad != "" {
				t.Errorf("%s answers %s", m.Name, bad)
			}
		}
	}
	if !seen[reflect.TypeFor[idp.User]()] {
		t.Fatal("the walk missed idp.User")
	}
}

// deaf is a provider that lost its mind: each operation panics.
type deaf struct{ admin.API }

func TestBoundMethodsSurviveAPanic(t *testing.T) {
	a := &App{ctx: t.Context(), api: deaf{}, log: slog.New(slog.DiscardHandler)}
	v := reflect.ValueOf(a)
	for i := range v.NumMethod() {
		name := v.Type().Method(i).Name
		if name == "Remote" {
			continue // reads a string
		}
		f := v.Method(i)
		var in []reflect.Value
		for k := range f.Type().NumIn() {
			in = append(in, reflect.Zero(f.Type().In(k)))
		}
		out := f.Call(in)
		if err, _ := out[len(out)-1].Interface().(error); err == nil || !strings.Contains(err.Error(), "panic") {
			t.Errorf("%s answered %v", name, err)
		}
	}
}

func TestErrorsReachThePageAsText(t *testing.T) {
	var log strings.Builder
	to := slog.New(slog.NewTextHandler(&log, nil))
	for _, tt := range []struct {
		err               error
		code, field, text string
	}{
		{idp.FailField("userName", "app.locked", "path", "D"), "invalid", "userName", "Another process holds the data in D"},
		{errors.Join(errors.New("while saving"), idp.Fail(idp.Conflict, "app.clipboard")), "conflict", "", "The clipboard cannot be reached"},
		{errors.New("secret detail"), "internal", "", "Something went wrong ("},
		{context.Canceled, "unavailable", "", "Hearthkey is stopping"},
	} {
		var got struct{ Code, Field, Message, Key, Ref string }
		if err := json.Unmarshal([]byte(formatError(tt.err, to)), &got); err != nil {
			t.Fatal(err)
		}
		if got.Code != tt.code || got.Field != tt.field || !strings.HasPrefix(got.Message, tt.text) || got.Key == "" {
			t.Errorf("%v became %+v", tt.err, got)
		}
		if (got.Ref != "") != (tt.code == "internal") {
			t.Errorf("%v has the reference %q", tt.err, got.Ref)
		}
		if got.Ref != "" && !strings.Contains(log.String(), got.Ref) {
			t.Errorf("%s is not in the log", got.Ref)
		}
	}
}

func TestWhatTheBrowserMayOpen(t *testing.T) {
	s := admin.Status{
		Pin:    idp.Pin{Issuer: "https://id.tail1234.ts.net"},
		Tunnel: idp.Tunnel{LoginURL: "https://control.example/a/1", EnableURL: "http://127.0.0.1:8080/f?x=1"},
	}
	for _, tt := range []struct {
		address string
		want    bool
	}{
		{"https://id.tail1234.ts.net/invite/abc", true},
		{"https://id.tail1234.ts.net", true},
		{"https://login.tailscale.com/admin/dns", true},
		{"https://control.example/a/1", true},
		{"http://127.0.0.1:8080/f?x=1", true},
		{"", false},
		{"https://control.example/a/2", false},
		{"http://id.tail1234.ts.net/", false},
		{"http://login.tailscale.com/", false},
		{"https://id.tail1234.ts.net:8443/", false},
		{"https://id.tail1234.ts.net@evil.example/", false},
		{"https://user@id.tail1234.ts.net/", false},
		{"https://id.tail1234.ts.net.evil.example/", false},
		{"https://evil.example/https://id.tail1234.ts.net", false},
		{"//id.tail1234.ts.net/", false},
		{"/invite/abc", false},
		{"file:///etc/passwd", false},
		{"javascript:alert(1)", false},
		{"mailto:a@id.tail1234.ts.net", false},
		{"https:id.tail1234.ts.net", false},
	} {
		if got := mayOpen(tt.address, s); got != tt.want {
			t.Errorf("%q: %v", tt.address, got)
		}
	}
	if mayOpen("", admin.Status{}) || mayOpen("https://x.example/", admin.Status{}) || mayOpen("file://", admin.Status{}) {
		t.Error("something may be opened before anything is pinned")
	}
	if !mayOpen("http://localhost:1411/invite/a", admin.Status{Pin: idp.Pin{Issuer: "http://localhost:1411"}}) {
		t.Error("a trial's own page may not be opened")
	}
}

func TestTrayHasAWordAndAShapeForEachState(t *testing.T) {
	states := []string{admin.StateSetUp, admin.StateTrial, admin.StatePublic, admin.StateTailnet, admin.StateStarting, admin.StateAttention, admin.StatePaused, admin.StateStopped}
	for _, state := range states {
		if !idp.Known("app.tray_" + state) {
			t.Errorf("%s has no status line", state)
		}
		for _, file := range []string{"-black-44", "-white-44", "-black-32", "-white-32"} {
			if len(icon("tray-"+shapes[state]+file)) == 0 {
				t.Errorf("%s has no icon %s", state, file)
			}
		}
	}
	if len(shapes) != len(states) || len(icon("icon-256")) == 0 {
		t.Error("shapes and states differ, or the program has no icon")
	}
}

func TestTrayNotice(t *testing.T) {
	dir := t.TempDir()
	p := readPrefs(dir)
	if p.noticeDue() {
		t.Fatal("due before the window was closed")
	}
	if !p.closedToTray() || p.closedToTray() || !p.noticeDue() {
		t.Fatal("it is said once a run, and due until it is read")
	}
	if again := readPrefs(dir); !again.closedToTray() {
		t.Fatal("unread, it is said again in the next run")
	}
	if err := p.dismissNotice(); err != nil {
		t.Fatal(err)
	}
	if p.noticeDue() {
		t.Fatal("due after it was read")
	}
	if later := readPrefs(dir); later.closedToTray() || later.noticeDue() {
		t.Fatal("said again after it was read")
	}
	if err := readPrefs(filepath.Join(dir, "gone")).dismissNotice(); idp.CodeOf(err) != idp.Unavailable {
		t.Fatalf("not remembered, and it says %v", err)
	}
}

// notified is a desktop that hears notifications alone.
type notified struct {
	desktop
	titles chan string
}

func (n notified) Notify(title, _ string) { n.titles <- title }

func TestWarningIsAnnouncedOnce(t *testing.T) {
	dir, titles := t.TempDir(), make(chan string, 10)
	start := func() *App {
		return &App{desk: notified{titles: titles}, prefs: readPrefs(dir), log: slog.New(slog.DiscardHandler)}
	}
	told := func(key string) admin.Status {
		s := admin.Status{}
		s.Guard.Notice = admin.Notice{Key: key, Title: "Ends: " + key}
		return s
	}
	a := start()
	a.announce(admin.Status{})
	a.announce(told("node_key/1/14"))
	if got := <-titles; got != "Ends: node_key/1/14" {
		t.Errorf("announced %q", got)
	}
	a.announce(told("node_key/1/14"))
	a = start()
	a.announce(told("node_key/1/14"))
	a.announce(told("node_key/1/7"))
	if got := <-titles; got != "Ends: node_key/1/7" { // what was said again would have come first
		t.Errorf("announced %q", got)
	}
	drift := told("node_key/1/7")
	drift.WebFinger = admin.Notice{Key: "webfinger/example.com/issuer/1", Title: "WebFinger of example.com is out of order"}
	for range 2 { // one kind of warning does not make the other new
		a.announce(drift)
	}
	a.announce(told("node_key/1/1"))
	both := []string{<-titles, <-titles}
	if slices.Sort(both); !slices.Equal(both, []string{"Ends: node_key/1/1", drift.WebFinger.Title}) || len(titles) != 0 {
		t.Errorf("announced %q and %d more", both, len(titles))
	}
	if got := tooltip(look{state: admin.StatePublic, drift: drift.WebFinger.Title}); got != "Online: sign-in from everywhere. WebFinger of example.com is out of order" {
		t.Errorf("the icon says %q", got)
	}
	if got := tooltip(look{state: admin.StatePublic, notice: "The node key expires in 7 days"}); got != "Online: sign-in from everywhere. The node key expires in 7 days" {
		t.Errorf("the icon says %q", got)
	}
}
