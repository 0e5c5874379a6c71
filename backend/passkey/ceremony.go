package passkey

import (
	"sync"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/waiting"

	"github.com/go-webauthn/webauthn/webauthn"
)

// ceremonyLife is how long a challenge may be answered.
const ceremonyLife = 5 * time.Minute

// bounds of the ceremonies that wait for an answer.
var bounds = waiting.Bounds{Life: ceremonyLife, InAll: 50_000, OfSource: 64, Bytes: 48 << 20}

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
	rpID      string // whose passkeys count
	session   webauthn.SessionData
	startedAt idp.Time
}

func (c *ceremony) expiresAt() idp.Time { return c.startedAt.Add(ceremonyLife) }

// size is what the ceremony takes in memory, near enough.
func (c *ceremony) size() int {
	n := 768 + len(c.source) + len(c.userID)
	for _, id := range c.session.AllowedCredentialIDs {
		n += 24 + len(id)
	}
	return n
}

// ceremonies remembers those that wait.
type ceremonies struct {
	clock idp.Clock
	mu    sync.Mutex
	room  *waiting.Room[ceremony]
}

func newCeremonies(clock idp.Clock) *ceremonies {
	return &ceremonies{clock: clock, room: waiting.New[ceremony](clock, bounds, nil)}
}

// add keeps the ceremony and answers its ID.
func (cs *ceremonies) add(c ceremony) string {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c.id, c.startedAt = idp.NewID(idp.PrefixPending), cs.clock()
	cs.room.Keep(waiting.Entry{ID: c.id, Source: c.source, Since: c.startedAt, Size: c.size()}, &c)
	return c.id
}

// take hands out the ceremony and forgets it, whatever comes of the answer; nil when there is none by that ID or its time is over.
func (cs *ceremonies) take(id string) *ceremony {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c := cs.room.Of(id)
	cs.room.Forget(id)
	return c
}
