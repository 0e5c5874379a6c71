//go:build e2e

package webfinger

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

// awaitLine reads until a line says what is waited for, and reads the rest away.
func awaitLine(t *testing.T, from io.Reader, word string) {
	t.Helper()
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		if strings.Contains(lines.Text(), word) {
			go func() { _, _ = io.Copy(io.Discard, from) }()
			return
		}
	}
	t.Fatalf("no line says %q: %v", word, lines.Err())
}

// TestLines runs the lines for each host on the real web server, and holds its answers to those that are wanted. Then it looks at them from outside.
func TestLines(t *testing.T) {
	hosts := map[string]func(*testing.T, *internet, []LinesFile) served{
		HostNginx: func(t *testing.T, in *internet, f []LinesFile) served {
			s := serveNginx(t, in, f[0].Text, f[1].Text)
			s.noRel = true
			return s
		},
		HostCaddy: func(t *testing.T, in *internet, f []LinesFile) served {
			s := serveCaddy(t, in, f[0].Text)
			s.noRel = true
			return s
		},
		HostApache: func(t *testing.T, in *internet, f []LinesFile) served {
			s := serveApache(t, in, f[:len(f)-1], f[len(f)-1].Text)
			s.noRel = true
			return s
		},
		HostWordPress: func(t *testing.T, in *internet, f []LinesFile) served { return in.front(t, serveWordPress(t, f[0])) },
		HostWorker:    func(t *testing.T, in *internet, f []LinesFile) served { return in.front(t, serveWorker(t, f[0].Text)) },
		HostFile: func(t *testing.T, in *internet, f []LinesFile) served {
			s := serveApache(t, in, f, "")
			s.noRel, s.file, s.anyone, s.noVerbs = true, true, true, true
			return s
		},
	}
	for host, serve := range hosts {
		for name, d := range domains() {
			t.Run(host+"/"+name, func(t *testing.T) {
				in := newInternet(t, d)
				s := serve(t, in, linesOf(t, d, in.issuer, host))
				s.conform(t, d, in.issuer)
				in.hold(t, d, s.lacks(d))
			})
		}
	}
}

// lacks is what a look finds fault with: a file answers for those too who are not on the list.
func (s served) lacks(d idp.WebFingerDomain) string {
	if s.anyone && d.Scope == idp.WebFingerAccounts {
		return "unknown"
	}
	return ""
}

// TestLinesBesideAnApplication: a website that Apache has from elsewhere does not take the questions, wherever the lines stand.
func TestLinesBesideAnApplication(t *testing.T) {
	const application = "ProxyPass \"/\" \"http://127.0.0.1:1/\"\n" // where nobody answers
	for _, name := range []string{"whole", "accounts, Mastodon"} {
		d := domains()[name]
		for _, way := range []string{HostApache, HostProxy, HostRedirect} {
			for _, order := range []string{"before", "after"} {
				t.Run(way+"/"+name+"/"+order, func(t *testing.T) {
					in := newInternet(t, d)
					f, lacks := linesOf(t, d, in.issuer, way), ""
					files, lines := f[:len(f)-1], f[len(f)-1] // of the website
					if way != HostApache {
						files, lines = nil, f[2]
					}
					if way == HostRedirect {
						lacks = "redirect"
					}
					site := in.trusted(lines.Text) + application
					if order == "after" {
						site = application + in.trusted(lines.Text)
					}
					serveApache(t, in, files, site)
					in.hold(t, d, lacks)
				})
			}
		}
	}
}
