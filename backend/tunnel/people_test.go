package tunnel

import (
	"reflect"
	"testing"

	"hearthkey/backend/idp"

	"tailscale.com/ipn/ipnstate"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
	"tailscale.com/types/views"
)

// TestPeopleOf: the list holds whom a visitor could be identified as, and nobody else.
func TestPeopleOf(t *testing.T) {
	tags := views.SliceOf([]string{"tag:server"})
	st := &ipnstate.Status{
		Self: &ipnstate.PeerStatus{UserID: 1, DNSName: "id.tail1234.ts.net."},
		User: map[tailcfg.UserID]tailcfg.UserProfile{
			1: {LoginName: "nora@github", DisplayName: "Nora"}, 2: {LoginName: "emil@example.com", DisplayName: "Emil"}, 3: {LoginName: "shared@example.com"}, 4: {LoginName: "tagged-devices"},
		},
		Peer: map[key.NodePublic]*ipnstate.PeerStatus{},
	}
	for _, p := range []*ipnstate.PeerStatus{
		{UserID: 2, DNSName: "phone.tail1234.ts.net."}, {UserID: 2, DNSName: "laptop.tail1234.ts.net."}, {UserID: 3, DNSName: "nas.other.ts.net.", ShareeNode: true},
		{UserID: 3, DNSName: "nas2.other.ts.net.", AltSharerUserID: 3}, {UserID: 4, DNSName: "server.tail1234.ts.net.", Tags: &tags}, {UserID: 9, DNSName: "unknown.tail1234.ts.net."},
	} {
		st.Peer[key.NewNode().Public()] = p
	}
	want := []idp.TailnetPerson{{TailscaleID: 2, Login: "emil@example.com", Name: "Emil", Nodes: []string{"laptop", "phone"}}, {TailscaleID: 1, Login: "nora@github", Name: "Nora", Nodes: []string{}}}
	if got := peopleOf(st); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}
