package store_test

import (
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// fixFinger is the domain that came with version 4.
var fixFinger = idp.WebFingerDomain{Domain: "lindqvist.example", Scope: idp.WebFingerAccounts, Accounts: []string{"emil", "nora"}, Publisher: idp.Publisher{Kind: idp.PublisherSFTP, Host: "web1.host.example", Root: "/srv/www", User: "nora", Auth: "key", HostKey: "ssh-ed25519 AAAA"},
	Kept: `{"links":[]}`, Published: `{"subject":"acct:nora@lindqvist.example"}`, PublishedAt: start, CreatedAt: start}

// fillWebFinger keeps the rows that came with version 4.
func fillWebFinger(t *testing.T, s *store.Store) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) error {
		if err := tx.AddWebFingerDomain(fixFinger); err != nil {
			return err
		}
		if err := tx.SetWebFingerReport(fixFinger.Domain, `{"at":1}`); err != nil {
			return err
		}
		return tx.SetPublisherCredentials(fixFinger.Domain, []byte{1, 2})
	})
}

// readWebFinger reads the rows that came with version 4 back.
func readWebFinger(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	same(t, "domains", must(s.WebFingerDomains(ctx))(t), []idp.WebFingerDomain{fixFinger})
	same(t, "report", must(s.WebFingerReport(ctx, fixFinger.Domain))(t), `{"at":1}`)
	same(t, "credentials", must(s.PublisherCredentials(ctx, fixFinger.Domain))(t), []byte{1, 2})
}
