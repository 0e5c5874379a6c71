//go:build e2e

package webfinger

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// internet is one domain, whose web server is yet to come, and the issuer with its own endpoint, both with certificates of an authority that everybody trusts.
type internet struct {
	domain           string
	port             int    // where the domain's web server speaks TLS
	cert, key, roots string // files: the domain's certificate and key, and the authority's
	issuer           string
	authority        *authority
}

func newInternet(t *testing.T, d idp.WebFingerDomain) *internet {
	t.Helper()
	in := &internet{domain: d.Domain, port: freePort(t), authority: newAuthority(t)}
	dir := folder(t)
	in.cert, in.key, in.roots = filepath.Join(dir, "cert"), filepath.Join(dir, "key"), filepath.Join(dir, "roots")
	signed := in.authority.sign(t, d.Domain, certificate{})
	key, err := x509.MarshalPKCS8PrivateKey(signed.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, in.cert, block("CERTIFICATE", signed.Certificate[0]))
	write(t, in.key, block("PRIVATE KEY", key))
	write(t, in.roots, block("CERTIFICATE", in.authority.cert.Raw))
	in.serveIssuer(t, d)
	return in
}

func block(kind string, raw []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}))
}

// serveIssuer opens the issuer, at the one name that is found without name servers.
func (in *internet) serveIssuer(t *testing.T, d idp.WebFingerDomain) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := strings.Replace(ln.Addr().String(), "127.0.0.1", "localhost", 1)
	in.issuer = "https://" + host + "/a_b-c~1"
	s := storetest.Open(t)
	d.Publisher.Kind = idp.PublisherHand
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.AddWebFingerDomain(d) })
	own := NewEndpoint(s, idp.Pin{Mode: idp.ModeDomain, Issuer: in.issuer, RPID: "localhost", HostName: host})
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, func(w http.ResponseWriter, r *http.Request) {
		if err := own.Answer(w, r); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("GET /a_b-c~1/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"issuer": "`+in.issuer+`"}`)
	})
	in.serveTLS(t, ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host { // as the issuer has it, which answers at its own name alone
			w.WriteHeader(http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	}))
}

func (in *internet) serveTLS(t *testing.T, ln net.Listener, handler http.Handler) {
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}}
	srv.TLS = &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return in.authority.sign(t, hello.ServerName, certificate{}), nil
	}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
}

// front speaks TLS for a server that does not, as Cloudflare does for a Worker.
func (in *internet) front(t *testing.T, s served) served {
	t.Helper()
	to, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(in.port)).String())
	if err != nil {
		t.Fatal(err)
	}
	in.serveTLS(t, ln, httputil.NewSingleHostReverseProxy(to))
	return s
}

// hold looks at the domain from outside: there may be nothing to find fault with but the findings that are expected, by their keys.
func (in *internet) hold(t *testing.T, d idp.WebFingerDomain, lacks string) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(in.authority.cert)
	client := outgoing.New(outgoing.Config{Public: true, Inside: true, Roots: roots, Ports: map[uint16]uint16{443: uint16(in.port), 80: 1}, Resolve: func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}})
	r := Look(t.Context(), CheckConfig{Client: client, Issuer: in.issuer, Clock: idp.SystemClock, Ask: []string{"nora", "somebody.else", "me+tag"}}, d)
	held(t, r, in.issuer, lacks)
}
