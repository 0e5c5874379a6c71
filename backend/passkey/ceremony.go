package passkey

import (
	"container/list"
	"sync"
	"time"

	"hearthkey/backend/idp"

	"github.com/go-webauthn/webauthn/webauthn"
)

// Bounds of the ceremonies that wait for an answer. Past them new ones are refused, since forgetting one would end somebody's sign-in.
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
	bySource map[string]int
}

func newCeremonies(clock idp.Clock) *ceremonies {
	return &ceremonies{clock: clock, byID: map[string]*list.Element{}, oldest: list.New(), bySource: map[string]int{}}
}

// add keeps the ceremony and answers its ID; idp.Unavailable when its source or all together have too many waiting.
func (cs *ceremonies) add(c ceremony) (string, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c.startedAt = cs.clock()
	for e := cs.oldest.Front(); e != nil && e.Value.(*ceremony).over(c.startedAt); e = cs.oldest.Front() {
		cs.drop(e)
	}
	if cs.oldest.Len() >= ceremoniesInAll || cs.bySource[c.source] >= ceremoniesOfSource {
		return "", idp.Fail(idp.Unavailable, "passkey.too_many")
	}
	c.id = idp.NewID(idp.PrefixPending)
	cs.byID[c.id] = cs.oldest.PushBack(&c)
	cs.bySource[c.source]++
	return c.id, nil
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
	if cs.bySource[c.source]--; cs.bySource[c.source] == 0 {
		delete(cs.bySource, c.source)
	}
}
