//go:build tailnet

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"hearthkey/backend/backendtest"
)

// surfer is a person in a browser of their own without a screen: pages are read as text, and their forms and ceremonies answered.
type surfer struct {
	*backendtest.Script
	t      *testing.T
	path   string // of the page that is shown
	status int
	body   string
}

// byWay reaches the apps of this machine directly, and all else as a visitor of the issuer does.
type byWay struct{ issuer http.RoundTripper }

func (w byWay) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Hostname() == "localhost" {
		return http.DefaultTransport.RoundTrip(r)
	}
	return w.issuer.RoundTrip(r)
}

// newSurfer is somebody new who visits by a client.
func newSurfer(t *testing.T, by *http.Client, issuer string) *surfer {
	s := &surfer{Script: newPerson(t, by, issuer), t: t}
	s.moveTo(by)
	return s
}

// moveTo takes the browser with its cookies to another network, on connections of its own: who is at their other end is asked anew.
func (s *surfer) moveTo(by *http.Client) {
	by.CloseIdleConnections()
	s.Client.Transport = byWay{by.Transport}
}

func (s *surfer) do(req *http.Request) *surfer {
	s.t.Helper()
	res, err := s.Client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	s.path, s.status, s.body = res.Request.URL.Path, res.StatusCode, string(body)
	if to := refresh.FindStringSubmatch(s.body); to != nil {
		return s.open(strings.ReplaceAll(to[1], "&amp;", "&"))
	}
	return s
}

var (
	refresh      = regexp.MustCompile(`<meta http-equiv="refresh" content="0; url=([^"]*)">`)
	ceremonyData = regexp.MustCompile(`(?s)<script type="application/json" id="ceremony">(.*?)</script>`)
)

// open shows a page, where its address leads in the end.
func (s *surfer) open(address string) *surfer {
	s.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = s.Issuer + address
	}
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.do(req)
}

// post sends a form as a page of the issuer's does.
func (s *surfer) post(path, tx string) *surfer {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.Issuer+path, strings.NewReader(url.Values{"tx": {tx}}.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", s.Issuer)
	return s.do(req)
}

// ceremony is what the page tells its script.
func (s *surfer) ceremony() (c backendtest.Ceremony) {
	s.t.Helper()
	m := ceremonyData.FindStringSubmatch(s.body)
	if m == nil {
		s.t.Fatalf("no ceremony on %s, %d:\n%s", s.path, s.status, s.body)
	}
	if err := json.Unmarshal([]byte(m[1]), &c); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// usePasskey answers the ceremony of the page, and goes where that leads.
func (s *surfer) usePasskey() *surfer {
	s.t.Helper()
	c := s.ceremony()
	answer, err := c.Answer(s.Authenticator, s.Issuer)
	if err != nil {
		s.t.Fatal(err)
	}
	var done struct{ Next string }
	if err := s.Post(c.Finish, answer, &done); err != nil {
		s.t.Fatal(err)
	}
	return s.open(done.Next)
}

// offers says whether the page has a form that goes there.
func (s *surfer) offers(path string) bool { return strings.Contains(s.body, `action="`+path+`"`) }

// shows fails the test unless the page has the status and the words.
func (s *surfer) shows(status int, words ...string) *surfer {
	s.t.Helper()
	for _, w := range words {
		if s.status != status || !strings.Contains(s.body, w) {
			s.t.Fatalf("%s answers %d and should answer %d with %q:\n%s", s.path, s.status, status, w, s.body)
		}
	}
	return s
}
