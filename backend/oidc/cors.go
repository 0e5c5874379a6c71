package oidc

import (
	"net/http"
	"slices"

	"hearthkey/backend/idp"
)

// preflightAge is how long a browser remembers an answer to its preflight, in seconds.
const preflightAge = "600"

// Preflight answers a browser that asks whether a page of another origin may call an endpoint (Fetch §3.2.2). The app is not known yet, so any public app's origin may ask; the answer to the call itself is for the app's own alone.
func (p *Provider) Preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Origin")
	if origin := originOf(r); origin != "" {
		known, err := p.store.IsOrigin(r.Context(), origin)
		if err != nil {
			p.trouble(w, r, err)
			return
		}
		if known {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			h.Set("Access-Control-Max-Age", preflightAge)
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// PublicPreflight is Preflight for the documents that everybody may read.
func (p *Provider) PublicPreflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "*")
	h.Set("Access-Control-Max-Age", preflightAge)
	w.WriteHeader(http.StatusNoContent)
}

// allowOrigin lets the pages of a public app read the answer, where they are of its own origins. Never with credentials: these endpoints read no cookie. Pages of confidential apps have no business here, since a secret in a browser is none.
func allowOrigin(w http.ResponseWriter, r *http.Request, c idp.Client) {
	origin := originOf(r)
	if origin == "" || c.Disabled() || !slices.Contains(c.Origins(), origin) {
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After")
}

// originOf is the one Origin that a browser sent. null is that of sandboxed pages and files: nobody's, and so never allowed.
func originOf(r *http.Request) string {
	origins := r.Header.Values("Origin")
	if len(origins) != 1 || origins[0] == "null" {
		return ""
	}
	return origins[0]
}
