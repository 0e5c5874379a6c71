//go:build e2e

package publisher

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"

	"golang.org/x/crypto/ssh"
)

// webRoot is a directory that the web servers of the tests own, who give up being root. dir is for the server's own files.
func webRoot(t *testing.T) (dir, root, www string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "publisher")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	root = filepath.Join(dir, "site")
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(root, 0o755)); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 {
		return dir, root, ""
	}
	u, err := user.Lookup("www-data")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := errors.Join(os.Chown(dir, uid, gid), os.Chown(root, uid, gid)); err != nil {
		t.Fatal(err)
	}
	return dir, root, "www-data"
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// daemon runs a server in the foreground until the test ends, and returns once it listens.
func daemon(t *testing.T, address, name string, args ...string) {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		name = path
	} else {
		name = "/usr/sbin/" + name
	}
	cmd := exec.Command(name, args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); <-ended })
	for start := time.Now(); ; {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s: %v\n%s", name, err, said.String())
		default:
		}
		if time.Since(start) > 20*time.Second {
			t.Fatalf("%s does not listen\n%s", name, said.String())
		}
	}
}

// openSSH runs the real server with its own SFTP for the user of the test.
func openSSH(t *testing.T, root string) Config {
	t.Helper()
	dir, address := t.TempDir(), freeAddress(t)
	private, public := privateKey(t, "")
	hostKey, hostPublic := privateKey(t, "")
	write(t, filepath.Join(dir, "host"), hostKey)
	write(t, filepath.Join(dir, "authorized_keys"), string(ssh.MarshalAuthorizedKey(public)))
	if err := os.Chmod(filepath.Join(dir, "host"), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 { // where sshd leaves its privileges
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	host, port, _ := net.SplitHostPort(address)
	write(t, filepath.Join(dir, "config"), strings.Join([]string{"ListenAddress " + host, "Port " + port, "HostKey " + dir + "/host", "AuthorizedKeysFile " + dir + "/authorized_keys",
		"StrictModes no", "UsePAM no", "PidFile none", "PermitRootLogin yes", "PasswordAuthentication no", "LogLevel ERROR", "Subsystem sftp internal-sftp"}, "\n")+"\n")
	daemon(t, address, "sshd", "-D", "-e", "-f", filepath.Join(dir, "config"))
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return Config{Domain: "example.com", Outgoing: outgoing.New(outgoing.Config{}), Credentials: Credentials{Secret: private},
		Settings: idp.Publisher{Kind: idp.PublisherSFTP, Host: address, User: me.Username, Auth: authKey, HostKey: shown(hostPublic).HostKey, Root: root}}
}

func TestOpenSSH(t *testing.T) {
	_, root, _ := webRoot(t)
	c := openSSH(t, root)
	target := mustOpen(t, c)
	test, err := target.Test(t.Context())
	if err != nil || strings.Contains(test.Said, "for a moment") || test.HostKey != c.Settings.HostKey {
		t.Fatalf("%+v %v", test, err)
	}
	publishes(t, target, heldIn(root))
	if list, err := os.ReadDir(root); err != nil || len(list) != 0 {
		t.Errorf("left behind: %v %v", list, err)
	}
	if err := target.Write(t.Context(), Material{Document: []byte(newDocument)}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{".well-known": 0o755, ".well-known/webfinger": 0o644} {
		if info, err := os.Stat(filepath.Join(root, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	c.Credentials.Secret, _ = privateKey(t, "")
	_, err = mustOpen(t, c).Test(t.Context())
	refused(t, err, "secret", "refused")
	c.Settings.Auth, c.Credentials.Secret = authPassword, "correct horse"
	_, err = mustOpen(t, c).Test(t.Context())
	refused(t, err, "secret", "refused") // it offers questions and asks none
	c.Settings.HostKey = shown(newSigner(t).PublicKey()).HostKey
	_, err = mustOpen(t, c).Test(t.Context())
	refused(t, err, "hostKey", "host_key_other")
}

// TestOpenSSHLinks: a link that stays below the root is followed, one that leads out is not.
func TestOpenSSHLinks(t *testing.T) {
	for to, key := range map[string]string{"shared/well-known": "", "../outside": "well_known", "/etc": "well_known"} {
		dir, root, _ := webRoot(t)
		if err := errors.Join(os.MkdirAll(filepath.Join(root, "shared", "well-known"), 0o755), os.Mkdir(filepath.Join(dir, "outside"), 0o755), os.Symlink(to, filepath.Join(root, wellKnown))); err != nil {
			t.Fatal(err)
		}
		err := mustOpen(t, openSSH(t, root)).Write(t.Context(), Material{Document: []byte(newDocument)})
		if key != "" {
			refused(t, err, "root", key)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		holds(t, root, newDocument)
	}
}

// passwordFile is for basic: the user web with correct horse, in a form that Apache and nginx read.
func passwordFile() string {
	sum := sha1.Sum([]byte("correct horse"))
	return "web:{SHA}" + base64.StdEncoding.EncodeToString(sum[:]) + "\n"
}

// digestFile is the same for digest.
func digestFile() string {
	sum := md5.Sum([]byte("web:site:correct horse"))
	return "web:site:" + hex.EncodeToString(sum[:]) + "\n"
}

func davAt(address, path string) Config {
	return Config{Domain: "example.com", Outgoing: outgoing.New(outgoing.Config{}), Credentials: Credentials{Secret: "correct horse"},
		Settings: idp.Publisher{Kind: idp.PublisherWebDAV, URL: "http://" + address + path, User: "web"}}
}

// davWorks publishes, and looks at what is refused.
func davWorks(t *testing.T, c Config, root string) {
	t.Helper()
	publishes(t, mustOpen(t, c), heldIn(root))
	if list, err := os.ReadDir(filepath.Join(root, wellKnown)); err != nil || len(list) != 0 {
		t.Errorf("left behind: %v %v", list, err)
	}
	if err := mustOpen(t, c).Write(t.Context(), Material{Document: []byte(oldDocument)}); err != nil {
		t.Fatal(err)
	}
	wrong := c
	wrong.Credentials.Secret = "wrong"
	refused(t, mustOpen(t, wrong).Write(t.Context(), Material{Document: []byte(newDocument)}), "secret", "webdav_refused")
	_, err := mustOpen(t, wrong).Test(t.Context())
	refused(t, err, "secret", "webdav_refused")
	gone := c
	gone.Settings.URL += "gone/"
	refused(t, mustOpen(t, gone).Write(t.Context(), Material{Document: []byte(newDocument)}), "url", "webdav_missing")
	if got := heldIn(root)(); got != oldDocument {
		t.Errorf("the document is %q", got)
	}
}

func TestApacheWebDAV(t *testing.T) {
	for name, auth := range map[string]string{"basic": "AuthType Basic", "digest": "AuthType Digest"} {
		t.Run(name, func(t *testing.T) {
			dir, root, www := webRoot(t)
			address := freeAddress(t)
			write(t, filepath.Join(dir, "users"), map[string]string{"basic": passwordFile(), "digest": digestFile()}[name])
			var config strings.Builder
			for _, module := range []string{"mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "auth_digest", "alias", "dav", "dav_fs"} {
				fmt.Fprintf(&config, "LoadModule %[1]s_module /usr/lib/apache2/modules/mod_%[1]s.so\n", module)
			}
			if www != "" {
				fmt.Fprintf(&config, "User %[1]s\nGroup %[1]s\n", www)
			}
			fmt.Fprintf(&config, "ServerName 127.0.0.1\nListen %[2]s\nPidFile %[1]s/pid\nErrorLog %[1]s/error.log\nDefaultRuntimeDir %[1]s\nDocumentRoot %[1]s\nDavLockDB %[1]s/locks\nAlias /my/site %[3]s\n"+
				"<Directory %[3]s>\nDav On\n%[4]s\nAuthName site\nAuthUserFile %[1]s/users\n<LimitExcept GET>\nRequire valid-user\n</LimitExcept>\n</Directory>\n", dir, address, root, auth)
			write(t, filepath.Join(dir, "config"), config.String())
			daemon(t, address, "apache2", "-D", "FOREGROUND", "-f", filepath.Join(dir, "config"))
			davWorks(t, davAt(address, "/my/site/"), root)
		})
	}
}

func TestNginxWebDAV(t *testing.T) {
	dir, root, www := webRoot(t)
	address := freeAddress(t)
	write(t, filepath.Join(dir, "users"), passwordFile())
	owner := ""
	if www != "" {
		owner = "user " + www + ";"
	}
	write(t, filepath.Join(dir, "config"), fmt.Sprintf(`daemon off; worker_processes 1; pid %[1]s/pid; error_log %[1]s/error.log; %[4]s
events {}
http {
	access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
	server {
		listen %[2]s;
		root %[3]s;
		location / {
			dav_methods PUT DELETE MKCOL COPY MOVE;
			limit_except GET { auth_basic site; auth_basic_user_file %[1]s/users; }
		}
	}
}
`, dir, address, root, owner))
	daemon(t, address, "nginx", "-c", filepath.Join(dir, "config"), "-e", filepath.Join(dir, "error.log"))
	davWorks(t, davAt(address, "/"), root)
}
