package store_test

import (
	"cmp"
	"fmt"
	"reflect"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// fillFixture keeps the fixtures' rows.
func fillFixture(t *testing.T, s *store.Store) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) error {
		_, err := tx.Exec("INSERT INTO settings (key, value) VALUES ('epoch', '3')")
		return cmp.Or(err, tx.SetPin(fixPin), tx.SetHome(fixHome), tx.SetTunnelWish(fixWish), tx.SetTailnetState("_machinekey", []byte("sealed")), tx.CountRefusal("webfinger", "203.0.113.7", start))
	})
	storetest.Write(t, s, func(tx *store.Tx) error {
		errs := []error{tx.CreateUser(fixUsers[0]), tx.CreateUser(fixUsers[1]), tx.CreateUser(fixGone), tx.DeleteUser(fixGone.ID, 0), tx.CreateGroup(fixGroup), tx.SetMembers(fixGroup.ID, []string{"usr_ann"})}
		for i, c := range fixClients {
			errs = append(errs, tx.CreateClient(c), tx.AddPasskey(fixPasskeys[i]), tx.CreateInvite(fixInvites[i], []byte(fixInvites[i].ID)), tx.AddSigningKey(fixKeys[i]))
		}
		errs = append(errs, tx.AddClientSecret(fixSecret, []byte("secret")), tx.SetAccess("app_forge", fixAccess), tx.CreateBrowser(fixBrowser, []byte("cookie")), tx.SaveConsent(fixConsent))
		for i, v := range fixSessions {
			errs = append(errs, tx.CreateSession(v), tx.CreateGrant(fixGrants[i]), tx.CreateCode(fixCodes[i]), tx.AddRefreshToken(fixRefresh[i]))
		}
		errs = append(errs, tx.AddAccessToken(fixAccessToken))
		for _, e := range fixEvents {
			errs = append(errs, tx.Record(e))
		}
		return cmp.Or(errs...)
	})
	storetest.Write(t, s, func(tx *store.Tx) error {
		_, _, err := tx.RedeemCode(fixCodes[0].Hash, fixCodes[0].UsedAt)
		_, spent := tx.SpendRefresh(fixRefresh[0].Hash, fixRefresh[0].Seed, fixRefresh[0].Successor, fixRefresh[0].SpentAt)
		_, first := tx.CountReplay(fixRefresh[0].Hash, 5)
		_, second := tx.CountReplay(fixRefresh[0].Hash, 5)
		_, erased := tx.Exec("DELETE FROM event_details WHERE seq = 1")
		_, fresh := tx.UseChallenge([]byte("challenge"), start.Add(idp.Day))
		return cmp.Or(err, spent, first, second, erased, fresh)
	})
	fillProvider(t, s)
	fillTailnet(t, s)
	fillWebFinger(t, s)
}

// readFixture reads every row of the fixtures back.
func readFixture(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	same(t, "pin", must(s.Pin(ctx))(t), fixPin)
	same(t, "home", must(s.Home(ctx))(t), fixHome)
	same(t, "wish", must(s.TunnelWish(ctx))(t), fixWish)
	same(t, "epoch", must(s.Epoch(ctx))(t), 3)
	same(t, "tailnet state", string(must(s.TailnetState(ctx, "_machinekey"))(t)), "sealed")
	same(t, "users", must(s.Users(ctx, ""))(t)[:2], fixUsers)
	same(t, "owner", must(s.Owner(ctx))(t), fixUsers[0])
	same(t, "groups", must(s.GroupsOf(ctx, "usr_ann"))(t), []idp.Group{fixGroup})
	same(t, "clients", must(s.Clients(ctx, ""))(t)[:2], fixClients)
	same(t, "secret", must(s.SecretByHash(ctx, "app_forge", []byte("secret")))(t), fixSecret)
	same(t, "access", must(s.Access(ctx, "app_forge"))(t), fixAccess)
	same(t, "passkeys", must(s.Passkeys(ctx, "usr_ann"))(t), fixPasskeys)
	same(t, "browser", must(s.BrowserByHash(ctx, []byte("cookie")))(t), fixBrowser)
	same(t, "consent", must(s.Consent(ctx, "usr_ann", "app_forge"))(t), fixConsent)
	same(t, "access token", must(s.AccessToken(ctx, fixAccessToken.Hash, idp.FormatOpaque))(t), fixAccessToken)
	same(t, "signing keys", must(s.SigningKeys(ctx, "sig"))(t)[:1], fixKeys[:1])
	same(t, "refresh keys", must(s.SigningKeys(ctx, "refresh"))(t), fixKeys[1:])
	for i := range fixSessions {
		same(t, "invite", must(s.InviteByHash(ctx, []byte(fixInvites[i].ID)))(t), fixInvites[i])
		same(t, "session", must(s.Session(ctx, fixSessions[i].ID))(t), fixSessions[i])
		same(t, "grant", must(s.Grant(ctx, fixGrants[i].ID))(t), fixGrants[i])
		same(t, "refresh token", must(s.RefreshToken(ctx, fixRefresh[i].Hash))(t), fixRefresh[i])
	}
	readFixtureEvents(t, s)
}

func readFixtureEvents(t *testing.T, s *store.Store) {
	t.Helper()
	events, broken, err := s.VerifyChain(t.Context())
	if events != 3 || broken != 0 || err != nil {
		t.Errorf("chain: %d events, broken at %d, %v", events, broken, err)
	}
	got := must(s.Events(t.Context(), store.EventQuery{}))(t)
	for i, e := range got {
		e.Seq, e.Salt, e.DetailHash, e.Prev, e.Hash = 0, nil, nil, nil, nil
		got[i] = e
	}
	want := []idp.Event{fixEvents[2], fixEvents[1], fixEvents[0]}
	want[0].Detail, want[2].Detail = map[string]string{}, nil
	want[1].Detail = map[string]string{"source": "203.0.113.7", "userAgent": "a \uFFFD <b>"}
	same(t, "events", got, want)
}

// writeFixture does with the fixtures' rows what people do with them.
func writeFixture(t *testing.T, s *store.Store) {
	t.Helper()
	now := start.Add(2e9)
	storetest.Write(t, s, func(tx *store.Tx) error {
		for i, wantFirst := range []bool{false, true} {
			c, first, err := tx.RedeemCode(fixCodes[i].Hash, now)
			want := fixCodes[i]
			want.UsedAt = cmp.Or(want.UsedAt, now)
			same(t, "code", c, want)
			if err != nil || first != wantFirst {
				t.Errorf("code %d: first %v, %v", i, first, err)
			}
		}
		if fresh, err := tx.UseChallenge([]byte("challenge"), now); err != nil || fresh {
			t.Errorf("a used challenge: fresh %v, %v", fresh, err)
		}
		return tx.Record(idp.Event{At: now, Kind: idp.EventStarted, Actor: idp.ActorSystem})
	})
	gone := fixGone
	gone.ID = "usr_other"
	refused(t, s.Write(t.Context(), addUser(gone)), idp.Conflict, "user.reserved")
	same(t, "standing", idp.MayUse(must(s.Standing(t.Context(), "", "", "gnt_1", ""))(t), now), idp.Allowed)
	if events, broken, err := s.VerifyChain(t.Context()); events != 4 || broken != 0 || err != nil {
		t.Errorf("chain: %d events, broken at %d, %v", events, broken, err)
	}
}

func same[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\ngot  %s\nwant %s", what, fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want))
	}
}
