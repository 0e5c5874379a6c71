package reach

import (
	"net/netip"
	"testing"
	"time"

	"hearthkey/backend/idp"
)

func mustAddr(s string) netip.Addr { return netip.MustParseAddr(s) }

// The watchdog acts only where the tunnel says that it serves and nobody gets through, and less often each time.
func TestWatchdog(t *testing.T) {
	began := time.Now()
	at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
	serving := Subject{Pin: idp.Pin{Mode: idp.ModeFunnel}, Tunnel: idp.Tunnel{State: idp.TunnelOnline}}
	closed, open := [3]idp.Reach{1: {State: idp.ReachUp}, 2: {State: idp.ReachDown}}, [3]idp.Reach{1: {State: idp.ReachDown}, 2: {State: idp.ReachUp}}
	var d watchdog
	var did []int
	for s := range 3600 {
		switch d.next(serving, closed, at(s)) {
		case mendRelisten:
			if len(did) > 0 {
				t.Error("it listens anew twice")
			}
			did = append(did, s)
		case mendRebuild:
			if len(did) == 0 {
				t.Error("it starts anew first")
			}
			did = append(did, s)
		}
	}
	if len(did) < 5 || len(did) > 9 || did[0] != 5 || did[1] != 25 || did[2] != 65 {
		t.Errorf("within an hour it acted after %v s", did)
	}
	if d.next(serving, open, at(3600)); d != (watchdog{}) {
		t.Error("it does not forget once people get in")
	}
	for what, s := range map[string]Subject{
		"own domain":   {Pin: idp.Pin{Mode: idp.ModeDomain}, Tunnel: serving.Tunnel},
		"not online":   {Pin: serving.Pin, Tunnel: idp.Tunnel{State: idp.TunnelDegraded}},
		"name changed": {Pin: serving.Pin, Tunnel: idp.Tunnel{State: idp.TunnelNameMismatch}},
	} {
		d := watchdog{}
		for n := range 600 {
			if d.next(s, closed, at(n)) != mendNothing {
				t.Fatalf("%s: it acts", what)
			}
		}
	}
	unknown := [3]idp.Reach{2: {State: idp.ReachUnknown}}
	for n := range 600 {
		if d.next(serving, unknown, at(n)) != mendNothing {
			t.Fatal("it acts on what is unknown")
		}
	}
}
