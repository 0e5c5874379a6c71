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
}

// LimitCertificates lets the authority answer each order with its limit from now on, as Let's Encrypt does after 5 certificates for a name in a week; it names
// the wait.
func (c *Cloud) LimitCertificates(seconds int) {
	c.refusal.said.Store(&certificateRefusal{
		status: http.StatusTooManyRequests, retryAfter: seconds, kind: "rateLimited",
		detail: "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after " + time.Now().UTC().Add(time.Duration(seconds)*time.Second).Format(time.DateTime) + " UTC: see the authority's documentation",
	})
}

// RefuseCertificates lets the authority refuse each order from now on, as for a name that it never certifies.
func (c *Cloud) RefuseCertificates() {
	c.refusal.said.Store(&certificateRefusal{status: http.StatusForbidden, kind: "rejectedIdentifier", detail: "the name is forbidden by policy"})
}

// GrantCertificates ends LimitCertificates and RefuseCertificates.
func (c *Cloud) GrantCertificates() { c.refusal.said.Store(nil) }

// before answers new orders with what is refused (RFC 8555 §6.7).
func (f *refusal) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		no := f.said.Load()
		if no == nil || !strings.HasPrefix(r.URL.Path, "/order-plz") {
			next.ServeHTTP(w, r)
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
