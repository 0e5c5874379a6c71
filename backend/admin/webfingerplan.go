package admin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
	"hearthkey/backend/publisher"
	"hearthkey/backend/store"
	"hearthkey/backend/webfinger"
)

// fingerPlan is what stands on a domain, and what is to be made of it.
type fingerPlan struct {
	domain  idp.WebFingerDomain
	issuer  string
	asked   string             // the resource that the domain is asked for
	own     bool               // the domain is the issuer's own host, which answers by itself
	target  bool               // it is published from here
	there   publisher.Snapshot // what the target holds; zero without one
	where   string             // a sentence: where found was read
	found   *webfinger.Document
	others  webfinger.Document
	result  webfinger.Document
	script  string // what a target that runs code gets
	problem error  // why it cannot be merged
}

// PlanWebFinger reads what stands on a domain, and lays what publishing would make of it beside that.
func (a *Admin) PlanWebFinger(ctx context.Context, domain string) (WebFingerPlan, error) {
	p, err := a.planFinger(ctx, domain)
	if err != nil {
		return WebFingerPlan{}, err
	}
	if err := a.keepFound(ctx, p); err != nil {
		return WebFingerPlan{}, err
	}
	return p.shown(), nil
}

// planFinger looks at the target and the web. A domain that the web does not show is no failure, since that is what publishing mends.
func (a *Admin) planFinger(ctx context.Context, domain string) (*fingerPlan, error) {
	p := &fingerPlan{}
	err := a.Store.View(ctx, func(r store.Reads) error {
		pin, err := r.Pin(ctx)
		if err != nil {
			return err
		}
		if !pin.Secure() {
			return idp.Fail(idp.Unavailable, "webfinger.trial")
		}
		p.issuer, p.own = pin.Issuer, pin.HostName == domain
		if p.domain, err = r.WebFingerDomain(ctx, domain); err != nil {
			return err
		}
		p.asked, err = resourceOf(ctx, r, p.domain)
		return err
	})
	if err != nil {
		return nil, err
	}
	if p.target = isPublished(p.domain.Publisher) && !p.own; p.target {
		if p.there, err = a.readTarget(ctx, p.domain); err != nil {
			return nil, err
		}
	}
	a.findDocument(ctx, p)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	p.merge()
	return p, nil
}

// isPublished says whether a document gets to its place from here.
func isPublished(p idp.Publisher) bool {
	return p.Kind != idp.PublisherNone && p.Kind != idp.PublisherHand
}

// resourceOf is what a domain is asked for: whom the document of others is about, the first account of the list, the owner where they are at home there, or nobody in particular.
func resourceOf(ctx context.Context, r store.Reads, d idp.WebFingerDomain) (string, error) {
	if kept := webfinger.KeptOf(d); kept != nil {
		if _, at := webfinger.SplitAccount(kept.Subject); at == d.Domain {
			return kept.Subject, nil
		}
	}
	if subject := webfinger.SubjectOf(d); subject != "" {
		return subject, nil
	}
	owner, err := r.Owner(ctx)
	if err != nil && idp.CodeOf(err) != idp.NotFound {
		return "", err
	}
	if webfinger.NameOf(owner.Email) == d.Domain {
		return webfinger.Account(owner.Email[:strings.LastIndexByte(owner.Email, '@')], d.Domain), nil
	}
	return webfinger.Account("webfinger", d.Domain), nil
}

func (a *Admin) readTarget(ctx context.Context, d idp.WebFingerDomain) (s publisher.Snapshot, err error) {
	err = a.atTarget(ctx, d, func(t publisher.Target) error {
		s, err = t.Read(ctx)
		return err
	})
	return s, err
}

// atTarget opens the place where a domain's document is published for one visit. d is the domain as one piece of work read it: it must not end at another place than it began at.
func (a *Admin) atTarget(ctx context.Context, d idp.WebFingerDomain, do func(publisher.Target) error) error {
	t, err := a.openTarget(ctx, d)
	if err != nil {
		return err
	}
	err = do(t)
	_ = t.Close() // what was done there was answered for
	return err
}

