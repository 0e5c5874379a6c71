package admin

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// served is a home whose issuer is public through Funnel, with a node key and a certificate that end on the given days.
func served(t *testing.T, keyDays, certDays int) *home {
	h := newHome(t)
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error {
		return tx.SetPin(idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", h.now))
	}))
	h.tunnel = idp.Tunnel{State: idp.TunnelOnline, HostName: "id", DNSName: "id.tail1234.ts.net", Address: "100.64.0.7", Funnel: true}
	if keyDays > 0 {
		h.tunnel.KeyExpiry = h.now.Add(time.Duration(keyDays) * idp.Day)
	}
	if certDays > 0 {
		h.tunnel.CertExpiry = h.now.Add(time.Duration(certDays) * idp.Day)
	}
	return h
}

func (h *home) status() Status {
	h.t.Helper()
	s, err := h.Status(h.ctx)
	h.must(err)
	return s
}

// warned lists the reasons of the events of a kind, oldest first.
func (h *home) warned(kind string) []string {
	h.t.Helper()
	h.must(h.WarnExpiry(h.ctx))
	page, err := h.Activity(h.ctx, ActivityQuery{Limit: maxPage, Kind: kind})
	h.must(err)
	out := []string{}
	for _, row := range slices.Backward(page.Rows) {
		if row.Event.Actor != idp.ActorSystem || strings.Contains(row.Text, "{") || !strings.Contains(row.Text, "2026") {
			h.t.Errorf("the event is by %s and says %q", row.Event.Actor, row.Text)
		}
		out = append(out, row.Event.Reason)
	}
	return out
}

func TestNodeKeyIsWarnedOfOncePerStep(t *testing.T) {
	h := served(t, 31, 0)
	for _, step := range []struct {
		pass time.Duration
		want []string
	}{
		{0, nil},
		{idp.Day - time.Second, nil},
		{time.Second, []string{"30"}},
		{time.Hour, []string{"30"}},
		{15 * idp.Day, []string{"30"}},
		{idp.Day, []string{"30", "14"}},
		{0, []string{"30", "14"}}, // a restart, and each look
		{7 * idp.Day, []string{"30", "14", "7"}},
		{6 * idp.Day, []string{"30", "14", "7", "1"}},
		{idp.Day, []string{"30", "14", "7", "1"}},
	} {
		h.now = h.now.Add(step.pass)
		if got := h.warned(idp.EventNodeKeyEnding); !slices.Equal(got, step.want) {
			t.Fatalf("%d days ahead the log holds %v, want %v", daysLeft(h.tunnel.KeyExpiry, h.now), got, step.want)
		}
	}
	for range 2 {
		if got := h.warned(idp.EventNodeKeyEnded); !slices.Equal(got, []string{""}) {
			t.Fatalf("its end was noted %d times", len(got))
		}
	}
	h.tunnel.KeyExpiry = h.now.Add(20 * idp.Day)
	if got := h.warned(idp.EventNodeKeyEnding); !slices.Equal(got, []string{"30", "14", "7", "1", "30"}) {
		t.Errorf("a renewed key does not start anew: %v", got)
	}
}

func TestStepsThatPassedUnseenAreOneWarning(t *testing.T) {
	h := served(t, 5, 0)
	if got := h.warned(idp.EventNodeKeyEnding); !slices.Equal(got, []string{"7"}) {
		t.Errorf("five days ahead for the first time: %v", got)
	}
	h = served(t, 25, 0)
	h.warned(idp.EventNodeKeyEnding)
	h.now = h.now.Add(30 * idp.Day)
	if got := h.warned(idp.EventNodeKeyEnding); !slices.Equal(got, []string{"30"}) {
		t.Errorf("an ended key is said to be ending: %v", got)
	}
	if got := h.warned(idp.EventNodeKeyEnded); len(got) != 1 {
		t.Errorf("its end was noted %d times", len(got))
	}
}

func TestCertificateIsWarnedOf(t *testing.T) {
	h := served(t, 0, 15)
	if got := h.warned(idp.EventCertEnding); len(got) != 0 || h.status().Guard.Certificate.Level != "" {
		t.Errorf("a renewal that is not late is warned of: %v", got)
	}
	h.now = h.now.Add(2 * idp.Day)
	c := h.status().Guard.Certificate
	if c.Level != "warn" || c.Title != "The certificate ends in 13 days and was not renewed" || !strings.Contains(c.Detail, "DNS page") {
		t.Errorf("%+v", c)
	}
	h.now = h.now.Add(12*idp.Day + time.Hour)
	h.tunnel.Problem = "Let's Encrypt refuses."
	if c := h.status().Guard.Certificate; c.Level != "danger" || c.Title != "The certificate ends within a day and was not renewed" || c.Detail != "Let's Encrypt refuses." {
		t.Errorf("%+v", c)
	}
	if got := h.warned(idp.EventCertEnding); !slices.Equal(got, []string{"1"}) {
		t.Errorf("noted %v", got)
	}
}

