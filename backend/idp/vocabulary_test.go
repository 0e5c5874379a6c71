package idp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"testing"
	"time"
)

func TestTime(t *testing.T) {
	at := At(time.Date(2027, 1, 15, 8, 0, 0, 999_999_999, time.FixedZone("", 3600)))
	if at != 1_799_996_400_999 {
		t.Errorf("At: %d", at)
	}
	if got := at.Std().Format(time.RFC3339Nano); got != "2027-01-15T07:00:00.999Z" {
		t.Errorf("Std: %s", got)
	}
	if got := at.Unix(); got != 1_799_996_400 {
		t.Errorf("Unix: %d", got)
	}
	later := at.Add(90 * time.Minute)
	if later-at != 5_400_000 || later.Sub(at) != 90*time.Minute || at.Sub(later) != -90*time.Minute || later.Add(-90*time.Minute) != at {
		t.Errorf("Add and Sub: %d", later)
	}
	for _, tt := range []struct {
		at, now Time
		want    bool
	}{{0, 5, false}, {5, 4, false}, {5, 5, true}, {5, 6, true}, {-1, 0, true}} {
		if got := tt.at.Passed(tt.now); got != tt.want {
			t.Errorf("%d passed at %d: %v", tt.at, tt.now, got)
		}
	}
	before := time.Now().UnixMilli()
	if got := int64(SystemClock()); got < before || got > time.Now().UnixMilli() {
		t.Errorf("SystemClock: %d", got)
	}
}

func TestIDs(t *testing.T) {
	for name, tt := range map[string]struct {
		make func() string
		form string
	}{
		"ID":        {func() string { return NewID(PrefixUser) }, `^usr_[a-z2-7]{26}$`},
		"invite":    {NewInviteSecret, `^[a-z2-7]{26}$`},
		"secret":    {NewSecret, `^[A-Za-z0-9_-]{43}$`},
		"reference": {NewReference, `^[A-Z2-7]{3}-[A-Z2-7]{3}$`},
	} {
		seen := map[string]bool{}
		for range 200 {
			s := tt.make()
			if !regexp.MustCompile(tt.form).MatchString(s) {
				t.Fatalf("%s: %q is not %s", name, s, tt.form)
			}
			if seen[s] {
				t.Fatalf("%s: %q came twice", name, s)
			}
			seen[s] = true
		}
	}
	prefixes := map[string]bool{}
	for _, p := range []string{PrefixUser, PrefixGroup, PrefixClient, PrefixSecret, PrefixPasskey, PrefixInvite, PrefixBrowser, PrefixSession, PrefixGrant, PrefixKey, PrefixPending, PrefixIncident} {
		if prefixes[p] {
			t.Errorf("two nouns have the prefix %s", p)
		}
		prefixes[p] = true
	}
}

func TestHash(t *testing.T) {
	if got := hex.EncodeToString(Hash("abc")); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" { // FIPS 180-2, appendix B.1
		t.Error(got)
	}
}

func TestScopes(t *testing.T) {
	for _, tt := range []struct {
		list, scope string
		has, covers bool
	}{
		{"openid email", "email", true, true}, {"openid email", "openid email", false, true}, {"openid email", "email openid", false, true}, {"openid email", "mail", false, false},
		{"openid", "openid email", false, false}, {"", "openid", false, false}, {"openid", "", false, true}, {"  openid  ", "openid", true, true}, {"OPENID", "openid", false, false},
	} {
		if got := HasScope(tt.list, tt.scope); got != tt.has {
			t.Errorf("%q has %q: %v", tt.list, tt.scope, got)
		}
		if got := ScopeCovers(tt.list, tt.scope); got != tt.covers {
			t.Errorf("%q covers %q: %v", tt.list, tt.scope, got)
		}
	}
}

func TestPins(t *testing.T) {
	trial := Trial("1411", 7)
	if want := (Pin{Mode: ModeTrial, Issuer: "http://localhost:1411", RPID: "localhost", HostName: "localhost:1411", PinnedAt: 7}); trial != want || trial.Secure() {
		t.Errorf("trial: %+v", trial)
	}
	node := OnTailnet(ModeFunnel, "ID.Tail1234.ts.net.", 7)
	if want := (Pin{Mode: ModeFunnel, Issuer: "https://id.tail1234.ts.net", RPID: "id.tail1234.ts.net", HostName: "id.tail1234.ts.net", PinnedAt: 7}); node != want || !node.Secure() {
		t.Errorf("node: %+v", node)
	}
	if (Pin{}).Secure() {
		t.Error("nothing is secure")
	}
}

