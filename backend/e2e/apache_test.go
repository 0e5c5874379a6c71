//go:build e2e

package e2e

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"
)

// apacheConf is the least that makes Apache with mod_auth_openidc an app: one protected folder, which shows who is signed in.
var apacheConf = template.Must(template.New("apache").Parse(`
ServerRoot {{.Dir}}
ServerName localhost:{{.Port}}
Listen 127.0.0.1:{{.Port}}
PidFile {{.Dir}}/pid
ErrorLog {{.Dir}}/error.log
LogLevel warn auth_openidc:info
User {{.User}}
Group {{.Group}}
Mutex file:{{.Dir}} default
{{range .Modules}}LoadModule {{.}}_module /usr/lib/apache2/modules/mod_{{.}}.so
{{end}}
TypesConfig /etc/mime.types
DocumentRoot {{.Dir}}/htdocs
<Directory {{.Dir}}/htdocs>
  Require all granted
  Options +Includes
  AddType text/html .shtml
  AddOutputFilter INCLUDES .shtml
</Directory>

OIDCProviderMetadataURL {{.Issuer}}/.well-known/openid-configuration
OIDCClientID {{.App.ID}}
OIDCClientSecret {{.App.Secret}}
OIDCRedirectURI http://localhost:{{.Port}}/protected/callback
OIDCCryptoPassphrase a-passphrase-for-the-cookies-of-this-test
OIDCScope "openid profile email"
OIDCRemoteUserClaim preferred_username
OIDCPKCEMethod S256
OIDCDefaultLoggedOutURL http://localhost:{{.Port}}/bye.html
<Location /protected>
  AuthType openid-connect
  Require valid-user
</Location>
`))

// startApache runs Apache in the foreground until the test ends, and waits until its port answers.
func startApache(t *testing.T, port, issuer string, a app) {
	t.Helper()
	dir := t.TempDir()
	for up := dir; up != os.TempDir() && up != "/"; up = filepath.Dir(up) { // its workers are not us
		if err := os.Chmod(up, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for path, body := range map[string]string{
		"htdocs/protected/index.shtml": `<!doctype html><title>Apache</title><h1 id="done">hello <!--#echo var="REMOTE_USER" --> <!--#echo var="OIDC_CLAIM_email" --></h1>`,
		"htdocs/bye.html":              `<!doctype html><title>Apache</title><h1 id="done">bye</h1>`,
	} {
		file := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var conf bytes.Buffer
	if err := apacheConf.Execute(&conf, map[string]any{
		"Dir": dir, "Port": port, "Issuer": issuer, "App": a, "User": "www-data", "Group": "www-data",
		"Modules": []string{"mpm_event", "authn_core", "authz_core", "authz_user", "mime", "dir", "include", "auth_openidc"},
	}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "apache.conf")
	if err := os.WriteFile(file, conf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/usr/sbin/apache2", "-D", "FOREGROUND", "-f", file)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Logf("Apache said:\n%s%s", out.String(), log)
		}
	})
	waitForPort(t, port, ended, &out)
}

// waitForPort returns when somebody listens: Apache has no other sign of being ready.
func waitForPort(t *testing.T, port string, ended chan error, out *bytes.Buffer) {
	t.Helper()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(patience)
	for {
		if conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port)); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("Apache ended: %v\n%s", err, out)
		case <-deadline:
			t.Fatal("Apache does not answer")
		case <-poll.C:
		}
	}
}

// TestSignInToApache: Debian's mod_auth_openidc, which is certified and refuses what is not right.
func TestSignInToApache(t *testing.T) {
	d := serve(t, t.TempDir(), nil, "--port", freePort(t), "--owner-username", "nora", "--owner-email", "nora@home.example")
	b := newBrowser(t)
	b.enrol(d.invite)
	b.signOut(d.issuer)
	port := freePort(t)
	site := "http://localhost:" + port
	a := do[app](t, d.dir, "app", "add", "--name", "Apache", "--redirect-uri", site+"/protected/callback", "--post-logout-redirect-uri", site+"/bye.html", "--everyone")
	startApache(t, port, d.issuer, a)

	b.open(site + "/protected/index.shtml")
	b.usePasskey()
	b.allow()
	if said := b.sees("#done"); said != "hello nora nora@home.example" {
		t.Errorf("Apache says %q", said)
	}
	b.open(site + "/protected/callback?logout=" + strings.ReplaceAll(site+"/bye.html", ":", "%3A"))
	if said := b.sees("#done"); said != "bye" {
		t.Errorf("after the sign-out Apache says %q", said)
	}
	b.open(site + "/protected/index.shtml")
	b.sees("#go") // the sign-in page: both the app and the provider have forgotten
	b.quiet()
}
