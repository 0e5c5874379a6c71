//go:build e2e

package publisher

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
)

const gitToken = "token-that-may-write-0123456789"

// gitRepository is a bare repository of the real git, with a site in it.
type gitRepository struct{ dir string }

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=x", "GIT_AUTHOR_EMAIL=x@example.com", "GIT_COMMITTER_NAME=x", "GIT_COMMITTER_EMAIL=x@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// newRepository makes one with three commits, or empty where there are no files.
func newRepository(t *testing.T, files map[string]string) *gitRepository {
	t.Helper()
	r := &gitRepository{filepath.Join(t.TempDir(), "site.git")}
	git(t, "/", "init", "-q", "--bare", "-b", "main", r.dir)
	for _, key := range []string{"http.receivepack", "uploadpack.allowFilter"} {
		git(t, r.dir, "config", key, "true")
	}
	if len(files) > 0 {
		for _, message := range []string{"first", "second"} {
			r.commit(t, map[string]string{"history.txt": message}, message)
		}
		r.commit(t, files, "third")
	}
	return r
}

// commit pushes files to main, as somebody else.
func (r *gitRepository) commit(t *testing.T, files map[string]string, message string) {
	t.Helper()
	work := t.TempDir()
	git(t, work, "clone", "-q", r.dir, ".")
	git(t, work, "checkout", "-q", "-B", "main")
	for name, text := range files {
		write(t, filepath.Join(work, name), text)
	}
	git(t, work, "add", "-A", "-f")
	git(t, work, "commit", "-q", "-m", message)
	git(t, work, "push", "-q", "origin", "main")
}

// show is a file in main, "" for none.
func (r *gitRepository) show(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "-C", r.dir, "show", "main:"+name).Output()
	if err != nil {
		return ""
	}
	return string(out)
}

func (r *gitRepository) files(t *testing.T) string {
	t.Helper()
	return strings.Join(strings.Fields(git(t, r.dir, "ls-tree", "-r", "--name-only", "main")), " ")
}

func (r *gitRepository) count(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(git(t, r.dir, "rev-list", "--count", "main"))
}

// overHTTPS serves it by git http-backend behind a token.
func (r *gitRepository) overHTTPS(t *testing.T, wrap func(http.Handler) http.Handler) Config {
	t.Helper()
	var backend http.Handler = &cgi.Handler{Path: strings.TrimSpace(git(t, "/", "--exec-path")) + "/git-http-backend", Env: []string{"GIT_PROJECT_ROOT=" + filepath.Dir(r.dir), "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=you", "GIT_CONFIG_GLOBAL=/dev/null"}, Stderr: &bytes.Buffer{}}
	if wrap != nil {
		backend = wrap(backend)
	}
	host := newTestHost(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, token, _ := req.BasicAuth(); token != gitToken {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, req)
	}), "git.example.com")
	return Config{Domain: "example.com", Outgoing: host.client(), Credentials: Credentials{Secret: gitToken},
		Settings: idp.Publisher{Kind: idp.PublisherGit, URL: "https://git.example.com/site.git"}}
}

// overSSH serves it by OpenSSH, which lets in a key.
func (r *gitRepository) overSSH(t *testing.T) Config {
	t.Helper()
	dir := t.TempDir()
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
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	_ = listener.Close()
	write(t, filepath.Join(dir, "config"), strings.Join([]string{"ListenAddress 127.0.0.1", "Port " + port, "HostKey " + dir + "/host", "AuthorizedKeysFile " + dir + "/authorized_keys", "StrictModes no", "UsePAM no", "PidFile none", "PermitRootLogin yes", "PasswordAuthentication no", "LogLevel INFO"}, "\n")+"\n")
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		sshd = "/usr/sbin/sshd"
	}
	cmd := exec.Command(sshd, "-D", "-e", "-f", filepath.Join(dir, "config")) //nolint:noctx // it ends with the test, by the cleanup
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	var read sync.WaitGroup
	t.Cleanup(func() { _ = cmd.Process.Kill(); read.Wait(); _ = cmd.Wait() })
	said := ""
	for !strings.Contains(said, "listening on") {
		if !lines.Scan() {
			t.Fatalf("sshd ended: %s", said)
		}
		said += lines.Text() + "\n"
	}
	read.Go(func() {
		for lines.Scan() { // a full pipe would hold it up
		}
	})
	user := strings.TrimSpace(run(t, "id", "-un"))
	return Config{Domain: "example.com", Outgoing: outgoing.New(outgoing.Config{}), Credentials: Credentials{Secret: private},
		Settings: idp.Publisher{Kind: idp.PublisherGit, URL: "ssh://" + user + "@" + address + r.dir, Auth: authKey, HostKey: shown(hostPublic).HostKey}}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

var site = map[string]string{"index.html": "<h1>Hello</h1>\n", "docs/page.html": "x", ".well-known/security.txt": "Contact: x\n", "run.sh": "#!/bin/sh\n", "picture": strings.Repeat("0123456789abcdef", 10<<10)}

