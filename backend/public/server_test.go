package public

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
)

// serve runs the server on a loopback listener as if it were of the network, until the test ends.
func (h *home) serve(network idp.Network) (address string, ended chan error) {
	h.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	ended = make(chan error, 1)
	go func() { ended <- h.Serve(ln, network, nil, nil) }()
	h.Cleanup(func() { _ = h.Shutdown(context.Background()) })
	return ln.Addr().String(), ended
}

// talk sends text over a fresh connection and reads what comes until it is closed.
func talk(t testing.TB, address, text string) string {
	t.Helper()
	c := dial(t, address)
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, text); err != nil {
		return ""
	}
	got, _ := io.ReadAll(c)
	return string(got)
}

func dial(t testing.TB, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func request(h *home, path string) string {
	return fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, h.pin.HostName)
}

func whoami(w http.ResponseWriter, r *http.Request) error {
	v := idp.VisitorOf(r.Context())
	_, err := fmt.Fprintf(w, "%s %s", v.Network, v.Source)
	return err
}

func TestServe(t *testing.T) {
	h := small(t, tailnetPin, route{method: "GET", path: "/{$}", class: classPage, handle: whoami})
	for _, network := range []idp.Network{idp.NetworkPublic, idp.NetworkTailnet, idp.NetworkLocal} {
		address, _ := h.serve(network)
		if got := talk(t, address, strings.Replace(request(h, "/"), "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)); !strings.HasSuffix(got, string(network)+" 127.0.0.1") {
			t.Errorf("%s: %s", network, got)
		}
		large := strings.Replace(request(h, "/"), "\r\n\r\n", "\r\nCookie: "+strings.Repeat("x", 24<<10)+"\r\n\r\n", 1)
		if got := talk(t, address, large); !strings.HasPrefix(got, "HTTP/1.1 431 ") {
			t.Errorf("a large header: %.80q", got)
		}
	}
	s := h.newServer(nil, nil)
	if s.ReadHeaderTimeout != readHeaderTimeout || s.ReadTimeout != readTimeout || s.WriteTimeout != writeTimeout || s.IdleTimeout != idleTimeout || s.MaxHeaderBytes != 16<<10 {
		t.Errorf("%+v", s)
	}
}

// TestVisitor: the listener's own words on who visits win, and its context reaches them.
func TestVisitor(t *testing.T) {
	h := small(t, tailnetPin, route{method: "GET", path: "/{$}", class: classPage, handle: whoami})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	type key struct{}
	go func() {
		_ = h.Serve(ln, idp.NetworkPublic,
			func(ctx context.Context, _ net.Conn) context.Context {
				return context.WithValue(ctx, key{}, "198.51.100.4")
			},
			func(r *http.Request) idp.Visitor {
				return from(idp.NetworkPublic, r.Context().Value(key{}).(string))
			})
	}()
	t.Cleanup(func() { _ = h.Shutdown(context.Background()) })
	if got := talk(t, ln.Addr().String(), strings.Replace(request(h, "/"), "\r\n\r\n", "\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n", 1)); !strings.HasSuffix(got, "public 198.51.100.4") {
		t.Errorf("%s", got)
	}
}

// TestTLS: connections reach connContext as the listener gave them out, and one that offers h2 still gets HTTP/1.1 (DS-05).
func TestTLS(t *testing.T) {
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	defer certified.Close()
	h := small(t, tailnetPin, route{method: "GET", path: "/{$}", class: classPage, handle: ok})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	given := make(chan net.Conn, 8)
	go func() {
		_ = h.Serve(tls.NewListener(inner, &tls.Config{Certificates: certified.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS13}), idp.NetworkPublic,
			func(ctx context.Context, c net.Conn) context.Context { given <- c; return ctx }, nil)
	}()
	t.Cleanup(func() { _ = h.Shutdown(context.Background()) })
	for _, proto := range []string{"h2", "http/1.1"} {
		c := tls.Client(dial(t, inner.Addr().String()), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{proto}}) //nolint:gosec // a test's own certificate
		h.must(c.Handshake())
		text := "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
		if proto == "http/1.1" {
			text = strings.Replace(request(h, "/"), "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)
		}
		_, err := io.WriteString(c, text)
		h.must(err)
		got, _ := io.ReadAll(c)
		if spoken := strings.HasPrefix(string(got), "HTTP/1.1 200 "); spoken != (proto == "http/1.1") || !spoken && len(got) > 0 {
			t.Errorf("%s: %.60q", proto, got)
		}
		if _, ok := (<-given).(*tls.Conn); !ok {
			t.Errorf("%s: connContext was given something else than the TLS connection", proto)
		}
	}
}

// TestSlow: headers and bodies that do not come end the connection (DS-01, DS-02).
func TestSlow(t *testing.T) {
	t.Parallel()
	h := small(t, tailnetPin, route{method: "POST", path: "/it", class: classPage, handle: swallow})
	address, _ := h.serve(idp.NetworkPublic)
	for name, text := range map[string]string{
		"headers": "GET / HTTP/1.1\r\nHost: id",
		"body":    fmt.Sprintf("POST /it HTTP/1.1\r\nHost: %s\r\nContent-Length: 100\r\n\r\nslow", h.pin.HostName),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := talk(t, address, text); strings.Contains(got, " 200 ") {
				t.Errorf("answered %q", got)
			}
		})
	}
}

