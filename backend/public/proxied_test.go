package public

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

var domainPin = idp.OnDomain("id.example.com", 0)

// proxied serves behind the given proxies until the test ends.
func (h *home) proxied(p Proxies) (address string) {
	h.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	go func() { _ = h.ServeProxied(ln, p) }()
	h.Cleanup(func() { _ = h.Shutdown(context.Background()) })
	return ln.Addr().String()
}

// asked sends a request with more header lines and reads the whole answer.
func (h *home) asked(address, method, path, host string, lines ...string) string {
	h.Helper()
	text := method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n"
	for _, line := range lines {
		text += line + "\r\n"
	}
	return talk(h, address, text+"\r\n")
}

const (
	forOne = "X-Forwarded-For: 198.51.100.7"
	secure = "X-Forwarded-Proto: https"
)

func TestProxied(t *testing.T) {
	h := small(t, domainPin, route{method: "GET", path: "/{$}", class: classPage, handle: whoami}, route{method: "POST", path: "/{$}", class: classPage, handle: whoami})
	address := h.proxied(behind)
	for _, tt := range []struct {
		name, method, host string
		lines              []string
		status, body       string
	}{
		{"a visitor", "GET", "id.example.com", []string{forOne, secure}, "200", "public 198.51.100.7"},
		{"from within the home", "GET", "ID.example.com", []string{"X-Forwarded-For: 192.168.1.40", secure}, "200", "public 192.168.1.40"},
		{"forged on the left", "GET", "id.example.com", []string{"X-Forwarded-For: 192.0.2.66, 198.51.100.7", secure}, "200", "public 198.51.100.7"},
		{"no address", "GET", "id.example.com", []string{secure}, "400", "sends no X-Forwarded-For"},
		{"garbage", "GET", "id.example.com", []string{"X-Forwarded-For: me", secure}, "400", "not an address"},
		{"no scheme", "GET", "id.example.com", []string{forOne}, "400", "X-Forwarded-Proto"},
		{"http", "GET", "id.example.com", []string{forOne, "X-Forwarded-Proto: http"}, "301", "Location: https://id.example.com/\r\n"},
		{"a form over http", "POST", "id.example.com", []string{forOne, "X-Forwarded-Proto: http"}, "400", "Go to https://id.example.com."},
		{"another Host", "GET", "id.example.org", []string{forOne, secure}, "421", ""},
		{"our address as Host", "GET", address, []string{forOne, secure}, "421", ""},
		{"the name as X-Forwarded-Host", "GET", address, []string{forOne, secure, "X-Forwarded-Host: id.example.com"}, "421", ""},
		{"another Host without an address", "GET", "id.example.org", nil, "421", ""},
	} {
		got := h.asked(address, tt.method, "/", tt.host, tt.lines...)
		if !strings.HasPrefix(got, "HTTP/1.1 "+tt.status+" ") || !strings.Contains(got, tt.body) || tt.status != "200" && strings.Contains(got, "public 1") {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	if got := h.asked(address, "GET", "x:@evil.example/", "id.example.com", forOne, "X-Forwarded-Proto: http"); !strings.Contains(got, "Location: https://id.example.com/\r\n") {
		t.Errorf("a strange target: %s", got)
	}
}

// TestStrangersAreClosed: who is no proxy gets not one byte, whatever is sent.
func TestStrangersAreClosed(t *testing.T) {
	h := small(t, domainPin, route{method: "GET", path: "/{$}", class: classPage, handle: whoami})
	address := h.proxied(Proxies{netip.MustParsePrefix("192.168.1.2/32")})
	nonce := h.Nonce()
	end := h.Watch(nonce)
	for _, path := range []string{"/", PathReach + "?nonce=" + nonce, PathReach + "?nonce=x"} {
		if got := h.asked(address, "GET", path, "id.example.com", forOne, secure); got != "" {
			t.Errorf("%s: a stranger was answered %q", path, got)
		}
	}
	came := end()
	if len(came) != 1 || came[0].Trusted || came[0].Peer.String() != "127.0.0.1" || came[0].Host != "id.example.com" || came[0].Origin.Source.String() != "198.51.100.7" {
		t.Errorf("came: %+v", came)
	}
	if got := h.asked(address, "GET", PathReach+"?nonce="+nonce, "id.example.com", forOne, secure); got != "" || len(end()) != 1 {
		t.Errorf("after the look: %q, %+v", got, end())
	}
}

// TestArrivals: what the owner's check learns of a proxy, also where the request itself is refused.
func TestArrivals(t *testing.T) {
	h := full(t, domainPin)
	address := h.proxied(behind)
	nonce := h.Nonce()
	end := h.Watch(nonce)
	path := PathReach + "?nonce=" + nonce
	if got := h.asked(address, "GET", path, "id.example.com", forOne, secure); !strings.HasPrefix(got, "HTTP/1.1 200 ") || !strings.HasSuffix(got, nonce) {
		t.Errorf("answered %s", got)
	}
	h.asked(address, "GET", path, "127.0.0.1:1411", "Forwarded: for=x", forOne, forOne)
	h.asked(address, "GET", "/?nonce="+nonce, "id.example.com", forOne, secure)
	came := end()
	if len(came) != 2 || !came[0].Trusted || came[0].Origin.Source.String() != "198.51.100.7" || came[0].Problem != nil {
		t.Fatalf("came: %+v", came)
	}
	if a := came[1]; a.Host != "127.0.0.1:1411" || len(a.For) != 2 || len(a.Other) != 1 || len(a.Proto) != 0 || keyOf(a.Problem) != "public.forwarded_garbage" {
		t.Errorf("the second: %+v", a)
	}
	if h.Watch("unknown")() != nil {
		t.Error("a text that nobody made has arrivals")
	}
	for range arrivalsKept + 2 {
		end = h.Watch(nonce)
		h.asked(address, "GET", path, "id.example.com", forOne, secure)
	}
	if n := len(end()); n != arrivalsKept {
		t.Errorf("%d arrivals are kept", n)
	}
}

// TestLimitsCountTheVisitor: one visitor behind the proxy uses up their own share and nobody else's, and the proxy itself is held to none.
func TestLimitsCountTheVisitor(t *testing.T) {
	begun, finish := make(chan bool), make(chan bool)
	h := small(t, domainPin,
		route{method: "GET", path: "/{$}", class: classPage, handle: whoami},
		route{method: "GET", path: "/slow", class: classFree, handle: func(w http.ResponseWriter, r *http.Request) error {
			begun <- true
			<-finish
			return whoami(w, r)
		}})
	address := h.proxied(behind)
	var last string
	for range limits[classPage].burst + 1 {
		last = h.asked(address, "GET", "/", "id.example.com", "X-Forwarded-For: 192.0.2.1, 198.51.100.7", secure)
	}
	if !strings.HasPrefix(last, "HTTP/1.1 429 ") {
		t.Errorf("one too many: %s", last)
	}
	if got := h.asked(address, "GET", "/", "id.example.com", "X-Forwarded-For: 198.51.100.8", secure); !strings.HasPrefix(got, "HTTP/1.1 200 ") {
		t.Errorf("another visitor: %s", got)
	}
	answers := make(chan string, requestsOfSource)
	for range requestsOfSource {
		go func() {
			answers <- h.asked(address, "GET", "/slow", "id.example.com", "X-Forwarded-For: 2001:db8::7", secure)
		}()
		<-begun
	}
	if got := h.asked(address, "GET", "/slow", "id.example.com", "X-Forwarded-For: 2001:db8::8", secure); !strings.HasPrefix(got, "HTTP/1.1 429 ") {
		t.Errorf("one household beyond its share: %s", got)
	}
	go func() {
		answers <- h.asked(address, "GET", "/slow", "id.example.com", "X-Forwarded-For: 2001:db8:1::7", secure)
	}()
	<-begun
	close(finish)
	for range requestsOfSource + 1 {
		if got := <-answers; !strings.HasPrefix(got, "HTTP/1.1 200 ") {
			t.Errorf("within the share: %s", got)
		}
	}
	h.crowd.mu.Lock()
	defer h.crowd.mu.Unlock()
	if len(h.crowd.bySource) != 0 {
		t.Errorf("left under way: %v", h.crowd.bySource)
	}
}

// TestKeptConnection: the proxy's connection carries one visitor after the other.
func TestKeptConnection(t *testing.T) {
	h := small(t, domainPin, route{method: "GET", path: "/{$}", class: classPage, handle: whoami})
	c := dial(t, h.proxied(behind))
	for _, source := range []string{"198.51.100.7", "2001:db8::7"} {
		_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: id.example.com\r\nX-Forwarded-For: "+source+"\r\n"+secure+"\r\n\r\n")
		h.must(err)
		got := make([]byte, 4096)
		n, err := c.Read(got)
		h.must(err)
		if !strings.HasSuffix(string(got[:n]), "public "+source) {
			t.Errorf("%s: %s", source, got[:n])
		}
	}
}
