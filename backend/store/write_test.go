package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestGrouping(t *testing.T) {
	s := storetest.Open(t)
	commits := 0
	check(t, s.OnCommit(func() { commits++ }))
	let := hold(t, s)
	var waiting []<-chan outcome
	for i := range 100 {
		waiting = append(waiting, queue(s, addUser(person(fmt.Sprintf("usr_%03d", i)))))
	}
	let()
	for _, w := range waiting {
		check(t, (<-w).err)
	}
	if commits != 2 {
		t.Errorf("one write and 100 that waited for it took %d commits, want 2", commits)
	}
	if got := value(t, s, "SELECT count(*) FROM users"); got != "100" {
		t.Errorf("%s people, want 100", got)
	}
	storetest.User(t, s)
	if commits != 3 {
		t.Errorf("one more write alone brought the commits to %d, want 3", commits)
	}
}

// TestGroupsAreBounded keeps the first of a long queue from waiting for all of it.
func TestGroupsAreBounded(t *testing.T) {
	s := storetest.Open(t)
	inGroup, groups := 0, []int{}
	check(t, s.OnCommit(func() { groups = append(groups, inGroup); inGroup = 0 }))
	let := hold(t, s)
	var all sync.WaitGroup
	for i := range 3 * store.MaxGroup {
		all.Go(func() {
			check(t, s.Write(t.Context(), func(tx *store.Tx) error {
				inGroup++ // by the writer's goroutine alone
				return tx.CreateUser(person(fmt.Sprintf("usr_%03d", i)))
			}))
		})
	}
	for s.Waiting() < store.MaxGroup {
		runtime.Gosched()
	}
	let()
	all.Wait()
	for _, n := range groups {
		if n > store.MaxGroup {
			t.Errorf("a group of %d, more than %d", n, store.MaxGroup)
		}
	}
	if len(groups) < 4 { // one for the held write
		t.Errorf("%d writes in %d groups", 3*store.MaxGroup, len(groups))
	}
}

func TestAWriteAnswersAfterTheCommit(t *testing.T) {
	s := storetest.Open(t)
	var committed atomic.Bool
	check(t, s.OnCommit(func() { committed.Store(true) }))
	storetest.Write(t, s, addUser(person("usr_1")))
	if !committed.Load() {
		t.Error("answered before the commit")
	}
}

