package publisher

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/idp"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

func heldIn(root string) func() string {
	return func() string {
		b, _ := os.ReadFile(filepath.Join(root, ".well-known", "webfinger"))
		return string(b)
	}
}

func TestSFTP(t *testing.T) {
	for name, absolute := range map[string]bool{"by the whole path": true, "from where the login begins": false} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			root := filepath.Join(home, "public_html")
			if err := os.Mkdir(root, 0o755); err != nil {
				t.Fatal(err)
			}
			s, typed := startSSH(t, &sshServer{password: "correct horse", home: home}), "public_html"
			if absolute {
				typed = root
			}
			publishes(t, mustOpen(t, s.settings(typed)), heldIn(root))
			if list, err := os.ReadDir(root); err != nil || len(list) != 0 {
				t.Fatalf("left behind: %v %v", list, err)
			}
		})
	}
}

// TestSFTPInTwoSteps has a server that cannot give a file another's name at once.
func TestSFTPInTwoSteps(t *testing.T) {
	if err := sftp.SetSFTPExtensions(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sftp.SetSFTPExtensions("hardlink@openssh.com", extensionRename, "statvfs@openssh.com") })
	root := t.TempDir()
	s := startSSH(t, &sshServer{password: "correct horse", home: root})
	target := mustOpen(t, s.settings(""))
	test, err := target.Test(t.Context())
	if err != nil || !strings.Contains(test.Said, "for a moment") {
		t.Fatalf("%+v %v", test, err)
	}
	for i, document := range []string{oldDocument, newDocument, oldDocument} {
		if i == 2 { // the place to step aside to is taken, as by what a cut write left
			if err := os.Mkdir(filepath.Join(root, ".well-known", "webfinger.before-hearthkey"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := target.Write(t.Context(), Material{Document: []byte(document)}); err != nil {
			t.Fatal(err)
		}
		holds(t, root, document)
	}
}

// TestHostKeyIsShownFirst: before its key is pinned, and where another is shown, a server learns neither name nor password.
func TestHostKeyIsShownFirst(t *testing.T) {
	s := startSSH(t, &sshServer{password: "correct horse", home: t.TempDir()})
	c := s.settings("")
	c.Settings.HostKey = ""
	target := mustOpen(t, c)
	test, err := target.Test(t.Context())
	if err != nil || test.HostKey != s.pin() || test.Fingerprint != ssh.FingerprintSHA256(s.hostKeys[0].PublicKey()) || !strings.Contains(test.Said, test.Fingerprint) {
		t.Fatalf("%+v %v", test, err)
	}
	refused(t, target.Write(t.Context(), Material{Document: []byte(newDocument)}), "hostKey", "host_key_missing")

	c.Settings.HostKey = shown(newSigner(t).PublicKey()).HostKey
	other := mustOpen(t, c)
	test, err = other.Test(t.Context())
	refused(t, err, "hostKey", "host_key_other")
	if test.HostKey != s.pin() {
		t.Errorf("%+v", test)
	}
	refused(t, other.Write(t.Context(), Material{Document: []byte(newDocument)}), "hostKey", "host_key_other")

	c.Settings.HostKey = shown(newRSASigner(t).PublicKey()).HostKey // of a kind that it has not
	test, err = mustOpen(t, c).Test(t.Context())
	refused(t, err, "hostKey", "host_key_gone")
	if test.HostKey != s.pin() {
		t.Errorf("%+v", test)
	}
	if len(s.offered)+len(s.entered) != 0 {
		t.Errorf("the server was told %q, and let in %q", s.offered, s.entered)
	}
}

// TestHostWithSeveralKeys shows the pinned one, whichever it would rather.
func TestHostWithSeveralKeys(t *testing.T) {
	keys := []ssh.Signer{newRSASigner(t), newSigner(t)}
	for _, key := range keys {
		s := startSSH(t, &sshServer{password: "correct horse", home: t.TempDir(), hostKeys: keys})
		c := s.settings("")
		c.Settings.HostKey = shown(key.PublicKey()).HostKey
		if test, err := mustOpen(t, c).Test(t.Context()); err != nil || test.HostKey != c.Settings.HostKey {
			t.Errorf("%s: %+v %v", key.PublicKey().Type(), test, err)
		}
	}
}

func TestSSHSignIn(t *testing.T) {
	plain, public := privateKey(t, "")
	locked, lockedPublic := privateKey(t, "open sesame")
	_, rsaKey := privateKey(t, "")
	for name, tt := range map[string]struct {
		server     *sshServer
		auth       string
		with       Credentials
		field, key string // of the refusal, "" where it is let in
	}{
		"password":               {&sshServer{password: "pw"}, authPassword, Credentials{Secret: "pw"}, "", ""},
		"password by a question": {&sshServer{password: "pw", asks: true}, authPassword, Credentials{Secret: "pw"}, "", ""},
		"wrong password":         {&sshServer{password: "pw"}, authPassword, Credentials{Secret: "px"}, "secret", "refused"},
		"no password":            {&sshServer{password: "pw"}, authPassword, Credentials{}, "secret", "password_missing"},
		"password where keys":    {&sshServer{key: public}, authPassword, Credentials{Secret: "pw"}, "auth", "method_refused"},
		"key":                    {&sshServer{key: public}, authKey, Credentials{Secret: plain}, "", ""},
		"key as Windows has it":  {&sshServer{key: public}, authKey, Credentials{Secret: "\r\n" + strings.ReplaceAll(plain, "\n", "\r\n")}, "", ""},
		"locked key":             {&sshServer{key: lockedPublic}, authKey, Credentials{Secret: locked, Passphrase: "open sesame"}, "", ""},
		"locked key, no word":    {&sshServer{key: lockedPublic}, authKey, Credentials{Secret: locked}, "passphrase", "passphrase_missing"},
		"locked key, wrong word": {&sshServer{key: lockedPublic}, authKey, Credentials{Secret: locked, Passphrase: "closed"}, "passphrase", "passphrase_wrong"},
		"another key":            {&sshServer{key: rsaKey}, authKey, Credentials{Secret: plain}, "secret", "refused"},
		"key where passwords":    {&sshServer{password: "pw"}, authKey, Credentials{Secret: plain}, "auth", "method_refused"},
		"public key":             {&sshServer{key: public}, authKey, Credentials{Secret: string(ssh.MarshalAuthorizedKey(public))}, "secret", "key_public"},
		"PuTTY's key":            {&sshServer{key: public}, authKey, Credentials{Secret: "PuTTY-User-Key-File-3: ssh-ed25519\n"}, "secret", "key_putty"},
		"half a key":             {&sshServer{key: public}, authKey, Credentials{Secret: plain[:len(plain)/2]}, "secret", "key_form"},
		"no key":                 {&sshServer{key: public}, authKey, Credentials{Secret: " \n"}, "secret", "key_missing"},
		"no SFTP":                {&sshServer{password: "pw", noSFTP: true}, authPassword, Credentials{Secret: "pw"}, "", "no_sftp"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.server.home = t.TempDir()
			s := startSSH(t, tt.server)
			c := s.settings("")
			c.Settings.Auth, c.Credentials = tt.auth, tt.with
			_, err := mustOpen(t, c).Test(t.Context())
			if tt.key == "" {
				if err != nil || len(s.entered) == 0 {
					t.Fatal(err)
				}
				return
			}
			refused(t, err, tt.field, tt.key)
			for _, secret := range []string{tt.with.Secret, tt.with.Passphrase} {
				if len(secret) > 1 && strings.Contains(whole(err), secret) {
					t.Errorf("the error tells the secret: %s", whole(err))
				}
			}
		})
	}
}

// whole is an error with all its causes, as a log has it.
func whole(err error) (out string) {
	for ; err != nil; err = errors.Unwrap(err) {
		out += err.Error() + "\n"
	}
	return out
}

// TestOldKeyFormat is PEM as it was before OpenSSH had a form of its own.
func TestOldKeyFormat(t *testing.T) {
	_, err := parseKey(Credentials{Secret: string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte("nothing")}))})
	refused(t, err, "secret", "key_form")
	key := newRSAKey(t)
	if _, err := parseKey(Credentials{Secret: string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))}); err != nil {
		t.Error(err)
	}
}