// findDocument takes the target's document, else the one that the web shows, which something else than a file there may make.
func (a *Admin) findDocument(ctx context.Context, p *fingerPlan) {
	if p.own {
		answer, ok := webfinger.Answer(p.domain, p.issuer, webfinger.Question{Resource: p.asked})
		if p.where = idp.Text("webfinger.where_own", "domain", p.domain.Domain).String(); ok {
			p.found = &answer
		}
		return
	}
	if p.there.There && p.there.Document != nil {
		p.where = idp.Text("webfinger.where_target").String()
		found, err := webfinger.Parse(p.there.Document)
		if p.problem = err; err == nil {
			p.found = &found
		}
		return
	}
	live, err := webfinger.Read(ctx, a.looker(p.domain), p.domain.Publisher.Inward, p.domain.Domain, p.asked)
	switch {
	case idp.CodeOf(err) == idp.Invalid && live.Status != 0:
		p.where, p.problem = idp.Text("webfinger.where_live", "url", live.URL).String(), err
	case err != nil:
		p.where = err.Error()
	case live.Document != nil:
		p.where, p.found = idp.Text("webfinger.where_live", "url", live.URL).String(), live.Document
	case live.Page:
		p.where = idp.Text("webfinger.where_page", "domain", p.domain.Domain).String()
	default:
		p.where = idp.Text("webfinger.where_none", "domain", p.domain.Domain).String()
	}
}

// looker calls a domain as the web does, unless the owner said that it may lead into the home.
func (a *Admin) looker(d idp.WebFingerDomain) *outgoing.Client {
	if d.Publisher.Inward {
		return a.Outgoing
	}
	return a.Outside
}

// merge makes the result of what was found. Code that answers for each account alone shows what is kept to those whom it is about; that it is not seen does not mean that it is gone.
func (p *fingerPlan) merge() {
	kept := webfinger.KeptOf(p.domain)
	switch {
	case p.found != nil:
		p.others = webfinger.OthersOf(*p.found, p.domain, p.issuer)
	case kept != nil:
		p.others = *kept
	}
	if p.others.Bare() {
		p.others = webfinger.Document{}
		if kept != nil && !p.there.There {
			p.others = *kept
		}
	}
	if p.own { // its answers are made here
		p.result = *cmp.Or(p.found, &webfinger.Document{})
		return
	}
	p.domain.Kept = ""
	if !p.others.Bare() {
		p.domain.Kept = string(p.others.Text())
	}
	p.result = webfinger.DocumentOf(p.domain, p.issuer)
	if p.domain.Publisher.Kind == idp.PublisherCloudflare {
		p.script = webfinger.Worker(p.domain, p.issuer)
	}
}

// same says whether nothing is left to change.
func (p *fingerPlan) same() bool {
	if p.own {
		return true
	}
	if p.script != "" {
		return p.there.There && strings.TrimSpace(p.there.Script) == strings.TrimSpace(p.script)
	}
	return p.found != nil && p.there.There == p.target && len(p.result.Missing(*p.found)) == 0 && len(p.found.Issuers()) == 1 && (!p.target || string(p.found.Text()) == string(p.result.Text()))
}

// digest names what was found and what is to be made of it, so that the owner's yes is to that alone.
func (p *fingerPlan) digest() string {
	h := sha256.New()
	for _, part := range []string{p.foundText(), string(p.there.Document), p.there.Script, string(p.result.Text()), p.script} {
		one := sha256.Sum256([]byte(part))
		h.Write(one[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (p *fingerPlan) foundText() string {
	if p.found == nil {
		return ""
	}
	return string(p.found.Text())
}

// keepFound remembers what others have there, for the texts that the owner pastes by hand. It is what was seen, so that it is no event.
func (a *Admin) keepFound(ctx context.Context, p *fingerPlan) error {
	if p.problem != nil || p.found == nil {
		return nil
	}
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.WebFingerDomain(ctx, p.domain.Domain)
		if err != nil || d.Kept == p.domain.Kept {
			return err
		}
		d.Kept = p.domain.Kept
		return tx.UpdateWebFingerDomain(d)
	})
}
