package public

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/signin"
	"hearthkey/backend/store"
)

// pathWebAuthn is where browsers ask a host which origins may use its passkeys (WebAuthn Level 3 §5.11).
const pathWebAuthn = "/.well-known/webauthn"

// formerRoutes is everything that a former host still answers: where its passkeys may be used, our own measuring, and the way to the issuer for people. Apps get nothing: an issuer other than their own is an error for them (OIDC Discovery §4.3).
func (s *Server) formerRoutes(pages *signin.Pages) []route {
	list := []route{
		{method: http.MethodGet, path: pathWebAuthn, audience: protocol, class: classFree, handle: s.relatedOrigins},
		{method: http.MethodGet, path: "/.well-known/hearthkey/reach", audience: protocol, class: classProbe, handle: s.reach},
		{method: http.MethodGet, path: oidc.PathAuthorize, class: classPage, handle: pages.Moved},
		{method: http.MethodGet, path: "/assets/{name}", class: classFree, handle: pages.Asset},
		{method: http.MethodGet, path: "/favicon.ico", class: classFree, handle: s.icon},
	}
	for _, path := range []string{"/{$}", "/sign-in", "/account", "/invite/{secret}", oidc.PathDevice} {
		list = append(list, route{method: http.MethodGet, path: path, class: classPage, handle: s.toIssuer})
	}
	return list
}

// newFormerMux makes a multiplexer that answers anything else as for a host that leads here by mistake.
func (s *Server) newFormerMux(list []route) *http.ServeMux {
	mux := http.NewServeMux()
	for _, rt := range list {
		at := methods{rt.method: rt}
		mux.HandleFunc(rt.method+" "+rt.path, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, at) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { misdirected(w) })
	return mux
}

// elsewhere answers for every other host than the issuer's.
func (s *Server) elsewhere(w http.ResponseWriter, r *http.Request, visitor func(*http.Request) idp.Visitor) {
	if s.formerMux == nil || !isPlain(r.URL) || !s.formers.have(r.Context(), strings.ToLower(r.Host)) {
		misdirected(w)
		return
	}
	s.formerMux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, visitor)))
}

func misdirected(w http.ResponseWriter) { w.WriteHeader(http.StatusMisdirectedRequest) } // RFC 9110 §15.5.20

// relatedOrigins says that the issuer's pages may use the passkeys of this former host.
func (s *Server) relatedOrigins(w http.ResponseWriter, _ *http.Request) error {
	raw, err := json.Marshal(map[string][]string{"origins": {s.pin.Issuer}})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(raw)
	return err
}

// toIssuer sends a person to the same page of the issuer, not for good: the owner may move back.
func (s *Server) toIssuer(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, s.pin.Issuer+r.URL.RequestURI(), http.StatusFound)
	return nil
}

// formers are the hosts that were the issuer before, as last read: strangers' wrong Hosts must not cost a look into the database each.
type formers struct {
	store *store.Store
	mu    sync.Mutex
	seen  int64 // the change that they were read after
	hosts map[string]bool
}

func (f *formers) have(ctx context.Context, host string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if change := f.store.Change(); change != f.seen {
		list, err := f.store.Formers(ctx)
		if err != nil {
			return false
		}
		f.seen, f.hosts = change, map[string]bool{}
		for _, former := range list {
			f.hosts[former.Pin.HostName] = true
		}
	}
	return f.hosts[host]
}
