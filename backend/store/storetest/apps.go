package storetest

import (
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Client keeps an enabled confidential app with one redirect address, which nobody may use yet.
func Client(t testing.TB, s *store.Store, changes ...func(*idp.Client)) idp.Client {
	t.Helper()
	c := idp.Client{ID: idp.NewID(idp.PrefixClient), Name: "Forge", IDTokenAlgorithm: idp.RS256, AccessFormat: idp.FormatOpaque, NetworkRule: idp.NetworkAnywhere,
		RedirectURIs: []string{"https://app.example.com/callback"}, PostLogoutRedirectURIs: []string{}, CreatedAt: Start, UpdatedAt: Start}
	change(&c, changes)
	Write(t, s, func(tx *store.Tx) error { return tx.CreateClient(c) })
	return c
}

// Secret gives an app one more secret and answers its text.
func Secret(t testing.TB, s *store.Store, clientID string, changes ...func(*idp.ClientSecret)) string {
	t.Helper()
	row, text := idp.ClientSecret{ID: idp.NewID(idp.PrefixSecret), ClientID: clientID, Name: "first", CreatedAt: Start}, idp.NewSecret()
	change(&row, changes)
	Write(t, s, func(tx *store.Tx) error { return tx.AddClientSecret(row, idp.Hash(text)) })
	return text
}

// AllowEveryone lets everyone use an app.
func AllowEveryone(t testing.TB, s *store.Store, clientID string) {
	t.Helper()
	Allow(t, s, clientID, idp.Access{Kind: idp.AccessEveryone})
}

// Allow makes exactly these rows the app's access; none lets nobody.
func Allow(t testing.TB, s *store.Store, clientID string, rows ...idp.Access) {
	t.Helper()
	Write(t, s, func(tx *store.Tx) error { return tx.SetAccess(clientID, rows) })
}

// Grant keeps what a session gave an app: the scopes openid, profile and email unless changes say otherwise.
func Grant(t testing.TB, s *store.Store, session idp.Session, clientID string, changes ...func(*idp.Grant)) idp.Grant {
	t.Helper()
	g := idp.Grant{
		ID: idp.NewID(idp.PrefixGrant), UserID: session.UserID, ClientID: clientID, SessionID: session.ID, Scope: "openid profile email", Network: session.Network, Source: session.Source,
		ACR: session.ACR, AMR: session.AMR, AuthTime: session.AuthTime, CreatedAt: Start, Epoch: session.Epoch,
	}
	change(&g, changes)
	Write(t, s, func(tx *store.Tx) error { return tx.CreateGrant(g) })
	return g
}

// Code keeps a fresh code of a grant and answers it with its text.
func Code(t testing.TB, s *store.Store, g idp.Grant, changes ...func(*idp.AuthorizationCode)) (idp.AuthorizationCode, string) {
	t.Helper()
	text := idp.NewSecret()
	c := idp.AuthorizationCode{Hash: idp.Hash(text), GrantID: g.ID, ClientID: g.ClientID, RedirectURI: "https://app.example.com/callback", Nonce: "n", CreatedAt: Start, ExpiresAt: Start.Add(idp.CodeLife)}
	change(&c, changes)
	Write(t, s, func(tx *store.Tx) error { return tx.CreateCode(c) })
	return c, text
}

// Access keeps a fresh access token of a grant and answers it with its text.
func Access(t testing.TB, s *store.Store, g idp.Grant, changes ...func(*idp.AccessToken)) (idp.AccessToken, string) {
	t.Helper()
	text := idp.NewSecret()
	row := idp.AccessToken{Hash: idp.Hash(text), Format: idp.FormatOpaque, GrantID: g.ID, ClientID: g.ClientID, Scope: g.Scope, CreatedAt: Start, ExpiresAt: Start.Add(idp.AccessLife)}
	change(&row, changes)
	Write(t, s, func(tx *store.Tx) error { return tx.AddAccessToken(row) })
	return row, text
}

// Refresh keeps a fresh refresh token of a grant and answers it with its text.
func Refresh(t testing.TB, s *store.Store, g idp.Grant, changes ...func(*idp.RefreshToken)) (idp.RefreshToken, string) {
	t.Helper()
	text := idp.NewSecret()
	row := idp.RefreshToken{
		Hash: idp.Hash(text), GrantID: g.ID, ClientID: g.ClientID, Scope: g.Scope, KeyID: "key_test", CreatedAt: Start, ExpiresAt: Start.Add(idp.RefreshIdle), AbsoluteAt: Start.Add(idp.RefreshAbsolute),
	}
	change(&row, changes)
	Write(t, s, func(tx *store.Tx) error { return tx.AddRefreshToken(row) })
	return row, text
}
