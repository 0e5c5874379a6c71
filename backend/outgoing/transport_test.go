package outgoing

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestTransport sees that a client library's requests are held to the rules too.
func TestTransport(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "there") }))
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	names := &resolver{names: map[string][]string{"example.com": {"127.0.0.1"}}}
	c := New(Config{Resolve: names.resolve, Roots: roots})
	get := func(inward bool) (string, error) {
		transport := c.Transport(inward)
		defer transport.CloseIdleConnections()
		res, err := (&http.Client{Transport: transport}).Get("https://example.com:" + port)
		if err != nil {
			return "", Explain(err, "example.com")
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		return string(body), err
	}
	if _, err := get(false); Reason(err) != "inward" {
		t.Errorf("a public name led inward: %v", err)
	}
	if body, err := get(true); err != nil || body != "there" {
		t.Errorf("read %q, %v", body, err)
	}
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	if body, err := get(true); err != nil || body != "there" {
		t.Errorf("a proxy of the environment was taken: %q, %v", body, err)
	}
	c.cfg.Roots = x509.NewCertPool()
	if _, err := get(true); Reason(err) != "certificate" {
		t.Errorf("an unknown authority was trusted: %v", err)
	}
}

func TestDialByRules(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	names := &resolver{names: map[string][]string{"example.com": {"127.0.0.1"}}}
	c := New(Config{Resolve: names.resolve})
	address := net.JoinHostPort("example.com", port)
	if _, err := c.Dial(t.Context(), address, false); Reason(err) != "inward" {
		t.Errorf("a public name led inward: %v", err)
	}
	conn, err := c.Dial(t.Context(), address, true)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()

	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.Dial(over, address, true)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("an errand that was called off ended with %v", err)
	}
}
