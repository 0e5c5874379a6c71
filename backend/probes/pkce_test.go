package probes

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"hearthkey/backend/backendtest"
)

var _ = add(map[string]func(*probe){
	"PK-02": func(p *probe) {
		p.toApp("invalid_request", "code_challenge_method", backendtest.Omit)
		p.toApp("invalid_request", "code_challenge", "x", "code_challenge_method", backendtest.Omit)
		p.toApp("invalid_request", "code_challenge_method", "plain")
		p.toApp("invalid_request", "code_challenge_method", "S512")
	},
	"PK-04": malformedChallenge,
	"PK-06": wrongThenRight,
	"PK-07": verifierGrammar,
	"PK-08": downgrade,
	"PK-09": challengeSwap,
	"PK-10": onlyS256,
})

func malformedChallenge(p *probe) {
	const good = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" // RFC 7636 appendix B
	for _, challenge := range []string{good[:42], good + "A", good + "=", strings.Replace(good, "-", "+", 1), strings.Replace(good, "M", "/", 1), "", good[:42] + " "} {
		p.toApp("invalid_request", "code_challenge", challenge)
	}
}

func wrongThenRight(p *probe) {
	app, b := p.App(), p.signedIn()
	a := b.Authorize(app)
	p.invalidGrant("the wrong verifier", app.Redeem(a, "code_verifier", strings.Repeat("w", 50)))
	p.invalidGrant("the right one after it", app.Redeem(a))
}

func verifierGrammar(p *probe) {
	app, b := p.App(), p.signedIn()
	for _, verifier := range []string{"x", strings.Repeat("x", 42), strings.Repeat("x", 129), strings.Repeat("x", 42) + "!", strings.Repeat("x", 42) + "é"} {
		sum := sha256.Sum256([]byte(verifier)) // so that nothing but its grammar is wrong
		a := b.Authorize(app, "code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
		p.oauthError("verifier "+verifier, app.Redeem(a, "code_verifier", verifier), http.StatusBadRequest, "invalid_request", "invalid_grant")
		p.invalidGrant("the code after it", app.Redeem(a))
	}
}

// downgrade: somebody took the challenge away on its way here (RFC 9700 §4.8.2).
func downgrade(p *probe) {
	app, b := p.App(), p.signedIn()
	without := []string{"code_challenge", backendtest.Omit, "code_challenge_method", backendtest.Omit}
	a := b.Authorize(app, without...)
	p.oauthError("a verifier without a challenge", app.Redeem(a, "code_verifier", strings.Repeat("v", 43)), http.StatusBadRequest, "invalid_request")
	p.invalidGrant("the code after it", app.Redeem(a))
	p.works("a confidential app without PKCE", app.Redeem(b.Authorize(app, without...)))
}

func challengeSwap(p *probe) {
	first, second := p.App(), p.App()
	b := p.signedIn()
	one := b.Authorize(first, "code_challenge", second.Params().Get("code_challenge"))
	p.invalidGrant("the verifier of another transaction", first.Redeem(one))
}

func onlyS256(p *probe) {
	var meta struct {
		Methods []string `json:"code_challenge_methods_supported"`
	}
	p.Get("/.well-known/openid-configuration").Decode(&meta)
	if !slices.Equal(meta.Methods, []string{"S256"}) {
		p.Errorf("methods are %v", meta.Methods)
	}
}
