package outgoing

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hearthkey/backend/idp"
)

// here resolves every name to this machine.
func here(context.Context, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

func portAt(s *httptest.Server) string {
	u, err := url.Parse(s.URL)
	if err != nil {
		panic(err)
	}
	return u.Port()
}

func serve(t *testing.T, handle http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s
}

func TestDo(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || string(body) != "a=b" || r.Header.Get("Content-Type") != "text/x" || r.Header.Get("User-Agent") != "Hearthkey" || r.Header.Get("Cookie") != "" || !strings.HasPrefix(r.Host, "notes.lan:") {
			t.Errorf("%s %s %v %q", r.Method, r.Host, r.Header, body)
		}
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short")
	})
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // by no proxy, whatever the environment says
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	c := New(Config{Resolve: here})
	a, err := c.Do(t.Context(), Request{Method: http.MethodPost, URL: "http://notes.lan:" + portAt(s) + "/x", Header: http.Header{"Content-Type": {"text/x"}}, Body: []byte("a=b")})
	if err != nil || a.Status != http.StatusTeapot || a.Header.Get("X-Answer") != "yes" || string(a.Body) != "short" {
		t.Errorf("%+v %v", a, err)
	}
}

// TestRefusedIsNotDialled looks from the other side: the refused never see a connection.
func TestRefusedIsNotDialled(t *testing.T) {
	var seen atomic.Int32
	s := serve(t, func(http.ResponseWriter, *http.Request) { seen.Add(1) })
	s.Config.ConnState = func(net.Conn, http.ConnState) { seen.Add(1) }
	port := portAt(s)
	for address, tt := range map[string]struct {
		reason string
		cfg    Config
	}{
		"http://app.example.com:" + port: {"inward", Config{Resolve: here}},
		"http://localhost:" + port:       {"own", Config{Own: func(host string, p uint16) bool { return host == "127.0.0.1" }}},
		"http://0.0.0.0:" + port:         {"nowhere", Config{}},
		"http://[::]:" + port:            {"nowhere", Config{}},
		"http://2130706433:" + port:      {"number", Config{}},
		"http://u@127.0.0.1:" + port:     {"address", Config{}},
	} {
		if _, err := New(tt.cfg).Do(t.Context(), Request{Method: http.MethodGet, URL: address}); Reason(err) != tt.reason || err.Error() == "" || strings.Contains(err.Error(), "{") {
			t.Errorf("%s: %v, want %s", address, err, tt.reason)
		}
	}
	if n := seen.Load(); n != 0 {
		t.Errorf("%d signs of a connection", n)
	}
}

// TestRebinding has DNS answer otherwise the second time. There is no second time.
func TestRebinding(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the second answer was dialled") })
	dialled := make(chan string, 1)
	asked := 0
	c := New(Config{
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			asked++
			if asked > 1 {
				return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
			}
			return []netip.Addr{netip.MustParseAddr("100.64.0.5")}, nil
		},
		Tailnet: func() Tailnet {
			return Tailnet{Dial: func(_ context.Context, _, address string) (net.Conn, error) {
				dialled <- address
				return nil, errors.New("no")
			}}
		},
	})
	_, err := c.Do(t.Context(), Request{Method: http.MethodGet, URL: "http://app.example.com:" + portAt(s), Inward: true})
	if Reason(err) != "unreachable" || asked != 1 || <-dialled != "100.64.0.5:"+portAt(s) {
		t.Errorf("%v after %d questions", err, asked)
	}
}

