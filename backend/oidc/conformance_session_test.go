package oidc_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// backchannelModules are the modules of the plan for Back-Channel Logout that an app starts by its own sign-out.
var backchannelModules = map[string]module{
	"discovery": fresh(func(r *party) {
		r.promises("backchannel_logout_supported", true)
		r.promises("backchannel_logout_session_supported", true)
	}),
	"logout": backchannelLogout,
}

// waitAtMost is how long a test waits for what comes by itself.
const waitAtMost = 30 * time.Second

// backchannelLogout signs out at one app and wants another one, which was signed in to in the same browser, to be told.
func backchannelLogout(t *testing.T, run *plan) {
	told := make(chan *http.Request, 8)
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		_ = req.ParseForm()
		told <- req
	}))
	defer app.Close()
	r := newParty(t, run, func(in *admin.ClientInput) { in.BackchannelLogoutURI = app.URL + "/backchannel?tenant=1" })
	s := r.signIn()
	a := r.endSession("id_token_hint", s.raw, "post_logout_redirect_uri", r.goodbye(), "state", "of-the-app")
	if a.Page != nil || a.State != "of-the-app" {
		t.Errorf("after the pages %v the app gets %v", a.Steps, a.Params)
	}
	select {
	case req := <-told:
		r.checkLogoutRequest(req, s)
	case <-time.After(waitAtMost):
		t.Fatal("the app was not told")
	}
	r.isOut()
}

// checkLogoutRequest holds a back-channel request and its token to OIDC Back-Channel Logout §2.4 to §2.6.
func (r *party) checkLogoutRequest(req *http.Request, s session) {
	r.Helper()
	if req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || req.URL.RequestURI() != "/backchannel?tenant=1" || len(req.PostForm) != 1 {
		r.Errorf("%s %s of the type %q with %v", req.Method, req.URL, req.Header.Get("Content-Type"), req.PostForm)
	}
	token := req.PostForm.Get("logout_token")
	header, claims := jwsHeader(r.T, token), jwsClaims(r.T, token)
	if header["typ"] != "logout+jwt" || header["alg"] != "RS256" {
		r.Errorf("the header is %v", header)
	}
	verifyRS256(r.T, token, fetchKeys(r.T, r.plan.Provider))
	for name, want := range map[string]any{"iss": r.plan.Issuer, "aud": r.app.ID, "sub": s.id.Subject, "sid": s.claims["sid"]} {
		if claims[name] != want || want == nil {
			r.Errorf("%s is %v and should be %v", name, claims[name], want)
		}
	}
	events, _ := claims["events"].(map[string]any)
	if object, _ := events["http://schemas.openid.net/event/backchannel-logout"].(map[string]any); object == nil || len(events) != 1 {
		r.Errorf("events is %v", claims["events"])
	}
	iat, _ := claims["iat"].(float64)
	exp, _ := claims["exp"].(float64)
	if now := float64(r.now().Unix()); iat != now || exp <= now || exp > now+120 {
		r.Errorf("iat is %v and exp %v at %v", claims["iat"], claims["exp"], now)
	}
	if jti, _ := claims["jti"].(string); jti == "" || claims["nonce"] != nil {
		r.Errorf("jti is %v and nonce %v", claims["jti"], claims["nonce"])
	}
}

// jwsClaims are the claims of a compact JWS. Nothing is verified.
func jwsClaims(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWS", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{}
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// thirdPartyModules are the modules of the plan for logins that begin at the provider (OIDC Core §4).
var thirdPartyModules = map[string]module{
	"initiate-login-uri":           initiateLogin,
	"initiate-login-uri-not-https": initiateLoginNotHTTPS,
}

var linkTag = regexp.MustCompile(`<a\b[^>]*\bhref="([^"]*)"`)

// initiateLogin opens the app from the account page. The app gets this issuer in iss and begins a sign-in, which needs no passkey.
func initiateLogin(t *testing.T, run *plan) {
	const uri = "https://photos.home.example/begin?tenant=1"
	r := newParty(t, run, func(in *admin.ClientInput) { in.InitiateLoginURI = uri })
	r.signIn()
	for _, m := range linkTag.FindAllStringSubmatch(r.browser.Get("/account").Body, -1) {
		address, err := url.Parse(html.UnescapeString(m[1]))
		if err != nil || address.Host != "photos.home.example" {
			continue
		}
		if q := address.Query(); address.Path != "/begin" || q.Get("tenant") != "1" || len(q["iss"]) != 1 || q.Get("iss") != run.Issuer {
			t.Errorf("the app is opened by %s", address)
		}
		r.silently()
		return
	}
	t.Error("the account page has no link to the app")
}

// initiateLoginNotHTTPS: such an address cannot be registered.
func initiateLoginNotHTTPS(t *testing.T, run *plan) {
	in := run.App().Input
	for _, uri := range []string{"http://photos.home.example/begin", "javascript:alert(1)", "photos://begin", "https:begin"} {
		in.InitiateLoginURI = uri
		_, err := run.Admin.CreateClient(context.Background(), in)
		if idp.CodeOf(err) != idp.Invalid {
			t.Errorf("%s: %v", uri, err)
		}
	}
	in.InitiateLoginURI = "https://photos.home.example/begin"
	if _, err := run.Admin.CreateClient(context.Background(), in); err != nil {
		t.Errorf("https: %v", err)
	}
}
