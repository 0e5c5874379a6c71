package oidc_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
)

func TestParseEndSession(t *testing.T) {
	h := newHome(t)
	const bye, byeQuery = "https://rp.example.com/bye", "https://rp.example.com/bye?x=1"
	app, secret := h.addApp(idp.Client{Name: "Logout", PostLogoutRedirectURIs: []string{bye, byeQuery, "http://localhost:3000/bye"}})
	off, offSecret := h.addApp(idp.Client{Name: "Off", PostLogoutRedirectURIs: []string{bye}})
	hint := h.redeemAs(app.ID, secret, h.code(app.ID)).text("id_token")
	offHint := h.redeemAs(off.ID, offSecret, h.code(off.ID)).text("id_token")
	off.DisabledAt = h.now()
	h.write(updateClient(off))
	parts := strings.Split(hint, ".")
	h.pass(48 * time.Hour) // expired hints are good

	type want struct {
		client, location, problem string
		verified                  bool
	}
	for _, tt := range []struct {
		name string
		form url.Values
		want want
	}{
		{"rp-initiated-logout", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {bye}, "state": {"s&1"}}, want{app.ID, bye + "?state=s%261", "", true}},
		{"with the client", url.Values{"id_token_hint": {hint}, "client_id": {app.ID}, "post_logout_redirect_uri": {bye}}, want{app.ID, bye, "", true}},
		{"registered with a query", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {byeQuery}, "state": {"s"}}, want{app.ID, byeQuery + "&state=s", "", true}},
		{"client alone", url.Values{"client_id": {app.ID}, "post_logout_redirect_uri": {bye}, "state": {"s"}}, want{app.ID, bye + "?state=s", "", false}},
		{"no-state", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {bye}}, want{app.ID, bye, "", true}},
		{"no-params", url.Values{}, want{}},
		{"only-state", url.Values{"state": {"s"}}, want{}}, // LO-05
		{"no-post-logout-redirect-uri", url.Values{"id_token_hint": {hint}, "state": {"s"}}, want{app.ID, "", "", true}},
		{"state with a line break", url.Values{"client_id": {app.ID}, "post_logout_redirect_uri": {bye}, "state": {"a\r\nSet-Cookie: x"}}, want{app.ID, bye + "?state=a%0D%0ASet-Cookie%3A+x", "", false}},
		{"unknown client, no redirect", url.Values{"client_id": {"app_nope"}}, want{}},

		{"bad-post-logout-redirect-uri", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://evil.example/"}, "state": {"s"}}, want{app.ID, "", "end_redirect", true}},
		{"query-added-to-post-logout-redirect-uri", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {bye + "?foo=bar"}}, want{app.ID, "", "end_redirect", true}},
		{"redirect URI of sign-in", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {callback}}, want{app.ID, "", "end_redirect", true}},
		{"loopback port", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {"http://localhost:3001/bye"}}, want{app.ID, "", "end_redirect", true}},
		{"modified-id-token-hint", url.Values{"id_token_hint": {parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2]))}, "post_logout_redirect_uri": {bye}}, want{"", "", "end_hint", false}}, // LO-03
		{"modified hint and the client", url.Values{"id_token_hint": {hint[:len(hint)-8]}, "client_id": {app.ID}, "post_logout_redirect_uri": {bye}}, want{"", "", "end_hint", false}},
		{"alg none", url.Values{"id_token_hint": {b64(`{"alg":"none","typ":"JWT"}`) + "." + parts[1] + "."}, "post_logout_redirect_uri": {bye}}, want{"", "", "end_hint", false}},
		{"bad-id-token-hint", url.Values{"id_token_hint": {"nonsense"}, "post_logout_redirect_uri": {bye}}, want{"", "", "end_hint", false}},
		{"no-id-token-hint", url.Values{"post_logout_redirect_uri": {bye}, "state": {"s"}}, want{"", "", "end_client_unknown", false}},
		{"unknown client", url.Values{"client_id": {"app_nope"}, "post_logout_redirect_uri": {bye}}, want{"", "", "end_client_unknown", false}},
		{"hint of another app", url.Values{"id_token_hint": {hint}, "client_id": {h.app.ID}, "post_logout_redirect_uri": {bye}}, want{"", "", "end_client_differs", false}}, // JW-09
		{"disabled app", url.Values{"id_token_hint": {offHint}, "post_logout_redirect_uri": {bye}}, want{"", "", "end_client_unknown", true}},
		{"repeated", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {bye, bye}}, want{"", "", "end_repeated", false}},
		{"state too long", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {bye}, "state": {strings.Repeat("s", 4097)}}, want{app.ID, "", "end_state", true}},
	} {
		e, err := h.provider.ParseEndSession(context.Background(), tt.form)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		got := want{location: e.Location(), problem: strings.TrimPrefix(e.Problem.Key, "oidc."), verified: e.HintVerified}
		if e.Client != nil {
			got.client = e.Client.ID
		}
		if got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
		if known := e.HintUserID == h.ann.ID && e.HintSessionID == h.session.ID; known != tt.want.verified {
			t.Errorf("%s: names %q in %q", tt.name, e.HintUserID, e.HintSessionID)
		}
		if e.RedirectURI == "" && e.State != "" || e.Problem.Key != "" && !idp.Known(e.Problem.Key) {
			t.Errorf("%s: state %q, problem %q", tt.name, e.State, e.Problem.Key)
		}
	}
}
