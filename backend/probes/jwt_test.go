package probes

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
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

var _ = add(map[string]func(*probe){
	"JW-01": algNone,
	"JW-03": headerInjection,
	"JW-04": critical,
	"JW-05": bombs,
	"JW-06": nested,
	"JW-08": typeConfusion,
	"JW-09": audienceConfusion,
	"JW-10": privateParts,
})

// notTaken hands a token to every place that takes one: as a hint at authorize and at the sign-out, as an access token, as an assertion.
func (p *probe) notTaken(what, token string, app *backendtest.App, b *backendtest.Browser) {
	p.Helper()
	if a := b.Authorize(app, "prompt", "none", "id_token_hint", token); a.Code != "" || a.Error != "login_required" && a.Error != "invalid_request" {
		p.Errorf("%s as a hint at authorize gets %v", what, a.Params)
	}
	a := b.EndSession("id_token_hint", token, "post_logout_redirect_uri", app.Input.PostLogoutRedirectURIs[0])
	if a.Request != nil {
		p.Errorf("%s as a hint at the sign-out leads to %s", what, a.Request.URL)
	}
	if a := b.Authorize(app, "prompt", "none"); a.Code == "" {
		p.Errorf("%s as a hint has signed somebody out: %v", what, a.Params)
	}
	if res := app.UserInfo(token); res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusBadRequest {
		p.Errorf("%s as an access token answers %d", what, res.StatusCode)
	}
	assertion := url.Values{"grant_type": {"client_credentials"}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {token}}
	req := p.NewRequest(http.MethodPost, "/api/oidc/token", assertion.Encode())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if res := p.Browser().Do(req); res.StatusCode != http.StatusUnauthorized || !strings.Contains(res.Body, "invalid_client") {
		p.Errorf("%s as an assertion answers %d: %s", what, res.StatusCode, res.Body)
	}
}

// hinted is somebody signed in to an app, with the parts of their ID token.
func (p *probe) hinted() (*backendtest.App, *backendtest.Browser, []string) {
	p.Helper()
	app, b := p.App(), p.signedIn()
	t := p.works("sign in", app.Redeem(b.Authorize(app)))
	return app, b, strings.Split(t.IDToken, ".")
}

// headerOf is the header of a token, to be changed.
func headerOf(part string) map[string]any {
	raw, _ := base64.RawURLEncoding.DecodeString(part)
	out := map[string]any{}
	_ = json.Unmarshal(raw, &out)
	return out
}

func algNone(p *probe) {
	app, b, parts := p.hinted()
	for _, alg := range []string{"none", "None", "NONE", "nOnE", ""} {
		h := headerOf(parts[0])
		h["alg"] = alg
		p.notTaken("alg "+alg, segment(h)+"."+parts[1]+".", app, b)
		p.notTaken("alg "+alg+" with the old signature", segment(h)+"."+parts[1]+"."+parts[2], app, b)
	}
	p.notTaken("an empty signature", parts[0]+"."+parts[1]+".", app, b)
	h := headerOf(parts[0])
	h["alg"] = "HS256" // signed with what everybody knows: the public key
	p.notTaken("HS256 by the public key", keyed(segment(h)+"."+parts[1], p.Get("/.well-known/jwks.json").Body), app, b)
}

// keyed is a JWS by HMAC.
func keyed(signing, key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(signing))
	return signing + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// headerInjection: whatever the header says of keys, nothing is fetched and nothing but our own keys counts. A listener sees that nobody asks.
func headerInjection(p *probe) {
	app, b, parts := p.hinted()
	asked := make(chan string, 100)
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	p.Cleanup(thief.Close)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	p.must(err)
	for what, change := range map[string]map[string]any{
		"kid of a path": {"kid": "../../../../dev/null"}, "kid of SQL": {"kid": "' OR 1=1 --"}, "kid of nobody": {"kid": "key_x"}, "no kid": {"kid": nil},
		"jku": {"jku": thief.URL + "/jwks"}, "x5u": {"x5u": thief.URL + "/cert"}, "x5c": {"x5c": []string{"MIIB"}},
		"jwk": {"jwk": map[string]any{"kty": "RSA", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": "AQAB"}},
	} {
		h := headerOf(parts[0])
		for name, value := range change {
			if h[name] = value; value == nil {
				delete(h, name)
			}
		}
		p.notTaken(what, signed(key, segment(h), parts[1]), app, b)
		p.notTaken(what+", with the old signature", segment(h)+"."+parts[1]+"."+parts[2], app, b)
	}
	select {
	case path := <-asked:
		p.Errorf("the provider asked for %s", path)
	default:
	}
}

func critical(p *probe) {
	app, b, parts := p.hinted()
	for what, change := range map[string]map[string]any{"crit exp": {"crit": []string{"exp"}, "exp": 1}, "crit b64": {"crit": []string{"b64"}, "b64": false}, "b64 alone": {"b64": false}, "empty crit": {"crit": []string{}}} {
		h := headerOf(parts[0])
		for name, value := range change {
			h[name] = value
		}
		p.notTaken(what, segment(h)+"."+parts[1]+"."+parts[2], app, b)
	}
}

// bombs are encrypted tokens, which are never opened. They count as work not done: the memory that each call may take is bounded.
func bombs(p *probe) {
	app, b, _ := p.hinted()
	tail := "." + base64.RawURLEncoding.EncodeToString(make([]byte, 40)) + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 12)) + "." + strings.Repeat("A", 1000) + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 16))
	for what, h := range map[string]map[string]any{
		"a deflate bomb": {"alg": "dir", "enc": "A256GCM", "zip": "DEF"}, "a billion rounds": {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 1_000_000_000, "p2s": "AAAA"},
		"an empty key": {"alg": "A128KW", "enc": "A128GCM"}, "an empty text": {"alg": "dir", "enc": "A128CBC-HS256"},
	} {
		token := segment(h) + tail
		p.notTaken(what, token, app, b)
		p.notTaken(what+", with nothing in it", segment(h)+"....", app, b)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		app.UserInfo(token)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 10<<20 {
			p.Errorf("%s took %d MB", what, took>>20)
		}
	}
}

