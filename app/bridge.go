//go:build bridge

// The test bridge: the same page and the same bound methods, for a browser on this machine instead of the window. It exists under the build tag bridge alone, listens on 127.0.0.1 at a random port,
// wants a random token in each call, checks Host and Origin, and works only on data that it made.

package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"hearthkey/backend"
	"hearthkey/backend/control"
	"hearthkey/backend/idp"
	"hearthkey/frontend"
)

// bridgeMark is the file by which a data directory is known as the bridge's own.
const bridgeMark = "made-by-the-test-bridge"

// maxBody is the longest call in bytes.
const maxBody = 4 << 20

// bridgeScript gives the page window.go and window.runtime, as Wails would.
//
//go:embed bridge.js
var bridgeScript []byte

func init() { runBridge = serveBridge }

// serveBridge prints one line of JSON, {"url", "token"}, and serves until ctx ends.
func serveBridge(ctx context.Context, args []string, o backend.Options, stdout io.Writer) error {
	flags := flag.NewFlagSet("bridge", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	if bridge := flags.Bool("bridge", false, "serve the page to tests"); flags.Parse(args) != nil || !*bridge {
		return errors.New("this is a test build: start it with --bridge and nothing else")
	}
	o.Keychain = false
	dir, err := claim(os.Getenv("HEARTHKEY_DATA"))
	if err != nil {
		return err
	}
	o.Dir = dir
	s, err := takeSeat(ctx, o, func() {})
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, s.leave())
	}
	b := newBridge(ctx, s, ln.Addr().String(), o.Log)
	go b.app.watch(b.seen)
	server := &http.Server{Handler: b.handler()}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	_ = json.NewEncoder(stdout).Encode(map[string]string{"url": b.origin + "/", "token": b.token})
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, s.leave())
	}
	return s.leave()
}

// claim makes the data directory, or takes one that an earlier bridge made. It touches no other.
func claim(dir string) (string, error) {
	if dir == "" {
		parent, err := os.MkdirTemp("", "hearthkey-bridge-")
		if err != nil {
			return "", err
		}
		dir = filepath.Join(parent, "data")
	}
	mark := filepath.Join(dir, bridgeMark)
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return dir, os.WriteFile(mark, nil, 0o600)
	}
	if info, statErr := os.Lstat(mark); errors.Is(err, fs.ErrExist) && statErr == nil && info.Mode().IsRegular() {
		return dir, nil
	}
	return "", idp.Fail(idp.Denied, "app.bridge_refused", "path", dir).Because(err)
}

// bridge is what the handlers share.
type bridge struct {
	app    *App
	desk   *bridgeDesk
	origin string
	host   string
	token  string
}

func newBridge(ctx context.Context, s *seat, host string, log *slog.Logger) *bridge {
	desk := newBridgeDesk()
	a := &App{ctx: ctx, api: s.api, desk: desk, prefs: readPrefs(s.dir), log: log, remote: s.remote()}
	return &bridge{app: a, desk: desk, host: host, origin: "http://" + host, token: idp.NewSecret()}
}

func (b *bridge) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.withToken(b.page))
	mux.HandleFunc("GET /bridge.js", b.withToken(b.script))
	mux.HandleFunc("GET /events", b.withToken(b.desk.events))
	mux.HandleFunc("GET /desk", b.withToken(b.desk.report))
	mux.HandleFunc("POST /call/{method}", b.withToken(b.call))
	mux.Handle("GET /assets/", http.FileServerFS(frontend.Admin)) // a script element cannot send a token, and the files hold nothing of anyone's
	return b.guard(pageHeaders(mux))
}

// page is the window's page with the bridge's script before its own.
func (b *bridge) page(w http.ResponseWriter, _ *http.Request) {
	index, err := fs.ReadFile(frontend.Admin, "index.html")
	if err != nil {
		http.Error(w, "the page is not built: run make build", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	script := `<head><script src="/bridge.js?token=` + b.token + `"></script>`
	_, _ = w.Write(bytes.Replace(index, []byte("<head>"), []byte(script), 1))
}

func (b *bridge) script(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = w.Write(bridgeScript)
}

// call carries out a bound method. The answer is {"result"} or {"error"}, the latter as Wails gives it to the page.
func (b *bridge) call(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "body", http.StatusBadRequest)
		return
	}
	result, err := control.InvokeOn(r.Context(), b.app, r.PathValue("method"), body)
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		_ = json.NewEncoder(w).Encode(map[string]string{"error": formatError(err, b.app.log)})
		return
	}
	_, _ = io.Copy(w, io.MultiReader(strings.NewReader(`{"result":`), bytes.NewReader(result), strings.NewReader("}")))
}
