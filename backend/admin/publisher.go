package admin

import (
	"context"
	"encoding/json"
	"errors"

	"hearthkey/backend/idp"
	"hearthkey/backend/publisher"
	"hearthkey/backend/store"
)

// publisherTable is where publishers' credentials are sealed for; the row is the domain.
const publisherTable = "webfinger_domains"

// keptPublisher is what the vault keeps of a publisher: the credentials, and whom they were typed for. Changed settings alone do not lead them elsewhere.
type keptPublisher struct {
	publisher.Credentials
	For string `json:"for"`
}

// SetPublisher chooses how a domain's document gets there.
func (a *Admin) SetPublisher(ctx context.Context, domain string, in PublisherInput) (detail WebFingerDetail, err error) {
	p := publisher.Tidy(in.Publisher)
	if err := publisher.Check(p); err != nil {
		return detail, err
	}
	if err := a.mayChange(domain); err != nil { // what is published now is for the place that it began at
		return detail, err
	}
	sealed, err := a.sealCredentials(ctx, domain, p, in)
	if err != nil {
		return detail, err
	}
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		changed, err := setPublisher(ctx, tx, domain, p, sealed)
		if err != nil {
			return err
		}
		if changed {
			e := a.aboutWebFinger(idp.EventPublisherSet, domain)
			e.Reason = string(p.Kind)
			if err := tx.Record(e); err != nil {
				return err
			}
		}
		detail, err = a.webFingerDetail(ctx, tx.Reads, domain)
		return err
	})
	return detail, err
}

// setPublisher keeps settings, with credentials that were typed with them. Where none were, those that are kept stay if they are for the same place and user, and are forgotten otherwise.
func setPublisher(ctx context.Context, tx *store.Tx, domain string, p idp.Publisher, sealed []byte) (changed bool, err error) {
	d, err := tx.WebFingerDomain(ctx, domain)
	if err != nil {
		return false, err
	}
	moved := publisher.Destination(d.Publisher) != publisher.Destination(p)
	if changed = d.Publisher != p; changed {
		d.Publisher = p
		if err := tx.UpdateWebFingerDomain(d); err != nil {
			return false, err
		}
	}
	if sealed == nil && !moved {
		return changed, nil
	}
	return true, tx.SetPublisherCredentials(domain, sealed)
}

// sealCredentials wraps what was typed for a publisher; nil where nothing was, and what is kept does, or nothing has to be kept.
func (a *Admin) sealCredentials(ctx context.Context, domain string, p idp.Publisher, in PublisherInput) ([]byte, error) {
	c, err := a.credentials(ctx, domain, p, in)
	if err != nil {
		return nil, err
	}
	if err := publisher.CheckCredentials(p, c); err != nil {
		return nil, err
	}
	if !publisher.NeedsSecret(p) || in.Secret == "" && in.Passphrase == "" {
		return nil, nil
	}
	v := a.Vault()
	if v == nil {
		return nil, idp.Fail(idp.Unavailable, "publisher.vault")
	}
	plain, err := json.Marshal(keptPublisher{c, publisher.Destination(p)})
	if err != nil {
		return nil, err
	}
	return v.Seal(plain, publisherTable, domain)
}

// credentials are those that were typed, or the kept ones in the place of what was left empty.
func (a *Admin) credentials(ctx context.Context, domain string, p idp.Publisher, in PublisherInput) (publisher.Credentials, error) {
	if in.Secret != "" || !publisher.NeedsSecret(p) {
		return publisher.Credentials{Secret: in.Secret, Passphrase: in.Passphrase}, nil
	}
	c, err := a.keptCredentials(ctx, domain, p)
	if in.Passphrase != "" {
		c.Passphrase = in.Passphrase
	}
	return c, err
}

// keptCredentials opens what was kept for a domain: nothing if it was typed for another place, or as another user, than p names.
func (a *Admin) keptCredentials(ctx context.Context, domain string, p idp.Publisher) (publisher.Credentials, error) {
	raw, err := a.Store.PublisherCredentials(ctx, domain)
	if err != nil || len(raw) == 0 {
		return publisher.Credentials{}, err
	}
	v := a.Vault()
	if v == nil {
		return publisher.Credentials{}, idp.Fail(idp.Unavailable, "publisher.vault")
	}
	plain, err := v.Open(raw, publisherTable, domain)
	if err != nil {
		return publisher.Credentials{}, err
	}
	var kept keptPublisher
	if json.Unmarshal(plain, &kept) != nil { // whose error would quote what is secret
		return publisher.Credentials{}, idp.Fail(idp.Unavailable, "vault.secret_damaged", "table", publisherTable, "row", domain)
	}
	if kept.For != publisher.Destination(p) {
		return publisher.Credentials{}, nil
	}
	return kept.Credentials, nil
}

// TestPublisher visits a publisher's target as it would be set, and changes nothing there nor here.
func (a *Admin) TestPublisher(ctx context.Context, domain string, in PublisherInput) (PublisherTest, error) {
	if _, err := a.Store.WebFingerDomain(ctx, domain); err != nil {
		return PublisherTest{}, err
	}
	p := publisher.Tidy(in.Publisher)
	c, err := a.credentials(ctx, domain, p, in)
	if err != nil {
		return PublisherTest{}, err
	}
	target, err := publisher.Open(ctx, publisher.Config{Domain: domain, Settings: p, Credentials: c, Outgoing: a.Outgoing})
	if err != nil {
		return PublisherTest{}, err
	}
	defer func() { _ = target.Close() }()
	t, err := target.Test(ctx)
	out := PublisherTest{OK: err == nil, Said: t.Said, HostKey: t.HostKey, Fingerprint: t.Fingerprint, Pinned: t.HostKey != "" && t.HostKey == p.HostKey, Changes: target.Changes()}
	var known *idp.Error
	switch {
	case errors.As(err, &known) && known.Code == idp.Invalid && t.HostKey == "":
		return PublisherTest{}, err // with the field that is wrong
	case errors.As(err, &known):
		out.Said = known.Error()
	case err != nil:
		return PublisherTest{}, err
	case t.HostKey != "" && !out.Pinned:
		out.OK = false // so far it has only shown its key
	}
	return out, nil
}

// openTarget gives the place where a domain's document is published by d's settings, with the credentials that were kept for it. Close it. idp.Conflict where nothing is published from here.
func (a *Admin) openTarget(ctx context.Context, d idp.WebFingerDomain) (publisher.Target, error) {
	var c publisher.Credentials
	var err error
	if publisher.NeedsSecret(d.Publisher) {
		if c, err = a.keptCredentials(ctx, d.Domain, d.Publisher); err != nil {
			return nil, err
		}
	}
	return publisher.Open(ctx, publisher.Config{Domain: d.Domain, Settings: d.Publisher, Credentials: c, Outgoing: a.Outgoing})
}