// TestTailnet goes through the node to addresses of the tailnet, and nowhere else.
func TestTailnet(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) })
	var dialled atomic.Value
	way := Tailnet{
		Lookup: func(_ context.Context, name string) ([]netip.Addr, error) {
			if name != "notes.tail1234.ts.net" {
				return nil, nil
			}
			return []netip.Addr{netip.MustParseAddr("fd7a:115c:a1e0::5"), netip.MustParseAddr("100.64.0.5")}, nil
		},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled.Store(address)
			if strings.HasPrefix(address, "[") {
				return nil, errors.New("no IPv6 today")
			}
			return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
		},
	}
	c := New(Config{Tailnet: func() Tailnet { return way }, Resolve: here})
	a, err := c.Do(t.Context(), Request{Method: http.MethodGet, URL: "http://notes.tail1234.ts.net:8080/"})
	if err != nil || string(a.Body) != "notes.tail1234.ts.net:8080" || dialled.Load() != "100.64.0.5:8080" {
		t.Errorf("%s %v by %v", a.Body, err, dialled.Load())
	}
	dialled.Store("")
	for _, address := range []string{"http://localhost:" + portAt(s), "http://other.tail1234.ts.net:" + portAt(s)} { // the second is no node's: the system's DNS says where it is
		if _, err := c.Do(t.Context(), Request{Method: http.MethodGet, URL: address}); err != nil || dialled.Load() != "" {
			t.Errorf("%s: %v by %q", address, err, dialled.Load())
		}
	}
}

func TestTLSKeepsTheName(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.TLS.ServerName) }))
	t.Cleanup(s.Close)
	s.Config.ErrorLog = nil
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate()) // for example.com and 127.0.0.1
	c := New(Config{Resolve: here, Roots: roots})
	get := func(c *Client, address string) (Answer, error) {
		return c.Do(t.Context(), Request{Method: http.MethodGet, URL: address + ":" + portAt(s), Inward: true})
	}
	if a, err := get(c, "https://example.com"); err != nil || string(a.Body) != "example.com" {
		t.Errorf("%q %v", a.Body, err)
	}
	for _, address := range []string{"https://other.lan", "https://localhost"} { // the certificate is not theirs
		if _, err := get(c, address); Reason(err) != "certificate" {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := get(New(Config{Resolve: here}), "https://example.com"); Reason(err) != "certificate" {
		t.Errorf("an authority that nobody knows: %v", err)
	}
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := c.Do(t.Context(), Request{Method: http.MethodGet, URL: "https://127.0.0.1:" + portAt(plain)}); Reason(err) != "certificate" {
		t.Errorf("https to http: %v", err)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Errorf("followed to %s", r.URL)
		}
		http.Redirect(w, r, "/else", http.StatusTemporaryRedirect)
	})
	a, err := New(Config{}).Do(t.Context(), Request{Method: http.MethodPost, URL: s.URL + "/"})
	if err != nil || a.Status != http.StatusTemporaryRedirect || a.Header.Get("Location") != "/else" {
		t.Errorf("%+v %v", a, err)
	}
}

func TestBounds(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/full":
			_, _ = w.Write(make([]byte, 64<<10))
		case "/long":
			_, _ = w.Write(make([]byte, 64<<10+1))
		case "/header":
			w.Header().Set("X", strings.Repeat("x", 128<<10))
		case "/reset":
			panic(http.ErrAbortHandler)
		case "/trickle", "/hang":
			if r.URL.Path == "/trickle" {
				_, _ = w.Write([]byte("x"))
				w.(http.Flusher).Flush()
			}
			<-r.Context().Done() // until the client has had enough
		}
	})
	get := func(c *Client, path string) (Answer, error) {
		return c.Do(t.Context(), Request{Method: http.MethodGet, URL: s.URL + path})
	}
	patient, hasty := New(Config{}), New(Config{Patience: 50 * time.Millisecond})
	if a, err := get(patient, "/full"); err != nil || len(a.Body) != 64<<10 {
		t.Errorf("64 KB: %d %v", len(a.Body), err)
	}
	for path, reason := range map[string]string{"/long": "long", "/header": "broken", "/reset": "broken"} {
		if _, err := get(patient, path); Reason(err) != reason {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"/hang", "/trickle"} {
		if _, err := get(hasty, path); Reason(err) != "silent" {
			t.Errorf("%s: %v", path, err)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	if _, err := patient.Do(t.Context(), Request{Method: http.MethodGet, URL: "http://" + ln.Addr().String()}); Reason(err) != "unreachable" || idp.CodeOf(err) != idp.Unavailable {
		t.Errorf("nobody listens: %v", err)
	}
	if patience != 5*time.Second || patient.cfg.Patience != patience {
		t.Errorf("waits %v", patient.cfg.Patience)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := patient.Do(ctx, Request{Method: http.MethodGet, URL: s.URL}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
