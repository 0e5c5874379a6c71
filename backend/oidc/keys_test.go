package oidc_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
	"hearthkey/backend/vault"

	"github.com/go-jose/go-jose/v4"
)

// TestKeysStay wants the same keys after a restart, and tokens of before to go on.
func TestKeysStay(t *testing.T) {
	h := newHome(t)
	before := h.get(oidc.PathJWKS).raw
	first := h.tokens()
	h.reopen()
	if after := h.get(oidc.PathJWKS).raw; after != before {
		t.Errorf("the keys changed:\n%s\n%s", before, after)
	}
	h.refresh(first.text("refresh_token")).is(t, 200, "")
	h.userInfo(first.text("access_token")).is(t, 200, "")
}

// reopen stops everything and starts it again on the same data, under the same issuer's key but a new port.
func (h *home) reopen() {
	h.Helper()
	h.server.Close()
	if err := h.store.Close(); err != nil {
		h.Fatal(err)
	}
	h.open()
}

// TestNothingUsableAtRest looks through every file for secrets in the clear (CO-09).
func TestNothingUsableAtRest(t *testing.T) {
	h := newHome(t)
	code := h.code(h.app.ID)
	first := h.redeem(code)
	second := h.refresh(first.text("refresh_token"))
	secrets := map[string]string{"code": code, "client secret": h.secret, "access token": first.text("access_token"), "refresh token": first.text("refresh_token"), "successor": second.text("refresh_token")}
	keys, err := h.store.SigningKeys(context.Background(), "sig")
	if err != nil || len(keys) != 2 {
		t.Fatal(keys, err)
	}
	h.server.Close()
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(h.dir, store.FileName+"*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for name, secret := range secrets {
			if secret == "" || bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%s holds the %s %q", file, name, secret)
			}
		}
		if bytes.Contains(raw, []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}) { // rsaEncryption in PKCS#8
			t.Errorf("%s holds a private key", file)
		}
	}
	h.open()
}

func TestWrongVault(t *testing.T) {
	h := newHome(t)
	other, err := vault.Open(context.Background(), vault.Options{Dir: t.TempDir(), Kind: vault.KindFile})
	if err != nil {
		t.Fatal(err)
	}
	_, err = oidc.OpenKeys(context.Background(), oidc.KeysConfig{Store: h.store, Vault: other, Clock: h.now, Log: slog.Default()})
	if idp.CodeOf(err) != idp.Unavailable {
		t.Errorf("keys of another vault: %v", err)
	}
	if keys, err := h.store.SigningKeys(context.Background(), "sig"); err != nil || len(keys) != 2 {
		t.Errorf("new keys over old data: %d %v", len(keys), err)
	}
}

// vault opens the vault of the home once more.
func (h *home) vault() *vault.Vault {
	h.Helper()
	v, err := vault.Open(context.Background(), vault.Options{Dir: h.dir, Kind: vault.KindFile, HasWrappedData: true})
	if err != nil {
		h.Fatal(err)
	}
	return v
}

// privateKey is the key that the provider signs with.
func (h *home) privateKey() (string, *rsa.PrivateKey) {
	h.Helper()
	keys, err := h.store.SigningKeys(context.Background(), "sig")
	if err != nil {
		h.Fatal(err)
	}
	keys = slices.DeleteFunc(keys, func(k idp.SigningKey) bool { return k.ActiveAt == 0 || k.RetiredAt != 0 || k.Algorithm != "RS256" })
	der, err := h.vault().Open(keys[0].Sealed, "signing_keys", keys[0].ID)
	if err != nil {
		h.Fatal(err)
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		h.Fatal(err)
	}
	return keys[0].ID, private.(*rsa.PrivateKey)
}

// signed is a token signed by the provider's key under any header.
func (h *home) signed(header map[jose.HeaderKey]any, claims string) string {
	h.Helper()
	_, private := h.privateKey()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: private}, &jose.SignerOptions{ExtraHeaders: header})
	if err != nil {
		h.Fatal(err)
	}
	jws, err := signer.Sign([]byte(claims))
	if err != nil {
		h.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		h.Fatal(err)
	}
	return token
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func kid(t testing.TB, token string) string {
	t.Helper()
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	return jws.Signatures[0].Protected.KeyID
}

