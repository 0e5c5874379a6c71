package store_test

import (
	"cmp"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// The rows that came with version 2. They stand behind those of version 1 in every list.
var (
	fixPanel = idp.Client{
		ID: "app_panel", Name: "Tablet", Public: true, RequirePAR: true, Reauthenticate: true, ClientCredentials: true, DeviceGrant: true, DeviceAnywhere: true, UserInfoOnly: true,
		IDTokenAlgorithm: idp.ES256, AccessFormat: idp.FormatJWT, Audience: "https://api.example.com", AccessLife: 60, IDTokenLife: 120, RefreshIdle: 3600, RefreshAbsolute: 7200, NetworkRule: idp.NetworkTailnetOnly,
		InitiateLoginURI: "https://tablet.example.com/start", BackchannelLogoutURI: "https://tablet.example.com/out", BackchannelInward: true,
		RedirectURIs: []string{"https://tablet.example.com/a", "https://tablet.example.com:8443/b"}, PostLogoutRedirectURIs: []string{}, CreatedAt: start, UpdatedAt: start,
	}
	fixPanelSession = idp.Session{ID: "ses_3", BrowserID: "brw_1", UserID: "usr_ann", CreatedAt: start, AuthTime: start, SeenAt: start, ACR: idp.ACRPasskey, AMR: "user", PasskeyID: "psk_1", Network: idp.NetworkTailnet, Source: "100.64.0.9", EndedAt: start.Add(2e9), EndReason: idp.EndSignedOut, Epoch: 3}
	fixPanelGrant   = idp.Grant{ID: "gnt_3", UserID: "usr_ann", ClientID: "app_panel", SessionID: "ses_3", Scope: "openid offline_access", Network: idp.NetworkTailnet, Source: "100.64.0.9", ACR: idp.ACRDevice, AMR: "user mca", AuthTime: start, CreatedAt: start, Claims: `{"userInfo":["email"]}`, Epoch: 3}
	fixPanelTokens  = []idp.AccessToken{
		{Hash: []byte("access-jwt"), Format: idp.FormatJWT, GrantID: "gnt_3", ClientID: "app_panel", Scope: "openid", CreatedAt: start, ExpiresAt: start.Add(idp.AccessJWTLife)},
		{Hash: []byte("own"), Format: idp.FormatOpaque, ClientID: "app_forge", Scope: "read", CreatedAt: start, ExpiresAt: start.Add(idp.AccessLife), RevokedAt: start.Add(2e9)},
	}
	fixPushed = []idp.PushedRequest{
		{Hash: []byte("pushed-used"), ClientID: "app_panel", Form: "scope=openid", CreatedAt: start, ExpiresAt: start.Add(idp.PushedLife), UsedAt: start.Add(1e9)},
		{Hash: []byte("pushed-new"), ClientID: "app_panel", Form: "scope=openid+email", CreatedAt: start, ExpiresAt: start.Add(idp.PushedLife)},
	}
	fixDevices = []idp.DeviceCode{
		{Hash: []byte("device-waiting"), UserHash: []byte("user-waiting"), ClientID: "app_panel", Scope: "openid", Network: idp.NetworkPublic, Source: "203.0.113.9", UserAgent: "Player/1", CreatedAt: start, ExpiresAt: start.Add(idp.DeviceLife), Interval: 10, PolledAt: start.Add(1e9), Tries: 2, State: idp.DeviceWaiting},
		{Hash: []byte("device-approved"), UserHash: []byte("user-approved"), ClientID: "app_panel", Scope: "openid", Network: idp.NetworkTailnet, Source: "100.64.0.8", CreatedAt: start, ExpiresAt: start.Add(idp.DeviceLife), Interval: 5, State: idp.DeviceApproved, GrantID: "gnt_3"},
	}
	fixRevoked   = idp.Invite{ID: "inv_revoked", UserID: "usr_bjoern", CreatedAt: start, ExpiresAt: start.Add(idp.Day), RevokedAt: start.Add(1e9), Epoch: 3}
	fixLogout    = idp.LogoutDelivery{ClientID: "app_panel", UserID: "usr_ann", SessionID: "ses_3", CreatedAt: fixPanelSession.EndedAt, DueAt: fixPanelSession.EndedAt.Add(5e9), Attempts: 1}
	fixPanelKeys = []idp.SigningKey{
		{ID: "key_next", Use: "sig", Algorithm: idp.ES256, Public: `{"kty":"EC"}`, Sealed: []byte("sealed"), CreatedAt: start - 1},
		{ID: "key_old", Use: "sig", Algorithm: idp.ES256, Public: `{"kty":"EC"}`, Sealed: []byte{}, CreatedAt: start - 2, ActiveAt: start - 2, RetiredAt: start - 1, WithdrawnAt: start},
	}
)

// fillProvider keeps the rows that came with version 2.
func fillProvider(t *testing.T, s *store.Store) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) error {
		live := fixPanelSession
		live.EndedAt, live.EndReason = 0, ""
		errs := []error{tx.CreateInvite(fixRevoked, []byte("inv_revoked")), tx.SetKeyRotation(30), tx.SetClaimScope("unix", "email"), tx.CreateClient(fixPanel), tx.CreateSession(live), tx.CreateGrant(fixPanelGrant)}
		for i := range fixPushed {
			errs = append(errs, tx.AddAccessToken(fixPanelTokens[i]), tx.AddPushedRequest(fixPushed[i]), tx.AddDeviceCode(fixDevices[i]), tx.AddSigningKey(fixPanelKeys[i]))
		}
		_, used := tx.ConsumePAR(fixPushed[0].Hash, "app_panel", fixPushed[0].UsedAt)
		_, ended := tx.EndSession(live.ID, fixPanelSession.EndReason, fixPanelSession.EndedAt)
		return cmp.Or(append(errs, used, ended)...)
	})
	due, _, err := s.DueLogouts(t.Context(), fixLogout.CreatedAt, 10)
	check(t, err)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.PostponeLogout(due[0].ID, fixLogout.DueAt) })
}

