package admin

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

const (
	oldHost = "id.tail1234.ts.net"
	newHost = "id-1.tail1234.ts.net"
)

// moving is a home on oldHost whose node the tailnet calls newHost now: its owner, Ann and Bob have passkeys there, Carl has none and Dora is switched off.
func moving(t *testing.T) (h *home, owner, ann idp.User) {
	h = newHome(t)
	owner, err := h.SetUp(h.ctx, SetUp{Home: "Home", Name: "Nora", UserName: "nora"})
	h.must(err)
	h.must(h.ConnectTailnet(h.ctx, ConnectTailnet{HostName: "id", Funnel: true}))
	h.tunnel = idp.Tunnel{State: idp.TunnelNeedsName, DNSName: oldHost, Funnel: true}
	_, err = h.PinHostName(h.ctx, oldHost)
	h.must(err)
	ann, bob, dora := h.user("Ann"), h.user("Bob"), h.user("Dora")
	h.user("Carl")
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error {
		for _, id := range []string{owner.ID, ann.ID, ann.ID, bob.ID, dora.ID} {
			if err := tx.AddPasskey(passkeyOf(id, oldHost)); err != nil {
				return err
			}
		}
		return nil
	}))
	h.must(h.SetUserDisabled(h.ctx, dora.ID, true))
	h.client("Photos", Access{Everyone: true})
	_, err = h.CreateClient(h.ctx, ClientInput{Name: "Tailnet", RedirectURIs: []string{"https://login.tailscale.com/a/oauth_response"}})
	h.must(err)
	h.tunnel = idp.Tunnel{State: idp.TunnelNameMismatch, DNSName: newHost, Funnel: true}
	return h, owner, ann
}

// TestMismatchSaysWhatIsBound: the window says what belongs to the name that is gone, and where it is given back.
func TestMismatchSaysWhatIsBound(t *testing.T) {
	h, _, _ := moving(t)
	for _, c := range []struct{ name, kind, page string }{
		{newHost, "suffix", "/admin/machines"},
		{"oak.tail1234.ts.net", "label", "/admin/machines"},
		{"idle.tail1234.ts.net", "label", "/admin/machines"},
		{"id.otter-finch.ts.net", "tailnet", "/admin/dns"},
	} {
		h.tunnel.DNSName = c.name
		s, err := h.Status(h.ctx)
		h.must(err)
		m := s.Mismatch
		if m == nil || m.Kind != c.kind || !strings.HasSuffix(m.Page, c.page) || m.Host != oldHost || m.Name != c.name || m.Passkeys != 5 || m.People != 4 || m.Apps != 2 {
			t.Errorf("%s: %+v", c.name, m)
		}
	}
	h.must(h.TakeBackName(h.ctx))
	h.tunnel.State, h.tunnel.DNSName = idp.TunnelOnline, oldHost
	if s, err := h.Status(h.ctx); err != nil || s.Mismatch != nil || h.asked != 1 {
		t.Errorf("with the name back: %+v (%v), asked %d times", s.Mismatch, err, h.asked)
	}
	_, err := h.MovePlan(h.ctx, "")
	refused(t, err, idp.Conflict, "")
}

// TestMovePlanChangesNothing and names who and what stays behind.
func TestMovePlanChangesNothing(t *testing.T) {
	h, owner, ann := moving(t)
	plan, err := h.MovePlan(h.ctx, "")
	h.must(err)
	names := []string{}
	for _, p := range plan.People {
		names = append(names, p.Name)
	}
	if !slices.Equal(names, []string{"Nora", "Ann", "Bob"}) || plan.People[0].ID != owner.ID || plan.People[1].ID != ann.ID || plan.People[1].Passkeys != 2 || plan.Keep != 0 {
		t.Errorf("the people are %+v, %d keep theirs", plan.People, plan.Keep)
	}
	if len(plan.Apps) != 2 || !plan.Apps[0].Tailnet || plan.Apps[1].Tailnet || !plan.Lost {
		t.Errorf("the apps are %+v, lost %v", plan.Apps, plan.Lost)
	}
	if plan.To.Issuer != "https://"+newHost || plan.From.HostName != oldHost {
		t.Errorf("from %+v to %+v", plan.From, plan.To)
	}
	if pin, err := h.Store.Pin(h.ctx); err != nil || pin.HostName != oldHost {
		t.Errorf("the plan pinned %+v (%v)", pin, err)
	}
	_, err = h.MovePlan(h.ctx, "other.tail1234.ts.net")
	refused(t, err, idp.Invalid, "to")
}

