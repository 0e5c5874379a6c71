package signin

import (
	"container/list"
	"sync"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

// Bounds of the requests in flight. Past them the oldest is forgotten, the source's own first, so that a flood from one place ends nobody else's sign-in.
const (
	pendingLife       = 10 * time.Minute
	pendingsInAll     = 50_000
	pendingsOfSource  = 64
	pendingClockSlack = 2 * time.Minute // a clock set back further than this ends what waits
)

// pending is a request of an app that waits for its person. It serves one purpose: either authorize or endSession is set.
type pending struct {
	id        string
	browser   string // key of the cookie it is bound to; "" before the first look by a browser
	source    string
	startedAt idp.Time

	authorize  *oidc.Authorize
	endSession *oidc.EndSession

	posted    bool   // it came by a form of the app, and no page was shown since
	sessionID string // the session chosen or begun for it; "" for the one that acts
	fresh     bool   // that session's person used a passkey for this very request
	asked     string // the session whose person was shown the consent page
	refused   bool   // the person was shown that they have no access
}

// client is the app that asks; zero when none is known.
func (t *pending) client() idp.Client {
	switch {
	case t.authorize != nil:
		return t.authorize.Client
	case t.endSession != nil && t.endSession.Client != nil:
		return *t.endSession.Client
	}
	return idp.Client{}
}

func (t *pending) over(now idp.Time) bool {
	age := now.Sub(t.startedAt)
	return age >= pendingLife || age < -pendingClockSlack
}

// pendings remembers the requests in flight, oldest first; all live equally long, so the oldest ends first.
type pendings struct {
	clock    idp.Clock
	mu       sync.Mutex
	byID     map[string]*list.Element
	oldest   *list.List
	bySource map[string]*list.List // of IDs, oldest first
	bound    map[string]map[string]bool
}

func newPendings(clock idp.Clock) *pendings {
	return &pendings{clock: clock, byID: map[string]*list.Element{}, oldest: list.New(), bySource: map[string]*list.List{}, bound: map[string]map[string]bool{}}
}

// add keeps the request and answers its ID.
func (ps *pendings) add(t pending) string {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	t.startedAt = ps.clock()
	for e := ps.oldest.Front(); e != nil && e.Value.(*pending).over(t.startedAt); e = ps.oldest.Front() {
		ps.drop(e)
	}
	if mine := ps.bySource[t.source]; mine != nil && mine.Len() >= pendingsOfSource {
		ps.drop(ps.byID[mine.Front().Value.(string)])
	}
	if ps.oldest.Len() >= pendingsInAll {
		ps.drop(ps.oldest.Front())
	}
	t.id = idp.NewID(idp.PrefixPending)
	ps.keep(t)
	return t.id
}

// keep stores the request under its ID, as the newest.
func (ps *pendings) keep(t pending) {
	ps.byID[t.id] = ps.oldest.PushBack(&t)
	if ps.bySource[t.source] == nil {
		ps.bySource[t.source] = list.New()
	}
	ps.bySource[t.source].PushBack(t.id)
	ps.index(&t)
}

func (ps *pendings) index(t *pending) {
	if t.browser == "" {
		return
	}
	if ps.bound[t.browser] == nil {
		ps.bound[t.browser] = map[string]bool{}
	}
	ps.bound[t.browser][t.id] = true
}

func (ps *pendings) unindex(t *pending) {
	delete(ps.bound[t.browser], t.id)
	if len(ps.bound[t.browser]) == 0 {
		delete(ps.bound, t.browser)
	}
}

func (ps *pendings) drop(e *list.Element) {
	t := ps.oldest.Remove(e).(*pending)
	delete(ps.byID, t.id)
	ps.unindex(t)
	mine := ps.bySource[t.source]
	for i := mine.Front(); i != nil; i = i.Next() { // at most 64
		if i.Value == t.id {
			mine.Remove(i)
			break
		}
	}
	if mine.Len() == 0 {
		delete(ps.bySource, t.source)
	}
}

// look answers a copy of the request, for the browser it is bound to; an unbound one is bound to it now. False when there is none for this browser.
func (ps *pendings) look(id, browser string) (pending, bool) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	t := ps.of(id, browser)
	if t == nil {
		return pending{}, false
	}
	if t.browser == "" {
		t.browser = browser
		ps.index(t)
	}
	return *t, true
}

func (ps *pendings) of(id, browser string) *pending {
	e, ok := ps.byID[id]
	if !ok || browser == "" {
		return nil
	}
	t := e.Value.(*pending)
	if t.over(ps.clock()) || t.browser != "" && t.browser != browser {
		return nil
	}
	return t
}

// note changes the request, if it is still there.
func (ps *pendings) note(id, browser string, change func(*pending)) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if t := ps.of(id, browser); t != nil && t.browser == browser {
		change(t)
	}
}

// take hands the request out, once: among callers at the same time one gets it.
func (ps *pendings) take(id, browser string) (pending, bool) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	t := ps.of(id, browser)
	if t == nil || t.browser != browser {
		return pending{}, false
	}
	ps.drop(ps.byID[id])
	return *t, true
}

// putBack keeps a request again that was taken and could not be answered.
func (ps *pendings) putBack(t pending) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.keep(t)
}

// move binds what was bound to one cookie to the one that replaces it.
func (ps *pendings) move(from, to string) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for id := range ps.bound[from] {
		t := ps.byID[id].Value.(*pending)
		ps.unindex(t)
		t.browser = to
		ps.index(t)
	}
}
