//go:build tailnet

package e2e

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
	"hearthkey/backend/tunnel/tunneltest"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	clickAt = "/sign-in/tailnet"
	askAt   = "/enrol/ask"
)

// home is a provider on a tailnet with Alice, who has a laptop there.
type home struct {
	*testing.T
	c      *tunneltest.Cloud
	d      *daemon
	laptop *http.Client
	public *http.Client
	login  string        // Alice's at Tailscale
	photos *relyingParty // which takes one click, and first passkeys
}

// newHome links nothing yet.
func newHome(t *testing.T) *home {
	h := &home{T: t, c: tunneltest.Start(t, tunneltest.Options{Login: true})}
	h.d = online(t, h.c)
	h.laptop, h.login = h.c.Member(t, "alice-laptop")
	h.public = h.c.Visitor(fromAfar)
	do[any](t, h.d.dir, "user", "add", "--name", "Alice", "--username", "alice", "--email", h.login)
	do[any](t, h.d.dir, "tailnet", "carrier", "no")
	h.photos = h.app("Photos", "--tailnet-sign-in", "--tailnet-enrol")
	return h
}

// app is a relying party that reaches the issuer through the internet, and asks nobody for consent.
func (h *home) app(name string, flags ...string) *relyingParty {
	h.Helper()
	rp := newRelyingParty(h)
	rp.ctx = oidc.ClientContext(rp.ctx, h.c.Visitor(netip.MustParseAddrPort("198.51.100.20:40000")))
	rp.register(h.d.issuer, do[app](h, h.d.dir, append([]string{"app", "add", "--name", name, "--redirect-uri", rp.redirectURI(), "--everyone", "--skip-consent"}, flags...)...))
	return rp
}

// person is what tailnet people lists of Alice's login.
func (h *home) person() admin.TailnetPerson {
	h.Helper()
	people := do[admin.TailnetPeople](h, h.d.dir, "tailnet", "people").People
	i := slices.IndexFunc(people, func(p admin.TailnetPerson) bool { return p.Login == h.login })
	if i < 0 {
		return admin.TailnetPerson{}
	}
	return people[i]
}

// known waits until the node here has heard whether the laptop is a person's. The tailnet tells nobody else when it has.
func (h *home) known(seen bool) {
	h.Helper()
	for end := time.Now().Add(time.Minute); slices.Contains(h.person().Nodes, "alice-laptop") != seen; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			h.Fatalf("people are %+v", h.person())
		}
	}
}

// nobody fails the test if a visitor is told of Alice, or let in by a click or an enrolment.
func (h *home) nobody(what string, by *http.Client) {
	h.Helper()
	before := len(events(h.T, h.d, idp.EventSignedIn))
	s := newSurfer(h.T, by, h.d.issuer).open(h.photos.base()+"/login").shows(http.StatusOK, "Sign in to Photos")
	if s.offers(clickAt) || s.offers(askAt) || strings.Contains(strings.ToLower(s.body), "alice") {
		h.Errorf("%s: the page is for Alice:\n%s", what, s.body)
	}
	tx := s.ceremony().TX
	for _, path := range []string{clickAt, askAt} {
		s.post(path, tx).shows(http.StatusUnauthorized, "does not sign anyone in here")
	}
	if n := len(events(h.T, h.d, idp.EventSignedIn)); n != before {
		h.Errorf("%s: %d signed in", what, n-before)
	}
	if rows := do[[]admin.ApprovalRow](h, h.d.dir, "approvals"); len(rows) != 0 {
		h.Errorf("%s: %+v wait", what, rows)
	}
}

// click signs Alice in on her laptop, in a new browser.
func (h *home) click() {
	h.Helper()
	s := newSurfer(h.T, h.laptop, h.d.issuer).open(h.photos.base()+"/login").shows(http.StatusOK, "Continue as Alice")
	s.post(clickAt, s.ceremony().TX).shows(http.StatusOK, "hello alice")
	mustClaim(h, h.photos.claims, "acr", idp.ACRTailnet)
	mustClaim(h, h.photos.claims, "amr", []string{idp.AMRTailnet})
	if err := h.photos.refresh(); err != nil {
		h.Errorf("refresh: %v", err)
	}
}

