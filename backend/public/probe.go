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
)

// nonces are the texts that the reach endpoint echoes: only those that this process made, so that nobody has us say anything.
type nonces struct {
	clock idp.Clock
	mu    sync.Mutex
	made  map[string]idp.Time
}

// Nonce makes a text that /.well-known/hearthkey/reach?nonce= echoes for ten minutes: who fetches it from outside and reads it back has reached this very process.
func (s *Server) Nonce() string {
	n := s.nonces
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.clock()
	oldest := ""
	for text, at := range n.made {
		if now.Sub(at) >= nonceLife {
			delete(n.made, text)
		} else if oldest == "" || at < n.made[oldest] {
			oldest = text
		}
	}
	if len(n.made) >= noncesAtMost {
		delete(n.made, oldest)
	}
	text := idp.NewSecret()
	n.made[text] = now
	return text
}

func (n *nonces) knows(text string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	at, ok := n.made[text]
	return ok && n.clock().Sub(at) < nonceLife
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
