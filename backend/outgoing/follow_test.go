package outgoing

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// internet is one TLS server that answers for every name, at port 443 as far as its visitors know.
func internet(t *testing.T, c Config, handle http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewTLSServer(handle)
	t.Cleanup(s.Close)
	port, err := strconv.ParseUint(portAt(s), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	c.Roots = x509.NewCertPool()
	c.Roots.AddCert(s.Certificate()) // for example.com
	c.Ports = map[uint16]uint16{443: uint16(port)}
	c.Resolve = here
	return New(c)
}

func TestFollow(t *testing.T) {
	c := internet(t, Config{Inside: true, Public: true}, func(w http.ResponseWriter, r *http.Request) {
		switch to, _ := strings.CutPrefix(r.URL.Path, "/"); to {
		case "one":
			http.Redirect(w, r, "/end?from=one", http.StatusMovedPermanently)
		case "three":
			http.Redirect(w, r, "two", http.StatusFound)
		case "two":
			http.Redirect(w, r, "https://EXAMPLE.com/one#here", http.StatusPermanentRedirect)
		case "four":
			http.Redirect(w, r, "three", http.StatusSeeOther)
		case "loop":
			http.Redirect(w, r, "/loop", http.StatusTemporaryRedirect)
		case "plain":
			http.Redirect(w, r, "http://example.com/end", http.StatusFound)
		case "lost":
			w.WriteHeader(http.StatusFound)
		case "choice":
			w.Header().Set("Location", "/end")
			w.WriteHeader(http.StatusMultipleChoices)
		default:
			_, _ = w.Write([]byte(r.URL.RawQuery))
		}
	})
	for _, tt := range []struct {
		path, reason string
		hops         int
	}{
		{"end", "", 1}, {"one", "", 2}, {"three", "", 4}, {"four", "redirect_many", 4}, {"loop", "redirect_loop", 1},
		{"plain", "redirect_plain", 1}, {"lost", "redirect_broken", 1}, {"choice", "", 1},
	} {
		hops, err := c.Follow(t.Context(), Request{Method: http.MethodGet, URL: "https://example.com/" + tt.path})
		if Reason(err) != tt.reason || len(hops) != tt.hops {
			t.Errorf("%s: %d hops, %v", tt.path, len(hops), err)
		}
		if last := hops[len(hops)-1]; last.TLS == nil || last.Took <= 0 || last.Address.Addr() != netip.MustParseAddr("127.0.0.1") || err == nil && tt.hops > 1 && string(last.Body) != "from=one" {
			t.Errorf("%s: %+v", tt.path, last)
		}
	}
}

// TestFollowStaysOutside: a server on the internet cannot send this program to where only the owner may.
func TestFollowStaysOutside(t *testing.T) {
	var to string
	cookies := make(chan string, 10)
	c := internet(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		cookies <- r.Header.Get("Cookie") + r.Header.Get("Authorization")
		if r.URL.Path == "/away" {
			http.Redirect(w, r, to, http.StatusFound)
		}
	})
	ask := Request{Method: http.MethodGet, URL: "https://example.com/away", Inward: true, Header: http.Header{"Cookie": {"a=b"}, "Authorization": {"Basic x"}}}
	for _, to = range []string{"https://127.0.0.1/", "https://localhost/", "https://nas.lan/", "https://192.168.1.1/", "https://[::1]/", "https://www.example.com/", "https://example.com:8443/"} {
		if hops, err := c.Follow(t.Context(), ask); Reason(err) != "inward" || len(hops) != 1 {
			t.Errorf("sent to %s: %d hops, %v", to, len(hops), err)
		}
	}
	if _, err := c.Do(t.Context(), Request{Method: http.MethodGet, URL: "https://127.0.0.1/"}); err != nil {
		t.Errorf("what the owner typed: %v", err)
	}
	to = "/end"
	if hops, err := c.Follow(t.Context(), ask); err != nil || len(hops) != 2 {
		t.Errorf("at the host that the owner typed: %d hops, %v", len(hops), err)
	}
	for range 7 {
		<-cookies
	}
	<-cookies // of Do
	if first, second := <-cookies, <-cookies; first != "a=bBasic x" || second != first {
		t.Errorf("the host itself was told %q and %q", first, second)
	}
	if next := onwards(ask, &url.URL{Scheme: "https", Host: "other.example"}, false); len(next.Header) != 0 || len(ask.Header) != 2 {
		t.Errorf("another host is told %v, and %v was kept", next.Header, ask.Header)
	}
}

// TestPublicCallsTheInternetAlone: names and addresses of the home are nobody's there.
func TestPublicCallsTheInternetAlone(t *testing.T) {
	c := internet(t, Config{Public: true}, func(http.ResponseWriter, *http.Request) { t.Error("called") })
	for _, address := range []string{"https://127.0.0.1/", "https://nas.lan/", "https://example.com/"} {
		if _, err := c.Do(t.Context(), Request{Method: http.MethodGet, URL: address, Inward: true}); Reason(err) != "inward" {
			t.Errorf("%s: %v", address, err)
		}
	}
}