// TestTailnetIdentity: a linked login signs its person in with one click, and makes a first passkey after a yes, on a node of their own and nowhere else.
func TestTailnetIdentity(t *testing.T) {
	h := newHome(t)
	h.nobody("not linked", h.laptop)
	if p := h.person(); p.UserID != "" || p.SuggestedName != "Alice" || !p.Seen {
		t.Errorf("before it is linked the login is %+v", p)
	}
	do[any](t, h.d.dir, "tailnet", "link", "alice", h.login)
	if p := h.person(); p.UserName != "Alice" {
		t.Errorf("the linked login is %+v", p)
	}
	h.click()
	if e := events(t, h.d, idp.EventSignedIn)[0].Event; e.Network != idp.NetworkTailnet || e.Detail["node"] != "alice-laptop" || e.Detail["login"] != h.login || e.Reason != idp.AMRTailnet {
		t.Errorf("the event is %+v", e)
	}

	h.nobody("public", h.public)
	s := newSurfer(t, h.laptop, h.d.issuer).open(h.photos.base()+"/login").shows(http.StatusOK, "Continue as Alice")
	s.moveTo(h.public) // the page was shown to her node, the click comes through Funnel
	s.post(clickAt, s.ceremony().TX).shows(http.StatusUnauthorized, "does not sign anyone in here")
	h.c.Tag(t, "alice-laptop", "tag:kiosk")
	h.known(false)
	h.nobody("tagged", h.laptop)
	h.c.Tag(t, "alice-laptop")
	h.c.ShareIn(t, "alice-laptop", true)
	h.known(false)
	h.nobody("shared in", h.laptop)
	h.c.ShareIn(t, "alice-laptop", false)
	h.known(true)

	h.enrol()
	h.click()
	do[any](t, h.d.dir, "tailnet", "unlink", h.login)
	if err := h.photos.refresh(); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("after the link ended, a refresh of what a click gave is answered %v", err)
	}
	h.nobody("unlinked", h.laptop)
}

// enrol makes Alice's first passkey after the owner's yes, and signs in by it from the internet.
func (h *home) enrol() {
	h.Helper()
	s := newSurfer(h.T, h.laptop, h.d.issuer).open(h.photos.base() + "/login")
	tx := s.ceremony().TX
	s.post(askAt, tx).shows(http.StatusOK, "Nora has to say yes", "alice-laptop")
	var gone *backendtest.Refused
	if err := s.Post("/enrol/options", map[string]string{}, &struct{}{}); !errors.As(err, &gone) || gone.Status != http.StatusGone {
		h.Fatalf("before the owner says yes a passkey is answered %v", err)
	}
	rows := do[[]admin.ApprovalRow](h, h.d.dir, "approvals")
	if len(rows) != 1 || rows[0].UserName != "Alice" || rows[0].Node != "alice-laptop" || rows[0].Login != h.login || rows[0].Network != idp.NetworkTailnet {
		h.Fatalf("%+v wait", rows)
	}
	do[any](h, h.d.dir, "approvals", "approve", rows[0].ID)
	s.open("/enrol?tx="+tx).shows(http.StatusOK, "Make your passkey now").usePasskey().shows(http.StatusOK, "hello alice")
	mustClaim(h, h.photos.claims, "acr", idp.ACREnrol)
	if page := newSurfer(h.T, h.laptop, h.d.issuer).open(h.photos.base() + "/login"); page.offers(askAt) {
		h.Error("a second first passkey is offered")
	}
	far := newSurfer(h.T, h.public, h.d.issuer)
	far.Authenticator = s.Authenticator
	far.open(h.photos.base()+"/login").usePasskey().shows(http.StatusOK, "hello alice")
	mustClaim(h, h.photos.claims, "acr", idp.ACRPasskey)
}