// readProvider reads the rows that came with version 2 back.
func readProvider(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	same(t, "invite", must(s.InviteByHash(ctx, []byte("inv_revoked")))(t), fixRevoked)
	same(t, "rotation", must(s.KeyRotation(ctx))(t), 30)
	same(t, "claim scopes", must(s.ClaimScopes(ctx))(t), map[string]string{"unix": "email"})
	same(t, "clients", must(s.Clients(ctx, ""))(t)[2:3], []idp.Client{fixPanel})
	for origin, want := range map[string]bool{"https://tablet.example.com": true, "https://tablet.example.com:8443": true, "https://forge.example.com": false} {
		same(t, origin, must(s.IsOrigin(ctx, origin))(t), want)
	}
	same(t, "session", must(s.Session(ctx, "ses_3"))(t), fixPanelSession)
	same(t, "grant", must(s.Grant(ctx, "gnt_3"))(t), fixPanelGrant)
	same(t, "signing keys", must(s.SigningKeys(ctx, "sig"))(t)[1:], fixPanelKeys)
	for i, token := range fixPanelTokens {
		same(t, "token", must(s.AccessToken(ctx, token.Hash, token.Format))(t), token)
		same(t, "pushed", must(s.PushedRequest(ctx, fixPushed[i].Hash))(t), fixPushed[i])
		same(t, "device", must(s.DeviceCode(ctx, fixDevices[i].Hash))(t), fixDevices[i])
	}
	due, next, err := s.DueLogouts(ctx, fixLogout.DueAt, 10)
	if check(t, err); len(due) != 1 || next != 0 {
		t.Fatalf("due: %+v, next %d", due, next)
	}
	due[0].ID = ""
	same(t, "delivery", due[0], fixLogout)
}

// writeProvider does with those rows what apps and devices do with them.
func writeProvider(t *testing.T, s *store.Store) {
	t.Helper()
	now := start.Add(2e9)
	storetest.Write(t, s, func(tx *store.Tx) error {
		taken, err := tx.ConsumePAR(fixPushed[1].Hash, "app_panel", now)
		same(t, "pushed", taken.Form, fixPushed[1].Form)
		_, first, redeemed := tx.RedeemDevice(fixDevices[1].Hash)
		same(t, "redeemed", first, true)
		left, counted := tx.CountDeviceTry(fixDevices[0].Hash, idp.DeviceTries)
		same(t, "tries left", left, idp.DeviceTries-3)
		return cmp.Or(err, redeemed, counted, tx.ActivateKey("key_next", now))
	})
	again := s.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.ConsumePAR(fixPushed[0].Hash, "app_panel", now); return err })
	refused(t, again, idp.NotFound, "token.no_pushed")
}
