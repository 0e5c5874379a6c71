package backend_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"hearthkey/backend"
	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
	way "hearthkey/backend/reach"
)

// proxyHost is what the certificate of httptest is for.
const proxyHost = "example.com"

// frontDoor is a reverse proxy with TLS in front of a provider, whose settings a test gets wrong.
type frontDoor struct {
	*httptest.Server
	upstream *url.URL
	rewrite  atomic.Value // func(*httputil.ProxyRequest)
	silent   atomic.Bool  // it answers itself
}

// rightly is what the lines that the owner pastes do.
func rightly(r *httputil.ProxyRequest) {
	r.Out.Host = r.In.Host
	r.SetXForwarded()
}

func newFrontDoor(t *testing.T) *frontDoor {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &frontDoor{upstream: &url.URL{Scheme: "http", Host: ln.Addr().String()}}
	_ = ln.Close() // a port that is free a moment later
	f.rewrite.Store(rightly)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(f.upstream)
		f.rewrite.Load().(func(*httputil.ProxyRequest))(r)
	}, Transport: &http.Transport{DisableKeepAlives: true}, ErrorLog: log.New(io.Discard, "", 0)}
	f.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.silent.Load() {
			http.NotFound(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

// hostName is the issuer's, with the port that the proxy has here.
func (f *frontDoor) hostName() string {
	_, port, _ := net.SplitHostPort(f.Listener.Addr().String())
	return proxyHost + ":" + port
}

func (f *frontDoor) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(f.Certificate())
	return pool
}

// behindProxy is a provider that left the trial for a name of the owner's own.
func behindProxy(t *testing.T) (*backendtest.Provider, *frontDoor) {
	t.Helper()
	f := newFrontDoor(t)
	p := backendtest.Start(t, func(o *backend.Options) {
		_, port, _ := net.SplitHostPort(f.hostName())
		o.Internet = way.Internet{Servers: []string{backendtest.NameServer(t)}, Port: port, Roots: f.roots(), Inside: true}
	})
	p.Owner() // a passkey of the trial
	s, err := p.Admin.PinDomain(t.Context(), admin.DomainInput{HostName: f.hostName(), Listen: f.upstream.Host})
	if err != nil || s.Problem != "" || s.TrialOnly != 1 || s.OwnerReady {
		t.Fatalf("left the trial: %+v (%v)", s, err)
	}
	p.Issuer = s.Pin.Issuer
	p.Through = func(transport *http.Transport) {
		dial := transport.DialContext
		transport.TLSClientConfig = &tls.Config{RootCAs: f.roots(), MinVersion: tls.VersionTLS12}
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			return dial(ctx, network, strings.Replace(address, proxyHost, "127.0.0.1", 1))
		}
	}
	return p, f
}

// TestOwnDomain signs a person in to an app through a reverse proxy, over https and with a passkey, and finds them in Activity by their own address.
func TestOwnDomain(t *testing.T) {
	p, _ := behindProxy(t)
	app := p.App()
	b := p.Person().Browser(p)
	tokens := app.Redeem(b.Authorize(app))
	if claims := tokens.Claims(); claims["iss"] != p.Issuer {
		t.Errorf("the ID token is of %v", claims["iss"])
	}
	events := p.Events(idp.EventSignedIn)
	if len(events) == 0 || events[0].Network != idp.NetworkPublic || events[0].Detail["source"] != b.Source.String() {
		t.Errorf("signed in: %+v, want %s", events, b.Source)
	}
	for _, c := range b.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("cookie %s", c.Name)
		}
	}
	p.Restart()
	if again := b.Authorize(app); again.Code == "" {
		t.Errorf("after a restart: %+v", again)
	}
}

