package oidc_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"

	"golang.org/x/oauth2"
)

// raw decodes base64url.
func rawURL(h testing.TB, s string) []byte {
	h.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		h.Fatal(err)
	}
	return b
}

// claimsOf reads the claims of a token without a look at its signature.
func claimsOf(t testing.TB, token string) (out map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %q", token)
	}
	if err := json.Unmarshal(rawURL(t, parts[1]), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// checkSignature verifies a token by the key set with the standard library alone, and answers its header.
func (h *home) checkSignature(token string) map[string]string {
	h.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		h.Fatalf("not a JWT: %q", token)
	}
	var head map[string]string
	if err := json.Unmarshal(rawURL(h, parts[0]), &head); err != nil {
		h.Fatal(err)
	}
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal([]byte(h.get(oidc.PathJWKS).raw), &set); err != nil {
		h.Fatal(err)
	}
	for _, k := range set.Keys {
		if k["kid"] != head["kid"] {
			continue
		}
		if k["alg"] != head["alg"] || k["use"] != "sig" || k["d"] != "" {
			h.Errorf("key %v for a header %v", k, head)
		}
		if !signedBy(h, k, []byte(parts[0]+"."+parts[1]), rawURL(h, parts[2])) {
			h.Errorf("%s: the signature is wrong", head["alg"])
		}
		return head
	}
	h.Fatalf("no key %s", head["kid"])
	return nil
}

func signedBy(t testing.TB, k map[string]string, input, signature []byte) bool {
	sum := sha256.Sum256(input)
	switch k["alg"] {
	case "RS256":
		e := new(big.Int).SetBytes(rawURL(t, k["e"]))
		key := &rsa.PublicKey{N: new(big.Int).SetBytes(rawURL(t, k["n"])), E: int(e.Int64())}
		return k["kty"] == "RSA" && key.N.BitLen() == 2048 && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	case "ES256":
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{4}, append(rawURL(t, k["x"]), rawURL(t, k["y"])...)...))
		if err != nil || k["kty"] != "EC" || k["crv"] != "P-256" || len(signature) != 64 { // RFC 7518 §3.4: R and S, 32 bytes each
			return false
		}
		return ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
	case "EdDSA":
		return k["kty"] == "OKP" && k["crv"] == "Ed25519" && ed25519.Verify(rawURL(t, k["x"]), input, signature)
	}
	return false
}

// TestAlgorithms signs in to apps of each algorithm, and checks with the standard library and with go-oidc.
func TestAlgorithms(t *testing.T) {
	h := newHome(t)
	for _, algorithm := range []string{idp.RS256, idp.ES256, idp.EdDSA} {
		for _, format := range []string{idp.FormatOpaque, idp.FormatJWT} {
			app, secret := h.addApp(idp.Client{Name: algorithm, IDTokenAlgorithm: algorithm, AccessFormat: format})
			a := h.redeemAs(app.ID, secret, h.code(app.ID))
			for range 2 { // the exchange, and a refresh
				if a.status != 200 {
					t.Fatalf("%s: %d %s", algorithm, a.status, a.raw)
				}
				id, access := a.text("id_token"), a.text("access_token")
				if head := h.checkSignature(id); head["alg"] != algorithm || head["typ"] != "JWT" || len(head) != 3 {
					t.Errorf("%s: header %v", algorithm, head)
				}
				sum256, sum512 := sha256.Sum256([]byte(access)), sha512.Sum512([]byte(access))
				want := sum256[:16]
				if algorithm == idp.EdDSA {
					want = sum512[:32]
				}
				if got := claimsOf(t, id)["at_hash"]; got != base64.RawURLEncoding.EncodeToString(want) {
					t.Errorf("%s: at_hash %v", algorithm, got)
				}
				verify(t, h.relyingParty(app, secret), (&oauth2.Token{AccessToken: access}).WithExtra(map[string]any{"id_token": id}), nonceOf(t, id))
				h.userInfo(access).is(t, 200, "")
				a = h.refreshAs(app.ID, secret, a.text("refresh_token"))
			}
		}
	}
	kids := h.published()
	h.reopen()
	if again := h.published(); len(kids) != 6 || strings.Join(again, " ") != strings.Join(kids, " ") {
		t.Errorf("keys %v, after a restart %v", kids, again)
	}
}

