package oidc_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

func sameNames(t *testing.T, what string, got map[string]any, want []string) {
	t.Helper()
	want = slices.Sorted(slices.Values(want))
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, want) {
		t.Errorf("%s tells %v, want %v", what, names, want)
	}
}

// TestClaimsParameter asks for single claims, each in one place.
func TestClaimsParameter(t *testing.T) {
	h := newHome(t)
	h.write(func(tx *store.Tx) error { return tx.SetClaimScope("badge", "email") })
	protocol := []string{"iss", "sub", "aud", "iat", "exp", "auth_time", "at_hash", "acr", "amr", "sid", "nonce"}
	for _, tt := range []struct {
		name, claims string
		id, info     []string // beside those of the protocol
		consent      string
	}{
		{"nothing", ``, nil, nil, "openid"},
		{"empty", `{}`, nil, nil, "openid"},
		{"other members", `{"verified_claims":{"a":1},"userinfo":null}`, nil, nil, "openid"},
		{"userinfo", `{"userinfo":{"email":null,"name":{"essential":true}}}`, nil, []string{"email", "name"}, "openid profile email"},
		{"ID token", `{"id_token":{"preferred_username":null}}`, []string{"preferred_username"}, nil, "openid profile"},
		{"both", ` {"userinfo":{"email":{}}, "id_token":{"groups":{"essential":false}}}` + "\n", []string{"groups"}, []string{"email"}, "openid email groups"},
		{"custom", `{"id_token":{"badge":null}}`, []string{"badge"}, nil, "openid email"},
		{"unknown", `{"userinfo":{"phone_number":{"essential":true},"given_name#de":null,"":null},"id_token":{"vip":null}}`, nil, nil, "openid"},
		{"of the protocol", `{"userinfo":{"iss":null,"sid":null,"nbf":null},"id_token":{"auth_time":{"essential":true},"act":null}}`, nil, nil, "openid"},
		{"values are a wish", `{"userinfo":{"locale":{"value":"de","values":["fr"]}}}`, nil, []string{"locale"}, "openid profile"},
	} {
		a := h.tokens("scope", "openid", "claims", tt.claims)
		sameNames(t, tt.name+", ID token", claimsOf(t, a.text("id_token")), append(tt.id, protocol...))
		sameNames(t, tt.name+", userinfo", h.userInfo(a.text("access_token")).body, append(tt.info, "sub"))
		req, err := parse(h, request(h.app.ID, "scope", "openid", "claims", tt.claims))
		if err != nil || req.ConsentScope() != tt.consent {
			t.Errorf("%s: asks consent for %q (%v), want %q", tt.name, req.ConsentScope(), err, tt.consent)
		}
	}
	a := h.tokens("scope", "openid offline_access", "claims", `{"id_token":{"email":null},"userinfo":{"groups":null}}`)
	a = h.refresh(a.text("refresh_token"))
	if claimsOf(t, a.text("id_token"))["email"] != "ann@example.com" || h.userInfo(a.text("access_token")).body["groups"] == nil {
		t.Errorf("after a refresh single claims are gone: %s", a.raw)
	}
}

// TestClaimsParameterRefused takes nothing that is not of the form of OIDC Core §5.5.
func TestClaimsParameterRefused(t *testing.T) {
	h := newHome(t)
	emil := h.addUser("emil", "")
	hint := h.tokens().text("id_token")
	for _, tt := range []struct{ name, claims, code string }{
		{"no JSON", `userinfo`, "invalid_request"},
		{"null", `null`, "invalid_request"},
		{"a list", `[]`, "invalid_request"},
		{"a member that is a list", `{"userinfo":[]}`, "invalid_request"},
		{"a claim that is a text", `{"userinfo":{"name":"x"}}`, "invalid_request"},
		{"essential that is a text", `{"userinfo":{"name":{"essential":"yes"}}}`, "invalid_request"},
		{"two objects", `{}{}`, "invalid_request"},
		{"no UTF-8", "{\"userinfo\":{\"\xff\":null}}", "invalid_request"},
		{"too long", `{"userinfo":{"` + strings.Repeat("x", 9000) + `":null}}`, "invalid_request"},
		{"nested deeply", `{"a":` + strings.Repeat("[", 4000) + strings.Repeat("]", 4000) + `}`, ""}, // an unknown member
		{"sub that is too long", `{"id_token":{"sub":{"value":"` + strings.Repeat("x", 300) + `"}}}`, "invalid_request"},
		{"sub against the hint", `{"id_token":{"sub":{"value":"` + emil.ID + `"}}}`, "login_required"},
		{"sub as the hint", `{"id_token":{"sub":{"value":"` + h.ann.ID + `"}}}`, ""},
		{"acr that is unknown", `{"id_token":{"acr":{"essential":true,"value":"urn:mace:incommon:iap:silver"}}}`, "unmet_authentication_requirements"},
		{"acr of a device", `{"id_token":{"acr":{"essential":true,"values":["` + idp.ACRDevice + `"]}}}`, "unmet_authentication_requirements"},
		{"acr that is unknown, as a wish", `{"id_token":{"acr":{"values":["urn:mace:incommon:iap:silver"]}}}`, ""},
		{"acr in userinfo", `{"userinfo":{"acr":{"essential":true,"values":["x"]}}}`, ""},
		{"acr that is one of two", `{"id_token":{"acr":{"essential":true,"values":["x","` + idp.ACRPasskey + `"]}}}`, ""},
		{"acr without values", `{"id_token":{"acr":{"essential":true}}}`, ""},
	} {
		_, err := parse(h, request(h.app.ID, "id_token_hint", hint, "claims", tt.claims))
		told := new(oidc.AppError)
		if got := errors.As(err, &told); got != (tt.code != "") || got && told.Code != tt.code || err != nil && !got {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.code)
		}
	}
}

