package passkey

import (
	"container/list"
	"slices"
	"sync"
	"time"

	"hearthkey/backend/idp"

	"github.com/go-webauthn/webauthn/webauthn"
)

// Bounds of the ceremonies that wait for an answer. Past them the oldest is forgotten, the source's own first. To refuse new ones instead would let a stranger who shares an address, or has many, keep everybody out for as long as they like; forgotten this way one costs its person another press of the button, and only if so many others began since.
const (
	ceremonyLife       = 5 * time.Minute
	ceremoniesInAll    = 50_000
	ceremoniesOfSource = 64
	clockSlack         = 2 * time.Minute // a clock set back further than this ends what waits
)

type purpose int

const (
	toSignIn purpose = iota
	toStepUp
	toEnrol
)

// ceremony is one challenge that was given out and not answered yet.
type ceremony struct {
	id        string
	purpose   purpose
	source    string
	userID    string // who must answer; "" at sign-in
	session   webauthn.SessionData
	startedAt idp.Time
}

func (c *ceremony) expiresAt() idp.Time { return c.startedAt.Add(ceremonyLife) }

func (c *ceremony) over(now idp.Time) bool {
	age := now.Sub(c.startedAt)
	return age >= ceremonyLife || age < -clockSlack
}

// ceremonies remembers those that wait, oldest first; all live equally long, so the oldest ends first.
type ceremonies struct {
	clock    idp.Clock
	mu       sync.Mutex
	byID     map[string]*list.Element
	oldest   *list.List
	bySource map[string][]string // IDs, oldest first
}

func newCeremonies(clock idp.Clock) *ceremonies {
	return &ceremonies{clock: clock, byID: map[string]*list.Element{}, oldest: list.New(), bySource: map[string][]string{}}
}

// add keeps the ceremony and answers its ID.
func (cs *ceremonies) add(c ceremony) string {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c.startedAt = cs.clock()
	for e := cs.oldest.Front(); e != nil && e.Value.(*ceremony).over(c.startedAt); e = cs.oldest.Front() {
		cs.drop(e)
	}
	if mine := cs.bySource[c.source]; len(mine) >= ceremoniesOfSource {
		cs.drop(cs.byID[mine[0]])
	}
	if cs.oldest.Len() >= ceremoniesInAll {
		cs.drop(cs.oldest.Front())
	}
	c.id = idp.NewID(idp.PrefixPending)
	cs.byID[c.id] = cs.oldest.PushBack(&c)
	cs.bySource[c.source] = append(cs.bySource[c.source], c.id)
	return c.id
}

// take hands out the ceremony and forgets it, whatever comes of the answer; nil when there is none by that ID or its time is over.
func (cs *ceremonies) take(id string) *ceremony {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	e, ok := cs.byID[id]
	if !ok {
		return nil
	}
	c := e.Value.(*ceremony)
	cs.drop(e)
	if c.over(cs.clock()) {
		return nil
	}
	return c
}

func (cs *ceremonies) drop(e *list.Element) {
	c := cs.oldest.Remove(e).(*ceremony)
	delete(cs.byID, c.id)
	mine := slices.DeleteFunc(cs.bySource[c.source], func(id string) bool { return id == c.id }) // at most 64
	if cs.bySource[c.source] = mine; len(mine) == 0 {
		delete(cs.bySource, c.source)
	}
}
