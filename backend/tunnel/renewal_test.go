package tunnel

import (
	"crypto/x509"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/tunnel/tunneltest"
)

func TestRenewalIsTakenUp(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := online(t, cloud, Config{})
	ends := h.Snapshot().CertExpiry
	other := time.Now().Add(3 * idp.Day).Truncate(time.Second)
	hold(h.Tunnel, other)
	waitFor(t, h.Tunnel, "told of the other end", func(s idp.Tunnel) bool { return s.CertExpiry == idp.At(other) })
	h.tell((*run).renew)
	waitFor(t, h.Tunnel, "told of the node's certificate", func(s idp.Tunnel) bool { return s.CertExpiry == ends })
}

func TestEndedCertificateIsReplaced(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := online(t, cloud, Config{})
	ends := h.Snapshot().CertExpiry
	seen := h.Subscribe(t.Context())
	<-seen
	hold(h.Tunnel, time.Now().Add(-time.Minute))
	for s := range seen {
		if s.State == idp.TunnelOnline && s.CertExpiry == ends {
			return
		}
		if s.State != idp.TunnelDegraded || !says(s.Problem, "tunnel.certificate_ended") {
			t.Errorf("meanwhile: %+v", s)
		}
	}
}

// hold makes the certificate in use one that ends at another time.
func hold(u *Tunnel, ends time.Time) {
	u.tell(func(r *run) {
		c := *r.keys.current.Load()
		leaf := new(x509.Certificate)
		*leaf = *c.pair.Leaf
		leaf.NotAfter = ends
		c.pair.Leaf = leaf
		r.keys.current.Store(&c)
	})
}

func TestListenerThatIsLeftOpensAgain(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := newHouse(t)
	h.configure(t, Config{})
	h.pin(cloud.FQDN("id"))
	var left atomic.Bool
	h.cfg.Serve = func(e Endpoint) error {
		if !e.Redirect && left.CompareAndSwap(false, true) {
			return errors.New("the server broke")
		}
		return serveVisitor(e)
	}
	start(t, h.Tunnel)
	if s := wait(t, h.Tunnel, idp.TunnelDegraded); !says(s.Problem, "tunnel.not_served") {
		t.Errorf("problem is %q", s.Problem)
	}
	wait(t, h.Tunnel, idp.TunnelOnline)
	member, _ := cloud.Member(t, "alice-laptop")
	ask(t, member, "https://"+cloud.FQDN("id"))
}

func TestServerThatShutsDownEndsQuietly(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := newHouse(t)
	h.configure(t, Config{})
	h.pin(cloud.FQDN("id"))
	h.cfg.Serve = func(Endpoint) error { return http.ErrServerClosed }
	start(t, h.Tunnel)
	wait(t, h.Tunnel, idp.TunnelDegraded)
	h.Stop()
	if s := h.Snapshot(); s.State != idp.TunnelOff || s.Problem != "" {
		t.Errorf("stopped: %+v", s)
	}
}
