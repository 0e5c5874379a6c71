package tunneltest

import (
	"context"
	"crypto/x509"
	"net/http"
	"strconv"
	"testing"
	"time"

	"tailscale.com/envknob"
	"tailscale.com/net/netns"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/logger"
)

// DefaultDomain is the tailnet's domain where Options names no other.
const DefaultDomain = "tail1234.ts.net"

// Options change what kind of tailnet it is. The zero value is an ordinary one: HTTPS and Funnel are on, and nodes join without a login.
type Options struct {
	Domain    string        // MagicDNS domain; DefaultDomain if empty
	Login     bool          // nodes join by the login page, see Cloud.CompleteLogin
	Approval  bool          // machines wait for Cloud.Approve
	AuthKey   string        // if set, nodes join by this auth key and by nothing else
	NoHTTPS   bool          // the tailnet gives out no certificates until Cloud.Allow
	NoFunnel  bool          // the tailnet allows no Funnel until Cloud.Allow
	EnableURL string        // the page that the control server names for switching HTTPS and Funnel on
	CertLife  time.Duration // life of certificates; 90 days if zero
	Logf      logger.Logf   // where the parts log; nowhere if nil
}

// Cloud is a running tailnet. It ends with the test that started it.
type Cloud struct {
	opts    Options
	dir     string // scratch
	control *testcontrol.Server
	base    string // the control server's URL
	names   *names
	edge    *edge
	porter  *porter
	refusal refusal // of the certificate authority

	controlGate, edgeGate, relayGate *gate

	acmeURL    string
	caFile     string         // PEM of all authorities, for SSL_CERT_FILE
	roots      *x509.CertPool // who signs the nodes' certificates
	issuerSPKI string         // SHA-256 of the signing key, base64
}

// Start brings a tailnet up and takes it down when the test ends. It sets this process's environment, so that a node started here joins it; for
// the same reason it cannot be used in parallel tests.
func Start(t testing.TB, opts Options) *Cloud {
	t.Helper()
	if opts.Domain == "" {
		opts.Domain = DefaultDomain
	}
	if opts.Logf == nil {
		opts.Logf = logger.Discard
	}
	netns.SetEnabled(false)                                 // loopback is reached without choosing an interface
	envknob.Setenv("TS_ASSUME_NETWORK_UP_FOR_TEST", "true") // a machine without a default route is good enough
	if !testing.Testing() {
		envknob.SetNoLogsNoSupport() // within a test no logs are sent anyway
	}
	c := &Cloud{opts: opts, dir: t.TempDir()}
	relays := c.startRelay(t)
	c.startControl(t, relays)
	c.listenEdge(t)
	c.startNames(t)
	c.startAuthority(t)
	t.Setenv("TS_CONTROL_URL", c.base)
	t.Setenv("TS_DEBUG_ACME_DIRECTORY_URL", c.acmeURL)
	c.startEdge(t)
	c.control.RequireMachineAuth = c.opts.Approval // the edge is in
	c.control.NumNodes()                           // by whose lock the next registration sees it
	return c
}

// Env is the environment, as "KEY=value", by which another process joins this tailnet.
func (c *Cloud) Env() []string {
	return []string{
		"TS_CONTROL_URL=" + c.base,
		"TS_DEBUG_ACME_DIRECTORY_URL=" + c.acmeURL,
		"SSL_CERT_FILE=" + c.caFile,
		"TS_NO_LOGS_NO_SUPPORT=true",
		"TS_ASSUME_NETWORK_UP_FOR_TEST=true",
		"HEARTHKEY_TEST_DNS=" + c.names.addr,
		"HEARTHKEY_TEST_PORT=" + strconv.Itoa(c.edge.port()),
	}
}

// DNSAddr is the TCP address of the public name server, where every name leads to this machine; the edge answers there on the port of EdgeAddr.
func (c *Cloud) DNSAddr() string { return c.names.addr }

// ControlURL is where the control server listens.
func (c *Cloud) ControlURL() string { return c.base }

// FQDN is the full name, without a trailing dot, of the node that asked for host.
func (c *Cloud) FQDN(host string) string { return host + "." + c.opts.Domain }

// Roots are the authorities that sign the certificates of nodes.
func (c *Cloud) Roots() *x509.CertPool { return c.roots }

// RootsFile is a PEM file with the same authorities, for programs that want one.
func (c *Cloud) RootsFile() string { return c.caFile }

// WaitFor blocks until the edge can relay to the node called fqdn, as the real edge's DNS names only nodes that are ready. It fails the test after a minute.
func (c *Cloud) WaitFor(t testing.TB, fqdn string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.edge.waitFor(ctx, fqdn); err != nil {
		t.Fatalf("the edge cannot reach %s: %v", fqdn, err)
	}
}

// EdgeAddr is the TCP address of the Funnel edge: where every public name would point.
func (c *Cloud) EdgeAddr() string { return c.edge.ln.Addr().String() }

func closeServer(s *http.Server) func() { return func() { _ = s.Close() } }
