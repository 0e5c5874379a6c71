package tunnel

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"hearthkey/backend/idp"

	"tailscale.com/client/tailscale/apitype"
	"tailscale.com/tailcfg"
)

// ann is what the tailnet says of Ann's laptop.
func ann(change func(n *tailcfg.Node, p *tailcfg.UserProfile)) *apitype.WhoIsResponse {
	own := []netip.Prefix{netip.MustParsePrefix("100.64.0.9/32"), netip.MustParsePrefix("fd7a:115c:a1e0::9/128")}
	n := &tailcfg.Node{Name: "laptop.tail1234.ts.net.", User: 7, Addresses: own, AllowedIPs: own, KeyExpiry: at.Std().Add(time.Hour)}
	p := &tailcfg.UserProfile{ID: 7, LoginName: "ann@example.com"}
	change(n, p)
	return &apitype.WhoIsResponse{Node: n, UserProfile: p}
}

func TestIdentity(t *testing.T) {
	subnet := netip.MustParsePrefix("192.168.1.0/24")
	hostinfo := func(h tailcfg.Hostinfo) tailcfg.HostinfoView { return h.View() }
	for _, tt := range []struct {
		what string
		who  *apitype.WhoIsResponse
		why  string // "" is identified
	}{
		{"her own node", ann(func(*tailcfg.Node, *tailcfg.UserProfile) {}), ""},
		{"key never ends", ann(func(n *tailcfg.Node, _ *tailcfg.UserProfile) { n.KeyExpiry = time.Time{} }), ""},
		{"plain host info", ann(func(n *tailcfg.Node, _ *tailcfg.UserProfile) { n.Hostinfo = hostinfo(tailcfg.Hostinfo{OS: "linux"}) }), ""},
		{"tagged", ann(func(n *tailcfg.Node, _ *tailcfg.UserProfile) { n.Tags = []string{"tag:web"} }), idp.UnidentifiedTagged},
		{"shared in", ann(func(n *tailcfg.Node, _ *tailcfg.UserProfile) { n.Sharer = 8 }), idp.UnidentifiedShared},
		{"of one we are shared to", ann(func(n *tailcfg.Node, _ *tailcfg.UserProfile) {
			n.Hostinfo = hostinfo(tailcfg.Hostinfo{ShareeNode: true})
		}), idp.UnidentifiedShared},
		{"expired", ann(func(n *tailcfg.Node, _ *tailcfg.UserProfile) { n.Expired = true }), idp.UnidentifiedExpired},
		{"key has ended", ann(func(n *tailcfg.Node, _ *tailcfg.UserProfile) { n.KeyExpiry = at.Std() }), idp.UnidentifiedExpired},
		{"advertises routes", ann(func(n *tailcfg.Node, _ *tailcfg.UserProfile) {
			n.Hostinfo = hostinfo(tailcfg.Hostinfo{RoutableIPs: []netip.Prefix{subnet}})
		}), idp.UnidentifiedRoutes},
		{"primary router", ann(func(n *tailcfg.Node, _ *tailcfg.UserProfile) { n.PrimaryRoutes = []netip.Prefix{subnet} }), idp.UnidentifiedRoutes},
		{"granted routes", ann(func(n *tailcfg.Node, _ *tailcfg.UserProfile) {
			n.AllowedIPs = append([]netip.Prefix{subnet}, n.Addresses...)
		}), idp.UnidentifiedRoutes},
		{"jailed", ann(func(n *tailcfg.Node, _ *tailcfg.UserProfile) { n.IsJailed = true }), idp.UnidentifiedUnknown},
		{"relay of Funnel", ann(func(n *tailcfg.Node, _ *tailcfg.UserProfile) { n.UnsignedPeerAPIOnly = true }), idp.UnidentifiedUnknown},
		{"other user's profile", ann(func(_ *tailcfg.Node, p *tailcfg.UserProfile) { p.ID = 8 }), idp.UnidentifiedUnknown},
		{"no login name", ann(func(_ *tailcfg.Node, p *tailcfg.UserProfile) { p.LoginName = "" }), idp.UnidentifiedUnknown},
		{"no profile", &apitype.WhoIsResponse{Node: ann(func(*tailcfg.Node, *tailcfg.UserProfile) {}).Node}, idp.UnidentifiedUnknown},
		{"no node", &apitype.WhoIsResponse{}, idp.UnidentifiedUnknown},
	} {
		blank := idp.Visitor{Network: idp.NetworkTailnet, Source: netip.MustParseAddr("100.64.0.9")}
		want := blank
		if tt.who.Node != nil {
			want.Node = "laptop"
		}
		if want.Unidentified = tt.why; tt.why == "" {
			want.Login, want.TailscaleUserID, want.Identified = "ann@example.com", 7, true
		}
		if got := identity(blank, tt.who, at); got != want {
			t.Errorf("%s: %+v", tt.what, got)
		}
	}
}

func TestVisitorWithoutListener(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Tailscale-User-Login", "owner@example.com")
	if got := visitorOf(r); got != (idp.Visitor{}) {
		t.Errorf("a request that no listener labelled comes from %+v", got)
	}
}
