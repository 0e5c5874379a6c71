package store_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// The fixtures are databases as each version of the schema left them; every later version has to bring them up to date. Only the newest may be made anew:
//
//	go test ./backend/store -run TestFixtureIsMade -update
var update = flag.Bool("update", false, "make the fixture of the newest schema anew")

func fixturePath(version int) string {
	return filepath.Join("testdata", "fixtures", fmt.Sprintf("%04d.db", version))
}

// TestFixtureIsMade makes the newest fixture when asked, and otherwise sees that each version left one.
func TestFixtureIsMade(t *testing.T) {
	if *update {
		path := filepath.Join(t.TempDir(), store.FileName)
		s, err := store.Open(t.Context(), path)
		check(t, err)
		fillFixture(t, s)
		check(t, s.Close())
		check(t, os.WriteFile(fixturePath(store.Versions), must(os.ReadFile(path))(t), 0o644))
	}
	for v := 1; v <= store.Versions; v++ {
		if _, err := os.Stat(fixturePath(v)); err != nil {
			t.Errorf("version %d left no fixture: %v", v, err)
		}
	}
}

// TestFixtures brings a copy of each fixture up to date and looks at every row.
func TestFixtures(t *testing.T) {
	for v := 1; v <= store.Versions; v++ {
		t.Run(fmt.Sprint(v), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), store.FileName)
			check(t, os.WriteFile(path, must(os.ReadFile(fixturePath(v)))(t), 0o600))
			if got := version(t, path); got != fmt.Sprint(v) {
				t.Fatalf("the fixture has version %s", got)
			}
			s := storetest.OpenAt(t, path)
			check(t, s.Check(t.Context()))
			if got := value(t, s, "PRAGMA integrity_check"); got != "ok" {
				t.Error(got)
			}
			if got := version(t, path); got != fmt.Sprint(store.Versions) {
				t.Errorf("brought to version %s, want %d", got, store.Versions)
			}
			same(t, "schema", schema(t, s), schema(t, storetest.Open(t)))
			readFixture(t, s)
			if v >= 2 {
				readProvider(t, s)
				writeProvider(t, s)
			}
			if v >= 3 {
				readTailnet(t, s)
			}
			if v >= 4 {
				readWebFinger(t, s)
			}
			writeFixture(t, s)
		})
	}
}

// schema is what every object of the database was made by: an upgraded one must not differ from a new one.
func schema(t *testing.T, s *store.Store) string {
	t.Helper()
	return strings.Join(must(s.Values(t.Context(), "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"))(t), ";\n")
}

// TestFixtureIsComplete: a table that a fixture leaves empty proves nothing about its migration, and neither does a column in which nothing stands.
func TestFixtureIsComplete(t *testing.T) {
	s := storetest.Open(t)
	fillFixture(t, s)
	for _, table := range must(s.Values(t.Context(), "SELECT name FROM sqlite_schema WHERE type = 'table'"))(t) {
		for _, column := range must(s.Values(t.Context(), "SELECT name FROM pragma_table_info(?)", table))(t) {
			if value(t, s, "SELECT count(*) FROM "+table+" WHERE coalesce("+column+", '') NOT IN ('', x'', 0)") == "0" {
				t.Errorf("nothing stands in %s.%s", table, column)
			}
		}
	}
}