// TestSSHAgent signs in with a key that never leaves the agent.
func TestSSHAgent(t *testing.T) {
	key := newRSAKey(t)
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	ring, socket := agent.NewKeyring(), filepath.Join(t.TempDir(), "agent")
	if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, conn); _ = conn.Close() }()
		}
	}()
	s := startSSH(t, &sshServer{key: signer.PublicKey(), home: t.TempDir()})
	c := s.settings("")
	c.Settings.Auth = authAgent
	t.Setenv("SSH_AUTH_SOCK", "")
	_, err = mustOpen(t, c).Test(t.Context())
	refused(t, err, "auth", "agent")
	t.Setenv("SSH_AUTH_SOCK", socket)
	if _, err := mustOpen(t, c).Test(t.Context()); err != nil {
		t.Error(err)
	}
	if err := ring.RemoveAll(); err != nil {
		t.Fatal(err)
	}
	_, err = mustOpen(t, c).Test(t.Context())
	refused(t, err, "auth", "agent_empty")
}

func TestSFTPPlaces(t *testing.T) {
	outside := t.TempDir()
	write(t, filepath.Join(outside, "webfinger"), "outside")
	for name, tt := range map[string]struct {
		lay        func(root string) error
		field, key string
	}{
		"directory that leads out":     {func(root string) error { return os.Symlink(outside, filepath.Join(root, wellKnown)) }, "root", "well_known"},
		"directory that leads nowhere": {func(root string) error { return os.Symlink("gone", filepath.Join(root, wellKnown)) }, "root", "well_known"},
		"directory that is a file":     {func(root string) error { return os.WriteFile(filepath.Join(root, wellKnown), nil, 0o644) }, "root", "well_known"},
		"file that is a link": {func(root string) error {
			return errors.Join(os.Mkdir(filepath.Join(root, wellKnown), 0o755), os.Symlink(filepath.Join(outside, "webfinger"), filepath.Join(root, filepath.FromSlash(Path))))
		}, "", "not_file"},
		"file that is too long": {func(root string) error {
			return errors.Join(os.Mkdir(filepath.Join(root, wellKnown), 0o755), os.WriteFile(filepath.Join(root, filepath.FromSlash(Path)), make([]byte, maxDocument+1), 0o644))
		}, "", "long"},
		"root that is gone":   {os.Remove, "root", "sftp_missing"},
		"root that is a file": {func(root string) error { return errors.Join(os.Remove(root), os.WriteFile(root, nil, 0o644)) }, "root", "sftp_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "www")
			if err := errors.Join(os.Mkdir(root, 0o755), tt.lay(root)); err != nil {
				t.Fatal(err)
			}
			s := startSSH(t, &sshServer{password: "pw", home: t.TempDir()})
			target := mustOpen(t, s.settings(root))
			_, err := target.Read(t.Context())
			refused(t, err, tt.field, tt.key)
			_, err = target.Test(t.Context())
			refused(t, err, tt.field, tt.key)
			refused(t, target.Write(t.Context(), Material{Document: []byte(newDocument)}), tt.field, tt.key)
			list, err := os.ReadDir(outside)
			if b, _ := os.ReadFile(filepath.Join(outside, "webfinger")); err != nil || len(list) != 1 || string(b) != "outside" {
				t.Fatalf("written outside: %v %v", list, err)
			}
		})
	}
}

