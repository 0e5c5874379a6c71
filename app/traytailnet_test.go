//go:build window

package main

import (
	"context"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/admin"
	"hearthkey/backend/control"
	"hearthkey/backend/tunnel/tunneltest"
)

// onTailnet is a running app on a tailnet, looked at from three sides.
type onTailnet struct {
	p      place
	desk   *panel
	client *control.Client
	seen   map[string]string // icon by state
}

// shows waits until the real tray says the line of a state and offers these entries. Status and `hearthkeyd status` must say the same state, and the icon is the state's.
func (o onTailnet) shows(t *testing.T, state string, entries ...string) {
	t.Helper()
	menu := []string{"(" + stateText(state) + ")"}
	menu = append(append(menu, entries...), "Open Hearthkey", "Quit (sign-ins will stop)")
	o.desk.waitMenu(t, menu...)
	if s, err := o.client.Status(t.Context()); err != nil || s.State != state {
		t.Errorf("the tray shows %s, the status %s, %q (%v)", state, s.State, s.Problem, err)
	}
	daemon, err := daemonPath()
	if err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(daemon, "status", "--data", o.p.dir).Output()
	if line, _, _ := strings.Cut(string(said), "\n"); err != nil || strings.Fields(line)[1] != state {
		t.Errorf("the tray shows %s, hearthkeyd status says %q (%v)", state, line, err)
	}
	picture := o.desk.picture(t)
	for other, icon := range o.seen {
		if same := shapes[other] == shapes[state]; (icon == picture) != same {
			t.Errorf("the icons of %s and %s: the same is %v, want %v", state, other, !same, same)
		}
	}
	o.seen[state] = picture
}

// until waits for a status, by its changes.
func (o onTailnet) until(t *testing.T, what string, ok func(admin.Status) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var since int64
	for {
		s, err := o.client.Status(ctx)
		if err == nil && ok(s) {
			return
		}
		if err == nil {
			since, err = o.client.WaitForChange(ctx, since)
		}
		if err != nil {
			t.Fatalf("wait until %s: %v; %+v", what, err, s)
		}
	}
}

// TestTrayOfEveryState takes the provider through every state that there is on a tailnet. The trial and a hearthkeyd that has ended have tests of their own.
func TestTrayOfEveryState(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	p, x, desk := newPlace(t), openScreen(t), openPanel(t)
	p.env = append(p.env, cloud.Env()...)
	app := p.app(t, "--hidden")
	desk.adopt(t)
	o := onTailnet{p, desk, p.client(t), map[string]string{}}
	must := func(_ admin.Status, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const issuer, pause, resume = "Copy issuer URL", "Pause public sign-in", "Resume public sign-in"
	o.shows(t, admin.StateSetUp, "("+issuer+")")

	if _, err := o.client.SetUp(t.Context(), admin.SetUp{Home: "Rowan Lane", Name: "Nora", UserName: "nora"}); err != nil {
		t.Fatal(err)
	}
	cloud.HoldCertificates() // so that it goes no further
	if err := o.client.ConnectTailnet(t.Context(), admin.ConnectTailnet{HostName: "id", Funnel: true}); err != nil {
		t.Fatal(err)
	}
	o.until(t, "the name is known", func(s admin.Status) bool { return s.Tunnel.DNSName == cloud.FQDN("id") && s.Tunnel.Node.HTTPS })
	must(o.client.PinHostName(t.Context(), cloud.FQDN("id")))
	o.shows(t, admin.StateStarting, issuer, pause)

	cloud.GrantCertificates()
	must(o.client.CheckReach(t.Context()))
	o.shows(t, admin.StatePublic, issuer, pause)

	desk.click(t, pause, "Until resumed")
	o.shows(t, admin.StatePaused, issuer, resume)
	cloud.SetEdge(false) // that nobody gets in outranks the pause, which would end with nobody the wiser
	must(o.client.CheckReach(t.Context()))
	o.shows(t, admin.StateAttention, issuer, resume)
	cloud.SetEdge(true)
	must(o.client.CheckReach(t.Context()))
	o.shows(t, admin.StatePaused, issuer, resume)
	desk.click(t, resume)
	o.shows(t, admin.StatePublic, issuer, pause)

	must(o.client.SetFunnel(t.Context(), false))
	o.shows(t, admin.StateTailnet, issuer)

	if err := o.client.LogOutTailnet(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.shows(t, admin.StateStopped, issuer)
	if len(o.seen) != len(shapes)-1 { // all but the trial's
		t.Errorf("saw the states %v of %v", slices.Sorted(maps.Keys(o.seen)), slices.Sorted(maps.Keys(shapes)))
	}

	desk.click(t, "Quit (sign-ins will stop)")
	app.ends(t, 0)
	x.wait(t, title, false)
}