func TestEndOfTheNodeKeyOnTheChecklist(t *testing.T) {
	h := served(t, 31, 0)
	for _, tt := range []struct {
		left         time.Duration
		level, title string
	}{
		{31 * idp.Day, "", ""},
		{30 * idp.Day, "warn", "The node key expires in 30 days"},
		{7*idp.Day + time.Hour, "warn", "The node key expires in 8 days"},
		{7 * idp.Day, "danger", "The node key expires in 7 days"},
		{time.Hour, "danger", "The node key expires within a day"},
		{0, "danger", "The node key expired on 1 April 2026"},
	} {
		h.now = h.tunnel.KeyExpiry.Add(-tt.left)
		s := h.status()
		i := slices.IndexFunc(s.Todo, func(t Todo) bool { return t.Key == "key_expiry" })
		if tt.level == "" {
			if i >= 0 || s.Guard.Notice.Key != "" {
				t.Errorf("%v ahead: %+v", tt.left, s.Guard)
			}
			continue
		}
		if i < 0 || s.Todo[i].Level != tt.level || s.Todo[i].Title != tt.title {
			t.Errorf("%v ahead: %+v", tt.left, s.Todo)
		}
		if s.Guard.Notice.Title != tt.title || s.Guard.Machine != "https://login.tailscale.com/admin/machines/100.64.0.7" {
			t.Errorf("%v ahead: %+v", tt.left, s.Guard)
		}
	}
}

func TestNoticeIsAnotherAtEachStep(t *testing.T) {
	h := served(t, 20, 20)
	first := h.status().Guard.Notice
	h.now = h.now.Add(3 * idp.Day)
	if n := h.status().Guard.Notice; n.Key != first.Key {
		t.Errorf("within a step it became %q", n.Key)
	}
	h.now = h.now.Add(4 * idp.Day)
	second := h.status().Guard.Notice
	if second.Key == first.Key || !strings.HasPrefix(second.Key, store.NodeKey) {
		t.Errorf("at the next step it stays %q", second.Key)
	}
	h.tunnel.KeyExpiry = h.tunnel.KeyExpiry.Add(10 * idp.Day)
	h.now = h.now.Add(8 * idp.Day) // the key ends in 15 days, the certificate in 5
	if n := h.status().Guard.Notice; !strings.HasPrefix(n.Key, store.Certificate) {
		t.Errorf("the worse one is not named: %+v", n)
	}
}

func TestCarrierIsAskedOnceServedPublicly(t *testing.T) {
	h := served(t, 0, 0)
	if !h.status().Guard.Ask {
		t.Error("it is not asked")
	}
	for name, change := range map[string]func(*home){
		"not online":   func(h *home) { h.tunnel.State = idp.TunnelNeedsFunnel },
		"tailnet only": func(h *home) { h.pin(idp.OnTailnet(idp.ModeTailnet, "id.tail1234.ts.net", h.now)) },
		"trial":        func(h *home) { h.pin(idp.Trial("1411", h.now)) },
	} {
		h := served(t, 0, 0)
		change(h)
		if h.status().Guard.Ask {
			t.Errorf("it is asked: %s", name)
		}
	}
	_, err := h.SetCarrier(h.ctx, "maybe")
	refused(t, err, idp.Invalid, "answer")
	for range 2 {
		s, err := h.SetCarrier(h.ctx, "no")
		h.must(err)
		if s.Carrier != "no" || s.Guard.Ask {
			t.Errorf("answered no: %q, %+v", s.Carrier, s.Guard)
		}
	}
	if got := h.kinds(); !slices.Equal(got, []string{idp.EventCarrierSaid}) {
		t.Errorf("noted %v", got)
	}
}

func (h *home) pin(p idp.Pin) {
	h.t.Helper()
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.SetPin(p) }))
}