// TestMove is one step: the pin, the end of sign-ins, the host that is remembered, and an invite for everybody whose passkeys stay behind.
func TestMove(t *testing.T) {
	h, owner, ann := moving(t)
	reason := h.granted(ann.ID, h.client("Notes", Access{Everyone: true}).Client.ID)
	for _, c := range []struct {
		in    MoveInput
		field string
	}{
		{MoveInput{To: newHost}, "confirm"},
		{MoveInput{To: newHost, Confirm: oldHost}, "confirm"},
		{MoveInput{}, "confirm"},
		{MoveInput{To: "other.tail1234.ts.net", Confirm: "other.tail1234.ts.net"}, "to"},
		{MoveInput{To: "192.0.2.1", Confirm: "192.0.2.1"}, "to"},
		{MoveInput{To: newHost, Confirm: newHost, Days: 8}, "days"},
		{MoveInput{To: newHost, Confirm: newHost, Days: -1}, "days"},
	} {
		_, err := h.MoveIssuer(h.ctx, c.in)
		refused(t, err, idp.Invalid, c.field)
	}
	if pin, err := h.Store.Pin(h.ctx); err != nil || pin.HostName != oldHost || reason() != "" {
		t.Fatalf("a refused move changed something: %+v (%v), %q", pin, err, reason())
	}
	served := h.served
	moved, err := h.MoveIssuer(h.ctx, MoveInput{To: newHost, Confirm: " " + strings.ToUpper(newHost), Days: 7})
	h.must(err)
	if p := moved.Status.Pin; p.Issuer != "https://"+newHost || p.RPID != newHost || p.Mode != idp.ModeFunnel || h.served != served+1 {
		t.Errorf("pinned %+v, served %d times", p, h.served-served)
	}
	if got := reason(); got != idp.SessionRevoked {
		t.Errorf("after the move the tokens are %q", got)
	}
	h.checkInvites(moved, owner, 3, 7*24*time.Hour)
	if f := moved.Status.Former; len(f) != 1 || f[0].Host != oldHost || f[0].Passkeys != 5 || f[0].People != 3 || moved.Status.Stranded != 3 {
		t.Errorf("the former hosts are %+v, %d people are stranded", f, moved.Status.Stranded)
	}
	if wish, err := h.Store.TunnelWish(h.ctx); err != nil || wish.HostName != "id-1" {
		t.Errorf("the node asks for %+v (%v)", wish, err)
	}
	if kinds := h.kinds(); !slices.Contains(kinds, idp.EventIssuerMoved) {
		t.Errorf("the events are %v", kinds)
	}
}

func (h *home) checkInvites(moved Moved, owner idp.User, many int, life time.Duration) {
	h.t.Helper()
	if len(moved.Invites) != many || moved.Invites[0].UserID != owner.ID || !moved.Invites[0].Owner {
		h.t.Fatalf("the invites are %+v", moved.Invites)
	}
	for _, i := range moved.Invites {
		secret, ok := strings.CutPrefix(i.URL, "https://"+newHost+"/invite/")
		kept, err := h.Store.InviteByHash(h.ctx, idp.Hash(secret))
		if !ok || err != nil || kept.UserID != i.UserID || kept.ExpiresAt.Sub(h.now) != life || i.ExpiresAt != kept.ExpiresAt {
			h.t.Errorf("%+v is kept as %+v (%v)", i, kept, err)
		}
	}
}

