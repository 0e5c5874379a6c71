package webfinger

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
)

const (
	siteDomain = "example.com"
	siteIssuer = "https://id.example.net"
)

// site is a small internet: a domain on a web server of its own, the issuer beside it, and name servers.
type site struct {
	t       *testing.T
	handle  http.HandlerFunc // of the domain and its www, by https
	plain   http.HandlerFunc // by http; nil where port 80 is closed
	issuer  http.HandlerFunc
	own     http.HandlerFunc    // the issuer's own endpoint
	names   map[string][]string // what the name servers say beside 127.0.0.1 for everything
	offline bool                // they are out of reach
	cert    certificate
	tls     func(*tls.Config)
	closed  bool // nobody is at port 443
	raw     bool // what is at port 443 speaks no TLS
	hasty   bool // the client has little patience

	domain idp.WebFingerDomain
	ask    []string
}

// certificate is what the domain's differs in from a good one.
type certificate struct {
	name     string    // another name than the asked one
	until    time.Time // another end than in two months
	stranger bool      // nobody knows who signed it
}

// newSite is a site where all is well: an endpoint that echoes, filters by rel and knows everybody.
func newSite(t *testing.T) *site {
	s := &site{t: t, names: map[string][]string{}, domain: idp.WebFingerDomain{Domain: siteDomain, Scope: idp.WebFingerWhole}}
	s.handle, s.own = s.endpoint, s.endpoint
	s.plain = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusMovedPermanently)
	}
	s.issuer = func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"issuer": "`+siteIssuer+`"}`)
	}
	return s
}

// endpoint answers as RFC 7033 wants it.
func (s *site) endpoint(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, map[string]any{"rel": Rel, "href": siteIssuer})
}

func (s *site) answer(w http.ResponseWriter, r *http.Request, links ...map[string]any) {
	out := []map[string]any{}
	for _, l := range links {
		if rel := r.URL.Query().Get("rel"); rel == "" || rel == l["rel"] {
			out = append(out, l)
		}
	}
	set(w, "Content-Type", MediaType)
	set(w, "Access-Control-Allow-Origin", "*")
	_ = json.NewEncoder(w).Encode(map[string]any{"subject": r.URL.Query().Get("resource"), "links": out})
}

// set sets a header that is not set already.
func set(w http.ResponseWriter, name, value string) {
	if _, there := w.Header()[name]; !there {
		w.Header().Set(name, value)
	}
}

// look opens the site to a client and looks at it.
func (s *site) look() Report {
	s.t.Helper()
	ca := newAuthority(s.t)
	config := outgoing.Config{Public: true, Inside: true, Roots: x509.NewCertPool(), Ports: map[uint16]uint16{}, Resolve: s.resolve}
	config.Roots.AddCert(ca.cert)
	config.Ports[443] = s.serve(s.https(), !s.closed, func(srv *httptest.Server) {
		if s.raw {
			srv.Start()
			return
		}
		srv.TLS = &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if hello.ServerName == siteDomain {
				return ca.sign(s.t, hello.ServerName, s.cert), nil
			}
			return ca.sign(s.t, hello.ServerName, certificate{}), nil
		}}
		if s.tls != nil {
			s.tls(srv.TLS)
		}
		srv.StartTLS()
	})
	config.Ports[80] = s.serve(s.plain, s.plain != nil, (*httptest.Server).Start)
	if s.hasty {
		config.Patience = 100 * time.Millisecond
	}
	return Look(s.t.Context(), CheckConfig{Client: outgoing.New(config), Issuer: siteIssuer, Clock: idp.SystemClock, Ask: s.ask}, s.domain)
}

func (s *site) https() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.Host {
		case "id.example.net":
			switch r.URL.Path {
			case Path:
				s.own(w, r)
			case "/.well-known/openid-configuration":
				s.issuer(w, r)
			default:
				http.NotFound(w, r)
			}
		default:
			s.handle(w, r)
		}
	}
}

// serve gives the port of a server; of none, where there is to be none.
func (s *site) serve(handle http.HandlerFunc, open bool, start func(*httptest.Server)) uint16 {
	s.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	port := uint16(ln.Addr().(*net.TCPAddr).Port)
	if !open {
		_ = ln.Close()
		return port
	}
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: handle, ErrorLog: log.New(io.Discard, "", 0)}}
	start(srv)
	s.t.Cleanup(srv.Close)
	return port
}

func (s *site) resolve(_ context.Context, name string) (out []netip.Addr, err error) {
	if s.offline {
		return nil, outgoing.ErrOffline
	}
	list, special := s.names[name]
	if !special {
		list = []string{"127.0.0.1"}
	}
	for _, a := range list {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

// authority signs certificates, each name's once.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	mu   sync.Mutex
	made map[string]*tls.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{made: map[string]*tls.Certificate{}}
	a.cert, a.key = issue(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotAfter: time.Now().Add(24 * time.Hour)}, nil)
	return a
}

func (a *authority) sign(t *testing.T, name string, c certificate) *tls.Certificate {
	a.mu.Lock()
	defer a.mu.Unlock()
	if made := a.made[name]; made != nil {
		return made
	}
	if c.name == "" {
		c.name = name
	}
	if c.until.IsZero() {
		c.until = time.Now().Add(60 * 24 * time.Hour)
	}
	by := a
	if c.stranger {
		by = nil
	}
	leaf, key := issue(t, &x509.Certificate{DNSNames: []string{c.name}, KeyUsage: x509.KeyUsageDigitalSignature, NotAfter: c.until}, by)
	a.made[name] = &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}
	return a.made[name]
}

func issue(t *testing.T, c *x509.Certificate, by *authority) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Error(err)
	}
	c.SerialNumber, c.Subject, c.NotBefore = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: strings.Join(c.DNSNames, "")}, time.Now().Add(-48*time.Hour)
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Error(err)
	}
	made, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Error(err)
	}
	return made, key
}
