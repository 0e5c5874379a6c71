package public

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"hearthkey/backend/idp"
)

// methods are the routes of one path.
type methods map[string]route

func (m methods) of(method string) (route, bool) {
	if method == http.MethodHead {
		rt, ok := m[http.MethodGet]
		return rt, ok && !rt.acts
	}
	rt, ok := m[method]
	return rt, ok
}

func (m methods) allow() string {
	var names []string
	for name, rt := range m {
		names = append(names, name)
		if name == http.MethodGet && !rt.acts {
			names = append(names, http.MethodHead)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// newMux makes a multiplexer of the list, with one entry for each path and one for all others.
func (s *Server) newMux(list []route) *http.ServeMux {
	mux, paths := http.NewServeMux(), map[string]methods{}
	for _, rt := range list {
		at, ok := paths[rt.path]
		if !ok {
			at = methods{}
			paths[rt.path] = at
			mux.HandleFunc(rt.path, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, at) })
		}
		at[rt.method] = rt
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { notFound(w) })
	return mux
}

type visitorKey struct{}

// dispatch finds the route. Who visits is asked only for one that exists, because the answer may take the tailnet a moment.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, visitor func(*http.Request) idp.Visitor) {
	switch {
	case !s.isOurHost(r):
		s.elsewhere(w, r, visitor)
	case !isPlain(r.URL):
		notFound(w)
	default:
		s.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, visitor)))
	}
}

// isPlain says whether a path is spelled as our routes are. The multiplexer would redirect or decode other spellings; here they do not exist.
func isPlain(u *url.URL) bool {
	return u.RawPath == "" && strings.HasPrefix(u.Path, "/") && u.Path == path.Clean(u.Path)
}

// answer takes a request for a known path through the steps of the package's doc comment.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, at methods) {
	rt, ok := at.of(r.Method)
	if !ok {
		w.Header().Set("Allow", at.allow())
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if rt.acts && isAhead(r) { // the browser asks again when somebody goes there
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	visitor, _ := r.Context().Value(visitorKey{}).(func(*http.Request) idp.Visitor)
	r = r.WithContext(idp.WithVisitor(r.Context(), visitor(r)))
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	s.setHeaders(w.Header(), rt.isolated)
	t := &tracker{ResponseWriter: w}
	defer s.recovered(t, r, rt)
	err := s.admit(r, rt)
	if err == nil {
		err = s.handle(t, r, rt)
	}
	if err != nil {
		s.fail(t, r, rt, err)
	}
}

// handle answers by the route, or by the page that says that sign-in from the internet is paused.
func (s *Server) handle(w http.ResponseWriter, r *http.Request, rt route) error {
	if network := idp.VisitorOf(r.Context()).Network; rt.pausable && network != idp.NetworkTailnet && network != idp.NetworkLocal {
		if until, on := s.paused(); on {
			return s.pausePage(w, r, until)
		}
	}
	return rt.handle(w, r)
}

// isAhead says whether a browser only fetches or renders a page that somebody may go to (Fetch, Sec-Purpose): that may use up a pushed request, or sign somebody out, for nobody.
func isAhead(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch") || r.Header.Get("Purpose") == "prefetch" || r.Header.Get("X-Moz") == "prefetch"
}

// admit refuses what comes from no page of ours, and what comes too often. Where credentials are at stake, a visitor whom no listener vouches for is refused too.
func (s *Server) admit(r *http.Request, rt route) error {
	if rt.origin {
		if err := s.checkOrigin(r); err != nil {
			return err
		}
	}
	v := idp.VisitorOf(r.Context())
	if v.Network == "" && rt.class.credential() {
		return idp.Fail(idp.Unavailable, "public.no_visitor")
	}
	if wait, blocked := s.limits.visit(rt.class, v); blocked {
		return tooMany{wait}
	}
	return nil
}

// notFound is the one answer to every unknown path. It is not logged, and costs what it weighs.
func notFound(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte("Not found\n"))
}