// TestMoveToAnotherTailnet asks anew whether the issuer signs people in to the tailnet that carries it; another name within the same one does not.
func TestMoveToAnotherTailnet(t *testing.T) {
	h, _, _ := moving(t)
	_, err := h.SetCarrier(h.ctx, store.CarrierNo)
	h.must(err)
	for _, c := range []struct{ name, want string }{{newHost, store.CarrierNo}, {"id.otter-finch.ts.net", ""}} {
		h.tunnel.DNSName = c.name
		moved, err := h.MoveIssuer(h.ctx, MoveInput{To: c.name, Confirm: c.name})
		h.must(err)
		if moved.Status.Carrier != c.want {
			t.Errorf("%s: the carrier is %q", c.name, moved.Status.Carrier)
		}
	}
}

// TestReinvite makes the list anew: earlier links end, and who has made a passkey by now is not on it.
func TestReinvite(t *testing.T) {
	h, owner, ann := moving(t)
	first, err := h.MoveIssuer(h.ctx, MoveInput{To: newHost, Confirm: newHost})
	h.must(err)
	h.checkInvites(first, owner, 3, 24*time.Hour)
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.AddPasskey(passkeyOf(ann.ID, newHost)) }))
	second, err := h.Reinvite(h.ctx, 3)
	h.must(err)
	h.checkInvites(second, owner, 2, 3*24*time.Hour)
	for _, i := range first.Invites {
		kept, err := h.Store.InviteByHash(h.ctx, idp.Hash(i.URL[strings.LastIndexByte(i.URL, '/')+1:]))
		if ended := kept.RevokedAt != 0; err != nil || ended == (i.UserID == ann.ID) {
			t.Errorf("the first link of %s: %+v (%v)", i.Name, kept, err)
		}
	}
	_, err = h.Reinvite(h.ctx, 9)
	refused(t, err, idp.Invalid, "days")
	h.must(h.ForgetHost(h.ctx, oldHost))
	refused(t, h.ForgetHost(h.ctx, oldHost), idp.NotFound, "")
}

// TestMoveToAnOwnDomain and back: the former name is kept each way, and the proxy's entrance is as the owner said.
func TestMoveToAnOwnDomain(t *testing.T) {
	h, owner, _ := moving(t)
	h.tunnel.State, h.tunnel.DNSName = idp.TunnelOnline, oldHost
	taken := idp.FailField("listen", "admin.domain_listen")
	h.Reach.MayListen = func(at netip.AddrPort) error {
		if at.Port() == 80 {
			return taken
		}
		return nil
	}
	plan, err := h.MovePlan(h.ctx, "ID.example.com")
	h.must(err)
	if plan.To.Mode != idp.ModeDomain || plan.To.Issuer != "https://id.example.com" || plan.Lost {
		t.Errorf("the plan is %+v", plan)
	}
	in := MoveInput{To: "id.example.com", Confirm: "id.example.com", Domain: DomainInput{Listen: "127.0.0.1:80"}}
	_, err = h.MoveIssuer(h.ctx, in)
	refused(t, err, idp.Invalid, "listen")
	in.Domain = DomainInput{Listen: "127.0.0.1:1500", Proxies: []string{"192.0.2.0/24"}}
	moved, err := h.MoveIssuer(h.ctx, in)
	h.must(err)
	if p := moved.Status.Pin; p.Mode != idp.ModeDomain || p.HostName != "id.example.com" || len(moved.Invites) != 3 || moved.Invites[0].UserID != owner.ID {
		t.Errorf("pinned %+v, %d invites", p, len(moved.Invites))
	}
	if d, err := h.Store.Domain(h.ctx); err != nil || d.Listen.Port() != 1500 || len(d.Proxies) != 1 {
		t.Errorf("the proxy finds it at %+v (%v)", d, err)
	}
	if wish, err := h.Store.TunnelWish(h.ctx); err != nil || wish.HostName != "id" || !wish.On {
		t.Errorf("the node asks for %+v (%v)", wish, err)
	}
	moved, err = h.MoveIssuer(h.ctx, MoveInput{To: oldHost, Confirm: oldHost})
	h.must(err)
	if f := moved.Status.Former; len(f) != 1 || f[0].Host != "id.example.com" || len(moved.Invites) != 0 {
		t.Errorf("back again the former hosts are %+v, %d invites", f, len(moved.Invites))
	}
}
