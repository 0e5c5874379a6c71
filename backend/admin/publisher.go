package admin

import (
	"context"
	"encoding/json"

	"hearthkey/backend/idp"
	"hearthkey/backend/publisher"
)

// publisherTable is where publishers' credentials are sealed for; the row is the domain.
const publisherTable = "webfinger_domains"

// sealed is what the vault keeps of a publisher: the credentials, and what they were typed for. Changed settings alone do not lead them elsewhere.
type sealed struct {
	publisher.Credentials
	For string `json:"for"`
}

// openTarget gives the place where a domain's document is published, with the credentials that were kept for it. Close it. idp.Conflict where nothing is published from here.
func (a *Admin) openTarget(ctx context.Context, domain string) (publisher.Target, error) {
	d, err := a.Store.WebFingerDomain(ctx, domain)
	if err != nil {
		return nil, err
	}
	credentials, err := a.keptCredentials(ctx, domain, d.Publisher)
	if err != nil {
		return nil, err
	}
	return publisher.Open(ctx, publisher.Config{Domain: domain, Settings: d.Publisher, Credentials: credentials, Outgoing: a.Outgoing})
}

// keptCredentials opens what was kept for a domain, nothing if it was typed for another place than p.
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
	var s sealed
	if err := json.Unmarshal(plain, &s); err != nil || s.For != publisher.Destination(p) {
		return publisher.Credentials{}, err
	}
	return s.Credentials, nil
}
