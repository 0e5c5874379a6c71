package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"hearthkey/backend/idp"
	"hearthkey/backend/publisher"
	"hearthkey/backend/store"
	"hearthkey/backend/webfinger"
)

// WebFingerDomains lists the domains whose WebFinger names the issuer, by name.
func (a *Admin) WebFingerDomains(ctx context.Context) ([]WebFingerRow, error) {
	rows := []WebFingerRow{}
	err := a.Store.View(ctx, func(r store.Reads) error {
		domains, err := r.WebFingerDomains(ctx)
		if err != nil {
			return err
		}
		people, err := usersAt(ctx, r)
		if err != nil {
			return err
		}
		for _, d := range domains {
			check, err := webFingerCheck(ctx, r, d.Domain)
			if err != nil {
				return err
			}
			rows = append(rows, webFingerRow(d, check, people[d.Domain]))
		}
		return nil
	})
	return rows, err
}

// WebFingerDomain is all that there is to say of one.
func (a *Admin) WebFingerDomain(ctx context.Context, domain string) (detail WebFingerDetail, err error) {
	err = a.Store.View(ctx, func(r store.Reads) error {
		detail, err = a.webFingerDetail(ctx, r, domain)
		return err
	})
	return detail, err
}

func (a *Admin) webFingerDetail(ctx context.Context, r store.Reads, domain string) (WebFingerDetail, error) {
	d, err := r.WebFingerDomain(ctx, domain)
	if err != nil {
		return WebFingerDetail{}, err
	}
	people, err := usersAt(ctx, r)
	if err != nil {
		return WebFingerDetail{}, err
	}
	check, err := webFingerCheck(ctx, r, d.Domain)
	if err != nil {
		return WebFingerDetail{}, err
	}
	sealed, err := r.PublisherCredentials(ctx, d.Domain)
	if err != nil {
		return WebFingerDetail{}, err
	}
	busy, problem := a.finger.of(d.Domain)
	return WebFingerDetail{
		WebFingerRow: webFingerRow(d, check, people[d.Domain]), Scope: d.Scope, Accounts: d.Accounts, Settings: d.Publisher, HasCredentials: sealed != nil,
		Account: publisher.Changes(d.Domain, d.Publisher), Kept: d.Kept, Published: d.Published, Busy: busy, Problem: problem, Check: check,
	}, nil
}

func webFingerRow(d idp.WebFingerDomain, check WebFingerCheck, people int) WebFingerRow {
	return WebFingerRow{Domain: d.Domain, Publisher: d.Publisher.Kind, Users: people, Verdict: check.Verdict, Summary: check.Summary, CheckedAt: check.At, PublishedAt: d.PublishedAt}
}

// webFingerCheck is the last look at a domain from outside.
func webFingerCheck(ctx context.Context, r store.Reads, domain string) (check WebFingerCheck, err error) {
	text, err := r.WebFingerReport(ctx, domain)
	if err != nil {
		return check, err
	}
	if text == "" {
		return WebFingerCheck{Verdict: "unknown", Summary: idp.Text("webfinger.unseen").String(), Findings: []WebFingerFinding{}}, nil
	}
	if err := json.Unmarshal([]byte(text), &check); err != nil {
		return check, fmt.Errorf("read the last look at %s: %w", domain, err)
	}
	return check, nil
}

// usersAt counts the people who are not switched off by the domain of their e-mail address.
func usersAt(ctx context.Context, r store.Reads) (map[string]int, error) {
	users, err := r.Users(ctx, "")
	count := map[string]int{}
	for _, u := range users {
		if domain := webfinger.NameOf(u.Email); domain != "" && !u.Disabled() {
			count[domain]++
		}
	}
	return count, err
}

// AddWebFingerDomain puts a domain on the list.
func (a *Admin) AddWebFingerDomain(ctx context.Context, in WebFingerInput) (detail WebFingerDetail, err error) {
	d, err := checkWebFinger(in)
	if err != nil {
		return detail, err
	}
	d.CreatedAt = a.Clock()
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		pin, err := tx.Pin(ctx)
		if err != nil {
			return err
		}
		if err := mayAnswerFor(d.Domain, pin); err != nil {
			return err
		}
		if err := tx.AddWebFingerDomain(d); err != nil {
			return err
		}
		if err := tx.Record(a.aboutWebFinger(idp.EventWebFingerAdded, d.Domain)); err != nil {
			return err
		}
		detail, err = a.webFingerDetail(ctx, tx.Reads, d.Domain)
		return err
	})
	return detail, err
}

// SetWebFingerDomain changes whom a domain's WebFinger answers for.
func (a *Admin) SetWebFingerDomain(ctx context.Context, in WebFingerInput) (detail WebFingerDetail, err error) {
	to, err := checkWebFinger(in)
	if err != nil {
		return detail, err
	}
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.WebFingerDomain(ctx, to.Domain)
		if err != nil {
			return err
		}
		if d.Scope != to.Scope || !slices.Equal(d.Accounts, to.Accounts) {
			d.Scope, d.Accounts = to.Scope, to.Accounts
			if err := tx.UpdateWebFingerDomain(d); err != nil {
				return err
			}
			if err := tx.Record(a.aboutWebFinger(idp.EventWebFingerChanged, d.Domain)); err != nil {
				return err
			}
		}
		detail, err = a.webFingerDetail(ctx, tx.Reads, d.Domain)
		return err
	})
	return detail, err
}

// RemoveWebFingerDomain takes a domain off the list, with its publisher's credentials.
func (a *Admin) RemoveWebFingerDomain(ctx context.Context, domain string) error {
	if err := a.mayChange(domain); err != nil {
		return err
	}
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		if err := guardDomain(ctx, tx.Reads, domain); err != nil {
			return err
		}
		if err := tx.RemoveWebFingerDomain(domain); err != nil {
			return err
		}
		return tx.Record(a.aboutWebFinger(idp.EventWebFingerRemoved, domain))
	})
}

// aboutWebFinger is an event about a domain.
func (a *Admin) aboutWebFinger(kind, domain string) idp.Event {
	e := a.event(kind)
	e.Detail = pairs("domain", domain)
	return e
}
