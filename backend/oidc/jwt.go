package oidc

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// maxJWT is the longest token that is looked at, in bytes. Ours are near 1 KB; custom claims of 8 KB make them 12.
const maxJWT = 32 << 10

// errNotOurs is a token that this provider has not signed, or not as what it is presented as.
var errNotOurs = errors.New("not a token of this issuer")

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
func (k *Keys) verifyIDToken(token, issuer string) (hintClaims, error) {
	var c hintClaims
	payload, err := k.verify(token, typeID)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(payload, &c); err != nil || c.Issuer != issuer || c.Subject == "" {
		return c, errNotOurs
	}
	return c, nil
}

// verify answers the claims of a token of one type that a key of ours has signed, unless it was withdrawn since. The algorithm is the key's, whatever the header says (RFC 8725 §3.1).
func (k *Keys) verify(token, typ string) ([]byte, error) {
	if !isJWS(token) {
		return nil, errNotOurs
	}
	h, err := parseHeader(token)
	if err != nil || h.Type != typ { // RFC 8725 §3.11
		return nil, errNotOurs
	}
	key, ok := k.ring.Load().verify[h.KeyID]
	if !ok || key.Algorithm != h.Algorithm {
		return nil, errNotOurs
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(key.Algorithm)})
	if err != nil {
		return nil, errNotOurs
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return nil, errNotOurs
	}
	return payload, nil
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

// sign makes a token of one type, with the current key of an algorithm.
func (k *Keys) sign(ctx context.Context, algorithm, typ string, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode the claims: %w", err)
	}
	s, err := k.signerFor(ctx, algorithm)
	if err != nil {
		return "", err
	}
	signed, err := s.byType[typ].Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign the token: %w", err)
	}
	return signed.CompactSerialize()
}
