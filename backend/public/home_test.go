package public

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/passkey"
	"hearthkey/backend/signin"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
	"hearthkey/backend/vault"
	"hearthkey/frontend"
)

var tailnetPin = idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", 0)

// home is a server with its log and its clock. Requests are given to it without a network, as from a visitor.
type home struct {
	testing.TB
	*Server
	store   *store.Store
	clock   *storetest.Clock
	log     *syncBuffer
	visitor idp.Visitor
	config  Config
}

// list is the product's routes.
func (h *home) list() []route { return h.routes(h.config.Pages, h.config.OIDC) }

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func from(network idp.Network, address string) idp.Visitor {
	return idp.Visitor{Network: network, Source: netip.MustParseAddr(address)}
}

func newHome(t testing.TB, pin idp.Pin) (*home, Config) {
	t.Helper()
	h := &home{TB: t, store: storetest.Open(t), clock: storetest.NewClock(), log: &syncBuffer{}, visitor: from(idp.NetworkPublic, "203.0.113.7")}
	return h, Config{Pin: pin, Store: h.store, Clock: h.clock.Now, Log: slog.New(slog.NewTextHandler(h.log, nil))}
}

// small is a server of a few handlers.
func small(t testing.TB, pin idp.Pin, list ...route) *home {
	t.Helper()
	h, c := newHome(t, pin)
	var err error
	h.Server, err = build(c)
	h.must(err)
	h.errorPage = func(w http.ResponseWriter, _ *http.Request, err error) {
		status := http.StatusBadRequest
		if idp.CodeOf(err) == idp.Internal {
			status = http.StatusInternalServerError
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "page: %v", err)
	}
	h.mux = h.newMux(list)
	return h
}

// full is the product's server.
func full(t testing.TB, pin idp.Pin) *home {
	t.Helper()
	h, c := newHome(t, pin)
	v, err := vault.Open(t.Context(), vault.Options{Dir: t.TempDir(), Kind: vault.KindFile})
	h.must(err)
	c.Limits, err = NewLimits(c.Clock)
	h.must(err)
	keys, err := oidc.OpenKeys(t.Context(), oidc.KeysConfig{Store: c.Store, Vault: v, Clock: c.Clock, Log: c.Log})
	h.must(err)
	c.OIDC, err = oidc.New(oidc.Config{Store: c.Store, Keys: keys, Clock: c.Clock, Pin: pin, Log: c.Log, FailedClient: c.Limits.FailedClient})
	h.must(err)
	ceremonies, err := passkey.New(passkey.Config{Store: c.Store, Clock: c.Clock, Pin: pin})
	h.must(err)
	c.Pages, err = signin.New(signin.Config{Store: c.Store, Clock: c.Clock, Pin: pin, Home: func() string { return "Rose Cottage" }, Passkey: ceremonies, OIDC: c.OIDC, Log: c.Log, Files: frontend.Public})
	h.must(err)
	h.config = c
	h.Server, err = New(c)
	h.must(err)
	return h
}

func (h *home) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// ask sends a request as the home's visitor; changes may alter it first. It names our host, and for a POST our origin.
func (h *home) ask(method, target string, changes ...func(*http.Request)) *http.Response {
	h.Helper()
	r := httptest.NewRequestWithContext(context.Background(), method, target, nil)
	r.Host = h.pin.HostName
	if method == http.MethodPost {
		r.Header.Set("Origin", h.pin.Issuer)
	}
	for _, change := range changes {
		change(r)
	}
	w := httptest.NewRecorder()
	h.dispatch(w, r, func(*http.Request) idp.Visitor { return h.visitor })
	return w.Result()
}

func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func body(text string) func(*http.Request) {
	return func(r *http.Request) { r.Body = io.NopCloser(bytes.NewReader([]byte(text))) }
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

func read(t testing.TB, res *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func (h *home) want(res *http.Response, status int) {
	h.Helper()
	if res.StatusCode != status {
		h.Fatalf("status %d, want %d: %s", res.StatusCode, status, read(h, res))
	}
}

func ok(w http.ResponseWriter, _ *http.Request) error {
	_, err := io.WriteString(w, "ok")
	return err
}
