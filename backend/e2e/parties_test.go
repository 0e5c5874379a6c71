//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

// party is a relying party that is a program of its own, in a language of its own, on a library that nobody here wrote.
type party struct {
	t    testing.TB
	d    *daemon
	base string // its origin
	port string
	app  app
}

// register adds the party's app; flags are those of hearthkeyd app add beside its name and redirect URI.
func (d *daemon) register(t testing.TB, name, callback string, flags ...string) *party {
	t.Helper()
	p := &party{t: t, d: d, port: freePort(t)}
	p.base = "http://localhost:" + p.port
	for i := range flags {
		flags[i] = strings.ReplaceAll(flags[i], "ORIGIN", p.base)
	}
	p.app = do[app](t, d.dir, append([]string{"app", "add", "--name", name, "--redirect-uri", p.base + callback, "--everyone"}, flags...)...)
	return p
}

// run starts the program, tells it what an owner pastes, and returns when it says Ready. It ends with the test.
func (p *party) run(env []string, program string, args ...string) {
	p.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(append(os.Environ(), "ISSUER="+p.d.issuer, "CLIENT_ID="+p.app.ID, "CLIENT_SECRET="+p.app.Secret, "PORT="+p.port), env...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	ready := lines.Scan() && lines.Text() == "Ready."
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		for lines.Scan() {
		}
		_ = cmd.Wait()
		if p.t.Failed() {
			p.t.Logf("%s said:\n%s", filepath.Base(args[0]), said.String())
		}
	})
	if !ready {
		p.t.Fatalf("%s did not get ready", args[0])
	}
}

// node runs a program of frontend/e2e/rp.
func (p *party) node(script string, env ...string) {
	p.t.Helper()
	p.run(env, "node", filepath.Join("..", "..", "frontend", "e2e", "rp", script))
}

// says opens a page of the party and wants a text on it.
func (p *party) says(b *browser, path, want string) {
	p.t.Helper()
	b.open(p.base + path)
	p.shows(b, want)
}

// shows wants a text on the page where the browser is, or arrives.
func (p *party) shows(b *browser, want string) {
	p.t.Helper()
	if said := b.sees("#done"); said != want {
		p.t.Errorf("at %s the app says %q, want %q", b.url(), said, want)
	}
}

// TestRelyingParties signs in by passkey to apps on libraries that nobody here wrote, each as its own guide shows it.
func TestRelyingParties(t *testing.T) {
	d := serve(t, t.TempDir(), nil, "--port", freePort(t), "--owner-username", "nora", "--owner-name", "Nora Lindqvist", "--owner-email", "nora@home.example", "--home", "Lindqvist home")
	b := newBrowser(t)
	b.enrol(d.invite)
	for name, test := range map[string]func(*testing.T, *daemon, *browser){
		"openid-client": openidClient, "oauth4webapi": oauth4webapi, "oidc-client-ts": oidcClientTS,
		"authlib": authlib, "mozilla-django-oidc": django, "mcp": mcp,
	} {
		t.Run(name, func(t *testing.T) {
			b.within(t)
			b.forget()
			test(t, d, b)
			b.quiet()
		})
	}
}

// openidClient goes through all that the library can ask of a provider.
func openidClient(t *testing.T, d *daemon, b *browser) {
	p := d.register(t, "Paperless", "/callback", "--post-logout-redirect-uri", "ORIGIN/goodbye", "--device-grant", "--client-credentials")
	p.node("openid-client.mjs")
	b.open(p.base + "/login")
	b.usePasskey()
	b.allow()
	p.shows(b, "hello nora")
	p.says(b, "/refresh", "new true, active true, scope openid profile email offline_access")
	p.says(b, "/revoke", "active false and false")
	p.says(b, "/machine", "active true, refresh token false")

	b.open(p.base + "/pushed")
	b.allow()
	p.shows(b, "hello nora")

	b.open(p.base + "/device")
	told := strings.Fields(b.sees("#done"))
	b.open(told[0])
	b.do("type the code", typed("#code", told[1]))
	b.click("button[form=enter]")
	b.allowDevice()
	p.says(b, "/device/wait", "hello nora")

	p.says(b, "/logout", "goodbye bye")
}

// oauth4webapi is a public app that must push nothing, gets its answer by form_post, ID tokens by ES256 and access tokens that it reads.
func oauth4webapi(t *testing.T, d *daemon, b *browser) {
	for _, algorithm := range []string{idp.ES256, idp.EdDSA} {
		p := d.register(t, "Reader "+algorithm, "/callback", "--public", "--id-token-algorithm", algorithm, "--access-format", "jwt", "--audience", "https://reader.example.com")
		p.node("oauth4webapi.mjs", "ALGORITHM="+algorithm, "AUDIENCE=https://reader.example.com")
		b.open(p.base + "/login")
		if algorithm == idp.ES256 {
			b.usePasskey()
		}
		b.allow()
		p.shows(b, "hello nora, access token read")
	}
}

// oidcClientTS is a page without a server: every call it makes crosses origins.
func oidcClientTS(t *testing.T, d *daemon, b *browser) {
	p := d.register(t, "Board", "/callback", "--public", "--post-logout-redirect-uri", "ORIGIN/goodbye")
	p.node("oidc-client-ts.mjs")
	b.open(p.base)
	b.click("#redirect")
	b.usePasskey()
	b.allow()
	p.shows(b, "hello nora")
	p.says(b, "/stay", "new true, after revoking 401")
	p.says(b, "/logout", "goodbye")
}

func authlib(t *testing.T, d *daemon, b *browser) {
	p := d.register(t, "Notebook", "/callback")
	p.run(nil, "/usr/bin/python3", filepath.Join("rp", "authlib_app.py"))
	b.open(p.base + "/login")
	b.usePasskey()
	b.allow()
	p.shows(b, "hello nora, after revoking 401")
}

// django runs in the virtual environment that the Makefile makes; without its registry there is none.
func django(t *testing.T, d *daemon, b *browser) {
	python := os.Getenv("HEARTHKEY_DJANGO")
	if python == "" {
		t.Skip("not checked: HEARTHKEY_DJANGO names no Python with rp/requirements.txt installed; make e2e makes one where the package registry can be reached")
	}
	p := d.register(t, "Django", "/oidc/callback/")
	p.run(nil, python, filepath.Join("rp", "django_app.py"))
	b.open(p.base + "/oidc/authenticate/")
	b.usePasskey()
	b.allow()
	p.shows(b, "hello nora@home.example")
}

// mcp is an assistant's connector: a client that the owner registered beforehand calls a tool that wants a token.
func mcp(t *testing.T, d *daemon, b *browser) {
	owner := do[[]struct{ User idp.User }](t, d.dir, "user", "list", "nora")[0].User
	p := d.register(t, "Assistant", "/callback", "--access-format", "jwt", "--audience", "ORIGIN/mcp")
	p.node("mcp.mjs")
	b.open(p.base + "/login")
	b.usePasskey()
	b.allow()
	p.shows(b, fmt.Sprintf("the tool says %s", owner.ID))
}
