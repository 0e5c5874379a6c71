package oidc_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"

	"github.com/go-jose/go-jose/v4"
)

// jwtApp is an app whose access tokens are JWTs, with its first tokens.
func (h *home) jwtApp(c idp.Client) (idp.Client, string, answer) {
	h.Helper()
	c.Name, c.AccessFormat = "API", idp.FormatJWT
	app, secret := h.addApp(c)
	a := h.redeemAs(app.ID, secret, h.code(app.ID))
	if a.status != 200 {
		h.Fatalf("no tokens: %d %s", a.status, a.raw)
	}
	return app, secret, a
}

// TestJWTAccessToken wants what RFC 9068 §2 wants.
func TestJWTAccessToken(t *testing.T) {
	h := newHome(t)
	for _, c := range []idp.Client{{}, {Audience: "https://api.example.com", AccessLife: 900}} {
		app, _, a := h.jwtApp(c)
		token := a.text("access_token")
		if head := h.checkSignature(token); head["typ"] != "at+jwt" || head["alg"] != "RS256" || len(head) != 3 {
			t.Errorf("header %v", head)
		}
		life, aud := 300.0, app.ID
		if c.Audience != "" {
			life, aud = 900, c.Audience
		}
		now := float64(h.now().Unix())
		want := map[string]any{"iss": h.issuer, "sub": h.ann.ID, "aud": aud, "client_id": app.ID, "iat": now, "exp": now + life, "scope": fullScope,
			"auth_time": float64(h.session.AuthTime.Unix()), "acr": idp.ACRPasskey, "amr": []any{"hwk", "user"}}
		got := claimsOf(t, token)
		if jti, _ := got["jti"].(string); len(jti) != 43 {
			t.Errorf("jti %q", jti)
		}
		delete(got, "jti")
		gotJSON, _ := json.Marshal(got)
		if wantJSON, _ := json.Marshal(want); string(gotJSON) != string(wantJSON) {
			t.Errorf("claims\n%s, want\n%s", gotJSON, wantJSON)
		}
		if a.body["expires_in"] != life {
			t.Errorf("expires_in %v", a.body["expires_in"])
		}
		h.userInfo(token).is(t, 200, "")
		h.pass(time.Duration(life)*time.Second - time.Millisecond)
		h.userInfo(token).is(t, 200, "")
		h.pass(time.Millisecond)
		h.userInfo(token).is(t, 401, "invalid_token")
		h.session = h.signIn(h.ann)
	}
}

// TestJWTAccessTokenObeys ends with the grant, as an opaque one does.
func TestJWTAccessTokenObeys(t *testing.T) {
	h := newHome(t)
	_, _, a := h.jwtApp(idp.Client{})
	h.userInfo(a.text("access_token")).is(t, 200, "")
	h.ann.DisabledAt = h.now()
	h.write(func(tx *store.Tx) error { return tx.UpdateUser(h.ann) })
	h.userInfo(a.text("access_token")).is(t, 401, "invalid_token")
}

