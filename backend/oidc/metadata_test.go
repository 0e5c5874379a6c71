package oidc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/oidc"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

var update = flag.Bool("update", false, "write the golden files")

func TestDiscovery(t *testing.T) {
	h := newHome(t)
	a := h.get(oidc.PathDiscovery)
	a.is(t, http.StatusOK, "")
	if other := h.get(oidc.PathMetadata); other.raw != a.raw {
		t.Errorf("RFC 8414 metadata differs: %s", other.raw)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(strings.ReplaceAll(a.raw, h.issuer, "https://id.example.ts.net")), "", "  "); err != nil {
		t.Fatal(err)
	}
	indented.WriteByte('\n')
	golden := filepath.Join("testdata", "discovery.json")
	if *update {
		if err := os.WriteFile(golden, indented.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(want, indented.Bytes()) {
		t.Errorf("discovery differs from %s (run with -update to accept): %v\n%s", golden, err, indented.String())
	}
	p, err := goidc.NewProvider(context.Background(), h.issuer)
	if err != nil {
		t.Fatalf("go-oidc: %v", err)
	}
	if e := p.Endpoint(); e.AuthURL != h.endpoint("/authorize") || e.TokenURL != h.endpoint("/api/oidc/token") || p.UserInfoEndpoint() != h.endpoint("/api/oidc/userinfo") {
		t.Errorf("go-oidc reads %+v", e)
	}
}

func TestDocumentCaching(t *testing.T) {
	h := newHome(t)
	for _, path := range []string{oidc.PathDiscovery, oidc.PathMetadata, oidc.PathJWKS} {
		a := h.get(path)
		etag := a.header.Get("ETag")
		if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/json" || len(etag) < 10 || !strings.Contains(a.header.Get("Cache-Control"), "max-age") {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
		for have, want := range map[string]int{etag: http.StatusNotModified, `"x", ` + etag: http.StatusNotModified, "*": http.StatusNotModified, `"other"`: http.StatusOK} {
			r, _ := http.NewRequest(http.MethodGet, h.endpoint(path), nil)
			r.Header.Set("If-None-Match", have)
			if got := h.do(r); got.status != want || (want == http.StatusNotModified) != (got.raw == "") {
				t.Errorf("%s, If-None-Match %s: %d", path, have, got.status)
			}
		}
		r, _ := http.NewRequest(http.MethodPost, h.endpoint(path), nil)
		if got := h.do(r); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") == "" {
			t.Errorf("%s: POST gives %d", path, got.status)
		}
		r, _ = http.NewRequest(http.MethodHead, h.endpoint(path), nil)
		if got := h.do(r); got.status != http.StatusOK || got.raw != "" {
			t.Errorf("%s: HEAD gives %d", path, got.status)
		}
	}
}

// TestJWKS wants public keys with all that relying parties look for, and nothing private (JW-10).
func TestJWKS(t *testing.T) {
	h := newHome(t)
	a := h.get(oidc.PathJWKS)
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal([]byte(a.raw), &set); err != nil || len(set.Keys) != 2 {
		t.Fatalf("%v: %s", err, a.raw)
	}
	for _, k := range set.Keys {
		names := slices.Sorted(maps.Keys(k))
		if want := []string{"alg", "e", "kid", "kty", "n", "use"}; !slices.Equal(names, want) {
			t.Errorf("members %v, want %v", names, want)
		}
		if k["alg"] != "RS256" || k["use"] != "sig" || k["kty"] != "RSA" || len(k["n"].(string)) != 342 {
			t.Errorf("key %v", k)
		}
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(a.raw), &keys); err != nil || !keys.Keys[0].Valid() || !keys.Keys[0].IsPublic() {
		t.Errorf("go-jose reads %v, %v", keys, err)
	}
}
