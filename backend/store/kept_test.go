package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// kept is one of everything that memory keeps.
type kept struct {
	s             *store.Store
	user          idp.User
	group         idp.Group
	app           idp.Client
	browser       idp.Browser
	cookie        []byte
	session       idp.Session
	grant         idp.Grant
	secret        []byte
	secretID      string
	token, client []byte // of the grant, and of the app for itself
}

func newKept(t *testing.T) kept {
	s := storetest.Open(t)
	k := kept{s: s, user: storetest.User(t, s), app: storetest.Client(t, s)}
	k.group = storetest.Group(t, s, "family", k.user.ID)
	storetest.Allow(t, s, k.app.ID, idp.Access{Kind: idp.AccessGroup, Subject: k.group.ID})
	var cookie string
	k.browser, cookie = storetest.Browser(t, s)
	k.cookie = idp.Hash(cookie)
	k.session = storetest.Session(t, s, k.user.ID, func(v *idp.Session) { v.BrowserID, v.PasskeyID = k.browser.ID, "psk_1" })
	k.grant = storetest.Grant(t, s, k.session, k.app.ID)
	k.secret = idp.Hash(storetest.Secret(t, s, k.app.ID, func(c *idp.ClientSecret) { k.secretID = c.ID }))
	row, _ := storetest.Access(t, s, k.grant)
	k.token, k.client = row.Hash, idp.Hash("client")
	storetest.Write(t, s, func(tx *store.Tx) error {
		if err := tx.AddAccessToken(idp.AccessToken{Hash: k.client, ClientID: k.app.ID, Scope: "x", CreatedAt: start, ExpiresAt: start + 1}); err != nil {
			return err
		}
		return tx.SaveConsent(idp.Consent{UserID: k.user.ID, ClientID: k.app.ID, Scope: "openid", GrantedAt: start})
	})
	return k
}

// say is everything that memory can be asked, as it stands.
func (k kept) say(r store.Reads) string {
	ctx, out := context.Background(), []string{}
	add := func(v any, err error) { out = append(out, fmt.Sprintf("%+v %v", v, err)) }
	add(first2(r.Client(ctx, k.app.ID)))
	add(first2(r.SecretByHash(ctx, k.app.ID, k.secret)))
	st, err := r.Standing(ctx, "", "", k.grant.ID, "")
	add(fmt.Sprintf("%+v %+v %v %d %+v %+v", st.User, st.Client, st.Access, st.Epoch, st.Grant, st.Session), err)
	add(first2(r.User(ctx, k.user.ID)))
	add(first2(r.GroupsOf(ctx, k.user.ID)))
	add(first2(r.ClaimScopes(ctx)))
	add(first2(r.Epoch(ctx)))
	add(first2(r.BrowserByHash(ctx, k.cookie)))
	add(first2(r.SessionsOfBrowser(ctx, k.browser.ID)))
	add(first2(r.Session(ctx, k.session.ID)))
	add(first2(r.Consent(ctx, k.user.ID, k.app.ID)))
	add(first2(r.Grant(ctx, k.grant.ID)))
	add(first2(r.AccessToken(ctx, k.token, idp.FormatOpaque)))
	add(first2(r.AccessToken(ctx, k.client, idp.FormatOpaque)))
	return strings.Join(out, "\n")
}

func first2[T any](v T, err error) (any, error) { return v, err }

