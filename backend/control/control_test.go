package control

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// desk answers what the tests ask; any other method panics on the nil interface, as a broken one would.
type desk struct {
	admin.API
	waiting chan struct{} // WaitForChange has begun
	left    chan error    // and how it ended
}

func newDesk() *desk { return &desk{waiting: make(chan struct{}, 64), left: make(chan error, 64)} }

func (d *desk) Users(_ context.Context, query string) ([]admin.UserRow, error) {
	return []admin.UserRow{{User: idp.User{Name: query}, Passkeys: 2}}, nil
}

func (d *desk) User(_ context.Context, id string) (admin.UserDetail, error) {
	switch id {
	case "missing":
		return admin.UserDetail{}, idp.Fail(idp.NotFound, "control.nobody", "dir", "D")
	case "field":
		return admin.UserDetail{}, idp.FailField("userName", "control.denied", "path", "P")
	case "internal":
		return admin.UserDetail{}, errors.New("disk on fire")
	}
	return admin.UserDetail{}, nil
}

func (d *desk) SetUserDisabled(context.Context, string, bool) error { return nil }

func (d *desk) CreateUser(_ context.Context, in admin.UserInput) (idp.User, error) {
	return idp.User{Name: in.Name}, nil
}

func (d *desk) WaitForChange(ctx context.Context, since int64) (int64, error) {
	d.waiting <- struct{}{}
	<-ctx.Done()
	d.left <- ctx.Err()
	return since, ctx.Err()
}