func nested(p *probe) {
	app, b, parts := p.hinted()
	deep := base64.RawURLEncoding.EncodeToString([]byte(`{"a":` + strings.Repeat("[", 3000) + strings.Repeat("]", 3000) + `}`))
	p.notTaken("a nested header", deep+"."+parts[1]+"."+parts[2], app, b)
	p.notTaken("a nested payload", parts[0]+"."+deep+"."+parts[2], app, b)
	deepest := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("[", 100_000)))
	form := app.Params("prompt", "none", "id_token_hint", parts[0]+"."+deepest+".x") // by POST, since no address may be that long
	if res := p.Browser().PostFrom("https://app.example", "/authorize", form); res.StatusCode >= 500 {
		p.Errorf("100,000 levels answer %d", res.StatusCode)
	}
	p.alive("afterwards", app, p.works("afterwards", app.Redeem(b.Authorize(app))))
}

// typeConfusion: a token counts as what it was made for (RFC 8725 §3.11).
func typeConfusion(p *probe) {
	app := p.App(func(in *admin.ClientInput) { in.AccessFormat = idp.FormatJWT })
	b := p.signedIn()
	t := p.works("sign in", app.Redeem(b.Authorize(app)))
	p.alive("the access token", app, t)
	if res := app.UserInfo(t.IDToken); res.StatusCode != http.StatusUnauthorized {
		p.Errorf("an ID token as an access token answers %d", res.StatusCode)
	}
	a := b.EndSession("id_token_hint", t.AccessToken, "post_logout_redirect_uri", app.Input.PostLogoutRedirectURIs[0])
	if a.Request != nil {
		p.Errorf("an access token as a hint at the sign-out leads to %s", a.Request.URL)
	}
	if a := b.Authorize(app, "prompt", "none", "id_token_hint", t.AccessToken); a.Error != "login_required" && a.Error != "invalid_request" {
		p.Errorf("an access token as a hint gets %v", a.Params)
	}
	claims := headerOf(strings.Split(t.AccessToken, ".")[1])
	if jti, _ := claims["jti"].(string); jti == "" || app.UserInfo(jti).StatusCode != http.StatusUnauthorized {
		p.Errorf("the jti %q alone is taken for the token", jti)
	}
}

// audienceConfusion: whose token it is, and whose issuer it names, counts.
func audienceConfusion(p *probe) {
	mine, evil, b := p.App(), p.App(), p.signedIn()
	t := p.works("sign in", mine.Redeem(b.Authorize(mine)))
	theirs := p.works("sign in", evil.Redeem(b.Authorize(evil)))
	a := b.EndSession("id_token_hint", theirs.IDToken, "client_id", mine.ID, "post_logout_redirect_uri", mine.Input.PostLogoutRedirectURIs[0])
	if a.Request != nil {
		p.Errorf("the hint of one app with the client_id of another leads to %s", a.Request.URL)
	}
	p.refusedToApp("the hint of another app", b.Authorize(mine, "prompt", "none", "id_token_hint", theirs.IDToken), "login_required")
	parts := strings.Split(t.IDToken, ".")
	for _, issuer := range []string{p.Issuer + "/", "https://other.example", ""} {
		c := headerOf(parts[1])
		c["iss"] = issuer
		p.notTaken("iss "+issuer, parts[0]+"."+segment(c)+"."+parts[2], mine, b)
	}
	if other := evil.Post("/api/oidc/introspect", url.Values{"token": {t.AccessToken}}); strings.TrimSpace(other.Body) != `{"active":false}` {
		p.Errorf("another app is told of the token: %s", other.Body)
	}
}

func privateParts(p *probe) {
	var set struct{ Keys []map[string]any }
	p.Get("/.well-known/jwks.json").Decode(&set)
	if len(set.Keys) < 2 {
		p.Errorf("there are %d keys, want the current one and the next", len(set.Keys))
	}
	seen := map[string]bool{}
	for _, key := range set.Keys {
		for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "k", "oth"} {
			if _, there := key[name]; there {
				p.Errorf("a key shows %s", name)
			}
		}
		for _, name := range []string{"kty", "use", "alg", "kid"} {
			if v, _ := key[name].(string); v == "" {
				p.Errorf("a key has no %s", name)
			}
		}
		if kid := key["kid"].(string); seen[kid] {
			p.Errorf("the kid %s is there twice", kid)
		} else {
			seen[kid] = true
		}
	}
}

// verified checks a signature by RS256, with the standard library alone.
func verified(token, n, e string) bool {
	end := strings.LastIndex(token, ".")
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(decoded(n)), E: int(new(big.Int).SetBytes(decoded(e)).Int64())}
	sum := sha256.Sum256([]byte(token[:end]))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], decoded(token[end+1:])) == nil
}
