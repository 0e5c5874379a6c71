package store_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

const start = storetest.Start

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		check(t, err)
		return v
	}
}

// refused fails unless err is an idp.Error of this code and message that the catalogue knows.
func refused(t testing.TB, err error, code idp.Code, key string) *idp.Error {
	t.Helper()
	var e *idp.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want %s", err, key)
	}
	if e.Code != code || e.Message.Key != key {
		t.Fatalf("got %s %s (%v), want %s %s", e.Code, e.Message.Key, errors.Unwrap(e), code, key)
	}
	if !idp.Known(key) {
		t.Fatalf("the catalogue lacks %s", key)
	}
	return e
}

func value(t testing.TB, s *store.Store, query string, args ...any) string {
	t.Helper()
	return must(s.Value(t.Context(), query, args...))(t)
}

func exec1(t testing.TB, s *store.Store, statements ...string) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// hold keeps the writer busy until let is called, so that writes queue up behind it.
func hold(t testing.TB, s *store.Store) (let func()) {
	t.Helper()
	began, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Write(context.Background(), func(*store.Tx) error {
			close(began)
			<-end
			return nil
		})
	}()
	<-began
	return func() {
		t.Helper()
		close(end)
		check(t, <-done)
	}
}

// queue has fn written behind a held writer and answers, once it waits there, where its outcome will come.
func queue(s *store.Store, fn func(*store.Tx) error) <-chan outcome {
	return queueContext(context.Background(), s, fn)
}

type outcome struct {
	err      error
	panicked any
}

func queueContext(ctx context.Context, s *store.Store, fn func(*store.Tx) error) <-chan outcome {
	before, out := s.Waiting(), make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			o.panicked = recover()
			out <- o
		}()
		o.err = s.Write(ctx, fn)
	}()
	for s.Waiting() == before {
		runtime.Gosched()
	}
	return out
}

// addUser is a write of one row.
func addUser(u idp.User) func(*store.Tx) error {
	return func(tx *store.Tx) error { return tx.CreateUser(u) }
}

func person(id string) idp.User {
	return idp.User{ID: id, UserName: id, Name: id, Claims: "{}", CreatedAt: start, UpdatedAt: start}
}

// child is the name of the part of a test that runs in a process of its own, "" in the process that starts it.
func child() string { return os.Getenv("STORE_TEST_CHILD") }

// again runs the same test in another process, as the part named, with these words before its command line.
func again(t *testing.T, part, program string, words, env []string) {
	t.Helper()
	args := append(append([]string{}, words...), program, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = "/"
	cmd.Env = append(append(os.Environ(), "STORE_TEST_CHILD="+part), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// asError is the idp.Error in err's chain, nil for none.
func asError(err error) *idp.Error {
	var e *idp.Error
	_ = errors.As(err, &e)
	return e
}