// The rows of the fixtures.
var (
	fixPin     = idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", start)
	fixHome    = idp.Home{Name: "Rose Cottage"}
	fixWish    = store.TunnelWish{HostName: "id", Funnel: true, On: true}
	fixUsers   = []idp.User{{ID: "usr_ann", UserName: "ann", Name: "Ann Ember", GivenName: "Ann", FamilyName: "Ember", Email: "ann@example.com", EmailVerified: true, Locale: "en", Claims: `{"unix":1000}`, Owner: true, CreatedAt: start, UpdatedAt: start.Add(1e9), NetworkRule: idp.NetworkAnywhere}, {ID: "usr_bjoern", UserName: "björn", Name: "Björn Ås", Email: "", Claims: "{}", CreatedAt: start, UpdatedAt: start, DisabledAt: start.Add(2e9), NetworkRule: idp.NetworkAnywhere}}
	fixGone    = idp.User{ID: "usr_gone", UserName: "Gone", Name: "Gone", Email: "gone@example.com", Claims: "{}", CreatedAt: start, UpdatedAt: start}
	fixGroup   = idp.Group{ID: "grp_family", Name: "Family", Claims: `{"house":"rose"}`, CreatedAt: start, UpdatedAt: start, NetworkRule: idp.NetworkAnywhere}
	fixClients = []idp.Client{
		{ID: "app_forge", Name: "Forge", RequirePKCE: true, AlwaysRefresh: true, LaunchURL: "https://forge.example.com/", RedirectURIs: []string{"https://forge.example.com/b", "https://forge.example.com/a"}, PostLogoutRedirectURIs: []string{"https://forge.example.com/bye"}, IDTokenAlgorithm: idp.RS256, AccessFormat: idp.FormatOpaque, NetworkRule: idp.NetworkAnywhere, CreatedAt: start, UpdatedAt: start},
		{ID: "app_phone", Name: "Phone", Public: true, Native: true, AllowHTTP: true, SkipConsent: true, RedirectURIs: []string{"com.example.phone:/back"}, PostLogoutRedirectURIs: []string{}, IDTokenAlgorithm: idp.RS256, AccessFormat: idp.FormatOpaque, NetworkRule: idp.NetworkAnywhere, CreatedAt: start, UpdatedAt: start, DisabledAt: start.Add(1e9)},
	}
	fixSecret   = idp.ClientSecret{ID: "sec_1", ClientID: "app_forge", Name: "first", CreatedAt: start, ExpiresAt: start.Add(idp.Day), LastUsedAt: start}
	fixAccess   = []idp.Access{{ClientID: "app_forge", Kind: idp.AccessGroup, Subject: "grp_family"}, {ClientID: "app_forge", Kind: idp.AccessUser, Subject: "usr_bjoern"}}
	fixPasskeys = []idp.Passkey{
		{ID: "psk_1", UserID: "usr_ann", Name: "Phone", CredentialID: []byte{1, 2, 3}, PublicKey: []byte{4, 5}, Algorithm: -7, SignCount: 4_000_000_000, AAGUID: make([]byte, 16), Provider: "iCloud Keychain", Transports: []string{"internal", "hybrid"}, Attachment: "platform", BackupEligible: true, BackedUp: true, RPID: "id.tail1234.ts.net", Origin: "https://id.tail1234.ts.net", CreatedAt: start, LastUsedAt: start.Add(1e9)},
		{ID: "psk_2", UserID: "usr_ann", Name: "Key", CredentialID: []byte{9}, PublicKey: []byte{8}, Algorithm: -257, AAGUID: []byte{1}, Transports: []string{}, RPID: "localhost", Origin: "http://localhost:1411", CreatedAt: start.Add(1e9), FlaggedAt: start.Add(3e9)},
	}
	fixInvites  = []idp.Invite{{ID: "inv_open", UserID: "usr_bjoern", CreatedAt: start, ExpiresAt: start.Add(idp.Day), Epoch: 3}, {ID: "inv_used", UserID: "usr_ann", CreatedAt: start, ExpiresAt: start.Add(idp.Day), UsedAt: start.Add(1e9), Epoch: 2}}
	fixBrowser  = idp.Browser{ID: "brw_1", SessionID: "ses_1", UserAgent: "Testbrowser/1", CreatedAt: start, SeenAt: start.Add(1e9)}
	fixSessions = []idp.Session{
		{ID: "ses_1", BrowserID: "brw_1", UserID: "usr_ann", CreatedAt: start, AuthTime: start, SeenAt: start.Add(1e9), ACR: idp.ACRPasskey, AMR: "user", PasskeyID: "psk_1", Network: idp.NetworkPublic, Source: "203.0.113.7", UserAgent: "Testbrowser/1", Epoch: 3},
		{ID: "ses_2", BrowserID: "brw_1", UserID: "usr_bjoern", CreatedAt: start, AuthTime: start, SeenAt: start, ACR: idp.ACREnrol, AMR: "user", Network: idp.NetworkTailnet, Source: "100.64.0.9", EndedAt: start.Add(1e9), EndReason: idp.EndRevoked, Epoch: 3},
	}
	fixConsent = idp.Consent{UserID: "usr_ann", ClientID: "app_forge", Scope: "openid email", GrantedAt: start}
	fixGrants  = []idp.Grant{
		{ID: "gnt_1", UserID: "usr_ann", ClientID: "app_forge", SessionID: "ses_1", Scope: "openid offline_access", Network: idp.NetworkPublic, Source: "203.0.113.7", ACR: idp.ACRPasskey, AMR: "user", AuthTime: start, CreatedAt: start, Epoch: 3},
		{ID: "gnt_2", UserID: "usr_bjoern", ClientID: "app_phone", SessionID: "ses_2", Scope: "openid", Network: idp.NetworkTailnet, Source: "100.64.0.9", ACR: idp.ACREnrol, AuthTime: start, CreatedAt: start, RevokedAt: start.Add(1e9), RevokeReason: string(idp.RedemptionReuse), Epoch: 3},
	}
	fixCodes = []idp.AuthorizationCode{
		{Hash: []byte("code-used"), GrantID: "gnt_1", ClientID: "app_forge", RedirectURI: "https://forge.example.com/a", Challenge: "abc", Nonce: "n1", CreatedAt: start, ExpiresAt: start.Add(idp.CodeLife), UsedAt: start.Add(1e9)},
		{Hash: []byte("code-new"), GrantID: "gnt_1", ClientID: "app_forge", RedirectURI: "https://forge.example.com/a", CreatedAt: start, ExpiresAt: start.Add(idp.CodeLife)},
	}
	fixAccessToken = idp.AccessToken{Hash: []byte("access"), Format: idp.FormatOpaque, GrantID: "gnt_1", ClientID: "app_forge", Scope: "openid", CreatedAt: start, ExpiresAt: start.Add(idp.AccessLife), RevokedAt: start.Add(2e9)}
	fixRefresh     = []idp.RefreshToken{
		{Hash: []byte("refresh-spent"), GrantID: "gnt_1", ClientID: "app_forge", Scope: "openid", KeyID: "key_refresh", CreatedAt: start, ExpiresAt: start.Add(idp.RefreshIdle), AbsoluteAt: start.Add(idp.RefreshAbsolute), SpentAt: start.Add(1e9), Seed: []byte("0123456789abcdef"), Successor: []byte("refresh-live"), Replays: 2},
		{Hash: []byte("refresh-live"), GrantID: "gnt_1", ClientID: "app_forge", Scope: "openid", KeyID: "key_refresh", CreatedAt: start, ExpiresAt: start.Add(idp.RefreshIdle), AbsoluteAt: start.Add(idp.RefreshAbsolute)},
	}
	fixKeys = []idp.SigningKey{
		{ID: "key_rs", Use: "sig", Algorithm: "RS256", Public: `{"kty":"RSA"}`, Sealed: []byte("sealed"), CreatedAt: start, ActiveAt: start, RetiredAt: start.Add(idp.Day)},
		{ID: "key_refresh", Use: "refresh", Algorithm: "HS256", Sealed: []byte("sealed too"), CreatedAt: start, ActiveAt: start},
	}
	fixEvents = []idp.Event{
		{At: start, Kind: idp.EventSetUp, Actor: idp.ActorOwner, UserID: "usr_ann", Detail: map[string]string{"name": "Ann Ember"}},
		{At: start.Add(1e9), Kind: idp.EventSignedIn, Actor: idp.ActorUser, UserID: "usr_ann", ObjectID: "ses_1", Network: idp.NetworkPublic, Detail: map[string]string{"source": "203.0.113.7", "userAgent": "a \xff <b>"}},
		{At: start.Add(2e9), Kind: idp.EventAccessDenied, Actor: idp.ActorUser, UserID: "usr_bjoern", ClientID: "app_forge", Reason: string(idp.NoAccess), Network: idp.NetworkTailnet},
	}
)
