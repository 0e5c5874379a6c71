package waiting

import (
	"strconv"
	"testing"
	"time"

	"hearthkey/backend/idp"
)

type watch struct{ now idp.Time }

func (w *watch) clock() idp.Time { return w.now }

var small = Bounds{Life: time.Minute, InAll: 10, OfSource: 3, Bytes: 1000}

func newRoom(gone func(*string)) (*Room[string], *watch) {
	w := &watch{now: 1_000_000}
	return New(w.clock, small, gone), w
}

func (r *Room[T]) add(id, source string, size int, thing T) {
	r.Keep(Entry{ID: id, Source: source, Since: r.clock(), Size: size}, &thing)
}

func TestRoomForgetsTheSourcesOldest(t *testing.T) {
	r, _ := newRoom(nil)
	r.add("other", "b", 1, "other")
	for i := range 4 {
		r.add(strconv.Itoa(i), "a", 1, "mine")
	}
	for id, there := range map[string]bool{"other": true, "0": false, "1": true, "2": true, "3": true} {
		if (r.Of(id) != nil) != there {
			t.Errorf("%s is there: %v", id, !there)
		}
	}
}

func TestRoomIsBoundedInAll(t *testing.T) {
	r, _ := newRoom(nil)
	for i := range 25 {
		r.add(strconv.Itoa(i), strconv.Itoa(i), 1, "")
	}
	if len(r.byID) != 10 || r.bytes != 10 || len(r.bySource) != 10 || r.oldest.Len() != 10 || r.Of("14") != nil || r.Of("15") == nil {
		t.Errorf("%d wait, of %d sources, %d bytes", len(r.byID), len(r.bySource), r.bytes)
	}
}

// Few large things take no more room than many small ones.
func TestRoomIsBoundedInBytes(t *testing.T) {
	r, _ := newRoom(nil)
	for i := range 8 {
		r.add(strconv.Itoa(i), strconv.Itoa(i), 300, "")
	}
	if len(r.byID) != 3 || r.bytes != 900 || r.Of("4") != nil || r.Of("5") == nil {
		t.Errorf("%d wait, %d bytes", len(r.byID), r.bytes)
	}
	r.add("huge", "h", 5000, "") // alone, rather than never
	if len(r.byID) != 1 || r.Of("huge") == nil {
		t.Errorf("%d wait beside the huge one", len(r.byID))
	}
	r.add("next", "n", 1, "")
	if r.Of("huge") != nil || r.bytes != 1 {
		t.Errorf("the huge one stays, %d bytes", r.bytes)
	}
}

func TestRoomEndsWhatIsOld(t *testing.T) {
	var left []string
	r, w := newRoom(func(s *string) { left = append(left, *s) })
	r.add("a", "x", 1, "A")
	w.now = w.now.Add(time.Minute - time.Millisecond)
	if r.Of("a") == nil {
		t.Error("ended too early")
	}
	w.now = w.now.Add(time.Millisecond)
	if r.Of("a") != nil {
		t.Error("still there at its end")
	}
	r.add("b", "x", 1, "B")
	if len(r.byID) != 1 || len(left) != 1 || left[0] != "A" {
		t.Errorf("%d there, gone %q", len(r.byID), left)
	}
	w.now = w.now.Add(-clockSlack)
	if r.Of("b") == nil {
		t.Error("a clock that is put right a little ends what waits")
	}
	w.now = w.now.Add(-time.Millisecond)
	if r.Of("b") != nil {
		t.Error("a clock that was set back keeps a thing alive")
	}
	r.Forget("b")
	r.Forget("b")
	if len(r.byID) != 0 || r.bytes != 0 || len(r.bySource) != 0 || len(left) != 2 {
		t.Errorf("%d there, %d bytes, gone %q", len(r.byID), r.bytes, left)
	}
}
