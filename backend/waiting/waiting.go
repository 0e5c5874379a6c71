// Package waiting remembers, within bounds, what waits for somebody's next step: requests in flight and passkey ceremonies. An anonymous visit writes nothing durable, and however many come, they take only so much memory.
//
// Past a bound the oldest is forgotten, the source's own first. To refuse new ones instead would let a stranger who shares an address, or has many, keep everybody out for as long as they like; forgotten this way one costs its person another try, and only if so many others began since.
package waiting

import (
	"container/list"
	"slices"
	"time"

	"hearthkey/backend/idp"
)

// clockSlack is how far a clock may be set back before what waits ends.
const clockSlack = 2 * time.Minute

// Bounds are how long something waits, and how much may wait at once.
type Bounds struct {
	Life     time.Duration
	InAll    int
	OfSource int
	Bytes    int // of the sizes that Keep is told
}

// Entry is how a thing is kept.
type Entry struct {
	ID     string
	Source string // what it is counted by
	Since  idp.Time
	Size   int // in bytes, as its keeper reckons
}

type item[T any] struct {
	Entry
	thing *T
}

// Room holds things that wait. It is not safe for concurrent use: its keeper holds a lock.
type Room[T any] struct {
	clock    idp.Clock
	bounds   Bounds
	gone     func(*T)
	byID     map[string]*list.Element
	oldest   *list.List // all live equally long, so the oldest ends first
	bySource map[string][]string
	bytes    int
}

// New makes an empty room. gone, when it is not nil, is called for each thing that leaves it.
func New[T any](clock idp.Clock, bounds Bounds, gone func(*T)) *Room[T] {
	if gone == nil {
		gone = func(*T) {}
	}
	return &Room[T]{clock: clock, bounds: bounds, gone: gone, byID: map[string]*list.Element{}, oldest: list.New(), bySource: map[string][]string{}}
}

// Keep takes a thing in as the newest, after forgetting what is over and what it takes the place of.
func (r *Room[T]) Keep(e Entry, thing *T) {
	for first := r.oldest.Front(); first != nil && r.over(first.Value.(item[T]).Since); first = r.oldest.Front() {
		r.drop(first)
	}
	if mine := r.bySource[e.Source]; len(mine) >= r.bounds.OfSource {
		r.drop(r.byID[mine[0]])
	}
	for r.oldest.Len() > 0 && (r.oldest.Len() >= r.bounds.InAll || r.bytes+e.Size > r.bounds.Bytes) {
		r.drop(r.oldest.Front())
	}
	r.byID[e.ID] = r.oldest.PushBack(item[T]{e, thing})
	r.bySource[e.Source] = append(r.bySource[e.Source], e.ID)
	r.bytes += e.Size
}

// Of is the thing of an ID; nil when there is none, or its time is over.
func (r *Room[T]) Of(id string) *T {
	e, ok := r.byID[id]
	if !ok || r.over(e.Value.(item[T]).Since) {
		return nil
	}
	return e.Value.(item[T]).thing
}

// Forget lets the thing of an ID go, if it is there.
func (r *Room[T]) Forget(id string) {
	if e, ok := r.byID[id]; ok {
		r.drop(e)
	}
}

// Len is how many things are there, over or not, for the tests of those who keep them.
func (r *Room[T]) Len() int { return len(r.byID) }

func (r *Room[T]) over(since idp.Time) bool {
	age := r.clock().Sub(since)
	return age >= r.bounds.Life || age < -clockSlack
}

func (r *Room[T]) drop(e *list.Element) {
	i := r.oldest.Remove(e).(item[T])
	delete(r.byID, i.ID)
	r.bytes -= i.Size
	mine := slices.DeleteFunc(r.bySource[i.Source], func(id string) bool { return id == i.ID })
	if r.bySource[i.Source] = mine; len(mine) == 0 {
		delete(r.bySource, i.Source)
	}
	r.gone(i.thing)
}