func TestSFTPSettings(t *testing.T) {
	good := idp.Publisher{Kind: idp.PublisherSFTP, Host: "web.example.com", User: "web", Auth: authPassword, Root: "public_html"}
	for name, tt := range map[string]struct {
		change     func(*idp.Publisher)
		field, key string
	}{
		"no host":           {func(p *idp.Publisher) { p.Host = "" }, "host", "host"},
		"an address":        {func(p *idp.Publisher) { p.Host = "sftp://web.example.com/x" }, "host", "host"},
		"user in the host":  {func(p *idp.Publisher) { p.Host = "web@web.example.com" }, "host", "host"},
		"no user":           {func(p *idp.Publisher) { p.User = "" }, "user", "user"},
		"no way to sign in": {func(p *idp.Publisher) { p.Auth = "" }, "auth", "auth"},
		"lines in the root": {func(p *idp.Publisher) { p.Root = "a\nb" }, "root", "root"},
		"no host key":       {func(*idp.Publisher) {}, "hostKey", "host_key_missing"},
		"another text":      {func(p *idp.Publisher) { p.HostKey = "ssh-ed25519 AAAA" }, "hostKey", "host_key_form"},
		"two host keys": {func(p *idp.Publisher) {
			p.HostKey = shown(newSigner(t).PublicKey()).HostKey + "\n" + shown(newSigner(t).PublicKey()).HostKey
		}, "hostKey", "host_key_form"},
	} {
		p := good
		tt.change(&p)
		t.Run(name, func(t *testing.T) { refused(t, Check(p), tt.field, tt.key) })
	}
	for host, want := range map[string]string{"web.example.com": "web.example.com:22", "web.example.com:2222": "web.example.com:2222", "192.168.1.20": "192.168.1.20:22", "fd12::1": "[fd12::1]:22", "[fd12::1]:2222": "[fd12::1]:2222", "[fd12::1]": "[fd12::1]:22"} {
		if got := withPort(host, "22"); got != want {
			t.Errorf("%s: %s", host, got)
		}
	}
}

// TestSilentAgent has an agent that never answers, as one that waits for its user's yes: the errand ends all the same.
func TestSilentAgent(t *testing.T) {
	name := filepath.Join(t.TempDir(), "agent")
	ln, err := net.Listen("unix", name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	t.Setenv("SSH_AUTH_SOCK", name)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Read(make([]byte, 1)) // it has been asked
		cancel()
		_, _ = conn.Read(make([]byte, 64)) // and says nothing until the asker leaves
	}()
	if _, _, err := (sshDoor{auth: authAgent}).methods(ctx); idp.CodeOf(err) != idp.Invalid {
		t.Fatal(err)
	}
}
