package idp

import (
	"testing"
	"time"
)

const now Time = 1_800_000_000_000

// stands is a standing that allows; each change takes one thing away.
func stands(changes ...func(*Standing)) Standing {
	s := Standing{User: &User{ID: "usr_1"}, Client: &Client{ID: "app_1"}, Access: true, Session: &Session{UserID: "usr_1", CreatedAt: now, SeenAt: now, Epoch: 2}, Epoch: 2}
	for _, change := range changes {
		change(&s)
	}
	return s
}

func withGrant(scope string) func(*Standing) {
	return func(s *Standing) { s.Grant = &Grant{UserID: "usr_1", ClientID: "app_1", Scope: scope, Epoch: 2} }
}

var (
	online  = withGrant("openid email")
	offline = withGrant("openid offline_access")
)

func ended(reason string) func(*Standing) {
	return func(s *Standing) { s.Session.EndedAt, s.Session.EndReason = now, reason }
}

func seen(ago time.Duration) func(*Standing) {
	return func(s *Standing) { s.Session.SeenAt = now.Add(-ago) }
}

func made(ago time.Duration) func(*Standing) {
	return func(s *Standing) { s.Session.CreatedAt = now.Add(-ago) }
}

func TestMayUse(t *testing.T) {
	const idle, absolute = SessionIdle, SessionAbsolute
	for _, tt := range []struct {
		name    string
		changes []func(*Standing)
		// what is said at authorize, for a grant that ends with the session, and for one with offline_access
		authorize, online, offline Reason
	}{
		{"all is well", nil, Allowed, Allowed, Allowed},
		{"no app", []func(*Standing){func(s *Standing) { s.Client = nil }}, ClientMissing, ClientMissing, ClientMissing},
		{"app disabled", []func(*Standing){func(s *Standing) { s.Client.DisabledAt = 1 }}, ClientDisabled, ClientDisabled, ClientDisabled},
		{"no person", []func(*Standing){func(s *Standing) { s.User = nil }}, UserMissing, UserMissing, UserMissing},
		{"person disabled", []func(*Standing){func(s *Standing) { s.User.DisabledAt = 1 }}, UserDisabled, UserDisabled, UserDisabled},
		{"no access", []func(*Standing){func(s *Standing) { s.Access = false }}, NoAccess, NoAccess, NoAccess},
		{"no session", []func(*Standing){func(s *Standing) { s.Session = nil }}, SessionOver, SessionOver, SessionOver},
		{"signed out", []func(*Standing){ended(EndSignedOut)}, SessionOver, SessionOver, Allowed},
		{"replaced", []func(*Standing){ended(EndReplaced)}, SessionOver, SessionOver, Allowed},
		{"revoked", []func(*Standing){ended(EndRevoked)}, SessionOver, SessionRevoked, SessionRevoked},
		{"nearly idle", []func(*Standing){seen(idle - time.Millisecond)}, Allowed, Allowed, Allowed},
		{"idle", []func(*Standing){seen(idle)}, SessionOver, SessionOver, Allowed},
		{"nearly too old", []func(*Standing){made(absolute - time.Millisecond)}, Allowed, Allowed, Allowed},
		{"too old", []func(*Standing){made(absolute)}, SessionOver, SessionOver, Allowed},
		{"a clock that went back", []func(*Standing){seen(-time.Hour), made(-time.Hour)}, Allowed, Allowed, Allowed},
		{"session of an earlier epoch", []func(*Standing){func(s *Standing) { s.Session.Epoch = 1 }}, SessionOver, SessionOver, Allowed},
		{"restored from a backup", []func(*Standing){func(s *Standing) { s.Epoch = 3 }}, SessionOver, EarlierEpoch, EarlierEpoch},
		{"somebody else's session", []func(*Standing){func(s *Standing) { s.Session.UserID = "usr_2" }}, SessionOver, Allowed, Allowed},
	} {
		for _, at := range []struct {
			name  string
			grant func(*Standing)
			want  Reason
		}{{"at authorize", func(*Standing) {}, tt.authorize}, {"online grant", online, tt.online}, {"offline grant", offline, tt.offline}} {
			s := stands(append([]func(*Standing){at.grant}, tt.changes...)...)
			if got := MayUse(s, now); got != at.want {
				t.Errorf("%s, %s: %q, want %q", tt.name, at.name, got, at.want)
			}
		}
	}
}

func TestMayUseRevokedGrant(t *testing.T) {
	for _, grant := range []func(*Standing){online, offline} {
		s := stands(grant, func(s *Standing) { s.Grant.RevokedAt = 1 })
		if got := MayUse(s, now); got != GrantRevoked {
			t.Errorf("%q, want %q", got, GrantRevoked)
		}
	}
}

// TestMayUseOrder: who may not use the app hears of that, and not of a session that ended too.
func TestMayUseOrder(t *testing.T) {
	s := stands(offline, ended(EndRevoked), func(s *Standing) {
		s.Client.DisabledAt, s.User.DisabledAt, s.Access = 1, 1, false
		s.Grant.RevokedAt, s.Epoch = 1, 9
	})
	for _, step := range []struct {
		want Reason
		mend func()
	}{
		{ClientDisabled, func() { s.Client.DisabledAt = 0 }},
		{UserDisabled, func() { s.User.DisabledAt = 0 }},
		{NoAccess, func() { s.Access = true }},
		{GrantRevoked, func() { s.Grant.RevokedAt = 0 }},
		{EarlierEpoch, func() { s.Epoch = 2 }},
		{SessionRevoked, func() { s.Session.EndReason = EndSignedOut }},
		{Allowed, func() {}},
	} {
		if got := MayUse(s, now); got != step.want {
			t.Errorf("%q, want %q", got, step.want)
		}
		step.mend()
	}
}

// TestMayUseByTailnet: a click counts while its login is linked, the app allows clicks, and the browser is in the tailnet; for what came of it too.
func TestMayUseByTailnet(t *testing.T) {
	clicked := func(s *Standing) {
		s.Session.ACR, s.Session.ClientID, s.Linked, s.Client.TailnetSignIn, s.Network = ACRTailnet, "app_1", true, true, NetworkTailnet
		if s.Grant != nil {
			s.Grant.ACR, s.Grant.Network = ACRTailnet, NetworkTailnet
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*Standing)
		want   Reason
	}{
		{"all is well", func(*Standing) {}, Allowed},
		{"unlinked", func(s *Standing) { s.Linked = false }, LoginUnlinked},
		{"the app allows it no more", func(s *Standing) { s.Client.TailnetSignIn = false }, LoginUnlinked},
		{"another app", func(s *Standing) { s.Client.ID = "app_2" }, SessionOver},
		{"disabled", func(s *Standing) { s.User.DisabledAt = 1 }, UserDisabled},
		{"no access", func(s *Standing) { s.Access = false }, NoAccess},
		{"a browser outside", func(s *Standing) {
			s.Network = NetworkPublic
			if s.Grant != nil {
				s.Grant.Network = NetworkPublic
			}
		}, LoginUnlinked},
	} {
		for _, grant := range []func(*Standing){func(*Standing) {}, online, offline} {
			if got := MayUse(stands(grant, clicked, tt.change), now); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
		}
	}
}
