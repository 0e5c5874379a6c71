package store_test

import (
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestWebFingerDomains(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	write := func(do func(tx *store.Tx) error) error {
		return s.Write(ctx, do)
	}
	whole := idp.WebFingerDomain{Domain: "rowan.example", Scope: idp.WebFingerWhole, Accounts: []string{}, CreatedAt: start}
	check(t, write(func(tx *store.Tx) error { return tx.AddWebFingerDomain(fixFinger) }))
	check(t, write(func(tx *store.Tx) error { return tx.AddWebFingerDomain(whole) }))
	same(t, "domains", must(s.WebFingerDomains(ctx))(t), []idp.WebFingerDomain{fixFinger, whole})
	if err := write(func(tx *store.Tx) error { return tx.AddWebFingerDomain(whole) }); idp.CodeOf(err) != idp.Conflict {
		t.Errorf("a domain that is there: %v", err)
	}

	changed := fixFinger
	changed.Scope, changed.Accounts, changed.Publisher, changed.Kept, changed.Published, changed.PublishedAt = idp.WebFingerWhole, []string{"nora"}, idp.Publisher{Kind: idp.PublisherFolder, Root: "/srv"}, "", "{}", start+1
	check(t, write(func(tx *store.Tx) error { return tx.UpdateWebFingerDomain(changed) }))
	same(t, "changed", must(s.WebFingerDomain(ctx, changed.Domain))(t), changed)

	same(t, "no credentials", must(s.PublisherCredentials(ctx, changed.Domain))(t), []byte(nil))
	same(t, "has sealed", must(s.HasSealed(ctx))(t), false)
	check(t, write(func(tx *store.Tx) error { return tx.SetPublisherCredentials(changed.Domain, []byte("sealed")) }))
	same(t, "has sealed", must(s.HasSealed(ctx))(t), true)
	same(t, "credentials", string(must(s.PublisherCredentials(ctx, changed.Domain))(t)), "sealed")

	check(t, write(func(tx *store.Tx) error { return tx.RemoveWebFingerDomain(changed.Domain) }))
	same(t, "left", must(s.WebFingerDomains(ctx))(t), []idp.WebFingerDomain{whole})
	gone := []error{
		write(func(tx *store.Tx) error { return tx.UpdateWebFingerDomain(changed) }),
		write(func(tx *store.Tx) error { return tx.SetPublisherCredentials(changed.Domain, nil) }),
		write(func(tx *store.Tx) error { return tx.SetWebFingerReport(changed.Domain, "{}") }),
		write(func(tx *store.Tx) error { return tx.RemoveWebFingerDomain(changed.Domain) }),
	}
	for _, read := range []func() error{
		func() error { _, err := s.WebFingerDomain(ctx, changed.Domain); return err },
		func() error { _, err := s.PublisherCredentials(ctx, changed.Domain); return err },
		func() error { _, err := s.WebFingerReport(ctx, changed.Domain); return err },
	} {
		gone = append(gone, read())
	}
	for i, err := range gone {
		if idp.CodeOf(err) != idp.NotFound {
			t.Errorf("%d of a removed domain: %v", i, err)
		}
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.AddWebFingerDomain(changed) }) // its accounts went with it
}
