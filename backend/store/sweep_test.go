package store_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// TestSweep keeps what is needed a moment before its time and takes it a moment after.
func TestSweep(t *testing.T) {
	s, g, _ := granted(t)
	r, _ := storetest.Refresh(t, s, g)
	storetest.Code(t, s, g)
	storetest.Access(t, s, g)
	storetest.Write(t, s, func(tx *store.Tx) error {
		if _, err := tx.SpendRefresh(r.Hash, []byte("seed"), []byte("successor"), start); err != nil {
			return err
		}
		own := idp.AccessToken{Hash: []byte("own"), ClientID: g.ClientID, CreatedAt: start, ExpiresAt: start.Add(2 * time.Hour)}
		request := idp.PushedRequest{Hash: []byte("pushed"), ClientID: g.ClientID, CreatedAt: start, ExpiresAt: start.Add(idp.PushedLife)}
		device := idp.DeviceCode{Hash: []byte("device"), UserHash: []byte("user"), ClientID: g.ClientID, CreatedAt: start, ExpiresAt: start.Add(idp.DeviceLife), State: idp.DeviceWaiting}
		if err := cmp.Or(tx.AddAccessToken(own), tx.AddPushedRequest(request), tx.AddDeviceCode(device)); err != nil {
			return err
		}
		if err := tx.CountRefusal("client_authentication", "203.0.113.84", start); err != nil {
			return err
		}
		_, err := tx.UseChallenge([]byte("challenge"), start.Add(5*time.Minute))
		return err
	})
	for _, tt := range []struct {
		what, query string
		last        idp.Time // the last instant at which it stays
	}{
		{"seed", "SELECT count(*) FROM refresh_tokens WHERE seed IS NOT NULL", start.Add(idp.RefreshGrace)},
		{"pushed request", "SELECT count(*) FROM pushed_requests", start.Add(idp.PushedLife)},
		{"challenge", "SELECT count(*) FROM challenges", start.Add(5 * time.Minute)},
		{"code", "SELECT count(*) FROM codes", start.Add(idp.CodeLife + idp.Day)},
		{"device code", "SELECT count(*) FROM device_codes", start.Add(idp.DeviceLife + idp.Day)},
		{"access token", "SELECT count(*) FROM access_tokens", start.Add(idp.AccessLife + idp.Day)},
		{"token of an app", "SELECT count(*) FROM client_tokens", start.Add(2*time.Hour + idp.Day)},
		{"refusal", "SELECT count(*) FROM refusals", idp.Time((int64(start)/60000+1)*60000 - 1).Add(90 * idp.Day)},
		{"refresh token", "SELECT count(*) FROM refresh_tokens", start.Add(idp.RefreshAbsolute)},
	} {
		for past, want := range []string{"1", "0"} {
			touched := int64(0)
			storetest.Write(t, s, func(tx *store.Tx) (err error) {
				touched, err = tx.Sweep(tt.last+idp.Time(past), 100)
				return err
			})
			if got := value(t, s, tt.query); got != want || touched != int64(past) {
				t.Errorf("%s, %d ms past its time: %s left, want %s; touched %d", tt.what, past, got, want, touched)
			}
		}
	}
}

func TestSweepInParts(t *testing.T) {
	s, g, _ := granted(t)
	for range 5 {
		storetest.Code(t, s, g)
	}
	for _, want := range []int64{2, 2, 1, 0} {
		storetest.Write(t, s, func(tx *store.Tx) error {
			n, err := tx.Sweep(start.Add(2*idp.Day), 2)
			same(t, "touched", n, want)
			return err
		})
	}
}

// TestSweepsScanNothing: they run for ever beside everything else, so none may look through a table.
func TestSweepsScanNothing(t *testing.T) {
	s := storetest.Open(t)
	for _, statement := range store.SweepStatements() {
		args := []any{1, 2, 3, "", "z"}[:max(2, strings.Count(statement, "?4")*5)]
		for _, step := range must(s.Plan(t.Context(), statement, args...))(t) {
			if strings.HasPrefix(step, "SCAN") && step != "SCAN CONSTANT ROW" && !strings.HasPrefix(step, "SCAN (subquery") { // those are no tables
				t.Errorf("%s: %s", statement, step)
			}
		}
	}
}