func TestClientNeedsPKCE(t *testing.T) {
	for _, tt := range []struct{ public, required, want bool }{{false, false, false}, {true, false, true}, {false, true, true}, {true, true, true}} {
		if got := (Client{Public: tt.public, RequirePKCE: tt.required}).NeedsPKCE(); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

func TestInviteCheck(t *testing.T) {
	for _, tt := range []struct {
		invite Invite
		want   string
	}{
		{Invite{ExpiresAt: now + 1, Epoch: 2}, ""},
		{Invite{ExpiresAt: now, Epoch: 2}, "invite.expired"},
		{Invite{ExpiresAt: now + 1, Epoch: 1}, "invite.revoked"},
		{Invite{ExpiresAt: now + 1, Epoch: 3}, "invite.revoked"},
		{Invite{ExpiresAt: now + 1, Epoch: 2, RevokedAt: 1}, "invite.revoked"},
		{Invite{ExpiresAt: now, Epoch: 1, RevokedAt: 1, UsedAt: 1}, "invite.used"},
	} {
		err := tt.invite.Check(now, 2)
		var e *Error
		if errors.As(err, &e) != (tt.want != "") || (e != nil && (e.Message.Key != tt.want || e.Code != Expired)) {
			t.Errorf("%+v: %v, want %q", tt.invite, err, tt.want)
		}
	}
}

func TestEventHashes(t *testing.T) {
	e := Event{Seq: 1, At: now, Kind: "k", Actor: ActorUser, UserID: "u", ClientID: "c", ObjectID: "o", Reason: "r", Network: NetworkLocal, Detail: map[string]string{"b": "2", "a": "1"}, Salt: []byte("salt"), Prev: []byte("prev")}
	e.DetailHash = e.HashDetail()
	// Fixed: a change of the encoding would break every chain that people have.
	if got := hex.EncodeToString(e.HashDetail()); got != "30adbf71947e88735224cc88bf937247cbc1757a0e129c9308db744fb9944270" {
		t.Errorf("detail: %s", got)
	}
	if got := hex.EncodeToString(e.HashChain()); got != "ab3403b6110733a4e845ffb9cb2b7f508706535e3e6695b0e80c47bae5c718b2" {
		t.Errorf("chain: %s", got)
	}
	moved := e // a byte that moves from one field into the next is another event
	moved.UserID, moved.ClientID = "uc", ""
	if bytes.Equal(moved.HashChain(), e.HashChain()) {
		t.Error("two events with one hash")
	}
}

func TestErrors(t *testing.T) {
	e := FailField("email", "user.taken", "value", "ann@example.com")
	if e.Code != Invalid || e.Field != "email" || e.Error() != "Somebody has ann@example.com already. Choose another." {
		t.Errorf("%+v %v", e, e)
	}
	caused := e.Because(fs.ErrNotExist)
	if !errors.Is(caused, fs.ErrNotExist) || errors.Is(e, fs.ErrNotExist) || caused.Error() != e.Error() {
		t.Errorf("%v because %v", caused, errors.Unwrap(caused))
	}
	for _, tt := range []struct {
		err  error
		want Code
	}{
		{nil, ""}, {fs.ErrNotExist, Internal}, {Fail(Denied, "x"), Denied}, {fmt.Errorf("wrapped: %w", Fail(Conflict, "x")), Conflict}, {Fail(Expired, "x").Because(Fail(Denied, "y")), Expired},
	} {
		if got := CodeOf(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct {
		m    Message
		want string
	}{
		{Text("user.taken", "value", "Ann"), "Somebody has Ann already. Choose another."},
		{Text("user.taken", "value", "{value}"), "Somebody has {value} already. Choose another."},
		{Text("user.taken"), "Somebody has {value} already. Choose another."},
		{Text("no.such.key", "value", "Ann"), "no.such.key"},
		{Message{}, ""},
	} {
		if got := tt.m.String(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.m, got, tt.want)
		}
	}
	if !Known("user.taken") || Known("no.such.key") || len(Keys()) < 50 {
		t.Errorf("%d keys", len(Keys()))
	}
	for _, key := range Keys() {
		if !Known(key) {
			t.Errorf("%s is listed and not known", key)
		}
	}
}