func nonceOf(t *testing.T, token string) string {
	nonce, _ := claimsOf(t, token)["nonce"].(string)
	return nonce
}

// TestAlgorithmPrepared publishes the keys of an algorithm as soon as an app is switched to it, before anybody signs in.
func TestAlgorithmPrepared(t *testing.T) {
	h := newHome(t)
	h.addApp(idp.Client{Name: "Curves", IDTokenAlgorithm: idp.ES256})
	h.upkeep()
	if n := len(h.rows(idp.ES256)); n != 2 || len(h.published()) != 4 || len(h.rows(idp.EdDSA)) != 0 {
		t.Errorf("%d keys, published %v", n, h.published())
	}
	h.pass(90 * idp.Day)
	h.upkeep()
	if n := len(h.rows(idp.ES256)); n != 3 {
		t.Errorf("%d keys after 90 days", n)
	}
}

// TestAlgorithmFirstUse lets many first users of an algorithm meet: they share one pair of keys.
func TestAlgorithmFirstUse(t *testing.T) {
	h := newHome(t)
	app, secret := h.addApp(idp.Client{Name: "Curves", IDTokenAlgorithm: idp.EdDSA})
	tokens := make(chan string, 8)
	for range cap(tokens) {
		go func() { tokens <- h.redeemAs(app.ID, secret, h.code(app.ID)).text("id_token") }()
	}
	for range cap(tokens) {
		h.checkSignature(<-tokens)
	}
	if n := len(h.rows(idp.EdDSA)); n != 2 {
		t.Errorf("%d keys", n)
	}
}

// TestLifetimes gives an app its own lifetimes.
func TestLifetimes(t *testing.T) {
	h := newHome(t)
	app, secret := h.addApp(idp.Client{Name: "Short", AccessLife: 60, IDTokenLife: 120, RefreshIdle: 3600, RefreshAbsolute: 5400, AlwaysRefresh: true})
	a := h.redeemAs(app.ID, secret, h.code(app.ID))
	if a.body["expires_in"] != 60.0 {
		t.Errorf("expires_in %v", a.body["expires_in"])
	}
	if c := claimsOf(t, a.text("id_token")); c["exp"].(float64)-c["iat"].(float64) != 120 {
		t.Errorf("ID token of %v", c)
	}
	h.pass(time.Minute - time.Millisecond)
	h.userInfo(a.text("access_token")).is(t, 200, "")
	h.pass(time.Millisecond)
	h.userInfo(a.text("access_token")).is(t, 401, "invalid_token")

	second := h.refreshAs(app.ID, secret, a.text("refresh_token")) // after a minute
	second.is(t, 200, "")
	h.pass(time.Hour - time.Millisecond)
	third := h.refreshAs(app.ID, secret, second.text("refresh_token"))
	third.is(t, 200, "")
	h.pass(29*time.Minute + time.Millisecond) // 90 minutes since the first: the absolute end comes before the idle one
	h.refreshAs(app.ID, secret, third.text("refresh_token")).is(t, 400, "invalid_grant")

	idle := h.redeemAs(app.ID, secret, h.code(app.ID))
	h.pass(time.Minute)
	rotated := h.refreshAs(app.ID, secret, idle.text("refresh_token"))
	h.pass(time.Hour)
	h.refreshAs(app.ID, secret, rotated.text("refresh_token")).is(t, 400, "invalid_grant")

	idle = h.redeemAs(app.ID, secret, h.code(app.ID))
	h.pass(time.Hour)
	h.refreshAs(app.ID, secret, idle.text("refresh_token")).is(t, 400, "invalid_grant")
}
