package store

import (
	"slices"
	"strings"
	"sync"

	"hearthkey/backend/idp"
)

// clients keeps apps and their secrets' hashes in memory: each request of an app needs them, and they change seldom.
// A commit that changed one empties it before its caller is answered, so that a change counts from the next call on. age counts these, so that what was read before one is not kept after it.
type clients struct {
	mu      sync.RWMutex
	age     int64
	rows    map[string]idp.Client
	secrets map[string][]SecretHash
}

// changesClients says whether a statement writes to a table behind clients.
func changesClients(statement string) bool {
	for _, verb := range []string{"INSERT INTO ", "UPDATE ", "DELETE FROM "} {
		if rest, ok := strings.CutPrefix(statement, verb); ok {
			table, _, _ := strings.Cut(rest, " ")
			return table == "clients" || table == "client_uris" || table == "client_secrets"
		}
	}
	return false
}

func newClients() *clients {
	return &clients{rows: map[string]idp.Client{}, secrets: map[string][]SecretHash{}}
}

// forget empties it.
func (c *clients) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age++
	clear(c.rows)
	clear(c.secrets)
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

func (k kept) client(id string) (idp.Client, bool) {
	if k.clients == nil {
		return idp.Client{}, false
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	c, ok := k.rows[id]
	return c, ok
}

func (k kept) keepClient(c idp.Client) {
	c.RedirectURIs, c.PostLogoutRedirectURIs = slices.Clip(c.RedirectURIs), slices.Clip(c.PostLogoutRedirectURIs)
	k.keep(func() { k.rows[c.ID] = c })
}

func (k kept) secretsOf(clientID string) ([]SecretHash, bool) {
	if k.clients == nil {
		return nil, false
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	s, ok := k.secrets[clientID]
	return slices.Clone(s), ok
}

// keepSecrets keeps those of apps that have some: what strangers make up takes no memory.
func (k kept) keepSecrets(clientID string, s []SecretHash) {
	if len(s) > 0 {
		k.keep(func() { k.secrets[clientID] = s })
	}
}

func (k kept) keep(put func()) {
	if k.clients == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.clients.age == k.age {
		put()
	}
}
