package publisher

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"

	"golang.org/x/net/webdav"
)

// davServer serves a directory at /site/ by WebDAV: reading to all, writing to web.
func davServer(t *testing.T, root string, before func(http.ResponseWriter, *http.Request) bool) *httptest.Server {
	t.Helper()
	dav := &webdav.Handler{Prefix: "/site", FileSystem: webdav.Dir(root), LockSystem: webdav.NewMemLS()}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case before != nil && before(w, r):
		case r.Method != http.MethodGet && (user != "web" || password != "correct horse"):
			w.Header().Set("WWW-Authenticate", `Basic realm="site"`)
			w.WriteHeader(http.StatusUnauthorized)
		default:
			dav.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

func davSettings(srv *httptest.Server) Config {
	return Config{Domain: "example.com", Outgoing: outgoing.New(outgoing.Config{}), Credentials: Credentials{Secret: "correct horse"},
		Settings: idp.Publisher{Kind: idp.PublisherWebDAV, URL: srv.URL + "/site", User: "web"}}
}

func TestWebDAV(t *testing.T) {
	root := t.TempDir()
	var types atomic.Int32
	srv := davServer(t, root, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && r.Header.Get("Content-Type") != "application/jrd+json" {
			types.Add(1)
		}
		return false
	})
	publishes(t, mustOpen(t, davSettings(srv)), heldIn(root))
	if list, err := os.ReadDir(filepath.Join(root, ".well-known")); err != nil || len(list) != 0 {
		t.Errorf("left behind: %v %v", list, err)
	}
	if list, err := os.ReadDir(root); err != nil || len(list) != 1 || types.Load() != 0 {
		t.Errorf("left behind: %v %v, %d writes without a type", list, err, types.Load())
	}
}

// TestWebDAVMakesNoCollection: a collection that is not there is an error, and is not made.
func TestWebDAVMakesNoCollection(t *testing.T) {
	root := t.TempDir()
	c := davSettings(davServer(t, root, nil))
	c.Settings.URL += "/gone/deep"
	target := mustOpen(t, c)
	_, err := target.Test(t.Context())
	refused(t, err, "url", "webdav_missing")
	refused(t, target.Write(t.Context(), Material{Document: []byte(newDocument)}), "url", "webdav_missing")
	if list, err := os.ReadDir(root); err != nil || len(list) != 0 {
		t.Errorf("made %v %v", list, err)
	}
}

// TestWebDAVWithoutMove replaces the document itself where the server cannot move.
func TestWebDAVWithoutMove(t *testing.T) {
	root := t.TempDir()
	srv := davServer(t, root, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == "MOVE" {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
		return r.Method == "MOVE"
	})
	target := mustOpen(t, davSettings(srv))
	for _, document := range []string{oldDocument, newDocument} {
		if err := target.Write(t.Context(), Material{Document: []byte(document)}); err != nil {
			t.Fatal(err)
		}
		holds(t, root, document)
	}
}

// TestWebDAVKeepsCredentials: a server that sends on to another is not followed, and the other hears nothing.
func TestWebDAVKeepsCredentials(t *testing.T) {
	var heard atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv := davServer(t, t.TempDir(), func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, other.URL+r.URL.Path, status)
			return true
		})
		target := mustOpen(t, davSettings(srv))
		_, err := target.Test(t.Context())
		refused(t, err, "url", "redirect")
		refused(t, target.Write(t.Context(), Material{Document: []byte(newDocument)}), "url", "redirect")
	}
	within := davServer(t, t.TempDir(), func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/elsewhere") {
			heard.Add(1)
			return false
		}
		http.Redirect(w, r, "/elsewhere"+r.URL.Path, http.StatusTemporaryRedirect)
		return true
	})
	refused(t, mustOpen(t, davSettings(within)).Write(t.Context(), Material{Document: []byte(newDocument)}), "url", "redirect")
	if n := heard.Load(); n != 0 {
		t.Errorf("the other server was called %d times", n)
	}
}

func TestWebDAVRefusals(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, filepath.FromSlash(Path)), oldDocument)
	for name, tt := range map[string]struct {
		answer     int // to PUT
		change     func(*Config)
		field, key string
	}{
		"wrong password":   {0, func(c *Config) { c.Credentials.Secret = "wrong" }, "secret", "webdav_refused"},
		"no password":      {0, func(c *Config) { c.Credentials.Secret = "" }, "secret", "password_missing"},
		"may not write":    {http.StatusForbidden, nil, "user", "webdav_denied"},
		"no room":          {http.StatusInsufficientStorage, nil, "", "full"},
		"too large":        {http.StatusRequestEntityTooLarge, nil, "", "full"},
		"no WebDAV":        {http.StatusMethodNotAllowed, nil, "url", "webdav_none"},
		"out of order":     {http.StatusInternalServerError, nil, "", "webdav_failed"},
		"locked":           {http.StatusLocked, nil, "", "webdav_failed"},
		"nobody there":     {0, func(c *Config) { c.Settings.URL = "http://127.0.0.1:1/" }, "url", "way_unreachable"},
		"not a web server": {0, func(c *Config) { c.Settings.URL = strings.Replace(c.Settings.URL, "http:", "https:", 1) }, "url", "way_certificate"},
		"public and inward": {0, func(c *Config) {
			c.Settings.URL = strings.Replace(c.Settings.URL, "http://127.0.0.1", "https://dav.example.com", 1)
			c.Outgoing = outgoing.New(outgoing.Config{Resolve: toHome})
		}, "inward", "way_inward"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := davServer(t, root, func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPut && tt.answer != 0 {
					w.WriteHeader(tt.answer)
				}
				return r.Method == http.MethodPut && tt.answer != 0
			})
			c := davSettings(srv)
			if tt.change != nil {
				tt.change(&c)
			}
			target := mustOpen(t, c)
			refused(t, target.Write(t.Context(), Material{Document: []byte(newDocument)}), tt.field, tt.key)
			_, err := target.Test(t.Context())
			refused(t, err, tt.field, tt.key)
			holds(t, root, oldDocument)
		})
	}
}

