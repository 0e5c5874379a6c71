package store_test

import (
	"fmt"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// TestMoveRemembersWhereItLeft: hosts that were left are known, the last first; the one that is moved to is none of them, nor is a trial's.
func TestMoveRemembersWhereItLeft(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	move := func(to idp.Pin, at idp.Time) (from idp.Pin) {
		storetest.Write(t, s, func(tx *store.Tx) (err error) {
			from, err = tx.Move(to, at)
			return err
		})
		return from
	}
	on := func(host string) idp.Pin { return idp.OnTailnet(idp.ModeFunnel, host, start) }
	move(idp.Trial("1411", start), start)
	move(on("a.example"), start)
	if list := must(s.Formers(ctx))(t); len(list) != 0 {
		t.Errorf("a trial is remembered: %+v", list)
	}
	same(t, "from", move(on("b.example"), start+1), on("a.example"))
	move(on("b.example"), start+2) // the same host again leaves nothing
	same(t, "formers", must(s.Formers(ctx))(t), []idp.Former{{Pin: on("a.example"), LeftAt: start + 1}})
	move(on("a.example"), start+3)
	same(t, "back", must(s.Formers(ctx))(t), []idp.Former{{Pin: on("b.example"), LeftAt: start + 3}})
	for i := range 12 {
		move(on(fmt.Sprintf("n%d.example", i)), start+4)
	}
	list := must(s.Formers(ctx))(t)
	if len(list) != 8 || list[0].Pin.HostName != "n10.example" {
		t.Errorf("%d are remembered, the last %+v", len(list), list[0])
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.ForgetFormer("n10.example") })
	if _, known := idp.FormerOf(must(s.Formers(ctx))(t), "n10.example"); known {
		t.Error("it is not forgotten")
	}
	refused(t, s.Write(ctx, func(tx *store.Tx) error { return tx.ForgetFormer("n10.example") }), idp.NotFound, "store.no_former")
}

// TestMoveEndsSignIns: apps must not see the issuer change in the middle of what they were given, and a mode of the same host is no move.
func TestMoveEndsSignIns(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	session := storetest.Session(t, s, storetest.User(t, s).ID)
	to := func(mode idp.Mode, host string) {
		storetest.Write(t, s, func(tx *store.Tx) error {
			_, err := tx.Move(idp.OnTailnet(mode, host, start), start+1)
			return err
		})
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.SetPin(idp.OnTailnet(idp.ModeFunnel, "a.example", start)) })
	to(idp.ModeTailnet, "a.example")
	if got := must(s.Session(ctx, session.ID))(t); got.EndedAt != 0 {
		t.Errorf("another mode ended the session: %+v", got)
	}
	to(idp.ModeTailnet, "b.example")
	if got := must(s.Session(ctx, session.ID))(t); got.EndedAt != start+1 || got.EndReason != idp.EndRevoked {
		t.Errorf("the session goes on: %+v", got)
	}
}

// TestStranded: who has passkeys and none for the issuer, without those who are switched off.
func TestStranded(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	person := func(name string, off idp.Time, hosts ...string) string {
		u := storetest.User(t, s, func(u *idp.User) { u.Name, u.DisabledAt, u.Owner = name, off, name == "Zoe" })
		for _, host := range hosts {
			storetest.Passkey(t, s, u.ID, func(p *idp.Passkey) { p.RPID = host })
		}
		return u.ID
	}
	person("Both", 0, "a.example", "b.example")
	person("Nothing", 0)
	person("Off", start, "a.example")
	ann, zoe := person("Ann", 0, "a.example", "a.example"), person("Zoe", 0, "a.example")
	old := person("Old", 0, "o.example")
	ids := []string{}
	for _, u := range must(s.Stranded(ctx, "b.example"))(t) {
		ids = append(ids, u.ID)
	}
	same(t, "stranded", ids, []string{zoe, ann, old})
	if n, of := must(s.CountStranded(ctx, "b.example", ""))(t), must(s.CountStranded(ctx, "b.example", "a.example"))(t); n != 3 || of != 2 {
		t.Errorf("%d are stranded and %d of them by a.example, not 3 and 2", n, of)
	}
	passkeys, people, err := s.Bound(ctx, "a.example")
	if err != nil || passkeys != 5 || people != 4 {
		t.Errorf("a.example binds %d passkeys of %d people (%v), not 5 of 4", passkeys, people, err)
	}
}
