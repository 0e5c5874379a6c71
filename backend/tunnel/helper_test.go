package tunnel

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/tunnel/tunneltest"
	"hearthkey/backend/vault"
)

// house is a data directory with a tunnel in it, and a public server that answers what it knows of its visitor.
type house struct {
	dir    string
	store  *store.Store
	vault  *vault.Vault
	pinned atomic.Pointer[string]
	*Tunnel
}

// said is that answer.
type said struct {
	Visitor    idp.Visitor
	RemoteAddr string
	Proto      string
	Host       string
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{dir: t.TempDir()}
	var err error
	if h.vault, err = vault.Open(context.Background(), vault.Options{Dir: h.dir, Kind: vault.KindFile}); err != nil {
		t.Fatal(err)
	}
	if h.store, err = store.Open(context.Background(), filepath.Join(h.dir, store.FileName)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.store.Close() })
	return h
}

// configure gives the house a tunnel; the test starts it.
func (h *house) configure(t testing.TB, cfg Config) *Tunnel {
	t.Helper()
	h.pin("")
	cfg.Dir = filepath.Join(h.dir, "tailnet")
	cfg.Hostname = "id"
	cfg.Store, cfg.Vault = h.store, h.vault
	cfg.Pinned = func() string { return *h.pinned.Load() }
	cfg.Serve = serveVisitor
	cfg.Port = freeUDPPort(t)
	cfg.Logger = slog.New(slog.DiscardHandler)
	if os.Getenv("TUNNEL_LOG") != "" {
		cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	h.Tunnel = New(cfg)
	t.Cleanup(h.Stop)
	return h.Tunnel
}

func (h *house) pin(host string) { h.pinned.Store(&host) }

// serveVisitor stands in for the public server.
func serveVisitor(e Endpoint) error {
	srv := &http.Server{ConnContext: e.ConnContext, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e.Redirect {
			http.Redirect(w, r, "https://id."+tunneltest.DefaultDomain+r.URL.RequestURI(), http.StatusMovedPermanently)
			return
		}
		_ = json.NewEncoder(w).Encode(said{Visitor: e.Visitor(r), RemoteAddr: r.RemoteAddr, Proto: r.Proto, Host: r.Host})
	})
	return srv.Serve(e.Listener)
}

// wait blocks until the tunnel is in that state.
func wait(t testing.TB, u *Tunnel, state idp.TunnelState) idp.Tunnel {
	t.Helper()
	return waitFor(t, u, string(state), func(s idp.Tunnel) bool { return s.State == state })
}

func waitFor(t testing.TB, u *Tunnel, what string, ok func(idp.Tunnel) bool) idp.Tunnel {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var last idp.Tunnel
	for last = range u.Subscribe(ctx) {
		if ok(last) {
			return last
		}
	}
	t.Fatalf("never %s: %+v", what, last)
	return last
}

// online starts a tunnel that is pinned to the name it will get, and waits until the edge reaches it.
func online(t testing.TB, cloud *tunneltest.Cloud, cfg Config) *house {
	t.Helper()
	h := newHouse(t)
	h.configure(t, cfg)
	h.pin(cloud.FQDN("id"))
	start(t, h.Tunnel)
	wait(t, h.Tunnel, idp.TunnelOnline)
	if cfg.Funnel {
		cloud.WaitFor(t, cloud.FQDN("id"))
	}
	return h
}

func start(t testing.TB, u *Tunnel) {
	t.Helper()
	if err := u.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func ask(t testing.TB, client *http.Client, url string, headers ...string) said {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var got said
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("%s: %s", res.Status, body)
	}
	return got
}

// from is an internet source.
func from(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// freeUDPPort finds a port for the node, as the fixed one may be taken by another test's.
func freeUDPPort(t testing.TB) uint16 {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return uint16(c.LocalAddr().(*net.UDPAddr).Port)
}

// occupy holds a UDP port as another program does.
func occupy(t testing.TB, port uint16) {
	t.Helper()
	for _, address := range []string{"0.0.0.0", "[::]"} {
		c, err := net.ListenPacket("udp", fmt.Sprintf("%s:%d", address, port))
		if err == nil {
			t.Cleanup(func() { _ = c.Close() })
		}
	}
}
