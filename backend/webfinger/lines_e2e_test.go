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

// linesOf are the lines for one host.
func linesOf(t *testing.T, d idp.WebFingerDomain, host string) []LinesFile {
	t.Helper()
	for _, l := range Lines(d, handIssuer) {
		if l.Host == host {
			return l.Files
		}
	}
	t.Fatal("no lines for " + host)
	return nil
}

// TestLines runs the lines for each host on the real web server, and holds its answers to those that are wanted.
func TestLines(t *testing.T) {
	hosts := map[string]func(*testing.T, []LinesFile) served{
		HostNginx: func(t *testing.T, f []LinesFile) served {
			s := serveNginx(t, f[0].Text, f[1].Text)
			s.noRel = true
			return s
		},
		HostCaddy: func(t *testing.T, f []LinesFile) served {
			s := serveCaddy(t, f[0].Text)
			s.noRel = true
			return s
		},
		HostApache: func(t *testing.T, f []LinesFile) served {
			s := serveApache(t, f[:len(f)-1], f[len(f)-1].Text)
			s.noRel = true
			return s
		},
		HostWordPress: func(t *testing.T, f []LinesFile) served { return serveWordPress(t, f[0]) },
		HostWorker:    func(t *testing.T, f []LinesFile) served { return serveWorker(t, f[0].Text) },
		HostFile: func(t *testing.T, f []LinesFile) served {
			s := serveApache(t, f, "")
			s.noRel, s.file, s.anyone, s.noVerbs = true, true, true, true
			return s
		},
	}
	for host, serve := range hosts {
		for name, d := range domains() {
			t.Run(host+"/"+name, func(t *testing.T) {
				serve(t, linesOf(t, d, host)).conform(t, d, handIssuer)
			})
		}
	}
}