func TestGitOverSSH(t *testing.T) {
	r := newRepository(t, site)
	c := r.overSSH(t)
	tree := git(t, r.dir, "rev-parse", "main^{tree}")
	publishes(t, mustOpen(t, c), func() string { return r.show(t, ".well-known/webfinger") })
	if now := git(t, r.dir, "rev-parse", "main^{tree}"); now != tree || r.count(t) != "7" {
		t.Errorf("left tree %s of %s after %s commits", now, tree, r.count(t))
	}
	git(t, r.dir, "fsck", "--strict")
	if said := git(t, r.dir, "log", "-1", "--format=%an <%ae>|%s"); said != "Hearthkey <hearthkey@example.com>|Restore WebFinger of example.com\n" {
		t.Errorf("%q", said)
	}

	c.Settings.HostKey = ""
	test, err := mustOpen(t, c).Test(t.Context())
	if err != nil || test.HostKey == "" || !strings.Contains(test.Said, test.Fingerprint) {
		t.Errorf("before the key was confirmed: %+v %v", test, err)
	}
	refused(t, mustOpen(t, c).Write(t.Context(), Material{Document: []byte(newDocument)}), "hostKey", "host_key_missing")
	_, other := privateKey(t, "")
	c.Settings.HostKey = shown(other).HostKey
	failed(t, mustOpen(t, c).Write(t.Context(), Material{Document: []byte(newDocument)}), idp.Invalid, "hostKey", "publisher.host_key_other")
}

func TestGitOverHTTPS(t *testing.T) {
	r := newRepository(t, site)
	c := r.overHTTPS(t, nil)
	publishes(t, mustOpen(t, c), func() string { return r.show(t, ".well-known/webfinger") })
	if r.show(t, "run.sh") == "" || r.show(t, "picture") != site["picture"] || r.show(t, ".well-known/security.txt") == "" {
		t.Error(r.files(t))
	}
	git(t, r.dir, "fsck", "--strict")
}

// TestGitEmpty: the first commit of a repository is ours, with what Pages needs.
func TestGitEmpty(t *testing.T) {
	for name, serve := range map[string]func(*gitRepository) Config{"https": func(r *gitRepository) Config { return r.overHTTPS(t, nil) }, "ssh": func(r *gitRepository) Config { return r.overSSH(t) }} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t, nil)
			c := serve(r)
			c.Settings.Pages = pagesGitHub
			target := mustOpen(t, c)
			before, err := target.Read(t.Context())
			if err != nil || before.There {
				t.Fatalf("%+v %v", before, err)
			}
			if err := target.Write(t.Context(), Material{Document: []byte(newDocument)}); err != nil {
				t.Fatal(err)
			}
			if r.files(t) != ".nojekyll .well-known/webfinger" || r.count(t) != "1" {
				t.Errorf("%s, %s commits", r.files(t), r.count(t))
			}
			if err := mustOpen(t, c).Restore(t.Context(), before); err != nil || r.files(t) != "" {
				t.Error(err, r.files(t))
			}
		})
	}
}

// TestGitPages: one commit has the document and what shows it, in the folder that is served, and taking it back takes all of it back.
func TestGitPages(t *testing.T) {
	r := newRepository(t, map[string]string{"docs/_config.yml": "title: Home\n", "docs/index.md": "# Hello\n", "README.md": "x"})
	c := r.overHTTPS(t, nil)
	c.Settings.Pages, c.Settings.Root = pagesGitHub, "/docs/"
	target := mustOpen(t, c)
	test, err := target.Test(t.Context())
	if err != nil || !strings.Contains(test.Said, "docs/_config.yml") {
		t.Fatalf("%+v %v", test, err)
	}
	before, err := target.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := target.Write(t.Context(), Material{Document: []byte(newDocument)}); err != nil {
			t.Fatal(err)
		}
	}
	if r.show(t, "docs/.well-known/webfinger") != newDocument || r.show(t, "docs/_config.yml") != "title: Home\n"+includeLine+"\n" || r.count(t) != "4" {
		t.Errorf("%s, %q, %s commits", r.files(t), r.show(t, "docs/_config.yml"), r.count(t))
	}
	if err := mustOpen(t, c).Restore(t.Context(), before); err != nil || r.files(t) != "README.md docs/_config.yml docs/index.md history.txt" || r.show(t, "docs/_config.yml") != "title: Home\n" {
		t.Errorf("%v %s %q", err, r.files(t), r.show(t, "docs/_config.yml"))
	}
}

