package oidc

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"strings"

	"hearthkey/backend/idp"
)

// parseChallenge reads the code challenge of an authorization request (RFC 7636 §4.3). Only S256 is known: plain protects nothing once the request is seen (RFC 9700 §2.1.1), and an omitted method means plain.
// A challenge that is named but empty is refused and not taken for absent, so that an app with a fault is not left without the protection it asked for.
func parseChallenge(form url.Values, client idp.Client) (challenge, problem string) {
	challenge = form.Get("code_challenge")
	switch {
	case challenge == "" && (form.Has("code_challenge") || form.Get("code_challenge_method") != ""):
		return "", "code_challenge is empty"
	case challenge == "" && client.NeedsPKCE():
		return "", "this app must send a code_challenge (PKCE, RFC 7636)"
	case challenge == "":
		return "", ""
	case form.Get("code_challenge_method") != "S256":
		return "", "code_challenge_method must be S256"
	case !isChallenge(challenge):
		return "", "code_challenge must be a SHA-256 in base64url without padding, 43 characters"
	}
	return challenge, ""
}

func isChallenge(s string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(s) == 43 && len(raw) == sha256.Size
}

// isVerifier checks the grammar of a code verifier: 43 to 128 unreserved characters (RFC 7636 §4.1).
func isVerifier(s string) bool {
	return len(s) >= 43 && len(s) <= 128 && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~", r))
	})
}

// challengeOf is BASE64URL(SHA256(verifier)) (RFC 7636 §4.6).
func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// checkVerifier compares the token request's verifier with the challenge the code was bound to. A verifier for a code without a challenge is refused too: somebody took the challenge away on its way here (RFC 9700 §4.8.2).
func checkVerifier(challenge, verifier string) *tokenError {
	switch {
	case challenge == "" && verifier == "":
		return nil
	case challenge == "":
		return invalidRequest("code_verifier was sent, but the authorization request had no code_challenge")
	case verifier == "":
		return invalidGrant("code_verifier is missing")
	case !isVerifier(verifier):
		return invalidRequest("code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~")
	case subtle.ConstantTimeCompare([]byte(challengeOf(verifier)), []byte(challenge)) != 1:
		return invalidGrant("code_verifier does not match")
	}
	return nil
}
