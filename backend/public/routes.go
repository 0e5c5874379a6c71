package public

import (
	"fmt"
	"io/fs"
	"net/http"

	"hearthkey/backend/oidc"
	"hearthkey/backend/signin"
	"hearthkey/backend/webfinger"
	"hearthkey/frontend"
)

// route is one method of one path.
type route struct {
	method, path string
	audience     audience
	class        class
	origin       bool // a first-party request: Origin must be the issuer
	isolated     bool // COOP same-origin; not on what apps open in popups
	pausable     bool // a step of a sign-in: from the internet it waits while the owner has paused that
	acts         bool // a GET that goes on with something: no HEAD for it, which must change nothing (RFC 9110 §9.3.2)
	handle       func(http.ResponseWriter, *http.Request) error
}

func (rt route) name() string { return rt.method + " " + rt.path }

// routes is everything that can be reached from a network.
//
// The POSTs without an origin check are those that others rightly send: they never read a cookie. The rest of the POSTs change something in the name of who is signed in.
func (s *Server) routes(pages *signin.Pages, provider *oidc.Provider) []route {
	const get, post, options = http.MethodGet, http.MethodPost, http.MethodOptions
	list := []route{
		{method: get, path: oidc.PathDiscovery, audience: protocol, class: classFree, handle: whole(provider.Discovery)},
		{method: get, path: oidc.PathMetadata, audience: protocol, class: classFree, handle: whole(provider.Discovery)},
		{method: get, path: oidc.PathJWKS, audience: protocol, class: classFree, handle: whole(provider.JWKS)},
		{method: post, path: oidc.PathToken, audience: protocol, class: classApp, handle: whole(provider.Token)},
		{method: get, path: oidc.PathUserInfo, audience: protocol, class: classApp, handle: whole(provider.UserInfo)},
		{method: post, path: oidc.PathUserInfo, audience: protocol, class: classApp, handle: whole(provider.UserInfo)},
		{method: post, path: oidc.PathIntrospect, audience: protocol, class: classApp, handle: whole(provider.Introspect)},
		{method: post, path: oidc.PathRevoke, audience: protocol, class: classApp, handle: whole(provider.Revoke)},
		{method: post, path: oidc.PathPAR, audience: protocol, class: classPush, handle: whole(provider.PAR)},
		{method: post, path: oidc.PathDeviceAuthorize, audience: protocol, class: classPush, handle: whole(provider.DeviceAuthorize)},
		{method: options, path: oidc.PathDiscovery, audience: protocol, class: classFree, handle: whole(provider.PublicPreflight)},
		{method: options, path: oidc.PathMetadata, audience: protocol, class: classFree, handle: whole(provider.PublicPreflight)},
		{method: options, path: oidc.PathJWKS, audience: protocol, class: classFree, handle: whole(provider.PublicPreflight)},
		{method: options, path: oidc.PathToken, audience: protocol, class: classApp, handle: whole(provider.Preflight)},
		{method: options, path: oidc.PathUserInfo, audience: protocol, class: classApp, handle: whole(provider.Preflight)},
		{method: options, path: oidc.PathRevoke, audience: protocol, class: classApp, handle: whole(provider.Preflight)},
		{method: options, path: oidc.PathPAR, audience: protocol, class: classApp, handle: whole(provider.Preflight)},
		{method: options, path: oidc.PathDeviceAuthorize, audience: protocol, class: classApp, handle: whole(provider.Preflight)},

		{method: get, path: oidc.PathAuthorize, class: classPage, acts: true, pausable: true, handle: pages.Authorize},
		{method: post, path: oidc.PathAuthorize, class: classPage, handle: pages.Authorize},
		{method: get, path: "/authorize/continue", class: classPage, acts: true, pausable: true, handle: pages.AuthorizeContinue},
		{method: post, path: "/consent", class: classPage, origin: true, pausable: true, handle: pages.Consent},
		{method: get, path: "/select-account", class: classPage, pausable: true, handle: pages.Accounts},
		{method: post, path: "/select-account", class: classPage, origin: true, pausable: true, handle: pages.SelectAccount},

		{method: get, path: "/{$}", class: classPage, pausable: true, handle: pages.Home},
		{method: get, path: "/sign-in", class: classPage, pausable: true, handle: pages.SignIn},
		{method: get, path: "/away", class: classPage, handle: pages.Away},
		{method: post, path: "/sign-in/options", class: classPage, origin: true, pausable: true, handle: pages.SignInOptions},
		{method: post, path: "/sign-in/passkey", class: classFinish, origin: true, pausable: true, handle: pages.SignInPasskey},
		{method: post, path: "/sign-in/tailnet", class: classFinish, origin: true, pausable: true, handle: pages.SignInTailnet},

		{method: post, path: "/enrol/ask", class: classFinish, origin: true, isolated: true, pausable: true, handle: pages.EnrolAsk},
		{method: get, path: "/enrol", class: classPage, isolated: true, pausable: true, handle: pages.Enrol},
		{method: get, path: "/enrol/state", class: classPage, handle: pages.EnrolState},
		{method: post, path: "/enrol/options", class: classPage, origin: true, pausable: true, handle: pages.EnrolOptions},
		{method: post, path: "/enrol/passkey", class: classFinish, origin: true, pausable: true, handle: pages.EnrolPasskey},

		{method: get, path: "/renew", class: classPage, pausable: true, handle: pages.Renew},
		{method: get, path: "/invite/{secret}", class: classPage, isolated: true, pausable: true, handle: pages.Invite},
		{method: post, path: "/invite/{secret}/options", class: classPage, origin: true, pausable: true, handle: pages.InviteOptions},
		{method: post, path: "/invite/{secret}/passkey", class: classFinish, origin: true, pausable: true, handle: pages.InvitePasskey},

		{method: get, path: "/account", class: classPage, isolated: true, handle: pages.Account},
		{method: post, path: "/account/passkeys/options", class: classPage, origin: true, handle: pages.AccountOptions},
		{method: post, path: "/account/passkeys", class: classFinish, origin: true, handle: pages.AccountPasskey},
		{method: post, path: "/account/step-up/options", class: classPage, origin: true, handle: pages.AccountStepUpOptions},
		{method: post, path: "/account/step-up", class: classFinish, origin: true, handle: pages.AccountStepUp},
		{method: post, path: "/account/apps/revoke", class: classPage, origin: true, handle: pages.RevokeApp},
		{method: post, path: "/sign-out", class: classPage, origin: true, handle: pages.SignOut},

		{method: get, path: oidc.PathDevice, class: classPage, isolated: true, pausable: true, handle: pages.Device},
		{method: post, path: oidc.PathDevice, class: classCode, origin: true, isolated: true, pausable: true, handle: pages.DeviceCode},
		{method: get, path: "/device/confirm", class: classPage, isolated: true, acts: true, pausable: true, handle: pages.DeviceConfirm},
		{method: post, path: "/device/options", class: classPage, origin: true, pausable: true, handle: pages.DeviceOptions},
		{method: post, path: "/device/passkey", class: classFinish, origin: true, pausable: true, handle: pages.DevicePasskey},
		{method: post, path: "/device/answer", class: classPage, origin: true, isolated: true, pausable: true, handle: pages.DeviceAnswer},

		{method: get, path: oidc.PathEndSession, class: classPage, acts: true, handle: pages.EndSession},
		{method: post, path: oidc.PathEndSession, class: classPage, handle: pages.EndSession},
		{method: get, path: "/end-session/continue", class: classPage, acts: true, handle: pages.EndSessionContinue},
		{method: post, path: "/end-session/confirm", class: classPage, origin: true, handle: pages.EndSessionConfirm},

		{method: get, path: "/assets/{name}", class: classFree, handle: pages.Asset},
		{method: get, path: "/favicon.ico", class: classFree, handle: s.icon},
		{method: get, path: "/robots.txt", class: classFree, handle: robots},
		{method: get, path: "/healthz", audience: protocol, class: classProbe, handle: s.health},
		{method: get, path: PathReach, audience: protocol, class: classProbe, handle: s.reach},
	}
	if s.pin.Secure() { // WebFinger is for https alone (RFC 7033 §4)
		finger := webfinger.NewEndpoint(s.store, s.pin)
		list = append(list,
			route{method: get, path: webfinger.Path, audience: protocol, class: classFinger, handle: finger.Answer},
			route{method: options, path: webfinger.Path, audience: protocol, class: classFinger, handle: finger.Preflight})
	}
	return list
}

// whole wraps a handler that answers all by itself.
func whole(h http.HandlerFunc) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		h(w, r)
		return nil
	}
}

// New makes the server of a pinned issuer. Serve it on listeners, and Shutdown it when the pin changes.
func New(c Config) (*Server, error) {
	s, err := build(c)
	if err != nil {
		return nil, err
	}
	if s.favicon, err = fs.ReadFile(frontend.Public, "favicon.svg"); err != nil {
		return nil, fmt.Errorf("read the icon: %w", err)
	}
	s.errorPage, s.pausePage = c.Pages.ErrorPage, c.Pages.Paused
	s.mux = s.newMux(s.routes(c.Pages, c.OIDC))
	s.formerMux = s.newFormerMux(s.formerRoutes(c.Pages))
	return s, nil
}
