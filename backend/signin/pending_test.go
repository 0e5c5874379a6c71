package signin

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hearthkey/backend/oidc"
	"hearthkey/backend/store/storetest"
)

func TestPendingsForgetTheSourcesOldest(t *testing.T) {
	clock := storetest.NewClock()
	ps := newPendings(clock.Now)
	kept := ps.add(pending{source: "b", browser: "x"})
	var ids []string
	for range bounds.OfSource + 1 {
		ids = append(ids, ps.add(pending{source: "a", browser: "x"}))
	}
	if _, ok := ps.look(ids[0], "x"); ok {
		t.Error("a source holds more than its share")
	}
	for _, id := range append(ids[1:], kept) {
		if _, ok := ps.look(id, "x"); !ok {
			t.Fatal("one within the share is forgotten")
		}
	}
}

func TestPendingsAreBoundedInAll(t *testing.T) {
	clock := storetest.NewClock()
	ps := newPendings(clock.Now)
	first := ps.add(pending{source: "first", browser: "x"})
	for i := range bounds.InAll {
		ps.add(pending{source: strconv.Itoa(i / bounds.OfSource), browser: "b" + strconv.Itoa(i)})
	}
	if _, ok := ps.look(first, "x"); ok || ps.room.Len() > bounds.InAll || len(ps.bound) != ps.room.Len() {
		t.Errorf("%d wait", ps.room.Len())
	}
	clock.Advance(bounds.Life)
	last := ps.add(pending{source: "last", browser: "x"})
	if ps.room.Len() != 1 || len(ps.bound) != 1 {
		t.Errorf("what is over still takes room: %d, %d", ps.room.Len(), len(ps.bound))
	}
	if _, ok := ps.look(last, "x"); !ok {
		t.Error("the newest is forgotten")
	}
}

// The largest requests that an app can send take no more room than the bound says, and the newest is always kept.
func TestPendingsAreBoundedInBytes(t *testing.T) {
	ps := newPendings(storetest.NewClock().Now)
	large := oidc.Authorize{State: strings.Repeat("s", 4096), Nonce: strings.Repeat("n", 1024), RedirectURI: strings.Repeat("r", 2000)}
	var last string
	for i := range 20_000 {
		last = ps.add(pending{source: strconv.Itoa(i), browser: "x", authorize: &large})
	}
	if n := ps.room.Len(); n*7000 > bounds.Bytes || n < 5000 || len(ps.bound["x"]) != n {
		t.Errorf("%d large requests wait, %d bound", n, len(ps.bound["x"]))
	}
	if _, ok := ps.look(last, "x"); !ok {
		t.Error("the newest is forgotten")
	}
}

func TestPendingIsTakenOnce(t *testing.T) {
	ps := newPendings(storetest.NewClock().Now)
	for range 50 {
		id := ps.add(pending{source: "a", browser: "x", authorize: &oidc.Authorize{}})
		var won atomic.Int32
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				if _, ok := ps.take(id, "x"); ok {
					won.Add(1)
				}
			})
		}
		wait.Wait()
		if won.Load() != 1 {
			t.Fatalf("taken %d times", won.Load())
		}
	}
}

func TestPendingIsBoundOnce(t *testing.T) {
	ps := newPendings(storetest.NewClock().Now)
	id := ps.add(pending{source: "a"})
	if _, ok := ps.take(id, ""); ok {
		t.Error("taken by no browser")
	}
	if _, ok := ps.take(id, "x"); ok {
		t.Error("taken before it was bound")
	}
	if _, ok := ps.look(id, ""); ok {
		t.Error("bound to no browser")
	}
	if tx, ok := ps.look(id, "x"); !ok || tx.browser != "x" {
		t.Error("not bound to the first browser")
	}
	if _, ok := ps.look(id, "y"); ok {
		t.Error("shown to a second browser")
	}
	ps.note(id, "y", func(t *pending) { t.fresh = true })
	ps.move("y", "z")
	ps.move("x", "z")
	tx, ok := ps.look(id, "z")
	if !ok || tx.fresh {
		t.Errorf("after the move: %+v, %v", tx, ok)
	}
	if _, ok := ps.look(id, "x"); ok {
		t.Error("shown under the old cookie")
	}
	tx, _ = ps.take(id, "z")
	ps.putBack(tx)
	if _, ok := ps.take(id, "z"); !ok || len(ps.bound) != 0 || ps.room.Len() != 0 {
		t.Error("not put back and taken again")
	}
}
