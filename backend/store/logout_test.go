package store_test

import (
	"cmp"
	"slices"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// told makes an app that wants to be told of sign-outs.
func told(t *testing.T, s *store.Store, changes ...func(*idp.Client)) idp.Client {
	t.Helper()
	return storetest.Client(t, s, append([]func(*idp.Client){func(c *idp.Client) { c.BackchannelLogoutURI = "https://app.example.com/out" }}, changes...)...)
}

// deliveries are the apps and sessions that are to be told.
func deliveries(t *testing.T, s *store.Store) []string {
	t.Helper()
	due, _, err := s.DueLogouts(t.Context(), start.Add(idp.Day), 1000)
	check(t, err)
	out := []string{}
	for _, d := range due {
		out = append(out, d.ClientID+" "+d.SessionID)
	}
	slices.Sort(out)
	return out
}

// TestLogoutsAreQueued: each way in which a session ends tells the apps that it gave something to, once, and no others.
func TestLogoutsAreQueued(t *testing.T) {
	for name, end := range map[string]func(tx *store.Tx, v idp.Session) error{
		"signed out": func(tx *store.Tx, v idp.Session) error {
			_, err := tx.EndSession(v.ID, idp.EndSignedOut, start+5)
			return err
		},
		"revoked": func(tx *store.Tx, v idp.Session) error {
			_, err := tx.EndSession(v.ID, idp.EndRevoked, start+5)
			return err
		},
		"all": func(tx *store.Tx, v idp.Session) error { _, err := tx.RevokeSessions(v.UserID, start+5); return err },
		"passkey": func(tx *store.Tx, v idp.Session) error {
			_, err := tx.RevokeSessionsOfPasskey(v.PasskeyID, start+5)
			return err
		},
		"deleted": func(tx *store.Tx, v idp.Session) error { return tx.DeleteUser(v.UserID, start+5) },
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Open(t)
			ann := storetest.User(t, s)
			v := storetest.Session(t, s, ann.ID, func(v *idp.Session) { v.PasskeyID = "psk_1" })
			others := storetest.Session(t, s, storetest.User(t, s).ID, func(v *idp.Session) { v.PasskeyID = "psk_2" })
			one, two, unused := told(t, s), told(t, s), told(t, s)
			silent, off := storetest.Client(t, s), told(t, s, func(c *idp.Client) { c.DisabledAt = start })
			for _, c := range []idp.Client{one, one, two, silent, off} {
				storetest.Grant(t, s, v, c.ID)
			}
			storetest.Grant(t, s, others, unused.ID)
			storetest.Write(t, s, func(tx *store.Tx) error { return end(tx, v) })
			want := []string{one.ID + " " + v.ID, two.ID + " " + v.ID}
			slices.Sort(want)
			same(t, "to be told", deliveries(t, s), want)
			due, next, err := s.DueLogouts(t.Context(), start+5, 1)
			if check(t, err); len(due) != 1 || next != 0 || due[0].UserID != ann.ID || due[0].CreatedAt != start+5 || due[0].Attempts != 0 {
				t.Errorf("due: %+v, next %d", due, next)
			}
		})
	}
}

// TestLogoutsAreQueuedOnce: a session that has ended ends no second time, whatever else is done to it.
func TestLogoutsAreQueuedOnce(t *testing.T) {
	s := storetest.Open(t)
	ann, c := storetest.User(t, s), told(t, s)
	v := storetest.Session(t, s, ann.ID, func(v *idp.Session) { v.PasskeyID = "psk_1" })
	storetest.Grant(t, s, v, c.ID)
	again := func(tx *store.Tx) error {
		_, out := tx.EndSession(v.ID, idp.EndSignedOut, start+1)
		_, revoked := tx.EndSession(v.ID, idp.EndRevoked, start+2)
		_, all := tx.RevokeSessions(ann.ID, start+3)
		_, passkey := tx.RevokeSessionsOfPasskey("psk_1", start+4)
		return cmp.Or(out, revoked, all, passkey)
	}
	storetest.Write(t, s, again)
	same(t, "to be told", deliveries(t, s), []string{c.ID + " " + v.ID})
	due, _, err := s.DueLogouts(t.Context(), start+1, 10)
	check(t, err)
	for i, want := range []bool{true, false} {
		storetest.Write(t, s, func(tx *store.Tx) error {
			ended, err := tx.EndLogout(due[0].ID)
			if ended != want {
				t.Errorf("ended, time %d: %v", i, ended)
			}
			return cmp.Or(err, again(tx))
		})
	}
	same(t, "told already", deliveries(t, s), []string{})
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteUser(ann.ID, start+5) })
	same(t, "told already", deliveries(t, s), []string{})
}

// TestDueLogouts: what is due comes in order, and when to look again is said.
func TestDueLogouts(t *testing.T) {
	s := storetest.Open(t)
	ann, c := storetest.User(t, s), told(t, s)
	var sessions []idp.Session
	for i := range 3 {
		v := storetest.Session(t, s, ann.ID)
		storetest.Grant(t, s, v, c.ID)
		sessions = append(sessions, v)
		storetest.Write(t, s, func(tx *store.Tx) error {
			_, err := tx.EndSession(v.ID, idp.EndSignedOut, start+idp.Time(10*i))
			return err
		})
	}
	due := func(now idp.Time, limit int, wantNext idp.Time, want ...int) []idp.LogoutDelivery {
		t.Helper()
		got, next, err := s.DueLogouts(t.Context(), now, limit)
		check(t, err)
		same(t, "next", next, wantNext)
		ids, wantIDs := []string{}, []string{}
		for _, d := range got {
			ids = append(ids, d.SessionID)
		}
		for _, i := range want {
			wantIDs = append(wantIDs, sessions[i].ID)
		}
		same(t, "due", ids, wantIDs)
		return got
	}
	due(start-1, 10, start)
	first := due(start, 10, start+10, 0)[0]
	due(start+15, 1, start+20, 0)
	due(start+15, 10, start+20, 0, 1)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.PostponeLogout(first.ID, start+100) })
	due(start+20, 10, start+100, 1, 2)
	if again := due(start+100, 10, 0, 1, 2, 0)[2]; again.Attempts != 1 || again.CreatedAt != start {
		t.Errorf("postponed: %+v", again)
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteClient(c.ID) })
	due(start+100, 10, 0)
}

// TestLogoutParallel: many who end a session at once queue it once.
func TestLogoutParallel(t *testing.T) {
	s := storetest.Open(t)
	ann, c := storetest.User(t, s), told(t, s)
	v := storetest.Session(t, s, ann.ID)
	storetest.Grant(t, s, v, c.ID)
	ended := race(50, func(int) (changed bool) {
		check(t, s.Write(t.Context(), func(tx *store.Tx) (err error) {
			changed, err = tx.EndSession(v.ID, idp.EndSignedOut, start)
			return err
		}))
		return changed
	})
	same(t, "ended", ended, 1)
	same(t, "to be told", deliveries(t, s), []string{c.ID + " " + v.ID})
}