// TestCheckDomain finds each thing that the owner can get wrong, by a proxy that gets it wrong.
func TestCheckDomain(t *testing.T) {
	p, f := behindProxy(t)
	check := func() (found map[string]admin.DomainFinding, wrong []string) {
		t.Helper()
		c, err := p.Admin.CheckDomain(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found = map[string]admin.DomainFinding{}
		for _, one := range c.Findings {
			found[one.Key] = one
			if one.State != "ok" && one.Key != "name" { // the name leads to this machine, as a test's must
				wrong = append(wrong, one.Key+" "+one.State)
			}
		}
		return found, wrong
	}
	for _, tt := range []struct {
		name, wrong string
		rewrite     func(*httputil.ProxyRequest)
	}{
		{"all right", "", rightly},
		{"appended", "", func(r *httputil.ProxyRequest) {
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
			rightly(r)
		}},
		{"no address", "address danger", func(r *httputil.ProxyRequest) { rightly(r); r.Out.Header.Del("X-Forwarded-For") }},
		{"garbage", "address danger", func(r *httputil.ProxyRequest) { rightly(r); r.Out.Header.Set("X-Forwarded-For", "me") }},
		{"no scheme", "scheme danger", func(r *httputil.ProxyRequest) { rightly(r); r.Out.Header.Del("X-Forwarded-Proto") }},
		{"http", "scheme danger", func(r *httputil.ProxyRequest) { rightly(r); r.Out.Header.Set("X-Forwarded-Proto", "http") }},
		{"its own Host", "host danger", func(r *httputil.ProxyRequest) { rightly(r); r.Out.Host = "" }},
		{"the visitor's word", "forged danger", func(r *httputil.ProxyRequest) {
			rightly(r)
			if said := r.In.Header["X-Forwarded-For"]; said != nil {
				r.Out.Header["X-Forwarded-For"] = said
			}
		}},
		{"Forwarded passed on", "forged warn", func(r *httputil.ProxyRequest) {
			rightly(r)
			if said := r.In.Header["Forwarded"]; said != nil {
				r.Out.Header["Forwarded"] = said
			}
		}},
	} {
		f.rewrite.Store(tt.rewrite)
		found, wrong := check()
		if strings.Join(wrong, ", ") != tt.wrong {
			t.Errorf("%s: %q, want %q", tt.name, wrong, tt.wrong)
		}
		for _, one := range found {
			if one.State != "ok" && one.Key != "name" && (len(one.Mend) != 3 || one.Detail == "") {
				t.Errorf("%s: no way to mend %+v", tt.name, one)
			}
		}
	}
	f.rewrite.Store(rightly)
	f.silent.Store(true)
	if found, wrong := check(); !slices.Equal(wrong, []string{"answer danger"}) || !strings.Contains(found["answer"].Title, "404") {
		t.Errorf("something else answers: %v %+v", wrong, found["answer"])
	}
	f.silent.Store(false)

	ctx := t.Context()
	set := func(in admin.DomainInput) admin.Status {
		t.Helper()
		s, err := p.Admin.SetDomain(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	set(admin.DomainInput{Listen: f.upstream.Host, Proxies: []string{"192.168.1.20"}})
	if found, wrong := check(); !slices.Equal(wrong, []string{"peer danger"}) || found["peer"].Add != "127.0.0.1" {
		t.Errorf("a proxy that is not named: %v %+v", wrong, found["peer"])
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	if _, err := p.Admin.SetDomain(ctx, admin.DomainInput{Listen: taken.Addr().String()}); idp.CodeOf(err) != idp.Conflict {
		t.Errorf("a port that is taken answers %v", err)
	}
	if _, err := p.Admin.SetDomain(ctx, admin.DomainInput{Listen: "198.51.100.1:1411", Proxies: []string{"127.0.0.1"}}); idp.CodeOf(err) != idp.Invalid {
		t.Errorf("an address of another machine answers %v", err)
	}
	set(admin.DomainInput{Listen: f.upstream.Host}) // the listener follows at once
	if _, wrong := check(); len(wrong) > 0 {
		t.Errorf("named again: %v", wrong)
	}
	f.Close()
	if _, wrong := check(); !slices.Equal(wrong, []string{"connection danger"}) {
		t.Errorf("no proxy: %v", wrong)
	}
}
