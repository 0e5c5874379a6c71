//go:build bridge

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearthkey/backend"
	"hearthkey/backend/idp"
)

// running is a bridge on a data directory of its own.
type running struct{ URL, Token string }

func startBridge(t *testing.T, dir string) running {
	t.Helper()
	t.Setenv("HEARTHKEY_DATA", dir)
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- serveBridge(ctx, []string{"--bridge"}, backend.Options{KeyKind: "file", Log: slog.New(slog.DiscardHandler)}, in)
		_ = in.Close()
	}()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err, <-ended)
	}
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	var r running
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func freshDir(t *testing.T) string { return filepath.Join(t.TempDir(), "data") }

// send asks; change may spoil the request. It answers status and body.
func (r running) send(t *testing.T, method, path, body string, change func(*http.Request)) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Bridge-Token", r.Token)
	if change != nil {
		change(req)
	}
	client := http.Client{Timeout: 10 * time.Second} // events that are let through would never end
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(got)
}

func TestBridgeListensOnLoopbackAtARandomPort(t *testing.T) {
	a, b := startBridge(t, freshDir(t)), startBridge(t, freshDir(t))
	for _, r := range []running{a, b} {
		u, err := url.Parse(r.URL)
		if err != nil || u.Hostname() != "127.0.0.1" || u.Path != "/" || len(r.Token) < 40 {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if a.URL == b.URL || a.Token == b.Token {
		t.Fatal("two bridges share a port or a token")
	}
}

func TestBridgeGuard(t *testing.T) {
	r := startBridge(t, freshDir(t))
	header := func(name, value string) func(*http.Request) {
		return func(q *http.Request) { q.Header.Set(name, value) }
	}
	own := strings.TrimSuffix(r.URL, "/")
	for _, tt := range []struct {
		name, method, path string
		change             func(*http.Request)
		want               int
	}{
		{"as the page does", "POST", "call/Status", header("Origin", own), 200},
		{"without an origin", "POST", "call/Status", nil, 200},
		{"no token", "POST", "call/Status", func(q *http.Request) { q.Header.Del("X-Bridge-Token") }, 401},
		{"wrong token", "POST", "call/Status", header("X-Bridge-Token", strings.Repeat("A", 43)), 401},
		{"part of the token", "POST", "call/Status", header("X-Bridge-Token", r.Token[:42]), 401},
		{"token of a call in the query", "POST", "call/Status?token=" + r.Token, func(q *http.Request) { q.Header.Del("X-Bridge-Token") }, 401},
		{"a rebound name", "POST", "call/Status", func(q *http.Request) { q.Host = "evil.example" }, 421},
		{"localhost is another name", "POST", "call/Status", func(q *http.Request) { q.Host = "localhost" + own[strings.LastIndex(own, ":"):] }, 421},
		{"another page", "POST", "call/Status", header("Origin", "https://evil.example"), 403},
		{"a page without origin", "POST", "call/Status", header("Origin", "null"), 403},
		{"another port", "POST", "call/Status", header("Origin", "http://127.0.0.1:1"), 403},
		{"sent from another site", "POST", "call/Status", header("Sec-Fetch-Site", "cross-site"), 403},
		{"sent from a sibling", "POST", "call/Status", header("Sec-Fetch-Site", "same-site"), 403},
		{"a call by address", "GET", "call/Status?token=" + r.Token, nil, 405},
		{"the page with its token", "GET", "?token=" + r.Token, func(q *http.Request) { q.Header.Del("X-Bridge-Token"); q.Header.Set("Sec-Fetch-Site", "none") }, 200},
		{"the page without", "GET", "", func(q *http.Request) { q.Header.Del("X-Bridge-Token") }, 401},
		{"events without", "GET", "events", func(q *http.Request) { q.Header.Del("X-Bridge-Token") }, 401},
		{"the desktop's notes without", "GET", "desk", func(q *http.Request) { q.Header.Del("X-Bridge-Token") }, 401},
		{"the script without", "GET", "bridge.js", func(q *http.Request) { q.Header.Del("X-Bridge-Token") }, 401},
		{"a file for another host", "GET", "assets/x.js", func(q *http.Request) { q.Host = "evil.example" }, 421},
		{"elsewhere", "GET", "elsewhere", nil, 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, body := r.send(t, tt.method, tt.path, "[]", tt.change); got != tt.want {
				t.Fatalf("%d, want %d: %.80s", got, tt.want, body)
			}
		})
	}
}

func TestBridgeDataDirectory(t *testing.T) {
	foreign, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(filepath.Join(foreign, "hearthkey.db"), []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(t.TempDir(), "data")
	if err := os.Symlink(foreign, dangling); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{foreign, file, t.TempDir(), dangling} {
		if _, err := claim(dir); idp.CodeOf(err) != idp.Denied {
			t.Errorf("%s was taken: %v", dir, err)
		}
	}
	if left, _ := os.ReadDir(foreign); len(left) != 1 {
		t.Errorf("it wrote to a foreign directory: %v", left)
	}
	own := freshDir(t)
	if _, err := claim(own); err != nil {
		t.Fatal(err)
	}
	if _, err := claim(own); err != nil {
		t.Fatalf("its own, again: %v", err)
	}
	made, err := claim("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(filepath.Dir(made)) })
	if info, err := os.Stat(made); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("%v, %v", info, err)
	}
}

func TestBridgeCalls(t *testing.T) {
	r := startBridge(t, freshDir(t))
	for _, tt := range []struct{ method, args, want string }{
		{"SetUp", `[{"home":"Rowan Lane","name":"Nora","userName":"nora","email":""}]`, `{"result":{"id":"usr_`},
		{"Remote", `[]`, `{"result":""}`},
		{"Ready", `[]`, `{"result":null}`},
		{"Copy", `["abc"]`, `{"result":null}`},
		{"OpenInBrowser", `["https://evil.example/"]`, `{"error":"{\"code\":\"denied\"`},
		{"User", `["usr_none"]`, `{"error":"{\"code\":\"not_found\"`},
		{"User", `[]`, `{"error":"{\"code\":\"invalid\"`},
		{"Nothing", `[]`, `{"error":"{\"code\":\"not_found\"`},
		{"caught", `[]`, `{"error":"{\"code\":\"not_found\"`},
	} {
		status, body := r.send(t, "POST", "call/"+tt.method, tt.args, nil)
		if status != 200 || !strings.HasPrefix(body, tt.want) || !json.Valid([]byte(body)) {
			t.Errorf("%s: %d %s", tt.method, status, body)
		}
	}
	_, body := r.send(t, "GET", "desk", "", nil)
	var desk told
	if err := json.Unmarshal([]byte(body), &desk); err != nil || desk.Clipboard != "abc" || !desk.Visible || len(desk.Opened) != 0 {
		t.Fatalf("the desktop was told %s", body)
	}
}

func TestBridgeTellsOfChanges(t *testing.T) {
	r := startBridge(t, freshDir(t))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.URL+"events?token="+r.Token, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	r.send(t, "POST", "call/SetUp", `[{"home":"Rowan Lane","name":"Nora","userName":"nora","email":""}]`, nil)
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), `data: {"data":[`) && strings.HasSuffix(lines.Text(), `"name":"changed"}`) {
			return
		}
	}
	t.Fatalf("no event: %v", lines.Err())
}
