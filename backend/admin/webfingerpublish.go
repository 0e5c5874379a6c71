package admin

import (
	"context"
	"errors"
	"strings"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/publisher"
	"hearthkey/backend/store"
	"hearthkey/backend/webfinger"
)

// putBackTime is how long putting back what was there may take, even while the process ends.
const putBackTime = 30 * time.Second

// PublishWebFinger carries out a plan that the owner saw.
func (a *Admin) PublishWebFinger(ctx context.Context, domain, digest string) (WebFingerDetail, error) {
	if _, err := a.Store.WebFingerDomain(ctx, domain); err != nil {
		return WebFingerDetail{}, err
	}
	return a.workAt(ctx, domain, idp.Text("webfinger.busy_reading", "domain", domain), func(ctx context.Context) error {
		p, err := a.planFinger(ctx, domain)
		switch {
		case err != nil:
		case p.problem != nil:
			err = p.problem
		case p.digest() != digest:
			return idp.Fail(idp.Conflict, "webfinger.changed", "domain", domain) // nothing was tried
		default:
			err = a.publish(ctx, p)
		}
		if err := a.tellPublished(ctx, p, domain, err); err != nil {
			return err
		}
		return a.lookAfter(ctx, domain)
	})
}

// lookAfter looks from outside at what was published. What it finds is told by its report; where it cannot look, the next of its turns will.
func (a *Admin) lookAfter(ctx context.Context, domain string) error {
	a.doing(domain, idp.Text("webfinger.busy_looking", "domain", domain))
	if err := a.lookAt(ctx, domain); err != nil && idp.CodeOf(err) == idp.Internal && ctx.Err() == nil {
		return err
	}
	return nil
}

// publish writes, reads the domain back, and puts back what was there where that fails.
func (a *Admin) publish(ctx context.Context, p *fingerPlan) error {
	if !p.target {
		return a.seen(ctx, p, 0)
	}
	return a.atTarget(ctx, p.domain, func(t publisher.Target) error { return a.publishAt(ctx, p, t) })
}

// publishAt keeps one target for all of it: some take back what they wrote themselves better than another could.
func (a *Admin) publishAt(ctx context.Context, p *fingerPlan, t publisher.Target) error {
	domain := p.domain.Domain
	a.doing(domain, idp.Text("webfinger.busy_writing", "domain", domain))
	if err := t.Write(ctx, publisher.Material{Document: p.result.Text(), Script: p.script}); err != nil {
		return errors.Join(err, a.undoWrite(ctx, p))
	}
	a.doing(domain, idp.Text("webfinger.busy_waiting", "domain", domain))
	err := a.seen(ctx, p, a.finger.pace.shown(p.domain.Publisher.Kind))
	if err == nil {
		return nil
	}
	a.doing(domain, idp.Text("webfinger.busy_restoring", "domain", domain))
	if a.overwritten(ctx, p, t) {
		return idp.Fail(idp.Conflict, "webfinger.not_ours", "domain", domain, "reason", err.Error()).Because(err)
	}
	if back := a.putBack(ctx, p, t); back != nil {
		return idp.Fail(idp.Unavailable, "webfinger.not_restored", "domain", domain, "reason", err.Error(), "problem", back.Error()).Because(errors.Join(err, back))
	}
	return idp.Fail(idp.Unavailable, "webfinger.not_live", "domain", domain, "reason", err.Error()).Because(err)
}

// undoWrite looks by a visit of its own whether a write that failed changed something all the same, as where the link was cut before the answer, and puts that back.
func (a *Admin) undoWrite(ctx context.Context, p *fingerPlan) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBackTime)
	defer cancel()
	return a.atTarget(ctx, p.domain, func(t publisher.Target) error {
		now, err := t.Read(ctx)
		if err != nil || !p.ours(now) || now.There == p.there.There && string(now.Document) == string(p.there.Document) && now.Script == p.there.Script {
			return nil // what Write said is what the owner can mend
		}
		return t.Restore(ctx, p.there)
	})
}

// ours says whether a target holds what was written from here, or a part of it, and not what somebody else has put there since. Only a document comes back as it was written.
func (p *fingerPlan) ours(now publisher.Snapshot) bool {
	return p.script != "" || !now.There || strings.HasPrefix(string(p.result.Text()), string(now.Document))
}

// overwritten says whether somebody else has written to the target meanwhile, which nobody here has seen: then it stays.
func (a *Admin) overwritten(ctx context.Context, p *fingerPlan, t publisher.Target) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBackTime)
	defer cancel()
	now, err := t.Read(ctx)
	return err == nil && !p.ours(now)
}

// putBack restores what was there, by another visit where the first has lost its connection meanwhile.
func (a *Admin) putBack(ctx context.Context, p *fingerPlan, t publisher.Target) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBackTime)
	defer cancel()
	if t.Restore(ctx, p.there) == nil {
		return nil
	}
	return a.atTarget(ctx, p.domain, func(t publisher.Target) error { return t.Restore(ctx, p.there) })
}

// seen reads the domain back until it shows the issuer and what is kept, within a bound; 0 looks once.
func (a *Admin) seen(ctx context.Context, p *fingerPlan, within time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, max(within, 10*time.Second))
	defer cancel()
	var last error
	for attempt := 1; ; attempt++ {
		live, err := webfinger.Read(limited, a.looker(p.domain), p.domain.Publisher.Inward, p.domain.Domain, p.asked)
		if err == nil {
			err = live.Shows(p.issuer, p.others)
		}
		if err == nil {
			return nil
		}
		if last == nil || limited.Err() == nil { // the sentence of a whole look says more than that there is no time left
			last = err
		}
		if within > 0 {
			a.finger.pace.pause(limited, attempt)
		}
		if within == 0 || limited.Err() != nil {
			return errors.Join(last, ctx.Err())
		}
	}
}

// tellPublished keeps how publishing ended, with its event.
func (a *Admin) tellPublished(ctx context.Context, p *fingerPlan, domain string, failed error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBackTime)
	defer cancel()
	err := a.Store.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.WebFingerDomain(ctx, domain)
		if err != nil {
			return err
		}
		if failed != nil {
			e := a.aboutWebFinger(idp.EventWebFingerFailed, domain)
			e.Detail["problem"] = wellSaid(failed).Error()
			return tx.Record(e)
		}
		d.Kept, d.Published, d.PublishedAt = p.domain.Kept, string(p.result.Text()), a.Clock()
		if err := tx.UpdateWebFingerDomain(d); err != nil {
			return err
		}
		return tx.Record(a.aboutWebFinger(idp.EventWebFingerPublished, domain))
	})
	if failed != nil {
		return wellSaid(failed)
	}
	return err
}

// wellSaid is the part of a failure that a person can act on.
func wellSaid(err error) error {
	var known *idp.Error
	if errors.As(err, &known) {
		return known.Because(err)
	}
	return err
}