// TestSweepEnded: what ended stays for 90 days and as long as something that hangs on it can be used.
func TestSweepEnded(t *testing.T) {
	s := storetest.Open(t)
	c := storetest.Client(t, s)
	ann, gone := storetest.User(t, s), storetest.User(t, s)
	keep := 90 * idp.Day
	in := func(id, userID string, changes ...func(*idp.Session)) idp.Session {
		b := idp.Browser{ID: "brw_" + id, CreatedAt: start, SeenAt: start}
		storetest.Write(t, s, func(tx *store.Tx) error { return tx.CreateBrowser(b, []byte(b.ID)) })
		return storetest.Session(t, s, userID, append([]func(*idp.Session){func(v *idp.Session) { v.ID, v.BrowserID = "ses_"+id, b.ID }}, changes...)...)
	}
	given := func(id string, v idp.Session, changes ...func(*idp.Grant)) idp.Grant {
		return storetest.Grant(t, s, v, c.ID, append([]func(*idp.Grant){func(g *idp.Grant) { g.ID = "gnt_" + id }}, changes...)...)
	}
	out := func(v *idp.Session) { v.EndedAt, v.EndReason = start+1, idp.EndSignedOut }
	revoked := func(g *idp.Grant) { g.RevokedAt, g.RevokeReason = start+1, string(idp.TokenRevoked) }
	given("out", in("out", ann.ID, out))
	given("idle", in("idle", ann.ID))
	given("old", in("old", ann.ID, func(v *idp.Session) { v.SeenAt = start.Add(idp.SessionAbsolute) }))
	offline := in("offline", ann.ID, out)
	storetest.Refresh(t, s, given("live", offline))
	storetest.Refresh(t, s, given("dead", offline, revoked))
	storetest.Access(t, s, given("token", offline), func(a *idp.AccessToken) { a.ExpiresAt = start.Add(500 * idp.Day) })
	in("newest", ann.ID, func(v *idp.Session) { v.AuthTime = start + 1; out(v) })
	in("only", gone.ID, out)
	storetest.Browser(t, s)
	for id, change := range map[string]func(*idp.Invite){
		"inv_used":    func(i *idp.Invite) { i.UsedAt, i.ExpiresAt = start+1, start.Add(500*idp.Day) },
		"inv_revoked": func(i *idp.Invite) { i.RevokedAt, i.ExpiresAt = start+1, start.Add(500*idp.Day) },
		"inv_expired": func(i *idp.Invite) { i.ExpiresAt = start + 1 },
		"inv_open":    func(i *idp.Invite) { i.ExpiresAt = start.Add(500 * idp.Day) },
	} {
		storetest.Invite(t, s, ann.ID, func(i *idp.Invite) { i.ID = id; change(i) })
	}
	left := func() string {
		ids := must(s.Values(t.Context(), "SELECT id FROM grants UNION ALL SELECT id FROM sessions UNION ALL SELECT id FROM invites UNION ALL SELECT 'tokens ' || count(*) FROM refresh_tokens UNION ALL SELECT 'browsers ' || count(*) FROM browsers"))(t)
		slices.Sort(ids)
		return strings.Join(ids, " ")
	}
	everything := left()
	sweep := func(now idp.Time, want int64) {
		t.Helper()
		same(t, "deleted", must(s.SweepEnded(t.Context(), now, 2))(t), want)
	}
	sweep(start.Add(keep)+1, 1) // the browser in which nobody ever signed in
	same(t, "a moment before", left(), strings.Replace(everything, "browsers 7", "browsers 6", 1))
	sweep(start.Add(keep)+2, 8) // three invites, the token and grant that were revoked, and the session that was signed out with its grant and browser
	same(t, "signed out", left(), "browsers 5 gnt_idle gnt_live gnt_old gnt_token inv_open ses_idle ses_newest ses_offline ses_old ses_only tokens 1")
	sweep(start.Add(idp.SessionIdle+keep), 0)
	sweep(start.Add(idp.SessionIdle+keep)+1, 3)
	same(t, "idle", left(), "browsers 4 gnt_live gnt_old gnt_token inv_open ses_newest ses_offline ses_old ses_only tokens 1")
	sweep(start.Add(idp.SessionAbsolute+keep), 0)
	sweep(start.Add(idp.SessionAbsolute+keep)+1, 3)
	same(t, "old", left(), "browsers 3 gnt_live gnt_token inv_open ses_newest ses_offline ses_only tokens 1")
	exec1(t, s, "DELETE FROM refresh_tokens", "DELETE FROM access_tokens") // as Sweep does when they expire
	sweep(start.Add(300*idp.Day), 4)
	same(t, "offline", left(), "browsers 2 inv_open ses_newest ses_only tokens 0")
	check(t, s.Check(t.Context()))
}
