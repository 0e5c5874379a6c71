package store

import (
	"slices"
	"strings"
	"sync"

	"hearthkey/backend/idp"
)

// clients keeps apps in memory: each request of an app needs its own, and they change seldom. Secrets are read each time, so that those of an app that is known take no less time than those of one that is not.
// A commit that changed one empties it before its caller is answered, so that a change counts from the next call on. age counts these, so that what was read before one is not kept after it.
type clients struct {
	mu   sync.RWMutex
	age  int64
	rows map[string]idp.Client
}

// changesClients says whether a statement writes to a table behind clients.
func changesClients(statement string) bool {
	for _, verb := range []string{"INSERT INTO ", "UPDATE ", "DELETE FROM "} {
		if rest, ok := strings.CutPrefix(statement, verb); ok {
			table, _, _ := strings.Cut(rest, " ")
			return table == "clients" || table == "client_uris"
		}
	}
	return false
}

func newClients() *clients {
	return &clients{rows: map[string]idp.Client{}}
}

// forget empties it.
func (c *clients) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age++
	clear(c.rows)
}

// asOfNow is the age of what a call reads for itself, in no transaction.
const asOfNow = -1

// kept is what one call may know of the apps, and keep: nothing within a transaction that changed one.
func (r Reads) kept() kept {
	if r.clients == nil {
		return kept{}
	}
	r.clients.mu.RLock()
	defer r.clients.mu.RUnlock()
	if r.age == asOfNow {
		return kept{r.clients, r.clients.age}
	}
	return kept{r.clients, r.age}
}

// kept is clients for one reader; age is that of the state it sees, or of one before.
type kept struct {
	*clients
	age int64
}

// client is a kept app. What was kept after a change that the reader does not see is not for it: it would mix two moments.
func (k kept) client(id string) (idp.Client, bool) {
	if k.clients == nil {
		return idp.Client{}, false
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	c, ok := k.rows[id]
	return c, ok && k.clients.age == k.age
}

// keepClient keeps what was read, unless an app has changed since.
func (k kept) keepClient(c idp.Client) {
	if k.clients == nil {
		return
	}
	c.RedirectURIs, c.PostLogoutRedirectURIs = slices.Clip(c.RedirectURIs), slices.Clip(c.PostLogoutRedirectURIs)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.clients.age == k.age {
		k.rows[c.ID] = c
	}
}
