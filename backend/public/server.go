package public

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/signin"
	"hearthkey/backend/store"
)

// Deadlines and sizes of a connection. Nothing here is held open: waiting pages ask again.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeader         = 16 << 10
	maxBody           = 64 << 10
	drainTime         = 5 * time.Second // for what is under way when a listener closes
)

// Config is what a Server carries. Limits may be nil; give the ones that oidc.Config counts failed clients by. Paused says whether sign-in from the internet is paused, and until when, as often as it is asked; nil is never.
type Config struct {
	Pin    idp.Pin
	Pages  *signin.Pages
	OIDC   *oidc.Provider
	Store  *store.Store
	Clock  idp.Clock
	Log    *slog.Logger
	Limits *Limits
	Paused func() (until idp.Time, on bool)
}

// Server answers one pinned issuer on any number of listeners.
type Server struct {
	pin       idp.Pin
	store     *store.Store
	log       *slog.Logger
	limits    *Limits
	nonces    *nonces
	turnstile *turnstile
	crowd     *crowd
	errorPage func(http.ResponseWriter, *http.Request, error)
	paused    func() (idp.Time, bool)
	pausePage func(http.ResponseWriter, *http.Request, idp.Time) error
	mux       *http.ServeMux
	formers   formers
	formerMux *http.ServeMux
	favicon   []byte

	mu      sync.Mutex
	running map[*http.Server]bool
	ended   bool
}

// build makes a server without routes.
func build(c Config) (*Server, error) {
	var err error
	if c.Limits == nil {
		c.Limits, err = NewLimits(c.Clock)
	}
	if c.Paused == nil {
		c.Paused = func() (idp.Time, bool) { return 0, false }
	}
	return &Server{
		paused: c.Paused, pin: c.Pin, store: c.Store, log: c.Log, limits: c.Limits, turnstile: newTurnstile(), running: map[*http.Server]bool{}, formers: formers{store: c.Store},
		nonces: &nonces{clock: c.Clock, made: map[string]*nonce{}}, crowd: &crowd{bySource: map[string]int{}},
	}, err
}

// Serve answers on the listener until it closes or Shutdown is called, when it returns nil. connContext and visitor say who a request comes from (tunnel.Endpoint); when they are nil it is the peer's address in the given network.
func (s *Server) Serve(ln net.Listener, network idp.Network, connContext func(context.Context, net.Conn) context.Context, visitor func(*http.Request) idp.Visitor) error {
	if visitor == nil {
		visitor = func(r *http.Request) idp.Visitor { return peer(r, network) }
	}
	return s.serve(ln, network, connContext, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.dispatch(w, r, visitor) }))
}

// ServeRedirect answers plain HTTP of the tailnet by sending it to the pinned issuer, whatever the Host.
func (s *Server) ServeRedirect(ln net.Listener) error {
	return s.serve(ln, idp.NetworkTailnet, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.pin.Issuer+plainTarget(r), http.StatusMovedPermanently)
	}))
}

// plainTarget is the path and query to send somebody on to.
func plainTarget(r *http.Request) string {
	target := r.URL.RequestURI()
	if !strings.HasPrefix(target, "/") { // "GET x:@evil.example" would add to the host name
		return "/"
	}
	return target
}

func peer(r *http.Request, network idp.Network) idp.Visitor {
	from, _ := netip.ParseAddrPort(r.RemoteAddr)
	return idp.Visitor{Network: network, Source: from.Addr().Unmap()}
}

func (s *Server) serve(ln net.Listener, network idp.Network, connContext func(context.Context, net.Conn) context.Context, h http.Handler) error {
	server := s.newServer(h, connContext)
	if !s.join(server) {
		return ln.Close()
	}
	err := server.Serve(gate{ln, s.turnstile, network})
	if errors.Is(err, http.ErrServerClosed) { // Shutdown sees to the rest
		return nil
	}
	s.drain(server)
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *Server) newServer(h http.Handler, connContext func(context.Context, net.Conn) context.Context) *http.Server {
	only1 := new(http.Protocols) // HTTP/2 brings its floods of resets and has no measured need
	only1.SetHTTP1(true)
	return &http.Server{
		Handler: h, ConnContext: connContext, ConnState: s.turnstile.leave, Protocols: only1,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // strangers' broken handshakes
	}
}

func (s *Server) join(server *http.Server) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	s.running[server] = true
	return true
}

// drain ends what a closed listener has left: requests under way get a moment, idle connections none.
func (s *Server) drain(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		_ = server.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, server)
}

// Shutdown ends all listeners, lets requests under way finish until ctx ends, and closes what is left. Afterwards Serve serves nothing any more.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.ended = true
	servers := make([]*http.Server, 0, len(s.running))
	for server := range s.running {
		servers = append(servers, server)
	}
	s.mu.Unlock()
	errs := make([]error, len(servers))
	var all sync.WaitGroup
	for i, server := range servers {
		all.Go(func() {
			err := server.Shutdown(ctx)
			if errors.Is(err, net.ErrClosed) { // its listener was closed first, as the tunnel does when it stops; requests were waited for all the same
				return
			}
			if errs[i] = err; err != nil {
				_ = server.Close()
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
