package webfinger

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Path is where clients ask (RFC 7033 §10.1).
const Path = "/.well-known/webfinger"

// Endpoint answers on the issuer's own host: for the domains on the list, whose web servers may send clients here, and for the host itself. It is for https alone (RFC 7033 §4).
type Endpoint struct {
	store *store.Store
	pin   idp.Pin

	mu      sync.Mutex
	seen    int64 // the change that domains were read after
	domains map[string]idp.WebFingerDomain
}

// NewEndpoint makes the endpoint of an issuer.
func NewEndpoint(s *store.Store, pin idp.Pin) *Endpoint {
	return &Endpoint{store: s, pin: pin}
}

// Answer answers GET and HEAD: 400 for a question that is none (RFC 7033 §4.2), 404 for a resource of which nothing is known.
func (e *Endpoint) Answer(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Access-Control-Allow-Origin", "*") // RFC 7033 §5
	q, ok := ParseQuestion(r.URL.RawQuery)
	if !ok {
		refuse(w, http.StatusBadRequest)
		return nil
	}
	answer, ok, err := e.About(r.Context(), q)
	if err != nil {
		return err
	}
	if !ok {
		refuse(w, http.StatusNotFound)
		return nil
	}
	w.Header().Set("Content-Type", MediaType)
	_, err = w.Write(answer.Text())
	return err
}

// About is the answer to a question; ok is false where nothing is known of the resource.
func (e *Endpoint) About(ctx context.Context, q Question) (answer Document, ok bool, err error) {
	if resource := strings.TrimSuffix(q.Resource, "/"); resource == e.pin.Issuer { // OpenID Connect Discovery §2.1.2
		return q.narrow(Merge(Document{}, "", e.pin.Issuer)), true, nil
	}
	_, domain := SplitAccount(q.Resource)
	d, ok, err := e.domain(ctx, domain)
	if err != nil || !ok {
		return Document{}, false, err
	}
	answer, ok = Answer(d, e.pin.Issuer, q)
	return answer, ok, nil
}

// domain looks one up in the list as it was read after the newest change: strangers' questions must not cost a look into the database each.
func (e *Endpoint) domain(ctx context.Context, name string) (idp.WebFingerDomain, bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if change := e.store.Change(); change != e.seen || e.domains == nil {
		list, err := e.store.WebFingerDomains(ctx)
		if err != nil {
			return idp.WebFingerDomain{}, false, err
		}
		e.seen, e.domains = change, map[string]idp.WebFingerDomain{e.pin.RPID: {Domain: e.pin.RPID, Scope: idp.WebFingerWhole}}
		for _, d := range list {
			e.domains[d.Domain] = d
		}
	}
	d, ok := e.domains[name]
	return d, ok, nil
}

// Preflight answers OPTIONS: everybody's pages may ask.
func (e *Endpoint) Preflight(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "*")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(http.StatusText(status) + "\n"))
}
