package probes

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"crypto"
)

// segment is a part of a JWT.
func segment(v any) string {
	raw, _ := json.Marshal(v) // of maps made here
	return base64.RawURLEncoding.EncodeToString(raw)
}

// unsigned is a JWT that nobody signed (RFC 7519 §6).
func unsigned(claims map[string]any) string {
	return segment(map[string]any{"alg": "none"}) + "." + segment(claims) + "."
}

// signed is a JWT by a key of ours.
func signed(key *rsa.PrivateKey, header, claims string) string {
	sum := sha256.Sum256([]byte(header + "." + claims))
	signature, _ := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return header + "." + claims + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// forged is a token with the same header and claims, signed by another key.
func forged(token string) string {
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	parts := strings.Split(token, ".")
	return signed(key, parts[0], parts[1])
}