// TestHintHeaders signs with the right key, so that only the header or the claims can be what is refused.
func TestHintHeaders(t *testing.T) {
	h := newHome(t)
	id, _ := h.privateKey()
	claims := `{"iss":"` + h.issuer + `","sub":"` + h.ann.ID + `","aud":"` + h.app.ID + `","sid":"` + h.session.ID + `"}`
	with := func(more ...any) map[jose.HeaderKey]any {
		m := map[jose.HeaderKey]any{"kid": id, "typ": "JWT"}
		for i := 0; i < len(more); i += 2 {
			m[jose.HeaderKey(more[i].(string))] = more[i+1]
		}
		return m
	}
	for _, tt := range []struct {
		name, token string
		ok          bool
	}{
		{"ours", h.signed(with(), claims), true},
		{"logout token", h.signed(with("typ", "logout+jwt"), claims), false}, // JW-08
		{"access token", h.signed(with("typ", "at+jwt"), claims), false},
		{"no type", h.signed(map[jose.HeaderKey]any{"kid": id}, claims), false},
		{"no kid", h.signed(map[jose.HeaderKey]any{"typ": "JWT"}, claims), false},
		{"unknown kid", h.signed(with("kid", "key_nope"), claims), false},
		{"jku", h.signed(with("jku", "https://evil.example/k"), claims), false}, // JW-03
		{"x5u", h.signed(with("x5u", "https://evil.example/k"), claims), false},
		{"crit", h.signed(with("crit", []string{"exp"}, "exp", 1), claims), false}, // JW-04
		{"b64", h.signed(with("b64", true, "crit", []string{"b64"}), claims), false},
		{"issuer with a slash", h.signed(with(), strings.Replace(claims, h.issuer, h.issuer+"/", 1)), false}, // JW-09
		{"no issuer", h.signed(with(), `{"sub":"`+h.ann.ID+`","aud":"`+h.app.ID+`"}`), false},
		{"no subject", h.signed(with(), `{"iss":"`+h.issuer+`","aud":"`+h.app.ID+`"}`), false},
		{"audience of two", h.signed(with(), strings.Replace(claims, `"`+h.app.ID+`"`, `["`+h.app.ID+`","x"]`, 1)), false},
		{"claims no object", h.signed(with(), `[]`), false},
	} {
		req, err := parse(h, request(h.app.ID, "id_token_hint", tt.token))
		if err != nil && tt.name != "claims no object" { // that one is malformed
			t.Errorf("%s: %v", tt.name, err)
		} else if (err == nil && req.HintUserID == h.ann.ID) != tt.ok {
			t.Errorf("%s: taken: %v, want %v", tt.name, !tt.ok, tt.ok)
		}
		e, err := h.provider.ParseEndSession(context.Background(), url.Values{"id_token_hint": {tt.token}})
		if err != nil || e.HintVerified != tt.ok {
			t.Errorf("%s: verified at logout: %v %v", tt.name, e, err)
		}
	}
}

// hmacSigned is the payload of an ID token signed by HMAC with the bytes of the public key.
func hmacSigned(t *testing.T, h *home, token string) string {
	t.Helper()
	return hmacAs(t, h, "JWT", token)
}

func hmacAs(t *testing.T, h *home, typ jose.ContentType, token string) string {
	t.Helper()
	id, private := h.privateKey()
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: der}, (&jose.SignerOptions{}).WithType(typ).WithHeader("kid", id))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestHints(t *testing.T) {
	h := newHome(t)
	other, secret := h.addApp(idp.Client{Name: "Other"})
	mine := h.tokens().text("id_token")
	foreign := h.redeemAs(other.ID, secret, h.code(other.ID)).text("id_token")
	stranger := newHome(t)
	parts := strings.Split(mine, ".")
	h.pass(48 * time.Hour) // expired hints are good
	for _, tt := range []struct {
		name, hint, code, user string // code under prompt=none; without it only malformed hints are refused
	}{
		{"none", "", "", ""},
		{"mine", mine, "", h.ann.ID},
		{"of another app", foreign, "login_required", ""}, // JW-09
		{"of another issuer", stranger.tokens().text("id_token"), "login_required", ""},
		{"not a token", "nonsense", "invalid_request", ""},
		{"two parts", parts[0] + "." + parts[1], "invalid_request", ""},
		{"encrypted", "a.b.c.d.e", "invalid_request", ""}, // JW-05
		{"header no JSON", "bm90anNvbg." + parts[1] + "." + parts[2], "invalid_request", ""},
		{"alg none", b64(`{"alg":"none"}`) + "." + parts[1] + ".", "login_required", ""}, // JW-01
		{"alg None", b64(`{"alg":"None","kid":"`+kid(t, mine)+`","typ":"JWT"}`) + "." + parts[1] + ".", "login_required", ""},
		{"HS256 with the public key", hmacSigned(t, h, mine), "login_required", ""},
		{"signature cut", parts[0] + "." + parts[1] + "." + parts[2][:340], "login_required", ""},
		{"signature of another", parts[0] + "." + parts[1] + "." + strings.Split(foreign, ".")[2], "login_required", ""},
		{"payload changed", parts[0] + "." + b64(`{"iss":"`+h.issuer+`","sub":"usr_evil","aud":"`+h.app.ID+`"}`) + "." + parts[2], "login_required", ""},
		{"kid of a path", b64(`{"alg":"RS256","kid":"../../x","typ":"JWT"}`) + "." + parts[1] + "." + parts[2], "login_required", ""}, // JW-03
		{"kid of SQL", b64(`{"alg":"RS256","kid":"' OR 1=1","typ":"JWT"}`) + "." + parts[1] + "." + parts[2], "login_required", ""},
		{"nested deeply", b64(strings.Repeat("[", 20000)) + "." + parts[1] + "." + parts[2], "invalid_request", ""}, // JW-06
		{"header nested deeply", b64(`{"alg":`+strings.Repeat("[", 9000)+strings.Repeat("]", 9000)+`}`) + "." + parts[1] + "." + parts[2], "login_required", ""},
	} {
		for _, prompt := range []string{"none", "login"} {
			req, err := parse(h, request(h.app.ID, "id_token_hint", tt.hint, "prompt", prompt))
			told, want := new(oidc.AppError), tt.code
			if want == "login_required" && prompt == "login" {
				want = "" // ignored: the person signs in anyway
			}
			if got := errors.As(err, &told); got != (want != "") || got && told.Code != want {
				t.Errorf("%s, prompt=%s: %v, want %q", tt.name, prompt, err, want)
			} else if !got && req.HintUserID != tt.user {
				t.Errorf("%s: names %q", tt.name, req.HintUserID)
			}
		}
	}
}
