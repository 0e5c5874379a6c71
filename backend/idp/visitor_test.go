package idp

import (
	"context"
	"net/netip"
	"testing"
)

func TestSourceKey(t *testing.T) {
	for _, tt := range []struct {
		network Network
		source  string
		want    string
	}{
		{NetworkPublic, "203.0.113.7", "203.0.113.7"},
		{NetworkPublic, "::ffff:203.0.113.7", "203.0.113.7"},
		{NetworkPublic, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{NetworkPublic, "2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"},
		{NetworkPublic, "2001:db8:1:3::1", "2001:db8:1:3::/64"},
		{NetworkLocal, "fe80::1%eth0", "fe80::/64"},
		{NetworkTailnet, "100.64.0.9", "100.64.0.9"},
		{NetworkTailnet, "fd7a:115c:a1e0::9", "fd7a:115c:a1e0::9"},
	} {
		got := Visitor{Network: tt.network, Source: netip.MustParseAddr(tt.source)}.SourceKey()
		if got != tt.want {
			t.Errorf("%s %s: key %q, want %q", tt.network, tt.source, got, tt.want)
		}
	}
	if got := (Visitor{Network: NetworkPublic}).SourceKey(); got != "unknown" {
		t.Errorf("no source: key %q, want unknown", got)
	}
}

func TestVisitorOf(t *testing.T) {
	v := Visitor{Network: NetworkTailnet, Node: "laptop", Login: "ann@example.com", TailscaleUserID: 7, Identified: true}
	if got := VisitorOf(WithVisitor(context.Background(), v)); got != v {
		t.Errorf("got %+v, want %+v", got, v)
	}
	if got := VisitorOf(context.Background()); got != (Visitor{}) {
		t.Errorf("nobody said, got %+v", got)
	}
}
