package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

const (
	maxConns    = 128
	greetTime   = 5 * time.Second
	writeTime   = 30 * time.Second
	acceptPause = 50 * time.Millisecond
	methodShow  = "Show" // not one of admin.API: shows the window of the process that holds the data
)

// Server answers the control socket of one data directory.
type Server struct {
	api     admin.API
	log     *slog.Logger
	ln      *net.UnixListener
	dir     string
	path    string
	ctx     context.Context
	cancel  context.CancelFunc
	unwatch func() bool
	slots   chan struct{}
	wg      sync.WaitGroup

	mu   sync.Mutex
	show func()
	once sync.Once
}

// Serve begins to answer on the control socket of the data directory dir, until ctx ends or Close. The caller holds the directory's lock. The socket that a dead process left is replaced; Conflict
// when a live one answers there, Unavailable when no socket can be made.
func Serve(ctx context.Context, dir string, api admin.API, log *slog.Logger) (*Server, error) {
	ln, path, err := listen(dir)
	if err != nil {
		return nil, err
	}
	s := &Server{api: api, log: log, ln: ln, dir: dir, path: path, slots: make(chan struct{}, maxConns)}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.wg.Add(1)
	go s.accept()
	s.unwatch = context.AfterFunc(ctx, s.stop)
	return s, nil
}

// OnShow sets what a second launch of the desktop asks for: to show the window of this process. Without it such a launch hears that there is none.
func (s *Server) OnShow(show func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.show = show
}

// Close ends all calls, waits for them, and removes the socket.
func (s *Server) Close() error {
	s.unwatch()
	s.stop()
	s.wg.Wait()
	return nil
}

func (s *Server) stop() {
	s.once.Do(func() {
		s.cancel()
		_ = s.ln.Close()
		_ = os.Remove(s.path)
		_ = point(s.dir, "", "")
	})
}

// listen makes the socket, private before anyone can reach it.
func listen(dir string) (*net.UnixListener, string, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, "", fmt.Errorf("data directory: %w", err)
	}
	if err := keepPrivate(dir, info); err != nil {
		return nil, "", err
	}
	path, pointer, err := place(dir)
	if err != nil {
		return nil, "", err
	}
	if err := clear(path); err != nil {
		return nil, "", err
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, "", unusable(path, err)
	}
	ln.SetUnlinkOnClose(false) // stop removes it, with the file that names it
	if err = os.Chmod(path, 0o600); err == nil {
		err = point(dir, path, pointer)
	}
	if err != nil {
		_ = ln.Close()
		_ = os.Remove(path)
		return nil, "", unusable(path, err)
	}
	return ln, path, nil
}

func unusable(path string, err error) error {
	return idp.Fail(idp.Unavailable, "control.unusable", "path", path, "reason", cause(err)).Because(err)
}

// clear removes the socket of a dead process. A file of another kind is not ours to remove.
func clear(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return unusable(path, err)
	}
	if info.Mode()&os.ModeSocket == 0 {
		return idp.Fail(idp.Conflict, "control.not_a_socket", "path", path)
	}
	if conn, err := net.DialTimeout("unix", path, greetTime); err == nil {
		_ = conn.Close()
		return idp.Fail(idp.Conflict, "control.in_use", "path", path)
	}
	if err := os.Remove(path); err != nil {
		return unusable(path, err)
	}
	return nil
}

func (s *Server) accept() {
	defer s.wg.Done()
	for {
		select {
		case s.slots <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		conn, err := s.ln.AcceptUnix()
		switch {
		case s.ctx.Err() != nil:
			if err == nil {
				_ = conn.Close()
			}
			return
		case err != nil:
			s.log.Warn("control socket", "error", err)
			<-s.slots
			time.Sleep(acceptPause) // out of descriptors: let some go
			continue
		}
		s.wg.Add(1)
		go func() {
			defer func() { _ = conn.Close(); <-s.slots; s.wg.Done() }()
			s.serve(conn)
		}()
	}
}
