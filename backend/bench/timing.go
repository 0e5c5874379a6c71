package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"hearthkey/backend/idp"
)

const (
	ofSource  = 8    // requests that fail from one address: ten may
	leastP    = 0.01 // of the Kolmogorov-Smirnov test, as the probes ask
	pagesOf   = 100  // pages from one address: 120 a minute may
	warmUps   = 20
	wrongBody = "they differ in their answer"
)

// pair is two kinds of requests that nobody may tell apart by how long they take, nor by their answer.
type pair struct {
	probe, what string
	perSource   int
	a, b        func() (*http.Request, error)
}

// timing compares the times of each pair: probes TK-08 and SE-10. A strange passkey (WA-10) is a finished ceremony, which 20 in a minute may be from one address; its answer is compared by the probes.
func (r *runner) timing(context.Context) error {
	if r.samples == 0 {
		return nil
	}
	known, strange := r.w.apps[idp.RS256][0], app{id: idp.NewID(idp.PrefixClient)}
	failing := func(a app) func() (*http.Request, error) {
		return func() (*http.Request, error) { return r.tokenRequest(a, idp.NewSecret()) }
	}
	hint := func(text string) func() (*http.Request, error) {
		return func() (*http.Request, error) {
			return http.NewRequest(http.MethodGet, r.w.authorizeURL(known)+"&login_hint="+url.QueryEscape(text), nil)
		}
	}
	for _, p := range []pair{
		{"TK-08", "an unknown app, and a known one with a wrong secret", ofSource, failing(known), failing(strange)},
		{"SE-10", "login_hint of somebody, and of nobody", pagesOf, hint("bench0@example.com"), hint("nobody@example.com")},
	} {
		if err := r.compare(p); err != nil {
			return fmt.Errorf("%s: %w", p.probe, err)
		}
	}
	return nil
}

func (r *runner) tokenRequest(a app, secret string) (*http.Request, error) {
	req, err := http.NewRequest(http.MethodPost, r.w.issuer+"/api/oidc/token", strings.NewReader("grant_type=authorization_code&code=x"))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(a.id, secret)
	}
	return req, err
}

// compare sends both kinds in a random order, one at a time, so that what else the machine does falls on both alike.
func (r *runner) compare(p pair) error {
	var times [2][]float64
	var answer [2]string
	var c *http.Client
	for i := range 2*r.samples + warmUps {
		if i%p.perSource == 0 {
			if c != nil {
				c.CloseIdleConnections()
			}
			c = newClient(nil)
			if _, _, err := get(c, r.w.issuer+"/robots.txt"); err != nil { // connects
				return err
			}
		}
		kind := rand.IntN(2)
		req, err := []func() (*http.Request, error){p.a, p.b}[kind]()
		if err != nil {
			return err
		}
		began := time.Now()
		res, body, err := do(c, req)
		took := time.Since(began)
		if err != nil {
			return err
		}
		if i >= warmUps {
			times[kind] = append(times[kind], took.Seconds())
			answer[kind] = fmt.Sprint(res.StatusCode, string(body))
		}
	}
	d, prob := kolmogorovSmirnov(times[0], times[1])
	same := mark(prob > leastP)
	if answer[0] != answer[1] {
		same = mark(false) + ", " + wrongBody
	}
	fmt.Printf("%s  %-55s %d and %d times, D = %.4f, p = %.3f  %s\n", p.probe, p.what, len(times[0]), len(times[1]), d, prob, same)
	return nil
}

// kolmogorovSmirnov is the two-sample statistic and the probability of one as large between samples of one distribution.
func kolmogorovSmirnov(a, b []float64) (d, p float64) {
	slices.Sort(a)
	slices.Sort(b)
	for i, j := 0, 0; i < len(a) && j < len(b); {
		at := min(a[i], b[j])
		for i < len(a) && a[i] == at {
			i++
		}
		for j < len(b) && b[j] == at {
			j++
		}
		d = max(d, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	n := math.Sqrt(float64(len(a)) * float64(len(b)) / float64(len(a)+len(b)))
	lambda := (n + 0.12 + 0.11/n) * d
	for k := 1.0; k <= 100; k++ {
		p += 2 * math.Pow(-1, k-1) * math.Exp(-2*k*k*lambda*lambda)
	}
	return d, min(1, max(0, p))
}
