package store_test

import (
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestBrowsers(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	b, cookie := storetest.Browser(t, s)
	same(t, "browser", must(s.BrowserByHash(ctx, idp.Hash(cookie)))(t), b)
	u := storetest.User(t, s)
	first := storetest.Session(t, s, u.ID, func(v *idp.Session) { v.BrowserID = b.ID })
	fresh := idp.NewSecret()
	storetest.Write(t, s, func(tx *store.Tx) error {
		return tx.RotateBrowser(b.ID, idp.Hash(fresh), first.ID, "Newbrowser/2", start+9)
	})
	_, err := s.BrowserByHash(ctx, idp.Hash(cookie))
	refused(t, err, idp.NotFound, "session.no_browser")
	b.SessionID, b.UserAgent, b.SeenAt = first.ID, "Newbrowser/2", start+9
	same(t, "rotated", must(s.BrowserByHash(ctx, idp.Hash(fresh)))(t), b)
	for _, fn := range []func(*store.Tx) error{
		func(tx *store.Tx) error { return tx.RotateBrowser("brw_none", idp.Hash("x"), "", "", start) }, func(tx *store.Tx) error { return tx.ActSession("brw_none", "") },
	} {
		refused(t, s.Write(ctx, fn), idp.NotFound, "session.no_browser")
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteUser(u.ID, 0) })
	b.SessionID = ""
	same(t, "without the person", must(s.BrowserByHash(ctx, idp.Hash(fresh)))(t), b)
}

func TestSessions(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	ann, bob := storetest.User(t, s), storetest.User(t, s)
	b, _ := storetest.Browser(t, s)
	in := func(at idp.Time) func(*idp.Session) {
		return func(v *idp.Session) { v.BrowserID, v.AuthTime = b.ID, at }
	}
	first, second, bobs := storetest.Session(t, s, ann.ID, in(start)), storetest.Session(t, s, ann.ID, in(start+2)), storetest.Session(t, s, bob.ID, in(start+1))
	elsewhere := storetest.Session(t, s, ann.ID)
	same(t, "session", must(s.Session(ctx, second.ID))(t), second)
	same(t, "of the browser", must(s.SessionsOfBrowser(ctx, b.ID))(t), []idp.Session{second, bobs, first})
	same(t, "of Ann", len(must(s.SessionsOfUser(ctx, ann.ID))(t)), 3)
	same(t, "last", must(s.LastSignIn(ctx, ann.ID))(t), start+2)
	same(t, "never", must(s.LastSignIn(ctx, "usr_none"))(t), 0)
	storetest.Write(t, s, func(tx *store.Tx) error { _, err := tx.EndSession(second.ID, idp.EndSignedOut, start+5); return err })
	same(t, "of the browser", must(s.SessionsOfBrowser(ctx, b.ID))(t), []idp.Session{bobs, first})
	same(t, "of Ann", len(must(s.SessionsOfUser(ctx, ann.ID))(t)), 2)
	same(t, "last", must(s.LastSignIn(ctx, ann.ID))(t), start+2)
	_, err := s.Session(ctx, "ses_none")
	refused(t, err, idp.NotFound, "session.not_found")
	if got := value(t, s, "SELECT session_id FROM browsers WHERE id = ?", elsewhere.BrowserID); got != elsewhere.ID {
		t.Errorf("the other browser acts for %q", got)
	}
}

func TestTouchSession(t *testing.T) {
	s := storetest.Open(t)
	v := storetest.Session(t, s, storetest.User(t, s).ID)
	seen := func(at, want idp.Time) {
		t.Helper()
		storetest.Write(t, s, func(tx *store.Tx) error { return tx.TouchSession(v.ID, at) })
		same(t, "seen", must(s.Session(t.Context(), v.ID))(t).SeenAt, want)
	}
	seen(start.Add(5*time.Minute), start)
	seen(start.Add(5*time.Minute)+1, start.Add(5*time.Minute)+1)
	seen(start, start.Add(5*time.Minute)+1) // a clock that went back takes nothing away
	storetest.Write(t, s, func(tx *store.Tx) error { _, err := tx.EndSession(v.ID, idp.EndSignedOut, start); return err })
	seen(start.Add(idp.Day), start.Add(5*time.Minute)+1)
}

func TestReauthenticate(t *testing.T) {
	s := storetest.Open(t)
	v := storetest.Session(t, s, storetest.User(t, s).ID, func(v *idp.Session) { v.ACR = idp.ACREnrol })
	again := func(tx *store.Tx) error { return tx.Reauthenticate(v.ID, "psk_2", "swk user mfa", start+7) }
	storetest.Write(t, s, again)
	v.AuthTime, v.SeenAt, v.PasskeyID, v.ACR, v.AMR = start+7, start+7, "psk_2", idp.ACRPasskey, "swk user mfa"
	same(t, "session", must(s.Session(t.Context(), v.ID))(t), v)
	storetest.Write(t, s, func(tx *store.Tx) error { _, err := tx.EndSession(v.ID, idp.EndRevoked, start); return err })
	refused(t, s.Write(t.Context(), again), idp.NotFound, "session.not_found")
}