func serve(t *testing.T, dir string) (*desk, *bytes.Buffer, *Server) {
	t.Helper()
	d, log := newDesk(), &bytes.Buffer{}
	s, err := Serve(t.Context(), dir, d, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return d, log, s
}

func dial(t *testing.T, dir string) *Client {
	t.Helper()
	c, err := Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// raw is a connection of a peer that does as it likes.
func raw(t *testing.T, s *Server) *net.UnixConn {
	t.Helper()
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: s.path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func greeted(t *testing.T, s *Server) *net.UnixConn {
	t.Helper()
	conn := raw(t, s)
	if _, err := io.WriteString(conn, greeting+"\n"); err != nil {
		t.Fatal(err)
	}
	for b := make([]byte, 1); b[0] != '\n'; {
		if _, err := io.ReadFull(conn, b); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

func reply(t *testing.T, conn net.Conn) answer {
	t.Helper()
	body, err := readFrame(conn, maxAnswer)
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCallAndAnswer(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	c := dial(t, dir)
	rows, err := c.Users(t.Context(), "Ada <b>")
	if err != nil || len(rows) != 1 || rows[0].User.Name != "Ada <b>" || rows[0].Passkeys != 2 {
		t.Fatalf("Users = %+v, %v", rows, err)
	}
	if err := c.SetUserDisabled(t.Context(), "usr_1", true); err != nil {
		t.Fatal(err)
	}
	if c.PID() != os.Getpid() || c.Program() != filepath.Base(os.Args[0]) {
		t.Fatalf("peer %d %q", c.PID(), c.Program())
	}
}

func TestClientHasEveryMethodUnderItsOwnName(t *testing.T) {
	// Each method of the client must ask for the method of its own name: a slip of the pen there would do another thing.
	c := &Client{dir: t.TempDir()}
	asked := serveEcho(t, c.dir)
	for i := range apiType.NumMethod() {
		m := apiType.Method(i)
		f := reflect.ValueOf(c).MethodByName(m.Name)
		in := []reflect.Value{reflect.ValueOf(t.Context())}
		for k := 1; k < f.Type().NumIn(); k++ {
			in = append(in, reflect.Zero(f.Type().In(k)))
		}
		f.Call(in)
		got := <-asked
		var args []json.RawMessage
		if err := json.Unmarshal(got.Args, &args); err != nil {
			t.Fatal(err)
		}
		if got.Method != m.Name || len(args) != f.Type().NumIn()-1 {
			t.Errorf("%s asked for %s with %d arguments", m.Name, got.Method, len(args))
		}
	}
}

// serveEcho speaks the protocol and reports each call.
func serveEcho(t *testing.T, dir string) <-chan call {
	t.Helper()
	ln, _, err := listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	asked := make(chan call, 1)
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		line := make([]byte, len(greeting)+1)
		_, _ = io.ReadFull(conn, line)
		_, _ = io.WriteString(conn, greeting+" 1 echo\n")
		for {
			body, err := readFrame(conn, maxCall)
			if err != nil {
				return
			}
			var c call
			_ = json.Unmarshal(body, &c)
			asked <- c
			if writeFrame(conn, []byte(`{"result":null}`)) != nil {
				return
			}
		}
	}()
	return asked
}

func TestErrorsComeBackAsTheyWere(t *testing.T) {
	dir := t.TempDir()
	_, log, _ := serve(t, dir)
	c := dial(t, dir)
	for id, want := range map[string]*idp.Error{
		"missing": idp.Fail(idp.NotFound, "control.nobody", "dir", "D"),
		"field":   idp.FailField("userName", "control.denied", "path", "P"),
	} {
		_, err := c.User(t.Context(), id)
		var got *idp.Error
		if !errors.As(err, &got) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, want %#v", id, err, want)
		}
	}
	_, err := c.User(t.Context(), "internal")
	var got *idp.Error
	if !errors.As(err, &got) || got.Code != idp.Internal || strings.Contains(got.Error(), "fire") {
		t.Fatalf("internal error crossed as %v", err)
	}
	ref := got.Message.Args["ref"]
	if ref == "" || !strings.Contains(log.String(), ref) || !strings.Contains(log.String(), "disk on fire") {
		t.Fatalf("reference %q is not in the log: %s", ref, log)
	}
}

func TestPanicIsAnInternalError(t *testing.T) {
	dir := t.TempDir()
	_, log, _ := serve(t, dir)
	c := dial(t, dir)
	if _, err := c.Groups(t.Context()); idp.CodeOf(err) != idp.Internal || err == nil {
		t.Fatalf("panic came back as %v", err)
	}
	if !strings.Contains(log.String(), "panic in Groups") {
		t.Fatalf("log: %s", log)
	}
	if _, err := c.Users(t.Context(), ""); err != nil {
		t.Fatalf("after the panic: %v", err)
	}
}

func TestWrongCalls(t *testing.T) {
	dir := t.TempDir()
	_, _, s := serve(t, dir)
	for _, tt := range []struct {
		name, body string
		code       idp.Code
		key        string
	}{
		{"unknown method", `{"method":"Shutdown","args":[]}`, idp.NotFound, "control.method_unknown"},
		{"a method of the implementation only", `{"method":"String","args":[]}`, idp.NotFound, "control.method_unknown"},
		{"too few arguments", `{"method":"User","args":[]}`, idp.Invalid, "control.arguments_wrong"},
		{"too many arguments", `{"method":"User","args":["a","b"]}`, idp.Invalid, "control.arguments_wrong"},
		{"wrong type", `{"method":"User","args":[7]}`, idp.Invalid, "control.arguments_wrong"},
		{"unknown field", `{"method":"CreateUser","args":[{"name":"A","admin":true}]}`, idp.Invalid, "control.arguments_wrong"},
		{"arguments no list", `{"method":"User","args":{"id":"a"}}`, idp.Invalid, "control.arguments_wrong"},
		{"no JSON", `GET`, idp.Invalid, "control.arguments_wrong"},
		{"empty", ``, idp.Invalid, "control.arguments_wrong"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn := greeted(t, s)
			if err := writeFrame(conn, []byte(tt.body)); err != nil {
				t.Fatal(err)
			}
			a := reply(t, conn)
			if a.Error == nil || a.Error.Code != tt.code || a.Error.Key != tt.key || a.Error.Message == tt.key {
				t.Fatalf("answer %+v", a.Error)
			}
			if err := writeFrame(conn, []byte(`{"method":"Users","args":["again"]}`)); err != nil {
				t.Fatal(err)
			}
			if a := reply(t, conn); a.Error != nil || !strings.Contains(string(a.Result), "again") {
				t.Fatalf("the connection is of no use after it: %+v", a)
			}
		})
	}
}

func TestOversizedFrame(t *testing.T) {
	dir := t.TempDir()
	_, _, s := serve(t, dir)
	conn := greeted(t, s)
	if _, err := conn.Write(binary.BigEndian.AppendUint32(nil, maxCall+1)); err != nil {
		t.Fatal(err)
	}
	if a := reply(t, conn); a.Error == nil || a.Error.Key != "control.too_large" {
		t.Fatalf("answer %+v", a.Error)
	}
	if n, err := conn.Read(make([]byte, 1)); err == nil {
		t.Fatalf("the connection goes on after it, %d bytes", n)
	}
	c := dial(t, dir)
	if _, err := c.Users(t.Context(), strings.Repeat("x", maxCall)); idp.CodeOf(err) != idp.Invalid {
		t.Fatalf("client sent it: %v", err)
	}
}

func TestHTTPIsRefused(t *testing.T) {
	_, _, s := serve(t, t.TempDir())
	conn := raw(t, s)
	body := "hearthkey-control/1\n\x00\x00\x00\x1f" + `{"method":"Users","args":["x"]}`
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60\r\n\r\n"+body); err != nil {
		t.Fatal(err)
	}
	// The line is closed without a word: EOF, or a reset since what followed was never read.
	if got, _ := io.ReadAll(conn); len(got) != 0 {
		t.Fatalf("answered %q", got)
	}
}

func TestCallsRunAtTheSameTime(t *testing.T) {
	dir := t.TempDir()
	d, _, _ := serve(t, dir)
	c := dial(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 3 {
		wg.Add(1)
		go func() { defer wg.Done(); _, _ = c.WaitForChange(ctx, 1) }()
		<-d.waiting
	}
	for range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 20 {
				if _, err := c.Users(context.Background(), "x"); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	cancel()
	wg.Wait()
	for range 3 {
		if err := <-d.left; !errors.Is(err, context.Canceled) {
			t.Fatalf("a call whose caller left ended with %v", err)
		}
	}
}

func TestPeerThatLeavesEndsItsCall(t *testing.T) {
	dir := t.TempDir()
	d, _, s := serve(t, dir)
	conn := greeted(t, s)
	if err := writeFrame(conn, []byte(`{"method":"WaitForChange","args":[1]}`)); err != nil {
		t.Fatal(err)
	}
	<-d.waiting
	_ = conn.Close()
	if err := <-d.left; !errors.Is(err, context.Canceled) {
		t.Fatalf("ended with %v", err)
	}
}

func TestCloseEndsCallsAndRemovesTheSocket(t *testing.T) {
	dir := t.TempDir()
	d, _, s := serve(t, dir)
	c := dial(t, dir)
	got := make(chan error, 1)
	go func() { _, err := c.WaitForChange(context.Background(), 1); got <- err }()
	<-d.waiting
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; idp.CodeOf(err) != idp.Unavailable {
		t.Fatalf("the caller heard %v", err)
	}
	if _, err := os.Lstat(s.path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("socket is left: %v", err)
	}
	if _, err := c.Users(t.Context(), ""); !errors.Is(err, ErrNobody) {
		t.Fatalf("after the end: %v", err)
	}
}

func TestClientOutlivesTheServer(t *testing.T) {
	dir := t.TempDir()
	_, _, s := serve(t, dir)
	c := dial(t, dir)
	if _, err := c.Users(t.Context(), "first"); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	serve(t, dir)
	if _, err := c.Users(t.Context(), "second"); err != nil {
		t.Fatalf("the idle connection's end was not noticed: %v", err)
	}
}

func TestShow(t *testing.T) {
	dir := t.TempDir()
	_, _, s := serve(t, dir)
	c := dial(t, dir)
	if err := c.Show(t.Context()); idp.CodeOf(err) != idp.NotFound {
		t.Fatalf("without a window: %v", err)
	}
	shown := make(chan struct{}, 1)
	s.OnShow(func() { shown <- struct{}{} })
	if err := c.Show(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-shown
}

func TestInvokeOnAnyTarget(t *testing.T) {
	got, err := InvokeOn(t.Context(), time.Unix(0, 0).UTC(), "Format", json.RawMessage(`["2006"]`))
	if err != nil || string(got) != `"1970"` {
		t.Fatalf("%s, %v", got, err)
	}
	if _, err := InvokeOn(t.Context(), time.Time{}, "Nothing", nil); idp.CodeOf(err) != idp.NotFound {
		t.Fatalf("unknown method: %v", err)
	}
}