func TestRedirect(t *testing.T) {
	h := small(t, tailnetPin)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	go func() { _ = h.ServeRedirect(ln) }()
	t.Cleanup(func() { _ = h.Shutdown(context.Background()) })
	for target, want := range map[string]string{"/": "/", "/invite/abc?x=1": "/invite/abc?x=1", "//evil.com/x": "//evil.com/x", "http://evil.com/x": "/x", "x:@evil.com/": "/", "x:.evil.com": "/"} {
		got := talk(t, ln.Addr().String(), "GET "+target+" HTTP/1.1\r\nHost: whatever\r\nConnection: close\r\n\r\n")
		if !strings.HasPrefix(got, "HTTP/1.1 301 ") || !strings.Contains(got, "\r\nLocation: https://id.tail1234.ts.net"+want+"\r\n") {
			t.Errorf("%s: %s", target, got)
		}
	}
}

// TestShutdown: requests under way are finished, idle connections closed, and nothing is served afterwards.
func TestShutdown(t *testing.T) {
	begun, finish := make(chan bool), make(chan bool)
	h := small(t, tailnetPin, route{method: "GET", path: "/{$}", class: classPage, handle: func(w http.ResponseWriter, r *http.Request) error {
		close(begun)
		<-finish
		return ok(w, r)
	}})
	address, ended := h.serve(idp.NetworkPublic)
	answered := make(chan string, 1)
	go func() { answered <- talk(t, address, request(h, "/")) }()
	<-begun
	down := make(chan error, 1)
	go func() { down <- h.Shutdown(context.Background()) }()
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
	close(finish)
	if got := <-answered; !strings.HasSuffix(got, "ok") {
		t.Errorf("answered %q", got)
	}
	h.must(<-down)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	go func() { ended <- h.Serve(ln, idp.NetworkPublic, nil, nil) }()
	late := make(chan string, 1)
	go func() {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil { // as it should be, unless the listener was still open for a moment
			return
		}
		_, _ = io.WriteString(c, request(h, "/unknown"))
		if got, _ := io.ReadAll(io.LimitReader(c, 8)); len(got) > 0 {
			late <- string(got)
		}
	}()
	select {
	case err := <-ended:
		h.must(err)
	case got := <-late:
		t.Fatalf("answered %q after Shutdown", got)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is open: %v", err)
	}
}

// closedFirst is a listener that somebody else closes a moment before the server does, as a tunnel that stops.
type closedFirst struct{ net.Listener }

func (l closedFirst) Close() error {
	_ = l.Listener.Close()
	return fmt.Errorf("tsnet: %w", net.ErrClosed)
}

func TestShutdownAfterTheListener(t *testing.T) {
	h := small(t, tailnetPin, route{method: "GET", path: "/{$}", class: classPage, handle: ok})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(closedFirst{ln}, idp.NetworkPublic, nil, nil) }()
	if got := talk(t, ln.Addr().String(), strings.Replace(request(h, "/"), "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)); !strings.HasSuffix(got, "ok") {
		t.Fatalf("answered %q", got)
	}
	h.must(h.Shutdown(context.Background()))
	h.must(<-ended)
}

// TestClosedListener: when its owner closes a listener, what it had accepted is closed too.
func TestClosedListener(t *testing.T) {
	h := small(t, tailnetPin, route{method: "GET", path: "/{$}", class: classPage, handle: ok})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ln, idp.NetworkPublic, nil, nil) }()
	c := dial(t, ln.Addr().String())
	_, err = io.WriteString(c, request(h, "/"))
	h.must(err)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	h.must(err)
	_, _ = io.Copy(io.Discard, res.Body)
	h.must(ln.Close())
	h.must(<-ended)
	h.must(c.SetReadDeadline(time.Now().Add(idleTimeout / 2))) // sooner than the connection would end by itself
	if rest, err := io.ReadAll(c); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
}
