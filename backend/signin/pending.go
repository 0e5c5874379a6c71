package signin

import (
	"slices"
	"sync"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/waiting"
)

// bounds of the requests in flight.
var bounds = waiting.Bounds{Life: 10 * time.Minute, InAll: 50_000, OfSource: 64, Bytes: 64 << 20}

// pending is a request of an app that waits for its person. It serves one purpose: one of authorize, device and endSession is set.
type pending struct {
	id        string
	browser   string // key of the cookie it is bound to; "" before the first look by a browser
	source    string
	startedAt idp.Time

	authorize  *oidc.Authorize
	device     *deviceWish
	endSession *oidc.EndSession

	posted    bool   // it came by a form of the app, and no page was shown since
	sessionID string // the session chosen or begun for it; "" for the one that acts
	fresh     bool   // that session's person used a passkey for this very request
	met       string // the person whose node asks, as the sign-in page named them
	asked     string // the session whose person was shown the consent page, or a device's confirmation
	refused   bool   // the person was shown that they have no access
}

// client is the app that asks; zero when none is known.
func (t *pending) client() idp.Client {
	switch {
	case t.authorize != nil:
		return t.authorize.Client
	case t.device != nil:
		return t.device.client
	case t.endSession != nil && t.endSession.Client != nil:
		return *t.endSession.Client
	}
	return idp.Client{}
}

// signsIn says whether it is a request that somebody signs in for.
func (t *pending) signsIn() bool { return t.authorize != nil || t.device != nil }

// step is the page that goes on with a request after a sign-in.
func (t *pending) step() string {
	if t.device != nil {
		return "/device/confirm"
	}
	return "/authorize/continue"
}

// app is the app as the request's pages show it.
func (t *pending) app() app {
	if t.device != nil {
		return deviceApp(t.device.client)
	}
	return appOf(t.authorize.Client, t.authorize.RedirectURI)
}

// size is what the request takes in memory, near enough.
func (t *pending) size() int {
	c := t.client()
	n := 1536 + len(t.source) + len(c.Name) + len(c.LaunchURL) + len(c.Audience) + len(c.InitiateLoginURI) + len(c.BackchannelLogoutURI)
	for _, uri := range slices.Concat(c.RedirectURIs, c.PostLogoutRedirectURIs) {
		n += len(uri)
	}
	if t.authorize != nil {
		n += t.authorize.Size()
	}
	if t.endSession != nil {
		n += len(t.endSession.RedirectURI) + len(t.endSession.State)
	}
	return n
}

// pendings remembers the requests in flight.
type pendings struct {
	clock idp.Clock
	mu    sync.Mutex
	room  *waiting.Room[pending]
	bound map[string]map[string]bool // IDs by the browser they are bound to
}

func newPendings(clock idp.Clock) *pendings {
	ps := &pendings{clock: clock, bound: map[string]map[string]bool{}}
	ps.room = waiting.New(clock, bounds, ps.unindex)
	return ps
}

// add keeps the request and answers its ID.
func (ps *pendings) add(t pending) string {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	t.id, t.startedAt = idp.NewID(idp.PrefixPending), ps.clock()
	ps.keep(t)
	return t.id
}

// keep stores the request under its ID, as the newest.
func (ps *pendings) keep(t pending) {
	ps.room.Keep(waiting.Entry{ID: t.id, Source: t.source, Since: t.startedAt, Size: t.size()}, &t)
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

// of is the request, for the browser it is bound to or for the first that asks.
func (ps *pendings) of(id, browser string) *pending {
	t := ps.room.Of(id)
	if t == nil || browser == "" || t.browser != "" && t.browser != browser {
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
	ps.room.Forget(id)
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
		if t := ps.room.Of(id); t != nil { // what is over goes by itself
			ps.unindex(t)
			t.browser = to
			ps.index(t)
		}
	}
}
