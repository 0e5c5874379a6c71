package publisher

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
)

// testHost is an https server that has names of the internet.
type testHost struct {
	server *httptest.Server
	roots  *x509.CertPool
	at     netip.AddrPort
}

func newTestHost(t *testing.T, h http.Handler, names ...string) *testHost {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: names, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	host := &testHost{server: httptest.NewUnstartedServer(h), roots: x509.NewCertPool()}
	host.roots.AddCert(leaf)
	host.server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	host.server.StartTLS()
	t.Cleanup(host.server.Close)
	host.at = netip.MustParseAddrPort(host.server.Listener.Addr().String())
	return host
}

// client reaches the host by its names, at the port where https is.
func (h *testHost) client() *outgoing.Client {
	return outgoing.New(outgoing.Config{
		Resolve: func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{h.at.Addr()}, nil },
		Roots:   h.roots, Inside: true, Ports: map[uint16]uint16{443: h.at.Port()},
	})
}

// failed expects an idp.Error by its key, with every place filled.
func failed(t *testing.T, err error, code idp.Code, field, key string) {
	t.Helper()
	var known *idp.Error
	if !errors.As(err, &known) || known.Code != code || known.Field != field || known.Message.Key != key || strings.Contains(known.Error(), "{") {
		t.Fatalf("%v, want %s %s on %q", err, code, key, field)
	}
}
