package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"

	"hearthkey/backend/backendtest"
	"hearthkey/backend/store"
)

// TestWebFingerCheckByCommand looks at a domain on an internet whose certificates nobody trusts.
func TestWebFingerCheckByCommand(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HEARTHKEY_TEST_DNS", backendtest.NameServer(t))
	t.Setenv("HEARTHKEY_TEST_PORT", u.Port())
	dir := pinned(t)
	holds(t, said(t, dir, 0, "webfinger", "check"), "No domain is on the list")
	said(t, dir, 0, "webfinger", "add", "example.com")
	holds(t, said(t, dir, 1, "webfinger", "check", "Example.com"), "fails now", "WRONG", "signed by nobody", "whole chain", "Not every domain is in order")
	holds(t, said(t, dir, 1, "webfinger", "check", "example.org"), "not in the list any more")
	holds(t, said(t, dir, 1, "webfinger", "check", "--json"), `"verdict": "danger"`)
	holds(t, said(t, dir, 0, "webfinger", "list"), "danger   example.com")
}

// TestStatusTellsOfDrift: what the window's tray and Overview tell of stands in the status too.
func TestStatusTellsOfDrift(t *testing.T) {
	dir := pinned(t)
	said(t, dir, 0, "webfinger", "add", "example.com")
	s, err := store.Open(t.Context(), filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	err = s.Write(t.Context(), func(tx *store.Tx) error {
		return tx.SetWebFingerReport("example.com", `{"verdict": "danger", "drifted": true, "fault": "issuer", "since": 1, "findings": [{"key": "issuer", "state": "danger", "title": "Another issuer is named"}]}`)
	})
	if _ = s.Close(); err != nil {
		t.Fatal(err)
	}
	holds(t, said(t, dir, 0, "status"), "WebFinger:       WebFinger of example.com is out of order", "To do: WebFinger of example.com was changed there. Another issuer is named. It was in order before")
}