// TestNeighbours: one commit, within which one write fails after it wrote, one panics, one is given up and one clashes. The others stand.
func TestNeighbours(t *testing.T) {
	s := storetest.Open(t)
	commits := 0
	check(t, s.OnCommit(func() { commits++ }))
	left, leave := context.WithCancel(t.Context())
	sorry, ran := errors.New("sorry"), false
	let := hold(t, s)
	first := queue(s, addUser(person("usr_first")))
	fails := queue(s, func(tx *store.Tx) error {
		return errors.Join(tx.CreateUser(person("usr_fails")), sorry)
	})
	second := queue(s, addUser(person("usr_second")))
	panics := queue(s, func(tx *store.Tx) error {
		check(t, tx.CreateUser(person("usr_panics")))
		panic("oh")
	})
	third := queue(s, addUser(person("usr_third")))
	gone := queueContext(left, s, func(tx *store.Tx) error {
		ran = true
		return tx.CreateUser(person("usr_gone"))
	})
	clash := queue(s, addUser(person("usr_first")))
	fourth := queue(s, addUser(person("usr_fourth")))
	leave()
	let()
	for name, w := range map[string]<-chan outcome{"first": first, "second": second, "third": third, "fourth": fourth} {
		if o := <-w; o.err != nil || o.panicked != nil {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if o := <-fails; !errors.Is(o.err, sorry) {
		t.Errorf("the failing write: %+v", o)
	}
	if o := <-panics; o.panicked != "oh" {
		t.Errorf("the panicking write: %+v", o)
	}
	if o := <-gone; !errors.Is(o.err, context.Canceled) || ran {
		t.Errorf("the write that was given up: %+v, ran %v", o, ran)
	}
	if o := <-clash; o.err == nil {
		t.Error("a second row with the same ID was taken")
	}
	if got := fmt.Sprint(must(s.Values(t.Context(), "SELECT id FROM users ORDER BY id"))(t)); got != "[usr_first usr_fourth usr_second usr_third]" {
		t.Errorf("people: %s", got)
	}
	if commits != 2 {
		t.Errorf("%d commits, want 2: the one that all waited for, and one for all", commits)
	}
}

// TestSeesItsOwnWrites: within a transaction reads see what it wrote, outside nobody does before the commit.
func TestSeesItsOwnWrites(t *testing.T) {
	s := storetest.Open(t)
	storetest.Write(t, s, func(tx *store.Tx) error {
		check(t, tx.CreateUser(person("usr_1")))
		if _, err := tx.User(t.Context(), "usr_1"); err != nil {
			t.Errorf("within: %v", err)
		}
		_, err := s.User(t.Context(), "usr_1")
		refused(t, err, idp.NotFound, "user.not_found")
		return nil
	})
	if _, err := s.User(t.Context(), "usr_1"); err != nil {
		t.Errorf("after: %v", err)
	}
}

// TestCancelled: a context that ends before its turn changes nothing; one that ends later changes nothing about the transaction.
func TestCancelled(t *testing.T) {
	s := storetest.Open(t)
	ended, end := context.WithCancel(t.Context())
	end()
	err := s.Write(ended, func(tx *store.Tx) error { return tx.CreateUser(person("usr_early")) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	late, end := context.WithCancel(t.Context())
	err = s.Write(late, func(tx *store.Tx) error {
		check(t, tx.CreateUser(person("usr_late")))
		end()
		if _, err := tx.User(late, "usr_late"); err != nil {
			t.Errorf("a read after the caller left: %v", err)
		}
		if users, err := tx.Users(late, ""); err != nil || len(users) != 1 {
			t.Errorf("a list after the caller left: %d %v", len(users), err)
		}
		return tx.CreateUser(person("usr_later"))
	})
	check(t, err)
	if got := fmt.Sprint(must(s.Values(t.Context(), "SELECT id FROM users ORDER BY id"))(t)); got != "[usr_late usr_later]" {
		t.Errorf("people: %s", got)
	}
}

// TestFullQueue: who cannot even join the queue leaves when their context ends.
func TestFullQueue(t *testing.T) {
	s := storetest.Open(t)
	let := hold(t, s)
	var waiting []<-chan outcome
	for range store.MaxGroup {
		waiting = append(waiting, queue(s, func(*store.Tx) error { return nil }))
	}
	ctx, end := context.WithCancel(t.Context())
	answer := make(chan error, 1)
	go func() { answer <- s.Write(ctx, func(*store.Tx) error { return nil }) }()
	end()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	let()
	for _, w := range waiting {
		check(t, (<-w).err)
	}
}

func TestClosed(t *testing.T) {
	for range 8 { // the writer may see the end before those that wait, or after
		s := storetest.Open(t)
		let := hold(t, s)
		waits := queue(s, addUser(person("usr_waits")))
		closed := make(chan error, 1)
		go func() { closed <- s.Close() }()
		<-s.Closing()
		refused(t, s.Write(t.Context(), addUser(person("usr_late"))), idp.Unavailable, "store.closed")
		let()
		check(t, <-closed)
		check(t, (<-waits).err) // was waiting before, so it was finished
		refused(t, s.Write(t.Context(), addUser(person("usr_after"))), idp.Unavailable, "store.closed")
		if err := s.Ping(t.Context()); err == nil {
			t.Error("a closed store answers")
		}
	}
}

// TestCloseRace: every write that was acknowledged is there, every other was refused.
func TestCloseRace(t *testing.T) {
	path := t.TempDir() + "/" + store.FileName
	s, err := store.Open(t.Context(), path)
	check(t, err)
	var taken [200]atomic.Bool
	var all sync.WaitGroup
	half := make(chan struct{})
	var once sync.Once
	for i := range taken {
		all.Go(func() {
			err := s.Write(t.Context(), addUser(person(fmt.Sprintf("usr_%03d", i))))
			taken[i].Store(err == nil)
			if err != nil && idp.CodeOf(err) != idp.Unavailable {
				t.Errorf("%d: %v", i, err)
			}
			once.Do(func() { close(half) })
		})
	}
	<-half
	check(t, s.Close())
	all.Wait()
	s = storetest.OpenAt(t, path)
	for i := range taken {
		_, err := s.User(t.Context(), fmt.Sprintf("usr_%03d", i))
		if (err == nil) != taken[i].Load() {
			t.Errorf("%d: acknowledged %v, kept: %v", i, taken[i].Load(), err)
		}
	}
}

func TestView(t *testing.T) {
	s := storetest.Open(t)
	storetest.User(t, s)
	sorry := errors.New("sorry")
	err := s.View(t.Context(), func(r store.Reads) error {
		before := must(r.CountUsers(t.Context()))(t)
		storetest.User(t, s) // the writer is not held up
		if after := must(r.CountUsers(t.Context()))(t); after != before {
			t.Errorf("one view saw %d people and then %d", before, after)
		}
		return sorry
	})
	if !errors.Is(err, sorry) {
		t.Errorf("got %v", err)
	}
	check(t, s.View(t.Context(), func(r store.Reads) error {
		if n := must(r.CountUsers(t.Context()))(t); n != 2 {
			t.Errorf("%d people, want 2", n)
		}
		return nil
	}))
}

func TestReadersCannotWrite(t *testing.T) {
	s := storetest.Open(t)
	if _, err := s.Value(t.Context(), "DELETE FROM settings RETURNING key"); err == nil || err.Error() != "attempt to write a readonly database" {
		t.Errorf("got %v", err)
	}
}

func TestChanges(t *testing.T) {
	s := storetest.Open(t)
	seen := s.WaitForChange(t.Context(), 0)
	for _, move := range []func(){func() { storetest.User(t, s) }, s.Bump} {
		woken := make(chan int64)
		go func() { woken <- s.WaitForChange(context.Background(), seen) }()
		move()
		if now := <-woken; now <= seen {
			t.Errorf("the number went from %d to %d", seen, now)
		} else {
			seen = now
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	_ = s.Write(t.Context(), func(*store.Tx) error { return errors.New("rolled back") })
	if now := s.WaitForChange(ended, seen); now != seen {
		t.Errorf("a rolled back write counted: %d, then %d", seen, now)
	}
	if now := s.WaitForChange(t.Context(), seen+5); now != seen {
		t.Errorf("a number of an earlier process: got %d, want %d at once", now, seen)
	}
}
