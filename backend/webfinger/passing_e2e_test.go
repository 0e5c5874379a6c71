//go:build e2e

package webfinger

import (
	"net/http"
	"strings"
	"testing"
)

// passers run the lines that pass on or redirect, which each host has at its own place among them.
var passers = []struct {
	host string
	run  func(*testing.T, *internet, []LinesFile) served
}{
	{HostCaddy, func(t *testing.T, in *internet, f []LinesFile) served { return serveCaddy(t, in, f[0].Text) }},
	{HostNginx, func(t *testing.T, in *internet, f []LinesFile) served {
		return serveNginx(t, in, "", in.trusted(f[1].Text))
	}},
	{HostApache, func(t *testing.T, in *internet, f []LinesFile) served {
		return serveApache(t, in, nil, in.trusted(f[2].Text))
	}},
}

// trusted puts the authority of this internet in the place of the system's.
func (in *internet) trusted(text string) string {
	return strings.ReplaceAll(text, "/etc/ssl/certs/ca-certificates.crt", in.roots)
}

// TestPassing has real web servers pass questions on to the real endpoint, and holds the answers to those that are wanted.
func TestPassing(t *testing.T) {
	for _, p := range passers {
		for name, d := range domains() {
			t.Run(p.host+"/"+name, func(t *testing.T) {
				in := newInternet(t, d)
				s := p.run(t, in, linesOf(t, d, in.issuer, HostProxy))
				s.noVerbs = true // they are the endpoint's
				s.conform(t, d, in.issuer)
				in.hold(t, d, "")
			})
		}
	}
}

// TestPassingToAStranger: whoever stands in the issuer's place without its certificate must not say who the issuer is.
func TestPassingToAStranger(t *testing.T) {
	d := domains()["whole"]
	for _, p := range passers {
		t.Run(p.host, func(t *testing.T) {
			in := newInternet(t, d)
			write(t, in.roots, block("CERTIFICATE", newAuthority(t).cert.Raw))
			s := p.run(t, in, linesOf(t, d, in.issuer, HostProxy))
			if resp, body := s.ask(t, "GET", "resource=acct%3Anora%40example.com"); resp.StatusCode < 500 || strings.Contains(body, in.issuer) {
				t.Errorf("%s\n%s", resp.Status, body)
			}
		})
	}
}

// TestRedirecting has real web servers send clients to the real endpoint. A look says that this is the less proven way, and finds nothing else.
func TestRedirecting(t *testing.T) {
	for _, p := range passers {
		for _, name := range []string{"whole", "accounts", "awkward accounts", "whole, Mastodon"} {
			t.Run(p.host+"/"+name, func(t *testing.T) {
				d := domains()[name]
				in := newInternet(t, d)
				f := linesOf(t, d, in.issuer, HostRedirect)
				s := p.run(t, in, f)
				in.hold(t, d, "redirect")
				holdRedirect(t, s, in)
				if p.host == HostApache { // the same lines as a file of the website
					s = serveApache(t, newInternet(t, d), []LinesFile{{Name: ".htaccess", Text: f[2].Text}}, "")
					holdRedirect(t, s, in)
				}
			})
		}
	}
}

// holdRedirect wants the question to come along, and pages to be let through.
func holdRedirect(t *testing.T, s served, in *internet) {
	t.Helper()
	const query = "resource=acct%3Anora%2Bx%40example.com&rel=a%20b"
	resp, _ := s.ask(t, "GET", query)
	endpoint := endpointOf(in.issuer)
	if resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != endpoint.String()+"?"+query || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%s to %q, %v", resp.Status, resp.Header.Get("Location"), resp.Header)
	}
	if resp, _ := s.ask(t, "GET", "x"); resp.StatusCode != http.StatusFound {
		t.Errorf("a question that is none: %s", resp.Status)
	}
}
