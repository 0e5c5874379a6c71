package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hearthkey/backend"
	"hearthkey/backend/idp"
)

func testOptions(dir string) backend.Options {
	return backend.Options{Dir: dir, KeyKind: "file", Log: slog.New(slog.DiscardHandler)}
}

func seatIn(t *testing.T, dir string, show func()) *seat {
	t.Helper()
	s, err := takeSeat(t.Context(), testOptions(dir), show)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.leave() })
	return s
}

func TestSecondLaunchShowsTheFirst(t *testing.T) {
	dir := t.TempDir()
	shown := make(chan struct{}, 1)
	first := seatIn(t, dir, func() { shown <- struct{}{} })
	if first.remote() != "" {
		t.Fatalf("the holder says %q", first.remote())
	}
	_, err := takeSeat(t.Context(), testOptions(dir), func() { t.Error("the second was shown") })
	if !errors.Is(err, errShown) {
		t.Fatalf("second launch: %v", err)
	}
	<-shown
}

func TestWindowOfAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	daemon, err := backend.Open(t.Context(), testOptions(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := seatIn(t, dir, nil)
	if s.own != nil || !strings.Contains(s.remote(), "(pid "+strconv.Itoa(os.Getpid())+") holds the data") {
		t.Fatalf("remote %q", s.remote())
	}
	if _, err := s.api.Status(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.api.Status(t.Context()); idp.CodeOf(err) != idp.Unavailable {
		t.Fatalf("after its end: %v", err)
	}
}

func TestLaunchWhileTheOtherIsEnding(t *testing.T) {
	dir := t.TempDir()
	other, err := backend.Open(t.Context(), testOptions(dir)) // holds the data, answers on no socket
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() {
		s, err := takeSeat(context.Background(), testOptions(dir), func() {})
		if err == nil {
			err = s.leave()
		}
		got <- err
	}()
	if err := other.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Fatalf("it did not wait for the end: %v", err)
	}
}

func TestWhatKeepsItFromStarting(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name string
		make func(t *testing.T, dir string)
		ctx  context.Context
		want string
	}{
		{"a file where the directory should be", func(t *testing.T, dir string) { write(t, dir, "x") }, t.Context(), "Hearthkey cannot use"},
		{"a damaged database", func(t *testing.T, dir string) { inDir(t, dir, "hearthkey.db", strings.Repeat("junk", 4096)) }, t.Context(), "damaged"},
		{"another protocol on the socket", holdWithOtherProtocol, t.Context(), "does not answer as Hearthkey"},
		{"interrupted", func(t *testing.T, dir string) { hold(t, dir) }, cancelled, "context canceled"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			tt.make(t, dir)
			s, err := takeSeat(tt.ctx, testOptions(dir), func() {})
			if err == nil {
				_ = s.leave()
				t.Fatal("it started")
			}
			if !strings.Contains(sentence(err), tt.want) {
				t.Fatalf("said %q", sentence(err))
			}
		})
	}
}

func TestPortTaken(t *testing.T) {
	dir := t.TempDir()
	s := seatIn(t, dir, func() {})
	port := freePort(t)
	if _, err := s.api.StartTrial(t.Context(), port); err != nil {
		t.Fatal(err)
	}
	if err := s.leave(); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, err = takeSeat(t.Context(), testOptions(dir), func() {})
	if err == nil || !strings.Contains(sentence(err), strconv.Itoa(port)) {
		t.Fatalf("said %v", err)
	}
	// The failed start must have given the data back.
	again, err := backend.Open(t.Context(), testOptions(dir))
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Stop(t.Context())
}

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func inDir(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, name), text)
}

// hold takes the data of dir and answers on no socket.
func hold(t *testing.T, dir string) {
	t.Helper()
	b, err := backend.Open(t.Context(), testOptions(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Stop(context.Background()) })
}

func holdWithOtherProtocol(t *testing.T, dir string) {
	t.Helper()
	hold(t, dir)
	ln, err := net.Listen("unix", filepath.Join(dir, "control.sock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "SSH-2.0-x\n")
			_ = conn.Close()
		}
	}()
}
