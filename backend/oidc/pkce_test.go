package oidc

import (
	"net/url"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

// The pair of RFC 7636 appendix B.
const (
	rfcVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	rfcChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func TestParseChallenge(t *testing.T) {
	optional, public, required := idp.Client{}, idp.Client{Public: true}, idp.Client{RequirePKCE: true}
	for _, tt := range []struct {
		name   string
		client idp.Client
		query  string
		ok     bool
	}{
		{"good", optional, "code_challenge=" + rfcChallenge + "&code_challenge_method=S256", true},
		{"good, public", public, "code_challenge=" + rfcChallenge + "&code_challenge_method=S256", true},
		{"none, optional", optional, "", true},
		{"none, public", public, "", false},
		{"none, required", required, "", false},
		{"method omitted", optional, "code_challenge=" + rfcChallenge, false}, // PK-02
		{"plain", optional, "code_challenge=" + rfcVerifier + "&code_challenge_method=plain", false},
		{"unknown method", optional, "code_challenge=" + rfcChallenge + "&code_challenge_method=S512", false},
		{"method in lower case", optional, "code_challenge=" + rfcChallenge + "&code_challenge_method=s256", false},
		{"empty", optional, "code_challenge=&code_challenge_method=S256", false}, // PK-04
		{"empty, no method", optional, "code_challenge=", false},
		{"method alone", optional, "code_challenge_method=S256", false},
		{"short", optional, "code_challenge=" + rfcChallenge[:42] + "&code_challenge_method=S256", false},
		{"long", optional, "code_challenge=" + rfcChallenge + "A&code_challenge_method=S256", false},
		{"padded", optional, "code_challenge=" + rfcChallenge + "%3D&code_challenge_method=S256", false},
		{"padded within the length", optional, "code_challenge=" + rfcChallenge[:42] + "%3D&code_challenge_method=S256", false},
		{"standard base64 +", optional, "code_challenge=%2B" + rfcChallenge[1:] + "&code_challenge_method=S256", false},
		{"standard base64 /", optional, "code_challenge=%2F" + rfcChallenge[1:] + "&code_challenge_method=S256", false},
		{"line break", optional, "code_challenge=%0A" + rfcChallenge[1:] + "&code_challenge_method=S256", false},
		{"line break at the end", optional, "code_challenge=" + rfcChallenge + "%0A&code_challenge_method=S256", false},
		{"loose last bits", optional, "code_challenge=" + rfcChallenge[:42] + "N&code_challenge_method=S256", false},
	} {
		form, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		got, problem := parseChallenge(form, tt.client)
		if (problem == "") != tt.ok {
			t.Errorf("%s: problem %q, want good: %v", tt.name, problem, tt.ok)
		}
		if tt.ok && got != form.Get("code_challenge") {
			t.Errorf("%s: challenge %q", tt.name, got)
		}
	}
}

func TestCheckVerifier(t *testing.T) {
	long := strings.Repeat("a", 128)
	for _, tt := range []struct {
		name, challenge, verifier, code string
	}{
		{"good", rfcChallenge, rfcVerifier, ""},
		{"good, longest", challengeOf(long), long, ""},
		{"good, all marks", challengeOf("-._~" + long[:60]), "-._~" + long[:60], ""},
		{"neither", "", "", ""},
		{"verifier without challenge", "", rfcVerifier, "invalid_request"}, // PK-08
		{"verifier missing", rfcChallenge, "", "invalid_grant"},
		{"wrong", rfcChallenge, strings.Repeat("b", 43), "invalid_grant"},
		{"the challenge itself", rfcChallenge, rfcChallenge, "invalid_grant"}, // plain
		{"1 character", challengeOf("a"), "a", "invalid_request"},             // PK-07
		{"42 characters", challengeOf(long[:42]), long[:42], "invalid_request"},
		{"129 characters", challengeOf(long + "a"), long + "a", "invalid_request"},
		{"illegal character", challengeOf("!" + long[:50]), "!" + long[:50], "invalid_request"},
		{"beyond ASCII", challengeOf("é" + long[:50]), "é" + long[:50], "invalid_request"},
	} {
		got := ""
		if refusal := checkVerifier(tt.challenge, tt.verifier); refusal != nil {
			got = refusal.Code
		}
		if got != tt.code {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.code)
		}
	}
}
