package oidc_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"mime"
	"net/http"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/backendtest"

	"golang.org/x/oauth2"
)

// unsigned is a request object without a signature (OIDC Core §6.1).
func (r *party) unsigned(pairs ...string) string {
	r.Helper()
	claims := map[string]any{"iss": r.app.ID, "aud": r.plan.Issuer, "client_id": r.app.ID, "response_type": "code", "scope": "openid", "state": "of-the-object", "nonce": "of-the-object"}
	for i := 0; i < len(pairs); i += 2 {
		claims[pairs[i]] = pairs[i+1]
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		r.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(raw) + "."
}

// requestObject: discovery promises none, so it is refused and never ignored (OIDC Core §3.1.2.6).
func requestObject(r *party) {
	r.promises("request_parameter_supported", false)
	r.refused("request_not_supported", "request", r.unsigned("redirect_uri", r.app.RedirectURI))
	r.signIn()
	r.refused("request_not_supported", "request", r.unsigned("redirect_uri", r.app.RedirectURI))
}

func requestURI(r *party) {
	r.promises("request_uri_parameter_supported", false)
	r.refused("request_uri_not_supported", "request_uri", "https://app.home.example/request.jwt")
	r.signIn()
	r.refused("request_uri_not_supported", "request_uri", "https://app.home.example/request.jwt")
}

// requestObjectRedirect: an address in a request object counts for nothing, be it beside one outside or alone.
func requestObjectRedirect(r *party) {
	r.signIn()
	r.refused("request_not_supported", "request", r.unsigned("redirect_uri", "https://other.example/callback"))
	a := r.ask("redirect_uri", backendtest.Omit, "request", r.unsigned("redirect_uri", r.app.RedirectURI))
	if a.Page == nil || a.Page.StatusCode != http.StatusBadRequest {
		r.Errorf("the app gets %v", a.Params)
	}
}

// promises checks a value in discovery.
func (r *party) promises(name string, want any) {
	r.Helper()
	meta := map[string]any{}
	if err := r.provider.Claims(&meta); err != nil {
		r.Fatal(err)
	}
	if meta[name] != want {
		r.Errorf("discovery says that %s is %v", name, meta[name])
	}
}

// claimsEssential asks for one claim by itself (OIDC Core §5.5) and gets that and no more.
func claimsEssential(r *party) {
	r.promises("claims_parameter_supported", true)
	got := r.userInfo(r.signIn("claims", `{"userinfo":{"name":{"essential":true}}}`))
	if got["name"] != r.who.Name {
		r.Errorf("name is %v", got["name"])
	}
	if got["email"] != nil || got["preferred_username"] != nil {
		r.Errorf("userinfo tells what was not asked for: %v", got)
	}
}

// refreshToken: it works for its client alone, and the new ID token fits the first (OIDC Core §12.2).
func refreshToken(r *party) {
	r.config.Scopes = []string{"openid", "offline_access"}
	first := r.signIn("prompt", "consent")
	if first.token.RefreshToken == "" {
		r.Fatal("there is no refresh token")
	}
	stranger := r.plan.App()
	r.isInvalidGrant(stranger.Refresh(first.token.RefreshToken))

	first = r.signIn("prompt", "consent") // the stranger's try may have ended what it tried
	r.plan.Clock.Advance(2 * time.Second)
	token, err := r.config.TokenSource(r.ctx, &oauth2.Token{RefreshToken: first.token.RefreshToken}).Token()
	if err != nil {
		r.Fatal(err)
	}
	second := r.verify(token)
	r.sameSignIn(first, second)
	if second.id.Issuer != first.id.Issuer || !second.id.IssuedAt.After(first.id.IssuedAt) || token.AccessToken == first.token.AccessToken {
		r.Errorf("iss %s, iat %s after iss %s, iat %s", second.id.Issuer, second.id.IssuedAt, first.id.Issuer, first.id.IssuedAt)
	}
	if nonce := second.claims["nonce"]; nonce != nil && nonce != r.nonce {
		r.Errorf("nonce is %v", nonce)
	}
	r.userInfo(second)
}

func isJSONType(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// jwsHeader is the header of a compact JWS.
func jwsHeader(t *testing.T, token string) map[string]any {
	t.Helper()
	first, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	header := map[string]any{}
	if err := json.Unmarshal(raw, &header); err != nil {
		t.Fatal(err)
	}
	return header
}

// fetchKeys reads the key set by kid, and refuses what a key set must not have: private parts, a kid twice or none.
func fetchKeys(t *testing.T, p *backendtest.Provider) map[string]map[string]any {
	t.Helper()
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	uri, _ := p.Get("/.well-known/openid-configuration").JSON()["jwks_uri"].(string)
	p.Get(uri).Decode(&set)
	out := map[string]map[string]any{}
	for _, k := range set.Keys {
		kid, _ := k["kid"].(string)
		if kid == "" || out[kid] != nil || k["d"] != nil || k["k"] != nil || k["use"] != "sig" {
			t.Errorf("key %v", k)
		}
		out[kid] = k
	}
	return out
}

// verifyRS256 verifies a compact JWS by crypto/rsa.
func verifyRS256(t *testing.T, token string, keys map[string]map[string]any) {
	t.Helper()
	kid, _ := jwsHeader(t, token)["kid"].(string)
	n, ok1 := keys[kid]["n"].(string)
	e, ok2 := keys[kid]["e"].(string)
	if !ok1 || !ok2 {
		t.Fatalf("the kid %q names no RSA key", kid)
	}
	number := func(s string) *big.Int {
		raw, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return new(big.Int).SetBytes(raw)
	}
	end := strings.LastIndex(token, ".")
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(token[:end]))
	if err := rsa.VerifyPKCS1v15(&rsa.PublicKey{N: number(n), E: int(number(e).Int64())}, crypto.SHA256, sum[:], signature); err != nil {
		t.Errorf("the signature is not good: %v", err)
	}
}