// TestForgedAccessTokens presents what looks like an access token and is none.
func TestForgedAccessTokens(t *testing.T) {
	h := newHome(t)
	_, _, a := h.jwtApp(idp.Client{})
	token := a.text("access_token")
	parts := strings.Split(token, ".")
	claims := string(rawURL(t, parts[1]))
	jti := claimsOf(t, token)["jti"].(string)
	id, _ := h.privateKey()
	_, _, other := newHome(t).jwtApp(idp.Client{})
	curve, _, es := h.jwtApp(idp.Client{IDTokenAlgorithm: idp.ES256})
	esKid := h.checkSignature(es.text("access_token"))["kid"]
	head := func(pairs ...string) map[jose.HeaderKey]any {
		m := map[jose.HeaderKey]any{"kid": id, "typ": "at+jwt"}
		for i := 0; i < len(pairs); i += 2 {
			m[jose.HeaderKey(pairs[i])] = pairs[i+1]
		}
		return m
	}
	flipped := rawURL(t, parts[2])
	flipped[100] ^= 1
	for _, tt := range []struct {
		name, token string
		ok          bool
	}{
		{"as given", token, true},
		{"signed the same way", h.signed(head(), claims), true},
		{"by the other key, as given", es.text("access_token"), true},
		{"its jti as an opaque token", jti, false},
		{"an opaque token within a JWT", h.signed(head(), strings.Replace(claims, jti, h.tokens().text("access_token"), 1)), false},
		{"an ID token", a.text("id_token"), false}, // JW-08
		{"an ID token with that jti", h.signed(head("typ", "JWT"), claims), false},
		{"a logout token with that jti", h.signed(head("typ", "logout+jwt"), claims), false},
		{"another case of the type", h.signed(head("typ", "AT+JWT"), claims), false},
		{"no type", h.signed(map[jose.HeaderKey]any{"kid": id}, claims), false},
		{"no kid", h.signed(map[jose.HeaderKey]any{"typ": "at+jwt"}, claims), false},
		{"kid of another algorithm", h.signed(head("kid", esKid), claims), false},
		{"a key in the header", h.signed(head("jku", "https://evil.example/keys"), claims), false}, // JW-03
		{"another issuer", h.signed(head(), strings.Replace(claims, h.issuer, h.issuer+"/", 1)), false},
		{"of another home", other.text("access_token"), false},
		{"no jti", h.signed(head(), strings.Replace(claims, `"jti"`, `"jtj"`, 1)), false},
		{"an unknown jti", h.signed(head(), strings.Replace(claims, jti, idp.NewSecret(), 1)), false},
		{"signature changed", parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(flipped), false},
		{"signature left out", parts[0] + "." + parts[1] + ".", false},
		{"claims changed", parts[0] + "." + b64(strings.Replace(claims, `"exp":`, `"exp":9`, 1)) + "." + parts[2], false},
		{"alg none", b64(`{"alg":"none","kid":"`+id+`","typ":"at+jwt"}`) + "." + parts[1] + ".", false}, // JW-01
		{"alg HS256 with the public key", hmacAs(t, h, "at+jwt", token), false},                         // JW-02
		{"alg ES256 with an RSA key", b64(`{"alg":"ES256","kid":"`+id+`","typ":"at+jwt"}`) + "." + parts[1] + "." + parts[2], false},
		{"four parts", token + ".x", false},
		{"two parts", parts[0] + "." + parts[1], false},
		{"encrypted", "a.b.c.d.e", false}, // JW-05
		{"longer than any", token + strings.Repeat("A", 64<<10), false},
	} {
		if got := h.userInfo(tt.token); (got.status == 200) != tt.ok || !tt.ok && got.text("error") != "invalid_token" {
			t.Errorf("%s: %d %s", tt.name, got.status, got.raw)
		}
	}
	if curve.IDTokenAlgorithm != idp.ES256 {
		t.Error("the app of the other key has another algorithm")
	}
}

// TestClaimsOfScopes has each scope tell its claims and nothing else, in both places.
func TestClaimsOfScopes(t *testing.T) {
	h := newHome(t)
	both := func(scope string) (id, info map[string]any) {
		a := h.tokens("scope", scope)
		id, info = claimsOf(t, a.text("id_token")), h.userInfo(a.text("access_token")).body
		for _, name := range []string{"iss", "aud", "iat", "exp", "auth_time", "at_hash", "acr", "amr", "sid", "nonce"} {
			if id[name] == nil || info[name] != nil {
				t.Errorf("%s: %s is %v in the ID token and %v in userinfo", scope, name, id[name], info[name])
			}
			delete(id, name)
		}
		return id, info
	}
	family := idp.Group{ID: idp.NewID(idp.PrefixGroup), Name: "family", Claims: `{"tier":"gold","badge":"of the group"}`, CreatedAt: h.now(), UpdatedAt: h.now()}
	h.write(func(tx *store.Tx) error {
		if err := tx.CreateGroup(family); err != nil {
			return err
		}
		return tx.SetMembers(family.ID, []string{h.ann.ID})
	})
	for _, tt := range []struct {
		moved, scope string
		want         []string
	}{
		{"", "openid", nil},
		{"", "openid email", []string{"email", "email_verified"}},
		{"", "openid groups", []string{"groups"}},
		{"", "openid profile", []string{"name", "given_name", "family_name", "preferred_username", "locale", "updated_at", "badge", "tier"}},
		{"email", "openid email", []string{"email", "email_verified", "tier"}}, // the group's claim moves, the person's own stays with profile
		{"email", "openid profile", []string{"name", "given_name", "family_name", "preferred_username", "locale", "updated_at", "badge"}},
		{"openid", "openid", []string{"tier"}},
		{"groups", "openid groups", []string{"groups", "tier"}},
	} {
		if tt.moved != "" {
			h.write(func(tx *store.Tx) error { return tx.SetClaimScope("tier", tt.moved) })
		}
		id, info := both(tt.scope)
		for name, got := range map[string]map[string]any{"ID token": id, "userinfo": info} {
			sameNames(t, tt.scope+", "+name, got, append(tt.want, "sub"))
		}
		if badge := info["badge"]; badge == "of the group" {
			t.Error("the group's claim wins over the person's own")
		}
	}
}
