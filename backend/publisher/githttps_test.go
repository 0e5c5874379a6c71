package publisher

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

// gitHost opens a target at a server that answers as h does.
func gitHost(t *testing.T, h http.HandlerFunc) Target {
	t.Helper()
	host := newTestHost(t, h, "git.example.com", "other.example.com")
	return mustOpen(t, Config{Domain: "example.com", Outgoing: host.client(), Credentials: Credentials{Secret: "secret-token\n"}, Settings: idp.Publisher{Kind: idp.PublisherGit, URL: "https://git.example.com/you/site.git", User: "you"}})
}

// TestGitKeepsTheToken: it goes to the address that it was typed for alone, and comes back in no sentence and no cause.
func TestGitKeepsTheToken(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{"https://other.example.com/you/site.git/info/refs?service=git-upload-pack&x=secret-token", "https://git.example.com/new/site.git/info/refs", "//you:secret-token@other.example.com/x"} {
			asked := 0
			target := gitHost(t, func(w http.ResponseWriter, r *http.Request) {
				asked++
				if user, token, _ := r.BasicAuth(); user != "you" || token != "secret-token" || r.Host != "git.example.com" {
					t.Errorf("%s got %q %q", r.Host, user, token)
				}
				w.Header().Set("Location", to)
				w.WriteHeader(status)
			})
			_, err := target.Read(t.Context())
			failed(t, err, idp.Invalid, "url", "git.moved")
			if asked != 1 {
				t.Errorf("%d %s was followed", status, to)
			}
			secretless(t, err)
		}
	}
	for _, status := range []int{400, 401, 403, 404, 429, 500} {
		target := gitHost(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "no: "+r.Header.Get("Authorization")+" secret-token\x1b[1m")
		})
		_, err := target.Read(t.Context())
		secretless(t, err)
	}
}

func secretless(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if strings.Contains(err.Error(), "secret-token") || strings.Contains(err.Error(), "eW91OnNlY3JldC10b2tlbg") || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%T says %q", err, err)
		}
	}
}

// TestGitOddHosts: what is no git server, or one that does not end, is told in a sentence.
func TestGitOddHosts(t *testing.T) {
	advertise := func(w http.ResponseWriter, lines ...string) {
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		_, _ = io.WriteString(w, strings.Join(lines, ""))
	}
	for name, tt := range map[string]struct {
		handle http.HandlerFunc
		code   idp.Code
		field  string
		key    string
	}{
		"a website": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, idp.Invalid, "url", "git.not_git"},
		"down":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, idp.Unavailable, "", "git.down"},
		"gone":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }, idp.Invalid, "url", "git.missing"},
		"denied": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "Write access not granted.", http.StatusForbidden)
		}, idp.Invalid, "secret", "git.denied"},
		"odd status": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }, idp.Unavailable, "", "git.refused"},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			advertise(w, "001e# service=git-upload-pack\n0000")
			panic(http.ErrAbortHandler)
		}, idp.Unavailable, "url", "publisher.way_broken"},
		"nonsense": {func(w http.ResponseWriter, _ *http.Request) { advertise(w, "zzzz") }, idp.Unavailable, "url", "publisher.way_broken"},
		"error": {func(w http.ResponseWriter, _ *http.Request) {
			advertise(w, "001e# service=git-upload-pack\n0000", "0014ERR out of beer\n", "0000")
		}, idp.Unavailable, "", "git.refused"},
		"no pack": {func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				head := strings.Repeat("1", 40)
				advertise(w, "001e# service=git-upload-pack\n0000", "004a"+head+" HEAD\x00symref=HEAD:refs/heads/main", "003d"+head+" refs/heads/main\n", "0000")
				return
			}
			w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
			_, _ = io.WriteString(w, "0008NAK\nPACKnonsense")
		}, idp.Unavailable, "url", "publisher.way_broken"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gitHost(t, tt.handle).Read(t.Context())
			failed(t, err, tt.code, tt.field, tt.key)
		})
	}
	_, err := Open(t.Context(), Config{Settings: idp.Publisher{Kind: idp.PublisherGit, URL: "https://git.example.com/a"}})
	failed(t, err, idp.Invalid, "secret", "git.no_token")
}
