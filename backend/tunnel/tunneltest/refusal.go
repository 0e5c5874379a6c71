package tunneltest

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// refusal lets the certificate authority say no.
type refusal struct {
	said atomic.Pointer[certificateRefusal]
}

type certificateRefusal struct {
	status, retryAfter int
	kind, detail       string

	held chan struct{} // no refusal but a wait, until it is closed
}

// LimitCertificates lets the authority answer each order with its limit from now on, as Let's Encrypt does after 5 certificates for a name in a week; it names
// the wait.
func (c *Cloud) LimitCertificates(seconds int) {
	c.refusal.say(&certificateRefusal{
		status: http.StatusTooManyRequests, retryAfter: seconds, kind: "rateLimited",
		detail: "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after " + time.Now().UTC().Add(time.Duration(seconds)*time.Second).Format(time.DateTime) + " UTC: see the authority's documentation",
	})
}

// RefuseCertificates lets the authority refuse each order from now on, as for a name that it never certifies.
func (c *Cloud) RefuseCertificates() {
	c.refusal.say(&certificateRefusal{status: http.StatusForbidden, kind: "rejectedIdentifier", detail: "the name is forbidden by policy"})
}

// HoldCertificates lets the authority take its time from now on: orders wait for GrantCertificates, and are answered then.
func (c *Cloud) HoldCertificates() { c.refusal.say(&certificateRefusal{held: make(chan struct{})}) }

// GrantCertificates ends LimitCertificates, RefuseCertificates and HoldCertificates.
func (c *Cloud) GrantCertificates() { c.refusal.say(nil) }

// say makes no the answer to new orders; nil takes them.
func (f *refusal) say(no *certificateRefusal) {
	if before := f.said.Swap(no); before != nil && before.held != nil {
		close(before.held)
	}
}

// before answers new orders with what is refused (RFC 8555 §6.7).
func (f *refusal) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		no := f.said.Load()
		if no == nil || !strings.HasPrefix(r.URL.Path, "/order-plz") {
			next.ServeHTTP(w, r)
			return
		}
		if no.held != nil {
			select {
			case <-no.held:
				next.ServeHTTP(w, r)
			case <-r.Context().Done():
			}
			return
		}
		if no.retryAfter > 0 {
			w.Header().Set("Retry-After", fmt.Sprint(no.retryAfter))
		}
		w.Header().Set("Replay-Nonce", "refused")
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(no.status)
		_, _ = fmt.Fprintf(w, `{"type":"urn:ietf:params:acme:error:%s","detail":%q,"status":%d}`, no.kind, no.detail, no.status)
	})
}
