package oidc

import (
	"net/url"
	"unicode/utf8"
)

// limits are the longest values taken of parameters that are kept or answered, in bytes: a pending request lives in memory, and there may be many.
var limits = map[string]int{"state": 4096, "nonce": 1024, "scope": 2048, "id_token_hint": maxJWT}

// checkTexts refuses values that cannot be given back exactly: too long, or with characters that RFC 6749 appendix A.5 excludes and that a form post would change.
func checkTexts(form url.Values, fail failFunc) error {
	for _, name := range []string{"state", "nonce", "scope", "id_token_hint"} {
		if v := form.Get(name); len(v) > limits[name] {
			return fail("invalid_request", name+" is too long")
		} else if !isText(v) {
			return fail("invalid_request", name+" holds characters that are not allowed")
		}
	}
	return nil
}

func isText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			return false
		}
	}
	return true
}

// hint reads a parameter that may be ignored, and ignores one that is too long or no text.
func hint(form url.Values, name string) string {
	v := form.Get(name)
	if len(v) > 256 || !isText(v) {
		return ""
	}
	return v
}

// parseIDTokenHint notes whom a hint of ours names; it may be expired, and it never signs anyone in (OIDC Core §3.1.2.1).
// One that is well-formed but not ours, or another app's, names nobody here: with prompt=none that is login_required, and otherwise it is ignored, since an app may keep a hint for longer than we keep a key.
func (p *Provider) parseIDTokenHint(req *Authorize, token string, fail failFunc) error {
	if token == "" {
		return nil
	}
	if !isJWS(token) {
		return fail("invalid_request", "id_token_hint is not an ID token")
	}
	claims, err := p.keys.verifyIDToken(token, p.issuer)
	if err == nil && claims.Audience == req.Client.ID {
		req.HintUserID = claims.Subject
		return nil
	}
	if req.Prompt.None {
		return fail("login_required", "id_token_hint is not an ID token of this issuer for this app")
	}
	return nil
}
