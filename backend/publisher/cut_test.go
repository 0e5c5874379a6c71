package publisher

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hearthkey/backend/idp"
)

// cutLink passes connections on, and ends them all once the client has said so many bytes; never where that is negative.
type cutLink struct {
	address string
	said    atomic.Int64
	after   atomic.Int64
}

func startCutLink(t *testing.T, to string) *cutLink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &cutLink{address: listener.Addr().String()}
	l.after.Store(-1)
	var work sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); work.Wait() })
	work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() { l.pass(conn, to) })
		}
	})
	return l
}

func (l *cutLink) pass(client net.Conn, to string) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() { _, _ = io.Copy(client, server); _ = client.Close() }()
	buf := make([]byte, 512)
	for {
		n, err := client.Read(buf)
		if most := l.after.Load(); most >= 0 && l.said.Add(int64(n)) > most {
			return
		} else if most < 0 {
			l.said.Add(int64(n))
		}
		if _, failed := server.Write(buf[:n]); err != nil || failed != nil {
			return
		}
	}
}

// TestCutLink cuts the link at many points of a write: the document is always a whole one, and the old one wherever the write is said to have failed before its end.
func TestCutLink(t *testing.T) {
	large, err := json.Marshal(map[string]string{"subject": "acct:new@example.com", "x": strings.Repeat("x", 40<<10)})
	if err != nil {
		t.Fatal(err)
	}
	for name, make := range map[string]func(t *testing.T, root string) (Config, *cutLink){
		"sftp": func(t *testing.T, root string) (Config, *cutLink) {
			s := startSSH(t, &sshServer{password: "pw", home: root})
			c, l := s.settings(root), startCutLink(t, s.address)
			c.Settings.Host = l.address
			return c, l
		},
		"webdav": func(t *testing.T, root string) (Config, *cutLink) {
			srv := davServer(t, root, nil)
			c, l := davSettings(srv), startCutLink(t, strings.TrimPrefix(srv.URL, "http://"))
			c.Settings.URL = "http://" + l.address + "/site"
			return c, l
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			cuts(t, root, large, make)
			c, _ := make(t, root) // that of the cuts has ended, and with it what it was still doing
			if err := mustOpen(t, c).Write(t.Context(), Material{Document: []byte(newDocument)}); err != nil {
				t.Fatal(err)
			}
			if got := heldIn(root)(); got != newDocument {
				t.Errorf("afterwards the document is %q", got)
			}
		})
	}
}

// cuts writes large 16 times, each time cut off later, to a server that has ended when it returns.
func cuts(t *testing.T, root string, large []byte, make func(t *testing.T, root string) (Config, *cutLink)) {
	t.Run("cuts", func(t *testing.T) {
		c, link := make(t, root)
		document := filepath.Join(root, filepath.FromSlash(Path))
		write(t, document, oldDocument)
		if err := mustOpen(t, c).Write(t.Context(), Material{Document: large}); err != nil {
			t.Fatal(err)
		}
		whole := link.said.Load()
		failed := 0
		for i := range int64(16) {
			write(t, document, oldDocument)
			link.said.Store(0)
			link.after.Store(whole * i / 16)
			err := mustOpen(t, c).Write(t.Context(), Material{Document: large})
			got, readErr := os.ReadFile(document)
			switch {
			case readErr != nil || string(got) != oldDocument && string(got) != string(large):
				t.Fatalf("cut after %d of %d bytes: %d bytes are there (%v)", whole*i/16, whole, len(got), readErr)
			case err == nil && string(got) != string(large):
				t.Errorf("cut after %d of %d bytes: said to be done", whole*i/16, whole)
			case err != nil:
				failed++
				if idp.CodeOf(err) != idp.Unavailable || !strings.Contains(err.Error(), "still there") {
					t.Errorf("cut after %d of %d bytes: %v", whole*i/16, whole, err)
				}
			}
		}
		if failed < 12 {
			t.Errorf("only %d writes were cut", failed)
		}
	})
}
