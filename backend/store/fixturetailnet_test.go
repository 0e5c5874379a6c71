package store_test

import (
	"cmp"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// The rows that came with version 3.
var (
	fixCarol       = idp.User{ID: "usr_carol", UserName: "carol", Name: "Carol Ash", Claims: "{}", CreatedAt: start, UpdatedAt: start, NetworkRule: idp.NetworkTailnetOnly}
	fixHomeGroup   = idp.Group{ID: "grp_house", Name: "House", Claims: "{}", CreatedAt: start, UpdatedAt: start, NetworkRule: idp.NetworkTailnetOnly}
	fixNode        = idp.Client{ID: "app_node", Name: "Vault", TailnetHint: true, TailnetEnrol: true, TailnetSignIn: true, RedirectURIs: []string{}, PostLogoutRedirectURIs: []string{}, IDTokenAlgorithm: idp.RS256, AccessFormat: idp.FormatOpaque, NetworkRule: idp.NetworkAnywhere, CreatedAt: start, UpdatedAt: start}
	fixNodeSession = idp.Session{ID: "ses_4", BrowserID: "brw_1", UserID: "usr_carol", CreatedAt: start, AuthTime: start, SeenAt: start, ACR: idp.ACRTailnet, AMR: "tailnet", Network: idp.NetworkTailnet, Source: "100.64.0.7", ClientID: "app_node", TailscaleID: 7, Epoch: 3}
)

// fillTailnet keeps the rows that came with version 3.
func fillTailnet(t *testing.T, s *store.Store) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) error {
		errs := []error{tx.CreateUser(fixCarol), tx.CreateGroup(fixHomeGroup), tx.CreateClient(fixNode), tx.CreateSession(fixNodeSession)}
		for _, row := range []string{
			"INSERT INTO tailnet_logins (tailscale_id, user_id, login, linked_at) VALUES (7, 'usr_carol', 'carol@example.com', 1)",
			"INSERT INTO approvals (id, kind, hash, user_id, client_id, tailscale_id, login, node, network, source, user_agent, created_at, expires_at, state, decided_at, epoch) VALUES ('apr_1', 'enrol', x'01', 'usr_carol', 'app_node', 7, 'carol@example.com', 'laptop', 'tailnet', '100.64.0.7', 'Testbrowser/1', 1, 2, 'denied', 1, 3)",
			"INSERT INTO reach_spans (network, from_at, until_at, state, reason) VALUES ('public', 1, 2, 'down', 'reach.silent')",
		} {
			_, err := tx.Exec(row)
			errs = append(errs, err)
		}
		return cmp.Or(errs...)
	})
}

// readTailnet reads the rows that came with version 3 back.
func readTailnet(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	same(t, "user", must(s.User(ctx, "usr_carol"))(t), fixCarol)
	same(t, "group", must(s.Group(ctx, "grp_house"))(t), fixHomeGroup)
	same(t, "client", must(s.Client(ctx, "app_node"))(t), fixNode)
	same(t, "session", must(s.Session(ctx, "ses_4"))(t), fixNodeSession)
}
