//go:build e2e

package webfinger

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

// serveWorker runs a script in node until the test ends.
func serveWorker(t *testing.T, script string) served {
	t.Helper()
	file := filepath.Join(t.TempDir(), "worker.mjs")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "testdata/worker.mjs", file)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return served{base: "http://127.0.0.1:" + strings.TrimSpace(port)}
}

func TestWorker(t *testing.T) {
	for name, d := range domains() {
		t.Run(name, func(t *testing.T) {
			serveWorker(t, Worker(d, handIssuer)).conform(t, d, handIssuer)
		})
	}
}

// TestPagesFunction runs the code for Cloudflare Pages, which calls it by another name, and looks at it from outside.
func TestPagesFunction(t *testing.T) {
	for name, d := range domains() {
		t.Run(name, func(t *testing.T) {
			in := newInternet(t, d)
			f := linesOf(t, d, in.issuer, HostPages)[0]
			if !strings.HasPrefix(f.Name, "functions/") {
				return // a file
			}
			script := strings.Replace(f.Text, "export default {", "const unused = {", 1)
			s := serveWorker(t, script+"export default { fetch: (request) => onRequest({ request }) };\n")
			in.front(t, s).conform(t, d, in.issuer)
			in.hold(t, d, "")
		})
	}
}

// TestWorkerElsewhere holds what is not WebFinger's: the website stays, and http is sent to https.
func TestWorkerElsewhere(t *testing.T) {
	s := serveWorker(t, Worker(idp.WebFingerDomain{Domain: "example.com", Scope: idp.WebFingerWhole}, handIssuer))
	resp, err := http.Get(s.base + "/.well-known/other")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	req, err := http.NewRequest("GET", s.base+"/.well-known/webfinger?resource=acct:nora@example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Scheme", "http")
	resp, err = http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if want := "https" + strings.TrimPrefix(s.base, "http") + "/.well-known/webfinger?resource=acct:nora@example.com"; resp.StatusCode != http.StatusPermanentRedirect || resp.Header.Get("Location") != want {
		t.Fatalf("%s to %s", resp.Status, resp.Header.Get("Location"))
	}
}