func TestWebDAVAnswers(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, filepath.FromSlash(Path)), strings.Repeat("x", maxDocument+1))
	_, err := mustOpen(t, davSettings(davServer(t, root, nil))).Read(t.Context())
	refused(t, err, "", "long")

	write(t, filepath.Join(root, filepath.FromSlash(Path)), oldDocument)
	half := davServer(t, root, func(w http.ResponseWriter, r *http.Request) bool { // keeps half of what it is sent
		if r.Method == http.MethodPut {
			r.Body = http.MaxBytesReader(w, r.Body, 4)
			if err := os.WriteFile(filepath.Join(root, ".well-known", filepath.Base(r.URL.Path)), []byte("half"), 0o644); err != nil {
				t.Error(err)
			}
			w.WriteHeader(http.StatusCreated)
		}
		return r.Method == http.MethodPut
	})
	refused(t, mustOpen(t, davSettings(half)).Write(t.Context(), Material{Document: []byte(newDocument)}), "", "not_whole")
	if got := heldIn(root)(); got != oldDocument {
		t.Errorf("the document is %q", got)
	}
}

func TestWebSettings(t *testing.T) {
	dav := idp.Publisher{Kind: idp.PublisherWebDAV, URL: "https://dav.example.com/site/", User: "web"}
	bucket := idp.Publisher{Kind: idp.PublisherS3, URL: "https://s3.eu-central-1.amazonaws.com", User: "AKIA", Bucket: "site"}
	for _, p := range []idp.Publisher{dav, bucket, {Kind: idp.PublisherWebDAV, URL: "http://nas.lan:5005/web", User: "web"}} {
		if err := Check(p); err != nil {
			t.Error(err)
		}
	}
	for name, tt := range map[string]struct {
		of         idp.Publisher
		change     func(*idp.Publisher)
		field, key string
	}{
		"no address":          {dav, func(p *idp.Publisher) { p.URL = "" }, "url", "url"},
		"user in the address": {dav, func(p *idp.Publisher) { p.URL = "https://web:secret@dav.example.com/" }, "url", "url"},
		"another protocol":    {dav, func(p *idp.Publisher) { p.URL = "davs://dav.example.com/" }, "url", "url"},
		"with a question":     {dav, func(p *idp.Publisher) { p.URL += "?x" }, "url", "url"},
		"without TLS":         {dav, func(p *idp.Publisher) { p.URL = "http://dav.example.com/" }, "url", "url_http"},
		"no user":             {dav, func(p *idp.Publisher) { p.User = "" }, "user", "user"},
		"colon in the user":   {dav, func(p *idp.Publisher) { p.User = "a:b" }, "user", "user"},
		"a number's outside":  {dav, func(p *idp.Publisher) { p.URL = "http://203.0.113.7/dav" }, "url", "url_http"},
		"S3 without TLS":      {bucket, func(p *idp.Publisher) { p.URL = "http://s3.example.com" }, "url", "url_http"},
		"S3 with a path":      {bucket, func(p *idp.Publisher) { p.URL += "/site" }, "url", "s3_path"},
		"no bucket":           {bucket, func(p *idp.Publisher) { p.Bucket = "" }, "bucket", "bucket"},
		"way out of a bucket": {bucket, func(p *idp.Publisher) { p.Bucket = "../x" }, "bucket", "bucket"},
		"no key":              {bucket, func(p *idp.Publisher) { p.User = "" }, "user", "s3_user"},
		"spaces in a region":  {bucket, func(p *idp.Publisher) { p.Region = "eu central" }, "region", "region"},
		"way out of a prefix": {bucket, func(p *idp.Publisher) { p.Root = "sites/../../x" }, "root", "prefix"},
	} {
		p := tt.of
		tt.change(&p)
		t.Run(name, func(t *testing.T) {
			err := Check(p)
			refused(t, err, tt.field, tt.key)
			if strings.Contains(whole(err), "secret@") {
				t.Error("the error quotes the address")
			}
		})
	}
}
