package oidc

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// maxJWT is the longest token that is looked at, in bytes. Ours are near 1 KB; custom claims of 8 KB make them 12.
const maxJWT = 32 << 10

// errNotOurs is a token that this provider has not signed as an ID token.
var errNotOurs = errors.New("not an ID token of this issuer")

// header is all that the header of our tokens holds. One with anything else (jku, jwk, x5u, crit, b64) is not ours (RFC 8725 §3.10).
type header struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ"`
}

// hintClaims are the claims that matter of an ID token that comes back to us.
type hintClaims struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	Audience  string `json:"aud"`
	SessionID string `json:"sid"`
}

// isJWS says whether token has the form of a signed JWT: three parts, of which the first two are base64url of JSON objects (RFC 7515 §7.1). Five parts would be encrypted: none is ever opened.
func isJWS(token string) bool {
	parts := strings.Split(token, ".")
	if len(token) > maxJWT || len(parts) != 3 {
		return false
	}
	for _, part := range parts[:2] {
		var object map[string]json.RawMessage
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || json.Unmarshal(raw, &object) != nil || object == nil {
			return false
		}
	}
	return true
}

// verifyIDToken checks that token is an ID token of issuer, signed by one of our keys. Its time is not checked: hints may be expired (OIDC Core §3.1.2.1, RP-Initiated Logout §2).
func (k *keyring) verifyIDToken(token, issuer string) (hintClaims, error) {
	var c hintClaims
	if !isJWS(token) {
		return c, errNotOurs
	}
	h, err := parseHeader(token)
	if err != nil || h.Type != "JWT" { // logout tokens and access tokens have other types (RFC 8725 §3.11)
		return c, errNotOurs
	}
	key, ok := k.verify[h.KeyID]
	if !ok || key.Algorithm != h.Algorithm {
		return c, errNotOurs
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(key.Algorithm)})
	if err != nil {
		return c, errNotOurs
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return c, errNotOurs
	}
	if err := json.Unmarshal(payload, &c); err != nil || c.Issuer != issuer || c.Subject == "" {
		return c, errNotOurs
	}
	return c, nil
}

func parseHeader(token string) (h header, err error) {
	first, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		return h, err
	}
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.DisallowUnknownFields()
	return h, decoder.Decode(&h)
}

// sign makes a JWT of claims with the current key.
func (k *keyring) sign(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode the claims: %w", err)
	}
	signed, err := k.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign the token: %w", err)
	}
	return signed.CompactSerialize()
}
