package reach

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"hearthkey/backend/idp"

	"github.com/miekg/dns"
)

const host = "id.tail1234.ts.net"

// world is a public DNS and one machine on the internet.
type world struct {
	Internet
	mu       sync.Mutex
	rcode    int
	a        []string
	silent   bool
	answer   func(nonce string) string
	cert     tls.Certificate
	dropped  bool // connections are taken and ended
	accepted chan struct{}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{a: []string{"127.0.0.1"}, answer: func(nonce string) string { return nonce }, accepted: make(chan struct{}, 100)}
	w.Roots = x509.NewCertPool()
	w.Inside = true
	w.cert = w.certificate(t, host, time.Now().Add(time.Hour), true)
	w.serveNames(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.Port = strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
	srv := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		_, _ = io.WriteString(rw, w.answer(r.URL.Query().Get("nonce")))
	})}
	srv.TLSConfig = &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return &w.cert, nil
	}}
	go func() { _ = srv.ServeTLS(gate{ln, w}, "", "") }()
	t.Cleanup(func() { _ = srv.Close() })
	return w
}

// gate ends connections at once while the world drops them.
type gate struct {
	net.Listener
	w *world
}

func (g gate) Accept() (net.Conn, error) {
	conn, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	if g.w.dropped {
		_ = conn.Close()
	}
	return conn, nil
}

func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// serveNames answers over TCP alone, which a question reaches when UDP does not.
func (w *world) serveNames(t *testing.T) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{Listener: ln, Handler: dns.HandlerFunc(func(rw dns.ResponseWriter, q *dns.Msg) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.silent {
			_ = rw.Close()
			return
		}
		m := new(dns.Msg).SetRcode(q, w.rcode)
		if q.Question[0].Qtype == dns.TypeA {
			h := dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}
			for _, a := range w.a {
				m.Answer = append(m.Answer, &dns.A{Hdr: h, A: net.ParseIP(a)})
			}
		}
		_ = rw.WriteMsg(m)
	})}
	go func() { _ = srv.ActivateAndServe() }()
	t.Cleanup(func() { _ = ln.Close() })
	w.Servers = []string{ln.Addr().String()}
}

// certificate makes one for a name, by an authority of its own that the world's visitors trust or not.
func (w *world) certificate(t *testing.T, name string, until time.Time, trusted bool) tls.Certificate {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if trusted {
		w.Roots.AddCert(leaf)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}
}

// Each way in which the internet may not get in has a sentence of its own, and only our own text makes it open.
func TestPublic(t *testing.T) {
	funnel := idp.OnTailnet(idp.ModeFunnel, host, 1)
	domain := funnel
	domain.Mode = idp.ModeDomain
	for _, c := range []struct {
		what   string
		change func(*testing.T, *world)
		state  idp.ReachState
		funnel string // keys of the sentences
		domain string
	}{
		{"our text comes back", func(*testing.T, *world) {}, idp.ReachUp, "", ""},
		{"no such name", func(_ *testing.T, w *world) { w.rcode, w.a = dns.RcodeNameError, nil }, idp.ReachDown, "reach.funnel_no_name", "reach.domain_no_name"},
		{"a name without addresses", func(_ *testing.T, w *world) { w.a = nil }, idp.ReachDown, "reach.funnel_no_name", "reach.domain_no_name"},
		{"the server cannot say", func(_ *testing.T, w *world) { w.rcode, w.a = dns.RcodeServerFailure, nil }, idp.ReachUnknown, "reach.no_server", "reach.no_server"},
		{"the server is silent", func(_ *testing.T, w *world) { w.silent = true }, idp.ReachUnknown, "reach.no_server", "reach.no_server"},
		{"an address of the home", func(_ *testing.T, w *world) { w.a, w.Inside = []string{"192.168.1.5", "100.100.7.7"}, false }, idp.ReachDown, "reach.funnel_inward", "reach.domain_inward"},
		{"nothing listens", func(_ *testing.T, w *world) { w.Port = "1" }, idp.ReachDown, "reach.funnel_no_relay", "reach.domain_no_connection"},
		{"the relay drops us", func(_ *testing.T, w *world) { w.dropped = true }, idp.ReachDown, "reach.funnel_not_passed", "reach.domain_not_passed"},
		{"the certificate has ended", func(t *testing.T, w *world) { w.cert = w.certificate(t, host, time.Now().Add(-time.Minute), true) }, idp.ReachDown, "reach.certificate_ended", "reach.certificate_ended"},
		{"another name's certificate", func(t *testing.T, w *world) {
			w.cert = w.certificate(t, "login.tail1234.ts.net", time.Now().Add(time.Hour), true)
		}, idp.ReachDown, "reach.other_name", "reach.other_name"},
		{"nobody's certificate", func(t *testing.T, w *world) { w.cert = w.certificate(t, host, time.Now().Add(time.Hour), false) }, idp.ReachDown, "reach.untrusted", "reach.untrusted"},
		{"another text", func(_ *testing.T, w *world) { w.answer = func(string) string { return "welcome" } }, idp.ReachDown, "reach.other_answer", "reach.other_answer"},
		{"an old text of ours", func(_ *testing.T, w *world) { w.answer = func(string) string { return "nonce-of-yesterday" } }, idp.ReachDown, "reach.other_answer", "reach.other_answer"},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := newWorld(t)
			w.set(func() { c.change(t, w) })
			for pin, want := range map[idp.Pin]string{funnel: c.funnel, domain: c.domain} {
				f := w.Public(t.Context(), pin, "nonce-of-now")
				if f.State != c.state || f.Reason.Key != want || (f.Err == nil) != (c.state == idp.ReachUp) || (f.Took > 0) != (c.state == idp.ReachUp) {
					t.Errorf("%s: found %s by %q, took %s (%v); want %s by %q", pin.Mode, f.State, f.Reason.Key, f.Took, f.Err, c.state, want)
				}
			}
		})
	}
}

// One dead relay among several is none to a visitor.
func TestPublicGoesOnToTheNextAddress(t *testing.T) {
	w := newWorld(t)
	w.set(func() { w.a = []string{"127.0.0.2", "127.0.0.1"} })
	if f := w.Public(t.Context(), idp.OnTailnet(idp.ModeFunnel, host, 1), "n"); f.State != idp.ReachUp {
		t.Errorf("found %s: %v", f.State, f.Err)
	}
}

// A look that is broken off says nothing, so a stop never looks like a fault.
func TestBrokenOffLookKnowsNothing(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if f := w.Public(ctx, idp.OnTailnet(idp.ModeFunnel, host, 1), "n"); f.State != idp.ReachUnknown || f.Reason.Key != "" {
		t.Errorf("found %s by %q", f.State, f.Reason.Key)
	}
}

func TestInward(t *testing.T) {
	for text, want := range map[string]bool{
		"209.177.145.5": false, "2606:b740:49::105": false, "10.0.0.1": true, "192.168.1.1": true, "127.0.0.1": true, "100.64.0.1": true, "100.127.255.254": true, "100.128.0.1": false,
		"169.254.1.1": true, "fd7a:115c:a1e0::1": true, "fe80::1": true, "0.0.0.0": true, "224.0.0.1": true, "::ffff:10.0.0.1": true,
	} {
		if got := inward(mustAddr(text)); got != want {
			t.Errorf("inward(%s) is %v", text, got)
		}
	}
}
