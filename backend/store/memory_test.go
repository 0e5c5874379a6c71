package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// renamed changes an app's name.
func renamed(tx *store.Tx, c idp.Client, name string) error {
	c.Name = name
	return tx.UpdateClient(c)
}

// TestClientsChangeAtOnce reads an app while others do too, and changes it: whoever asks after the change was answered sees it.
func TestClientsChangeAtOnce(t *testing.T) {
	s := storetest.Open(t)
	c := storetest.Client(t, s)
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for i := range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				_ = s.View(t.Context(), func(r store.Reads) error {
					_, err := r.Client(t.Context(), c.ID)
					return err
				})
				if i%2 == 0 {
					_, _ = s.Client(t.Context(), c.ID)
				}
			}
		})
	}
	for i := range 300 {
		check(t, s.Write(t.Context(), func(tx *store.Tx) error { return renamed(tx, c, fmt.Sprint(i)) }))
		if got := must(s.Client(t.Context(), c.ID))(t); got.Name != fmt.Sprint(i) {
			t.Fatalf("after change %d the name is %q", i, got.Name)
		}
	}
	stop()
	readers.Wait()
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteClient(c.ID) })
	_, err := s.Client(t.Context(), c.ID)
	refused(t, err, idp.NotFound, "client.not_found")
}

// TestClientsOfATransaction: a transaction sees its own change, those of its group do too, and one that failed leaves nothing.
func TestClientsOfATransaction(t *testing.T) {
	s := storetest.Open(t)
	c := storetest.Client(t, s)
	name := func(r store.Reads) string { return must(r.Client(t.Context(), c.ID))(t).Name }
	same(t, "first", name(s.Reads), "Forge")
	let := hold(t, s)
	failing := queue(s, func(tx *store.Tx) error {
		same(t, "before", name(tx.Reads), "Forge")
		check(t, renamed(tx, c, "undone"))
		same(t, "own", name(tx.Reads), "undone")
		same(t, "outside", name(s.Reads), "Forge")
		return errors.New("no")
	})
	going := queue(s, func(tx *store.Tx) error {
		same(t, "after one that failed", name(tx.Reads), "Forge")
		return renamed(tx, c, "kept")
	})
	next := queue(s, func(tx *store.Tx) error {
		same(t, "of the same commit", name(tx.Reads), "kept")
		same(t, "outside", name(s.Reads), "Forge")
		return nil
	})
	let()
	for _, done := range []<-chan outcome{failing, going, next} {
		<-done
	}
	same(t, "committed", name(s.Reads), "kept")
}

// TestClientsOfAnEarlierMoment: what a view reads of a moment that has passed is kept for nobody else.
func TestClientsOfAnEarlierMoment(t *testing.T) {
	s := storetest.Open(t)
	c := storetest.Client(t, s)
	check(t, s.View(t.Context(), func(r store.Reads) error {
		must(r.Users(t.Context(), ""))(t) // its moment begins
		storetest.Write(t, s, func(tx *store.Tx) error { return renamed(tx, c, "new") })
		same(t, "in the view", must(r.Client(t.Context(), c.ID))(t).Name, "Forge")
		same(t, "beside it", must(s.Client(t.Context(), c.ID))(t).Name, "new") // and is kept
		same(t, "in the view, still", must(r.Client(t.Context(), c.ID))(t).Name, "Forge")
		return nil
	}))
	same(t, "after it", must(s.Client(t.Context(), c.ID))(t).Name, "new")
	got := must(s.Client(t.Context(), c.ID))(t)
	got.RedirectURIs = append(got.RedirectURIs, "https://evil.example.com/")
	same(t, "what a caller adds", len(must(s.Client(t.Context(), c.ID))(t).RedirectURIs), 1)
}
