package public

import (
	"net/http"
	"sync"
	"time"

	"hearthkey/backend/idp"
)

const (
	nonceLife    = 10 * time.Minute
	noncesAtMost = 64
	arrivalsKept = 8 // of one nonce
)

// PathReach is where a nonce is echoed, for measuring reachability.
const PathReach = "/.well-known/hearthkey/reach"

// nonces are the texts that the reach endpoint echoes: only those that this process made, so that nobody has us say anything.
type nonces struct {
	clock idp.Clock
	mu    sync.Mutex
	made  map[string]*nonce
}

type nonce struct {
	at       idp.Time
	watched  bool // peers that are turned away are looked at for it
	arrivals []Arrival
}

// Nonce makes a text that /.well-known/hearthkey/reach?nonce= echoes for ten minutes: who fetches it from outside and reads it back has reached this very process.
func (s *Server) Nonce() string {
	n := s.nonces
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.clock()
	oldest := ""
	for text, one := range n.made {
		if now.Sub(one.at) >= nonceLife {
			delete(n.made, text)
		} else if oldest == "" || one.at < n.made[oldest].at {
			oldest = text
		}
	}
	if len(n.made) >= noncesAtMost {
		delete(n.made, oldest)
	}
	text := idp.NewSecret()
	n.made[text] = &nonce{at: now}
	return text
}

// Watch has the listener behind the owner's proxy look at peers that it turns away, for a nonce that Nonce made, until end is called. end answers what came with the nonce, oldest first.
func (s *Server) Watch(text string) (end func() []Arrival) {
	n := s.nonces
	n.mu.Lock()
	defer n.mu.Unlock()
	one, ok := n.made[text]
	if !ok {
		return func() []Arrival { return nil }
	}
	one.watched = true
	return func() []Arrival {
		n.mu.Lock()
		defer n.mu.Unlock()
		one.watched = false
		return one.arrivals
	}
}

func (n *nonces) knows(text string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	one, ok := n.made[text]
	return ok && n.clock().Sub(one.at) < nonceLife
}

// watched says whether any nonce is waited for.
func (n *nonces) watched() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, one := range n.made {
		if one.watched {
			return true
		}
	}
	return false
}

// arrived keeps what came with a nonce that is waited for.
func (n *nonces) arrived(r *http.Request, a Arrival) {
	if r.URL.Path != PathReach {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if one, ok := n.made[r.URL.Query().Get("nonce")]; ok && one.watched && len(one.arrivals) < arrivalsKept {
		one.arrivals = append(one.arrivals, a)
	}
}

func (s *Server) reach(w http.ResponseWriter, r *http.Request) error {
	text := r.URL.Query().Get("nonce")
	if !s.nonces.knows(text) {
		notFound(w)
		return nil
	}
	return plain(w, text)
}

// health answers 204 when the store answers, and the store's trouble otherwise.
func (s *Server) health(w http.ResponseWriter, r *http.Request) error {
	if err := s.store.Ping(r.Context()); err != nil {
		return idp.Fail(idp.Unavailable, "public.no_store").Because(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// robots asks crawlers to stay away: there is nothing here for them.
func robots(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	return plain(w, "User-agent: *\nDisallow: /\n")
}

func plain(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte(text))
	return err
}

func (s *Server) icon(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, err := w.Write(s.favicon)
	return err
}