// TestClaimsForSomebody answers of the person whose sub was asked for, or fails (OIDC Core §3.1.2.2).
func TestClaimsForSomebody(t *testing.T) {
	h := newHome(t)
	emil := h.addUser("emil", "")
	for _, tt := range []struct{ claims, code string }{
		{`{"id_token":{"sub":{"value":"` + h.ann.ID + `"}}}`, ""},
		{`{"id_token":{"sub":{"value":"` + emil.ID + `"}}}`, "login_required"},
		{`{"userinfo":{"sub":{"value":"` + emil.ID + `"}}}`, "login_required"},
		{`{"id_token":{"sub":{"values":["` + emil.ID + `"]}}}`, "login_required"},
		{`{"id_token":{"sub":{"value":12}}}`, ""},
		{`{"id_token":{"sub":null}}`, ""},
	} {
		req, err := parse(h, request(h.app.ID, "claims", tt.claims))
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = h.provider.IssueCode(context.Background(), req, h.session, visitor)
		told := new(oidc.AppError)
		if got := errors.As(err, &told); got != (tt.code != "") || got && told.Code != tt.code {
			t.Errorf("%s: %v, want %q", tt.claims, err, tt.code)
		}
	}
}

// TestEssentialACR gives a code only for a session of the kind that the app calls essential.
func TestEssentialACR(t *testing.T) {
	h := newHome(t)
	enrolled := h.session
	enrolled.ACR = idp.ACREnrol
	claims := func(acr string) string { return `{"id_token":{"acr":{"essential":true,"values":["` + acr + `"]}}}` }
	for _, tt := range []struct {
		acr     string
		session idp.Session
		ok      bool
	}{
		{idp.ACRPasskey, h.session, true},
		{idp.ACRPasskey, enrolled, false},
		{idp.ACREnrol, enrolled, true},
		{idp.ACREnrol, h.session, false},
	} {
		req, err := parse(h, request(h.app.ID, "claims", claims(tt.acr)))
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = h.provider.IssueCode(context.Background(), req, tt.session, visitor)
		told := new(oidc.AppError)
		if unmet := errors.As(err, &told) && told.Code == "unmet_authentication_requirements"; unmet == tt.ok || req.MeetsACR(tt.session) != tt.ok {
			t.Errorf("%s for a session of %s: %v", tt.acr, tt.session.ACR, err)
		}
	}
}

// TestUserInfoOnly keeps the claims of scopes out of the ID token, and not those that the app asks for there.
func TestUserInfoOnly(t *testing.T) {
	h := newHome(t)
	app, secret := h.addApp(idp.Client{Name: "Thin", UserInfoOnly: true})
	a := h.redeemAs(app.ID, secret, h.code(app.ID, "claims", `{"id_token":{"email":null}}`))
	id := claimsOf(t, a.text("id_token"))
	sameNames(t, "ID token", id, []string{"iss", "sub", "aud", "iat", "exp", "auth_time", "at_hash", "acr", "amr", "sid", "nonce", "email"})
	if info := h.userInfo(a.text("access_token")).body; info["name"] == nil || info["groups"] == nil || info["badge"] == nil {
		t.Errorf("userinfo tells %v", info)
	}
}

// asJSON is v as JSON, read and written once more, so that numbers that went over the wire and others are alike.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err == nil {
		v = nil
		if err = json.Unmarshal(raw, &v); err == nil {
			raw, err = json.Marshal(v)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestPreview shows what the app is then told.
func TestPreview(t *testing.T) {
	h := newHome(t)
	thin, thinSecret := h.addApp(idp.Client{Name: "Thin", UserInfoOnly: true, IDTokenLife: 300})
	for _, app := range []struct {
		idp.Client
		secret string
	}{{h.app, h.secret}, {thin, thinSecret}} {
		for _, scope := range []string{fullScope, "openid", "openid email weather"} {
			a := h.redeemAs(app.ID, app.secret, h.code(app.ID, "scope", scope))
			told, info := claimsOf(t, a.text("id_token")), h.userInfo(a.text("access_token")).body
			for _, name := range []string{"nonce", "at_hash", "sid", "amr"} {
				delete(told, name)
			}
			var id, userInfo map[string]any
			err := h.store.View(context.Background(), func(r store.Reads) (err error) {
				id, userInfo, err = oidc.Preview(context.Background(), r, h.issuer, h.ann, app.Client, scope, h.now())
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := asJSON(t, id), asJSON(t, told); got != want {
				t.Errorf("%s, %s: ID token\n%s, want\n%s", app.Name, scope, got, want)
			}
			if got, want := asJSON(t, userInfo), asJSON(t, info); got != want {
				t.Errorf("%s, %s: userinfo\n%s, want\n%s", app.Name, scope, got, want)
			}
		}
	}
}