// TestGitRaces: somebody pushes between our reading and our pushing. Once is made good, and theirs stays; twice is said.
func TestGitRaces(t *testing.T) {
	for name, tt := range map[string]struct {
		at    string
		times int
	}{"before the push begins, once": {"GET", 1}, "while it goes on, once": {"POST", 1}, "before, twice": {"GET", 2}, "while, twice": {"POST", 2}} {
		t.Run(name, func(t *testing.T) {
			r, left := newRepository(t, site), tt.times
			c := r.overHTTPS(t, func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					if left > 0 && req.Method == tt.at && strings.Contains(req.URL.String(), receivePack) {
						left--
						r.commit(t, map[string]string{"theirs.txt": strings.Repeat("x", left+1)}, "theirs")
					}
					h.ServeHTTP(w, req)
				})
			})
			err := mustOpen(t, c).Write(t.Context(), Material{Document: []byte(newDocument)})
			if r.show(t, "theirs.txt") != "x" {
				t.Error("theirs was lost")
			}
			if tt.times == 1 {
				if err != nil || r.show(t, ".well-known/webfinger") != newDocument {
					t.Error(err)
				}
				return
			}
			failed(t, err, idp.Conflict, "", "git.raced")
			if r.show(t, ".well-known/webfinger") != "" {
				t.Error("written all the same")
			}
		})
	}
}

// TestGitCut: the link ends while the host answers a push, before or after it was carried out.
func TestGitCut(t *testing.T) {
	for name, after := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t, site)
			c := r.overHTTPS(t, func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					if req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, receivePack) {
						if after {
							h.ServeHTTP(&nowhereWriter{}, req)
						}
						panic(http.ErrAbortHandler)
					}
					h.ServeHTTP(w, req)
				})
			})
			target := mustOpen(t, c)
			err := target.Write(t.Context(), Material{Document: []byte(newDocument)})
			switch held := r.show(t, ".well-known/webfinger"); {
			case after && (err != nil || held != newDocument):
				t.Errorf("%v, holds %q", err, held)
			case !after:
				failed(t, err, idp.Unavailable, "url", "publisher.way_broken")
				if held != "" {
					t.Errorf("holds %q", held)
				}
			}
		})
	}
}

type nowhereWriter struct{ header http.Header }

func (n *nowhereWriter) Header() http.Header {
	if n.header == nil {
		n.header = http.Header{}
	}
	return n.header
}
func (*nowhereWriter) Write(p []byte) (int, error) { return len(p), nil }
func (*nowhereWriter) WriteHeader(int)             {}

// TestGitRefusals: each says what to do, and nothing is changed.
func TestGitRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(r *gitRepository, c *Config)
		code   idp.Code
		field  string
		key    string
	}{
		"token":     {func(_ *gitRepository, c *Config) { c.Credentials.Secret = "other" }, idp.Invalid, "secret", "git.token"},
		"missing":   {func(_ *gitRepository, c *Config) { c.Settings.URL = "https://git.example.com/other.git" }, idp.Invalid, "url", "git.missing"},
		"branch":    {func(_ *gitRepository, c *Config) { c.Settings.Branch = "gh-pages" }, idp.Invalid, "branch", "git.no_branch"},
		"read only": {func(r *gitRepository, _ *Config) { git(t, r.dir, "config", "http.receivepack", "false") }, idp.Invalid, "secret", "git.denied"},
		"hook":      {func(r *gitRepository, _ *Config) { hook(t, r, "echo no; exit 1") }, idp.Denied, "", "git.push_refused"},
		"folder":    {func(r *gitRepository, _ *Config) { r.commit(t, map[string]string{".well-known/webfinger/x": "x"}, "x") }, idp.Conflict, "", "publisher.not_file"},
		"file":      {func(_ *gitRepository, c *Config) { c.Settings.Root = "index.html" }, idp.Invalid, "root", "git.not_folder"},
		"long": {func(r *gitRepository, c *Config) {
			r.commit(t, map[string]string{".nojekyll": strings.Repeat("x", maxDocument+1)}, "x")
			c.Settings.Pages = pagesGitHub
		}, idp.Conflict, "", "publisher.long"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t, site)
			c := r.overHTTPS(t, nil)
			tt.change(r, &c)
			head := git(t, r.dir, "rev-parse", "main")
			target := mustOpen(t, c)
			err := target.Write(t.Context(), Material{Document: []byte(newDocument)})
			failed(t, err, tt.code, tt.field, tt.key)
			if now := git(t, r.dir, "rev-parse", "main"); now != head {
				t.Error("something was pushed")
			}
		})
	}
	r := newRepository(t, site)
	c := r.overSSH(t)
	c.Settings.URL = strings.TrimSuffix(c.Settings.URL, "site.git") + "it's not here.git"
	_, err := Open(t.Context(), c)
	failed(t, err, idp.Invalid, "url", "git.address")
	c.Settings.URL = strings.TrimSuffix(c.Settings.URL, " not here.git") + ".git"
	_, err = mustOpen(t, c).Read(t.Context())
	failed(t, err, idp.Invalid, "url", "git.missing")
}

func hook(t *testing.T, r *gitRepository, text string) {
	t.Helper()
	name := filepath.Join(r.dir, "hooks", "pre-receive")
	write(t, name, "#!/bin/sh\n"+text+"\n")
	if err := os.Chmod(name, 0o755); err != nil {
		t.Fatal(err)
	}
}
