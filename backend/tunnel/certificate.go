package tunnel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"hearthkey/backend/idp"

	"tailscale.com/client/local"
)

const (
	// certFetch is how long one try to get a certificate may take where Config does not say; the check by DNS alone takes up to half a minute.
	certFetch = time.Minute
	// lastWord is how long the node may take to say what the authority answered last, after a try was given up.
	lastWord = 2 * time.Second
	// certCheck is how often the node is asked for its certificate. Nothing else renews it: the node's own loop looks only after what `tailscale serve`
	// serves. Asking is cheap, begins a renewal when one is due and gives the renewed one the next time. Hourly rather than daily, because timers stand
	// still while a laptop sleeps.
	certCheck = time.Hour
	// certWarn is how long before its end a certificate that was not renewed is a problem; renewal begins a month before.
	certWarn = 7 * 24 * time.Hour
)

// certificate is a parsed key pair for one host.
type certificate struct {
	pair tls.Certificate
	host string
}

func (c *certificate) expiry() time.Time { return c.pair.Leaf.NotAfter }

// keyring holds the certificate in use. The node would read and parse it from disk at each handshake, which halves the rate of handshakes.
type keyring struct{ current atomic.Pointer[certificate] }

// held is the certificate for host, nil if there is none.
func (k *keyring) held(host string) *certificate {
	if c := k.current.Load(); c != nil && c.host == host {
		return c
	}
	return nil
}

var errOtherName = errors.New("no certificate for that name")

// config is the TLS side of every listener. It answers to the one host name and to no other server name or none.
func (k *keyring) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			c := k.current.Load()
			if c == nil || !strings.EqualFold(hello.ServerName, c.host) {
				return nil, errOtherName
			}
			return &c.pair, nil
		},
	}
}

// fetchCertificate asks the node for host's certificate. It is issued now if there is none, over DNS. A later renewal is first tried over TLS-ALPN (RFC 8737),
// which these listeners do not answer, and then over DNS again: one refused check per renewal, against a limit of five an hour.
func fetchCertificate(ctx context.Context, n *node, host string, limit time.Duration) (*certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case <-n.refusedCert: // of an earlier try
	default:
	}
	certPEM, keyPEM, err := n.client.CertPair(ctx, host)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, n.lastRefusal(err)
	}
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("parse the certificate of %s: %w", host, err)
	}
	if err := pair.Leaf.VerifyHostname(host); err != nil {
		return nil, err
	}
	return &certificate{pair: pair, host: host}, nil
}

// certProblem says why there is no certificate, and until when the authority wants to be left alone.
func certProblem(err error, host string, until time.Time) idp.Message {
	if _, limited := limitOf(err, time.Now()); limited {
		return idp.Text("tunnel.certificate_limited", "host", host, "until", until.Local().Format("Mon 2 Jan 15:04"))
	}
	return idp.Text("tunnel.certificate_failed", "host", host, "reason", err.Error())
}

// certRetry is how long to wait after a failure: as long as the authority says, else longer each time, because failures are limited too.
func certRetry(err error) func(before int) time.Duration {
	return func(before int) time.Duration {
		if wait, limited := limitOf(err, time.Now()); limited {
			return max(wait, 10*time.Minute)
		}
		return min(5*time.Second<<min(before, 10), time.Hour)
	}
}

// lastRefusal is what the authority said before the try was given up, or err where it said nothing.
func (n *node) lastRefusal(err error) error {
	timer := time.NewTimer(lastWord)
	defer timer.Stop()
	select {
	case said := <-n.refusedCert:
		return errors.New(said)
	case <-timer.C:
		return err
	}
}

// limitForm is the end of a wait, as Let's Encrypt writes it in its refusal.
var limitForm = regexp.MustCompile(`retry after (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC`)

// limitOf says how long the authority wants to be left alone, from the answer's header or from its words.
func limitOf(err error, now time.Time) (time.Duration, bool) {
	wait, limited := local.RateLimitRetryAfter(err)
	if m := limitForm.FindStringSubmatch(err.Error()); m != nil {
		if end, err := time.Parse(time.DateTime, m[1]); err == nil {
			return max(wait, end.Sub(now)), true
		}
	}
	return wait, limited || strings.Contains(err.Error(), "rateLimited")
}