// TestEveryChangeCountsAtOnce makes each change that there is with everything in memory: what memory says afterwards is what the database says, and another thing than before.
func TestEveryChangeCountsAtOnce(t *testing.T) {
	const now = start + 1000
	was := func(_ any, err error) error { return err }
	changes := map[string]func(*store.Tx, kept) error{
		"access":      func(tx *store.Tx, k kept) error { return tx.SetAccess(k.app.ID, nil) },
		"claim scope": func(tx *store.Tx, k kept) error { return tx.SetClaimScope("shirt", "email") },
		"app":         func(tx *store.Tx, k kept) error { return renamed(tx, k.app, "new") },
		"app deleted": func(tx *store.Tx, k kept) error { return tx.DeleteClient(k.app.ID) },
		"consent":     func(tx *store.Tx, k kept) error { return tx.RevokeConsent(k.user.ID, k.app.ID, now) },
		"consent widened": func(tx *store.Tx, k kept) error {
			return tx.SaveConsent(idp.Consent{UserID: k.user.ID, ClientID: k.app.ID, Scope: "openid email", GrantedAt: now})
		},
		"grant":            func(tx *store.Tx, k kept) error { return was(tx.RevokeGrant(k.grant.ID, idp.TokenRevoked, now)) },
		"grants of app":    func(tx *store.Tx, k kept) error { return tx.RevokeGrantsOfClient(k.app.ID, idp.TokenRevoked, now) },
		"grants outside":   func(tx *store.Tx, k kept) error { return was(tx.Exec("UPDATE grants SET network = 'internet'")) },
		"online grants":    func(tx *store.Tx, k kept) error { return tx.EndOnlineGrants(k.session.ID, now) },
		"group renamed":    func(tx *store.Tx, k kept) error { g := k.group; g.Name = "new"; return tx.UpdateGroup(g) },
		"group deleted":    func(tx *store.Tx, k kept) error { return tx.DeleteGroup(k.group.ID) },
		"members":          func(tx *store.Tx, k kept) error { return tx.SetMembers(k.group.ID, nil) },
		"groups of person": func(tx *store.Tx, k kept) error { return tx.SetGroupsOf(k.user.ID, nil) },
		"secret used": func(tx *store.Tx, k kept) error {
			return tx.TouchClientSecret(k.secretID, now+idp.Time(idp.Day.Milliseconds()))
		},
		"secret expires": func(tx *store.Tx, k kept) error { return tx.ExpireClientSecret(k.secretID, now) },
		"secret removed": func(tx *store.Tx, k kept) error { return tx.RemoveClientSecret(k.secretID) },
		"cookie": func(tx *store.Tx, k kept) error {
			return tx.RotateBrowser(k.browser.ID, idp.Hash("other"), k.session.ID, "x", now)
		},
		"acting": func(tx *store.Tx, k kept) error { return tx.ActSession(k.browser.ID, "") },
		"another session": func(tx *store.Tx, k kept) error {
			v := k.session
			v.ID = "ses_other"
			return tx.CreateSession(v)
		},
		"session used": func(tx *store.Tx, k kept) error {
			return tx.TouchSession(k.session.ID, now+idp.Time(idp.Day.Milliseconds()))
		},
		"fresh passkey": func(tx *store.Tx, k kept) error { return tx.Reauthenticate(k.session.ID, "psk_2", "hwk", now) },
		"session ended": func(tx *store.Tx, k kept) error { return was(tx.EndSession(k.session.ID, idp.EndSignedOut, now)) },
		"all sessions":  func(tx *store.Tx, k kept) error { return tx.RevokeEverySession(now) },
		"sessions":      func(tx *store.Tx, k kept) error { return was(tx.RevokeSessions(k.user.ID, now)) },
		"passkey's":     func(tx *store.Tx, k kept) error { return was(tx.RevokeSessionsOfPasskey("psk_1", now)) },
		"epoch": func(tx *store.Tx, k kept) error {
			return was(tx.Exec("INSERT INTO settings (key, value) VALUES ('epoch', '9')"))
		},
		"token":            func(tx *store.Tx, k kept) error { return was(tx.RevokeAccessToken(k.token, now)) },
		"token of the app": func(tx *store.Tx, k kept) error { return was(tx.RevokeAccessToken(k.client, now)) },
		"tokens of app":    func(tx *store.Tx, k kept) error { return tx.RevokeTokensOfClient(k.app.ID, now) },
		"person":           func(tx *store.Tx, k kept) error { u := k.user; u.DisabledAt = now; return tx.UpdateUser(u) },
		"person deleted":   func(tx *store.Tx, k kept) error { return tx.DeleteUser(k.user.ID, now) },
		"sweep":            func(tx *store.Tx, k kept) error { return was(tx.Sweep(now+idp.Time(40*idp.Day.Milliseconds()), 100)) },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			k := newKept(t)
			before := k.say(k.s.Reads)
			if k.s.Kept() < 13 {
				t.Fatalf("only %d rows are kept", k.s.Kept())
			}
			inside := ""
			storetest.Write(t, k.s, func(tx *store.Tx) error {
				err := change(tx, k)
				inside = k.say(tx.Reads)
				return err
			})
			after := k.say(k.s.Reads)
			k.s.Forget()
			want := k.say(k.s.Reads)
			same(t, "from memory", after, want)
			same(t, "within the transaction", inside, want)
			if after == before {
				t.Error("the change shows nowhere")
			}
			storetest.Write(t, k.s, func(tx *store.Tx) error { same(t, "in the next transaction", k.say(tx.Reads), want); return nil })
		})
	}
}