// TestEndSession ends a session one way and then another, and asks what that does to an online and an offline grant.
func TestEndSession(t *testing.T) {
	type step struct {
		reason  string
		changed bool
	}
	for _, tt := range []struct {
		name            string
		steps           []step
		end             string
		online, offline idp.Reason
	}{
		{"lives", nil, "", idp.Allowed, idp.Allowed},
		{"signed out", []step{{idp.EndSignedOut, true}}, idp.EndSignedOut, idp.SessionOver, idp.Allowed},
		{"replaced", []step{{idp.EndReplaced, true}}, idp.EndReplaced, idp.SessionOver, idp.Allowed},
		{"revoked", []step{{idp.EndRevoked, true}}, idp.EndRevoked, idp.SessionRevoked, idp.SessionRevoked},
		{"signed out twice", []step{{idp.EndSignedOut, true}, {idp.EndSignedOut, false}}, idp.EndSignedOut, idp.SessionOver, idp.Allowed},
		{"signed out, then revoked", []step{{idp.EndSignedOut, true}, {idp.EndRevoked, true}}, idp.EndRevoked, idp.SessionRevoked, idp.SessionRevoked},
		{"revoked, then signed out", []step{{idp.EndRevoked, true}, {idp.EndSignedOut, false}}, idp.EndRevoked, idp.SessionRevoked, idp.SessionRevoked},
		{"revoked twice", []step{{idp.EndRevoked, true}, {idp.EndRevoked, false}}, idp.EndRevoked, idp.SessionRevoked, idp.SessionRevoked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, online, offline := granted(t)
			for i, step := range tt.steps {
				storetest.Write(t, s, func(tx *store.Tx) error {
					changed, err := tx.EndSession(online.SessionID, step.reason, start+idp.Time(i)+1)
					if changed != step.changed {
						t.Errorf("step %d: changed %v, want %v", i, changed, step.changed)
					}
					return err
				})
			}
			v := must(s.Session(t.Context(), online.SessionID))(t)
			ended := idp.Time(0)
			if len(tt.steps) > 0 {
				ended = start + 1 // the first end counts
			}
			if v.EndReason != tt.end || v.EndedAt != ended {
				t.Errorf("ended %d by %q, want %d by %q", v.EndedAt, v.EndReason, ended, tt.end)
			}
			same(t, "acts", value(t, s, "SELECT session_id <> '' FROM browsers WHERE id = ?", v.BrowserID) == "1", len(tt.steps) == 0)
			same(t, "online", standing(t, s, online.ID, start+2), tt.online)
			same(t, "offline", standing(t, s, offline.ID, start+2), tt.offline)
		})
	}
}

// granted makes a session with a grant that ends with it and one that does not.
func granted(t *testing.T) (s *store.Store, online, offline idp.Grant) {
	t.Helper()
	s = storetest.Open(t)
	c := storetest.Client(t, s)
	storetest.AllowEveryone(t, s, c.ID)
	v := storetest.Session(t, s, storetest.User(t, s).ID)
	online = storetest.Grant(t, s, v, c.ID)
	return s, online, storetest.Grant(t, s, v, c.ID, func(g *idp.Grant) { g.Scope = "openid offline_access" })
}

// standing is what MayUse says of a grant now.
func standing(t *testing.T, s *store.Store, grantID string, now idp.Time) (reason idp.Reason) {
	t.Helper()
	check(t, s.View(t.Context(), func(r store.Reads) error {
		st, err := r.Standing(t.Context(), "", "", grantID, "")
		reason = idp.MayUse(st, now)
		return err
	}))
	return reason
}

func TestRevokeSessions(t *testing.T) {
	s, online, offline := granted(t)
	second := storetest.Session(t, s, online.UserID)
	signedOut := storetest.Session(t, s, online.UserID)
	others := storetest.Session(t, s, storetest.User(t, s).ID)
	storetest.Write(t, s, func(tx *store.Tx) error { _, err := tx.EndSession(signedOut.ID, idp.EndSignedOut, start+1); return err })
	revoke := func(want int64) {
		t.Helper()
		storetest.Write(t, s, func(tx *store.Tx) error {
			n, err := tx.RevokeSessions(online.UserID, start+2)
			same(t, "changed", n, want)
			return err
		})
	}
	revoke(3)
	for id, want := range map[string]struct {
		end  string
		at   idp.Time
		acts string
	}{
		online.SessionID: {idp.EndRevoked, start + 2, ""}, second.ID: {idp.EndRevoked, start + 2, ""}, signedOut.ID: {idp.EndRevoked, start + 1, ""}, others.ID: {"", 0, others.ID},
	} {
		v := must(s.Session(t.Context(), id))(t)
		if acts := value(t, s, "SELECT session_id FROM browsers WHERE id = ?", v.BrowserID); v.EndReason != want.end || v.EndedAt != want.at || acts != want.acts {
			t.Errorf("%s: ended %d by %q, its browser acts for %q; want %+v", id, v.EndedAt, v.EndReason, acts, want)
		}
	}
	for _, g := range []idp.Grant{online, offline} {
		same(t, "grant", standing(t, s, g.ID, start+3), idp.SessionRevoked)
	}
	revoke(0)
}
