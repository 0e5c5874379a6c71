package tunneltest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"tailscale.com/types/logger"
)

// startAuthority starts Pebble, Let's Encrypt's test authority, with DNS and the edge as its view of the internet.
func (c *Cloud) startAuthority(t testing.TB) {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	t.Setenv("PEBBLE_AUTHZREUSE", "0")
	lg := log.New(lines{c.opts.Logf}, "pebble: ", 0)
	store := db.NewMemoryStore()
	authority := ca.New(lg, store, "", "ecdsa", 0, 1, map[string]ca.Profile{
		"default": {Description: "default", ValidityPeriod: uint64(c.opts.CertLife / time.Second)},
	})
	checks := va.New(lg, 1, c.edge.port(), false, c.names.addr, store)
	front := wfe.New(lg, store, checks, authority, []string{"pebble.test"}, false, false, 1, 1)

	root := authority.GetRootCert(0)
	c.roots = x509.NewCertPool()
	c.roots.AddCert(root.Cert)
	h := sha256.Sum256(authority.GetIntermediateCert(0).Cert.RawSubjectPublicKeyInfo)
	c.issuerSPKI = base64.StdEncoding.EncodeToString(h[:])

	api := trustedAPI()
	c.caFile = filepath.Join(c.dir, "authorities.pem")
	if err := os.WriteFile(c.caFile, append(root.PEM(), api.pem...), 0o600); err != nil {
		t.Fatal(err)
	}
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{api.leaf}})
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: c.refusal.before(asBoulder(front.Handler())), ErrorLog: silent}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(closeServer(srv))
	c.acmeURL = "https://" + ln.Addr().String() + wfe.DirectoryPath
}

// asBoulder makes Pebble answer as Let's Encrypt's own server does where Tailscale's client depends on it: finalizing names the order's address
// (RFC 8555 §7.4). An order is told a moment later, when the check is over, because the client asks again only after a whole second.
func asBoulder(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, ok := strings.CutPrefix(r.URL.Path, "/finalize-order/"); ok {
			w.Header().Set("Location", "https://"+r.Host+"/my-order/"+id)
		}
		if strings.HasPrefix(r.URL.Path, "/my-order/") {
			time.Sleep(20 * time.Millisecond)
		}
		api.ServeHTTP(w, r)
	})
}

// apiIdentity is the certificate of the ACME server itself, which must be https.
type apiIdentity struct {
	pem  []byte
	leaf tls.Certificate
}

// trustedAPI makes that certificate once per process and lets the default HTTP client, which Tailscale's ACME client uses, trust it. Once, because
// the client may not be changed under connections of an earlier cloud.
var trustedAPI = sync.OnceValue(func() apiIdentity {
	api, err := newAPIIdentity()
	if err != nil {
		panic(err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM(api.pem)
	http.DefaultTransport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool}
	return api
})

func newAPIIdentity() (apiIdentity, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return apiIdentity{}, err
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ACME server of a test"},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	if err != nil {
		return apiIdentity{}, err
	}
	return apiIdentity{
		pem:  pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		leaf: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k},
	}, nil
}

// lines writes a log's lines to a Logf.
type lines struct{ logf logger.Logf }

func (l lines) Write(b []byte) (int, error) {
	l.logf("%s", strings.TrimSpace(string(b)))
	return len(b), nil
}
