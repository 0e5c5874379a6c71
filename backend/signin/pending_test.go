package signin

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hearthkey/backend/oidc"
	"hearthkey/backend/store/storetest"
)

func TestPendingsForgetTheSourcesOldest(t *testing.T) {
	clock := storetest.NewClock()
	ps := newPendings(clock.Now)
	kept := ps.add(pending{source: "b", browser: "x"})
	var ids []string
	for range pendingsOfSource + 1 {
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
	for i := range pendingsInAll {
		ps.add(pending{source: strconv.Itoa(i / pendingsOfSource), browser: "b" + strconv.Itoa(i)})
	}
	if _, ok := ps.look(first, "x"); ok || len(ps.byID) != pendingsInAll || ps.oldest.Len() != pendingsInAll {
		t.Errorf("%d wait", len(ps.byID))
	}
	clock.Advance(pendingLife)
	last := ps.add(pending{source: "last", browser: "x"})
	if len(ps.byID) != 1 || len(ps.bySource) != 1 || len(ps.bound) != 1 {
		t.Errorf("what is over still takes room: %d, %d, %d", len(ps.byID), len(ps.bySource), len(ps.bound))
	}
	clock.Advance(-pendingClockSlack - time.Second)
	if _, ok := ps.look(last, "x"); ok {
		t.Error("a clock that was set back keeps a request alive")
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
	if _, ok := ps.take(id, "z"); !ok || len(ps.bound) != 0 || len(ps.bySource) != 0 {
		t.Error("not put back and taken again")
	}
}
