package store

import (
	"context"
	"encoding/json"

	"hearthkey/backend/idp"
)

const webFingerColumns = "domain, scope, publisher, kept, published, published_at, created_at"

func scanWebFinger(row scanner) (d idp.WebFingerDomain, err error) {
	var publisher string
	if err = row.Scan(&d.Domain, &d.Scope, &publisher, &d.Kept, &d.Published, &d.PublishedAt, &d.CreatedAt); err != nil {
		return d, err
	}
	return d, json.Unmarshal([]byte(publisher), &d.Publisher)
}

// WebFingerDomains lists all domains, by name.
func (r Reads) WebFingerDomains(ctx context.Context) ([]idp.WebFingerDomain, error) {
	list, err := all(ctx, r, scanWebFinger, "SELECT "+webFingerColumns+" FROM webfinger_domains ORDER BY domain")
	for i := range list {
		if err == nil {
			list[i].Accounts, err = r.webFingerAccounts(ctx, list[i].Domain)
		}
	}
	return list, err
}

// WebFingerDomain reads one; idp.NotFound.
func (r Reads) WebFingerDomain(ctx context.Context, domain string) (idp.WebFingerDomain, error) {
	d, err := one(ctx, r, scanWebFinger, "webfinger.not_found", "SELECT "+webFingerColumns+" FROM webfinger_domains WHERE domain = ?", domain)
	if err == nil {
		d.Accounts, err = r.webFingerAccounts(ctx, domain)
	}
	return d, err
}

func (r Reads) webFingerAccounts(ctx context.Context, domain string) ([]string, error) {
	return all(ctx, r, scanString, "SELECT account FROM webfinger_accounts WHERE domain = ? ORDER BY account", domain)
}

// PublisherCredentials are what a domain's publisher signs in with, sealed; nil for none. idp.NotFound for an unknown domain.
func (r Reads) PublisherCredentials(ctx context.Context, domain string) ([]byte, error) {
	return one(ctx, r, func(row scanner) (b []byte, err error) { err = row.Scan(&b); return b, err },
		"webfinger.not_found", "SELECT credentials FROM webfinger_domains WHERE domain = ?", domain)
}

// WebFingerReport is the JSON of a domain's last look from outside, "" before one; idp.NotFound for an unknown domain.
func (r Reads) WebFingerReport(ctx context.Context, domain string) (string, error) {
	return one(ctx, r, scanString, "webfinger.not_found", "SELECT report FROM webfinger_domains WHERE domain = ?", domain)
}

// AddWebFingerDomain keeps a new domain; idp.Conflict when it is there.
func (tx *Tx) AddWebFingerDomain(d idp.WebFingerDomain) error {
	publisher, err := json.Marshal(d.Publisher)
	if err != nil {
		return err
	}
	_, err = tx.exec("INSERT INTO webfinger_domains ("+webFingerColumns+", report) VALUES (?, ?, ?, ?, ?, ?, ?, '')",
		d.Domain, d.Scope, string(publisher), d.Kept, d.Published, d.PublishedAt, d.CreatedAt)
	if isUnique(err) {
		return idp.Fail(idp.Conflict, "webfinger.exists", "domain", d.Domain)
	}
	if err != nil {
		return err
	}
	return tx.setWebFingerAccounts(d)
}

// UpdateWebFingerDomain replaces all of a domain but its credentials and report; idp.NotFound.
func (tx *Tx) UpdateWebFingerDomain(d idp.WebFingerDomain) error {
	publisher, err := json.Marshal(d.Publisher)
	if err != nil {
		return err
	}
	err = tx.mustChange("webfinger.not_found", "UPDATE webfinger_domains SET scope = ?, publisher = ?, kept = ?, published = ?, published_at = ? WHERE domain = ?",
		d.Scope, string(publisher), d.Kept, d.Published, d.PublishedAt, d.Domain)
	if err != nil {
		return err
	}
	return tx.setWebFingerAccounts(d)
}

func (tx *Tx) setWebFingerAccounts(d idp.WebFingerDomain) error {
	if _, err := tx.exec("DELETE FROM webfinger_accounts WHERE domain = ?", d.Domain); err != nil {
		return err
	}
	for _, account := range d.Accounts {
		if _, err := tx.exec("INSERT INTO webfinger_accounts (domain, account) VALUES (?, ?)", d.Domain, account); err != nil {
			return err
		}
	}
	return nil
}

// SetPublisherCredentials keeps what a domain's publisher signs in with, sealed; nil for none. idp.NotFound.
func (tx *Tx) SetPublisherCredentials(domain string, sealed []byte) error {
	return tx.mustChange("webfinger.not_found", "UPDATE webfinger_domains SET credentials = ? WHERE domain = ?", sealed, domain)
}

// SetWebFingerReport keeps the JSON of a look from outside; idp.NotFound when the domain has been removed meanwhile.
func (tx *Tx) SetWebFingerReport(domain, report string) error {
	return tx.mustChange("webfinger.not_found", "UPDATE webfinger_domains SET report = ? WHERE domain = ?", report, domain)
}

// RemoveWebFingerDomain forgets a domain with its credentials; idp.NotFound.
func (tx *Tx) RemoveWebFingerDomain(domain string) error {
	return tx.mustChange("webfinger.not_found", "DELETE FROM webfinger_domains WHERE domain = ?", domain)
}