func TestCarrierYesHasAChecklist(t *testing.T) {
	h := served(t, 90, 0)
	has := func(want ...string) Status {
		t.Helper()
		s := h.status()
		var got []string
		for _, line := range s.Todo {
			if strings.HasPrefix(line.Key, "carrier_") {
				got = append(got, line.Key+" "+line.Level)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("the checklist has %v, want %v", got, want)
		}
		return s
	}
	has()
	one := h.client("Immich", Access{Everyone: true})
	h.client("Forgejo", Access{Everyone: true})
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error {
		c, err := tx.Client(h.ctx, one.Client.ID)
		if err != nil {
			return err
		}
		c.TailnetSignIn = true
		return tx.UpdateClient(c)
	}))
	_, err := h.SetCarrier(h.ctx, "yes")
	h.must(err)
	if s := has("carrier_admin warn", "carrier_node danger"); !slices.Equal(s.Guard.OneClick, []string{"Immich"}) {
		t.Errorf("what loses one-click sign-in: %v", s.Guard.OneClick)
	}
	_, err = h.SetPasskeyAdmin(h.ctx, true)
	h.must(err)
	h.tunnel.KeyExpiry, h.tunnel.Tagged = 0, true
	has("carrier_admin_there ok", "carrier_node_lasts ok")
	h.tunnel.DNSName = "" // off: nothing was measured
	has("carrier_admin_there ok")

	h.must(h.LogOutTailnet(h.ctx))
	if s := h.status(); s.Carrier != "" || s.Guard.PasskeyAdmin {
		t.Errorf("the answer stays for another tailnet: %+v", s.Guard)
	}
}

// passkey gives a person one.
func (h *home) passkey(userID, rpID string) {
	h.t.Helper()
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.AddPasskey(passkeyOf(userID, rpID)) }))
}

func TestLogOutSaysWhatItBreaks(t *testing.T) {
	h := served(t, 0, 0)
	effects := func() string {
		t.Helper()
		e, err := h.LogOutEffects(h.ctx)
		h.must(err)
		return strings.Join(e.Lines, "\n") + "\ntyped:" + e.Typed
	}
	for _, name := range []string{"Nora", "Emil", "Ida", "Old"} {
		u := h.user(name)
		if name == "Ida" {
			continue // no passkey
		}
		h.passkey(u.ID, "id.tail1234.ts.net")
		if name == "Old" {
			h.must(h.SetUserDisabled(h.ctx, u.ID, true))
		}
	}
	h.passkey(h.user("Trial").ID, "localhost")
	h.client("Immich", Access{Everyone: true})
	off := h.client("Forgejo", Access{Everyone: true})
	h.must(h.SetClientDisabled(h.ctx, off.Client.ID, true))
	want := "2 people and 1 app lose sign-in until you connect again under the same name.\n" +
		"Meanwhile another machine of the tailnet can take the name id.tail1234.ts.net. 3 passkeys work only under that very name.\n" +
		"The keys of the node and its certificate are deleted from this machine. What Tailscale knows the machine by stays, so that it gets its name back.\ntyped:"
	if got := effects(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	_, err := h.SetCarrier(h.ctx, "yes")
	h.must(err)
	if got := effects(); !strings.HasPrefix(got, "People sign in to Tailscale itself through this issuer.") || !strings.HasSuffix(got, "typed:id.tail1234.ts.net") {
		t.Errorf("as its own carrier it says\n%s", got)
	}
	h.pin(idp.Trial("1411", h.now))
	if got := effects(); !strings.HasPrefix(got, "The trial goes on.") || !strings.HasSuffix(got, "typed:") {
		t.Errorf("in the trial it says\n%s", got)
	}
}

func TestKeepAwakeIsRememberedAndCarriedOut(t *testing.T) {
	h := served(t, 0, 0)
	var told []bool
	h.Reach.KeepAwake = func() {
		on, err := h.Store.KeepAwake(h.ctx)
		h.must(err)
		told = append(told, on)
	}
	h.Reach.Awake = func() idp.Awake { return idp.Awake{State: idp.AwakeBattery, Detail: "On battery."} }
	for _, on := range []bool{true, true, false} {
		s, err := h.SetKeepAwake(h.ctx, on)
		h.must(err)
		if s.Awake != (idp.Awake{On: on, State: idp.AwakeBattery, Detail: "On battery."}) {
			t.Errorf("%v: %+v", on, s.Awake)
		}
	}
	if !slices.Equal(told, []bool{true, true, false}) || !slices.Equal(h.kinds(), []string{idp.EventKeepAwake, idp.EventKeepAwake}) {
		t.Errorf("told %v, noted %v", told, h.kinds())
	}
}
