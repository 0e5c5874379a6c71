package admin

import (
	"context"

	"hearthkey/backend/idp"
	"hearthkey/backend/publisher"
	"hearthkey/backend/store"
)

// UnpublishWebFinger takes the issuer out of what stands on a domain, and leaves what others have there, as they had it.
func (a *Admin) UnpublishWebFinger(ctx context.Context, domain string) (WebFingerDetail, error) {
	if _, err := a.Store.WebFingerDomain(ctx, domain); err != nil {
		return WebFingerDetail{}, err
	}
	return a.workAt(ctx, domain, idp.Text("webfinger.busy_removing", "domain", domain), func(ctx context.Context) error {
		p, err := a.planFinger(ctx, domain)
		if err == nil && p.problem != nil {
			err = p.problem
		}
		if err == nil && p.target {
			err = a.atTarget(ctx, p.domain, func(t publisher.Target) error { return takeOut(ctx, t, p) })
		}
		if err != nil {
			return wellSaid(err)
		}
		return a.tellUnpublished(ctx, p)
	})
}

// takeOut leaves at a target what others have there, and nothing where they have nothing.
func takeOut(ctx context.Context, t publisher.Target, p *fingerPlan) error {
	switch {
	case !p.there.There:
		return nil
	case p.script != "" || p.others.Bare():
		return t.Restore(ctx, publisher.Snapshot{})
	}
	return t.Write(ctx, publisher.Material{Document: p.others.Text()})
}

func (a *Admin) tellUnpublished(ctx context.Context, p *fingerPlan) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBackTime)
	defer cancel()
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.WebFingerDomain(ctx, p.domain.Domain)
		if err != nil {
			return err
		}
		d.Kept, d.Published, d.PublishedAt = p.domain.Kept, "", 0
		if err := tx.UpdateWebFingerDomain(d); err != nil {
			return err
		}
		if err := tx.SetWebFingerReport(d.Domain, ""); err != nil { // it was in order then, and is not to be from now on
			return err
		}
		return tx.Record(a.aboutWebFinger(idp.EventWebFingerUnpublished, d.Domain))
	})
}

// mayChange refuses to take a domain off the list, or to aim it elsewhere, in the middle of something.
func (a *Admin) mayChange(domain string) error {
	if busy, _ := a.finger.of(domain); busy != "" {
		return idp.Fail(idp.Conflict, "webfinger.busy", "domain", domain)
	}
	return nil
}