// TestUndoneChangesLeaveNothing: what a transaction made and read, and then undid, is not kept.
func TestUndoneChangesLeaveNothing(t *testing.T) {
	k := newKept(t)
	before := k.say(k.s.Reads)
	g := k.grant
	g.ID = "gnt_undone"
	hash := idp.Hash("undone")
	no := errors.New("no")
	err := k.s.Write(t.Context(), func(tx *store.Tx) error {
		check(t, tx.CreateGrant(g))
		check(t, tx.AddAccessToken(idp.AccessToken{Hash: hash, GrantID: g.ID, ClientID: g.ClientID}))
		must(tx.Grant(t.Context(), g.ID))(t)
		must(tx.AccessToken(t.Context(), hash, idp.FormatOpaque))(t)
		return no
	})
	same(t, "error", errors.Is(err, no), true)
	_, err = k.s.Grant(t.Context(), g.ID)
	refused(t, err, idp.NotFound, "grant.not_found")
	_, err = k.s.AccessToken(t.Context(), hash, idp.FormatOpaque)
	refused(t, err, idp.NotFound, "token.not_found")
	_ = k.s.Write(t.Context(), func(tx *store.Tx) error { check(t, renamed(tx, k.app, "undone")); return no })
	same(t, "all", k.say(k.s.Reads), before)
}

// TestGlanceIsOfOneMoment changes an app and a person at once, after a glance has recalled the one and before it reads the other.
func TestGlanceIsOfOneMoment(t *testing.T) {
	k := newKept(t)
	must(k.s.Client(t.Context(), k.app.ID))(t)
	calls, got := 0, ""
	check(t, k.s.Glance(t.Context(), func(r store.Reads) error {
		calls++
		c, err := r.Client(t.Context(), k.app.ID)
		if err != nil {
			return err
		}
		if calls == 1 {
			storetest.Write(t, k.s, func(tx *store.Tx) error {
				u := k.user
				u.Name = "new"
				return errors.Join(renamed(tx, k.app, "new"), tx.UpdateUser(u))
			})
		}
		u, err := r.User(t.Context(), k.user.ID)
		got = c.Name + " " + u.Name
		return err
	}))
	same(t, "names", got, "new new")
	same(t, "calls", calls, 2)
	check(t, k.s.Glance(t.Context(), func(r store.Reads) error { // the moment of the database's first answer lasts
		calls++
		must(r.Users(t.Context(), ""))(t)
		storetest.Write(t, k.s, func(tx *store.Tx) error { return renamed(tx, k.app, "newer") })
		same(t, "app", must(r.Client(t.Context(), k.app.ID))(t).Name, "new")
		return nil
	}))
	same(t, "calls", calls, 3)
}

// TestGlanceFromMemory takes no connection, so that it goes on where all are taken.
func TestGlanceFromMemory(t *testing.T) {
	k := newKept(t)
	want := k.say(k.s.Reads)
	var glance func(int) error
	glance = func(n int) error {
		if n == 0 {
			return k.s.Glance(t.Context(), func(r store.Reads) error { same(t, "glance", k.say(r), want); return nil })
		}
		return k.s.View(t.Context(), func(r store.Reads) error { must(r.CountUsers(t.Context()))(t); return glance(n - 1) })
	}
	check(t, glance(8))
}

func TestMemoryIsBounded(t *testing.T) {
	k := newKept(t)
	want := k.say(k.s.Reads)
	for i := range store.MaxKept {
		k.s.Keep(fmt.Sprint(i))
	}
	if n := k.s.Kept(); n == 0 || n > store.MaxKept {
		t.Errorf("%d rows are kept", n)
	}
	same(t, "all", k.say(k.s.Reads), want)
	k.s.Forget()
	same(t, "of a moment that has ended", k.s.KeepLate(), 0)
}

// TestWhatChangesMemory: any statement that is not known to leave it alone ends the moment.
func TestWhatChangesMemory(t *testing.T) {
	for statement, want := range map[string]bool{
		"SELECT 1":                                    false,
		"INSERT INTO codes (hash) VALUES (?)":         false,
		"UPDATE refresh_tokens SET seed = NULL":       false,
		"DELETE FROM challenges WHERE hash = ?":       false,
		"INSERT INTO grants (id) VALUES (?)":          false,
		"INSERT INTO access_tokens (hash) VALUES (?)": false,
		"INSERT INTO grants (id) VALUES (?) ON CONFLICT (id) DO UPDATE SET scope = ''": true,
		"UPDATE grants SET epoch = 1":                    true,
		"UPDATE client_tokens SET revoked_at = 1":        true,
		"DELETE FROM access_tokens":                      true,
		"UPDATE OR IGNORE codes SET hash = 1":            true,
		"INSERT OR REPLACE INTO codes (hash) VALUES (?)": true,
		" UPDATE codes SET nonce = ''":                   true,
		"WITH x AS (SELECT 1) DELETE FROM codes":         true,
		"DROP TABLE users":                               true,
	} {
		same(t, statement, store.ChangesKept(statement), want)
	}
}
