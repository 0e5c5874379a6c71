package publisher

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func toHome(context.Context, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

func s3Settings(srv *httptest.Server) Config {
	return Config{Domain: "example.com", Outgoing: outgoing.New(outgoing.Config{}), Credentials: Credentials{Secret: "correct horse"},
		Settings: idp.Publisher{Kind: idp.PublisherS3, URL: srv.URL, User: "AKIA", Bucket: "site", Root: "sites/example.com", Region: "eu-central-1"}}
}

// s3Server has one bucket.
func s3Server(t *testing.T) (*httptest.Server, *s3mem.Backend) {
	t.Helper()
	kept := s3mem.New()
	if err := kept.CreateBucket("site"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(gofakes3.New(kept).Server())
	t.Cleanup(srv.Close)
	return srv, kept
}

func TestS3(t *testing.T) {
	srv, kept := s3Server(t)
	object := func() (text, contentType string) {
		o, err := kept.GetObject("site", "sites/example.com/.well-known/webfinger", nil)
		if err != nil {
			return "", ""
		}
		defer func() { _ = o.Contents.Close() }()
		b, err := io.ReadAll(o.Contents)
		if err != nil {
			t.Fatal(err)
		}
		return string(b), o.Metadata["Content-Type"]
	}
	target := mustOpen(t, s3Settings(srv))
	publishes(t, target, func() string {
		text, contentType := object()
		if text != "" && contentType != "application/jrd+json" {
			t.Errorf("content type %q", contentType)
		}
		return text
	})
	list, err := kept.ListBucket("site", nil, gofakes3.ListBucketPage{})
	if err != nil || len(list.Contents) != 0 {
		t.Errorf("left behind: %v %v", list, err)
	}
	// What others had there comes back with its own type.
	if _, err := kept.PutObject("site", "sites/example.com/.well-known/webfinger", map[string]string{"Content-Type": "text/plain", "Last-Modified": "Mon, 2 Jan 2006 15:04:05 GMT"}, strings.NewReader(oldDocument), int64(len(oldDocument)), nil); err != nil {
		t.Fatal(err)
	}
	before, err := target.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Write(t.Context(), Material{Document: []byte(newDocument)}); err != nil {
		t.Fatal(err)
	}
	if err := target.Restore(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if text, contentType := object(); text != oldDocument || contentType != "text/plain" {
		t.Errorf("restored %q as %q", text, contentType)
	}
}

func TestS3Refusals(t *testing.T) {
	for name, tt := range map[string]struct {
		status     int
		code       string
		field, key string
	}{
		"unknown key":    {403, "InvalidAccessKeyId", "user", "s3_user_unknown"},
		"wrong secret":   {403, "SignatureDoesNotMatch", "secret", "s3_secret_wrong"},
		"may not":        {403, "AccessDenied", "user", "s3_denied"},
		"may not at all": {403, "AllAccessDisabled", "user", "s3_denied"},
		"no bucket":      {404, "NoSuchBucket", "bucket", "s3_no_bucket"},
		"another region": {301, "PermanentRedirect", "region", "s3_region"},
		"no room":        {507, "XMinioStorageFull", "", "full"},
		"wrong clock":    {403, "RequestTimeTooSkewed", "", "s3_clock"},
		"something else": {400, "InvalidRequest", "", "s3_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/xml")
				w.WriteHeader(tt.status)
				_, _ = fmt.Fprintf(w, "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>No\n.</Message></Error>", tt.code)
			}))
			t.Cleanup(srv.Close)
			target := mustOpen(t, s3Settings(srv))
			refused(t, target.Write(t.Context(), Material{Document: []byte(newDocument)}), tt.field, tt.key)
			_, err := target.Test(t.Context())
			refused(t, err, tt.field, tt.key)
		})
	}
	_, err := mustOpen(t, Config{Settings: s3Settings(&httptest.Server{URL: "https://s3.example.com"}).Settings}).Read(t.Context())
	refused(t, err, "secret", "s3_secret_missing")
}

// TestS3Hosts is which hosts requests may go to.
func TestS3Hosts(t *testing.T) {
	for endpoint, hosts := range map[string]map[string]bool{
		"https://s3.example.com":   {"https://s3.example.com/site": true, "https://site.s3.example.com/": true, "https://other.s3.example.com/": false, "http://s3.example.com/": false, "https://s3.example.com:444/": false, "https://evil.example.com/": false, "https://s3.amazonaws.com/": false},
		"https://s3.amazonaws.com": {"https://site.s3.dualstack.eu-central-1.amazonaws.com/": true, "https://s3.amazonaws.com/": true, "https://evilamazonaws.com/": false, "https://s3.amazonaws.com.evil.example/": false},
	} {
		target, err := newS3(Config{Settings: idp.Publisher{URL: endpoint, Bucket: "site"}})
		if err != nil {
			t.Fatal(err)
		}
		for address, want := range hosts {
			r, err := http.NewRequest(http.MethodGet, address, nil)
			if err != nil || target.admits(r.URL) != want {
				t.Errorf("%s from %s: not %v (%v)", address, endpoint, want, err)
			}
		}
	}
}
