//go:build bridge

package main

import (
	"crypto/subtle"
	"net/http"

	"hearthkey/backend/admin"
)

// guard refuses requests for another host, so that no name can be rebound to this address, and those that another page sent.
func (b *bridge) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
		switch {
		case r.Host != b.host:
			http.Error(w, "another host", http.StatusMisdirectedRequest)
		case origin != "" && origin != b.origin, site != "" && site != "same-origin" && site != "none":
			http.Error(w, "another origin", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// withToken lets a request pass that carries the token: in X-Bridge-Token, or in the query of what a page loads by address.
func (b *bridge) withToken(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		given := r.Header.Get("X-Bridge-Token")
		if given == "" && r.Method == http.MethodGet {
			given = r.URL.Query().Get("token")
		}
		if subtle.ConstantTimeCompare([]byte(given), []byte(b.token)) != 1 {
			http.Error(w, "no token", http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

// seen keeps the state where a desktop would show it in its tray.
func (b *bridge) seen(s admin.Status, err error) {
	if err == nil {
		b.desk.tray(stateText(s.State))
	}
}
