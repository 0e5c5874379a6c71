package main

import (
	"net/http"
	"net/url"
	"sync"
	"time"

	"hearthkey/backend/idp"
)

// Targets of the issue: CPU of one request on a machine of two cores.
const (
	overRSA        = 1.6
	besideRSA      = 150 * time.Microsecond
	targetES256    = 250 * time.Microsecond
	targetUserInfo = 80 * time.Microsecond
	targetDocument = 50 * time.Microsecond
	targetAuthz    = 300 * time.Microsecond
	tailOfMedian   = 6 // p99 at 8 workers, in medians
)

func (c costs) targetRS256() time.Duration {
	return time.Duration(overRSA * float64(c.rsa+besideRSA))
}

// perSource is how many authorizations come from one address before the next is used: 120 pages a minute are allowed.
const perSource = 100

// visits gives each authorization its browser: a signed-in one, moved to a new address in time.
type visits struct {
	mu   sync.Mutex
	w    *world
	at   []*http.Client
	used []int
}

func (w *world) visits() *visits {
	return &visits{w: w, at: make([]*http.Client, len(w.browsers)), used: make([]int, len(w.browsers))}
}

func (v *visits) browser(i int) *http.Client {
	k := i % len(v.w.browsers)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.at[k] == nil || v.used[k] == perSource {
		if v.at[k] != nil {
			v.at[k].CloseIdleConnections()
		}
		v.at[k], v.used[k] = moved(v.w.browsers[k]), 0
	}
	v.used[k]++
	return v.at[k]
}

func (v *visits) close() {
	for _, c := range v.at {
		if c != nil {
			c.CloseIdleConnections()
		}
	}
}

// flows measures what signing in takes: the authorization, the code exchange and the refresh, with apps of one algorithm. It answers the last tokens of each sign-in.
func (w *world) flows(d *daemon, alg string, workers, n int, target time.Duration) (rows []row, given []tokens, err error) {
	apps, codes := w.apps[alg], make([]string, n)
	given = make([]tokens, n)
	v := w.visits()
	defer v.close()
	app := func(i int) app { return apps[i%len(apps)] }
	for _, step := range []struct {
		what   string
		target time.Duration
		call   func(i int) error
	}{
		{"authorize", targetAuthz, func(i int) (err error) { codes[i], err = w.authorize(v.browser(i), app(i)); return err }},
		{"code exchange " + alg, target, func(i int) (err error) { given[i], err = w.exchange(app(i), codes[i]); return err }},
		{"refresh " + alg, target, func(i int) (err error) { given[i], err = w.refresh(given[i]); return err }},
	} {
		r, err := measure(d, step.what, workers, n, step.target, step.call)
		if err != nil {
			return rows, given, err
		}
		rows = append(rows, r)
	}
	return rows, given, nil
}

// level measures everything at one number of workers.
func (w *world) level(d *daemon, c costs, workers, n int) ([]row, error) {
	rows, given, err := w.flows(d, idp.RS256, workers, n, c.targetRS256())
	if err != nil {
		return nil, err
	}
	es, _, err := w.flows(d, idp.ES256, workers, n, targetES256)
	if err != nil {
		return nil, err
	}
	rows = append(rows, es[1:]...) // authorize is the same
	for _, step := range []struct {
		what   string
		n      int
		target time.Duration
		call   func(i int) error
	}{
		{"client_credentials", n, 0, func(i int) error {
			apps := w.apps[idp.RS256]
			_, err := w.token(apps[i%len(apps)], url.Values{"grant_type": {"client_credentials"}})
			return err
		}},
		{"userinfo", 4 * n, targetUserInfo, func(i int) error { return w.ask("/api/oidc/userinfo", given[i%n].Access) }},
		{"discovery", 4 * n, targetDocument, func(int) error { return w.ask("/.well-known/openid-configuration", "") }},
		{"JWKS", 4 * n, targetDocument, func(int) error { return w.ask("/.well-known/jwks.json", "") }},
	} {
		r, err := measure(d, step.what, workers, step.n, step.target, step.call)
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}
