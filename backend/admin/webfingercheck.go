package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/webfinger"
)

// CheckWebFinger looks at a domain from outside, and keeps what it found.
func (a *Admin) CheckWebFinger(ctx context.Context, domain string) (WebFingerDetail, error) {
	if busy, _ := a.finger.of(domain); busy != "" { // what is half done there is no drift
		return WebFingerDetail{}, idp.Fail(idp.Conflict, "webfinger.busy", "domain", domain)
	}
	if err := a.lookAt(ctx, domain); err != nil {
		return WebFingerDetail{}, err
	}
	return a.WebFingerDomain(ctx, domain)
}

// looked is what is read for a look.
type looked struct {
	domain idp.WebFingerDomain
	issuer string
	ask    []string
}

// lookAt looks at a domain from outside and keeps the report, with an event where the domain has drifted or is in order again. Conflict in the trial, which nobody outside can sign in by.
func (a *Admin) lookAt(ctx context.Context, domain string) error {
	var l looked
	err := a.Store.View(ctx, func(r store.Reads) (err error) {
		l, err = readLooked(ctx, r, domain)
		return err
	})
	if err != nil {
		return err
	}
	report := webfinger.Look(ctx, webfinger.CheckConfig{Client: a.Outside, Issuer: l.issuer, Clock: a.Clock, Ask: l.ask}, l.domain)
	if ctx.Err() != nil { // it was broken off, and knows nothing
		return ctx.Err()
	}
	return a.keepReport(ctx, l, report)
}

func readLooked(ctx context.Context, r store.Reads, domain string) (l looked, err error) {
	pin, err := r.Pin(ctx)
	if err != nil {
		return l, err
	}
	if !pin.Secure() {
		return l, idp.Fail(idp.Conflict, "wfcheck.trial")
	}
	if l.domain, err = r.WebFingerDomain(ctx, domain); err != nil {
		return l, err
	}
	l.issuer = pin.Issuer
	l.ask, err = peopleAt(ctx, r, domain)
	return l, err
}

// peopleAt are the parts before @ of those whose address is at the domain and who are not switched off, the owner's first. They are asked for at the domain itself, as Tailscale will.
func peopleAt(ctx context.Context, r store.Reads, domain string) (out []string, err error) {
	users, err := r.Users(ctx, "")
	if err != nil {
		return nil, err
	}
	owner, err := r.Owner(ctx)
	if err != nil && idp.CodeOf(err) != idp.NotFound {
		return nil, err
	}
	slices.SortStableFunc(users, func(x, y idp.User) int {
		return cmp.Compare(map[bool]int{true: 0, false: 1}[x.ID == owner.ID], map[bool]int{true: 0, false: 1}[y.ID == owner.ID])
	})
	for _, u := range users {
		if webfinger.NameOf(u.Email) == domain && !u.Disabled() {
			out = append(out, u.Email[:strings.LastIndexByte(u.Email, '@')])
		}
	}
	return out, nil
}

// keepReport writes what was found, unless the domain was changed from here meanwhile: then it is of something that is not there any more.
func (a *Admin) keepReport(ctx context.Context, l looked, found webfinger.Report) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		now, err := readLooked(ctx, tx.Reads, l.domain.Domain)
		if err != nil || settingOf(now) != settingOf(l) {
			return err
		}
		before, err := readReport(ctx, tx.Reads, l.domain.Domain)
		if err != nil {
			return err
		}
		after := before.next(found, settingOf(l))
		raw, err := json.Marshal(after)
		if err != nil {
			return err
		}
		if err := tx.SetWebFingerReport(l.domain.Domain, string(raw)); err != nil {
			return err
		}
		e := idp.Event{At: a.Clock(), Actor: idp.ActorSystem, Detail: pairs("domain", l.domain.Domain)}
		switch {
		case after.Drifted && (!before.Drifted || after.Fault != before.Fault):
			e.Kind, e.Reason = idp.EventWebFingerDrifted, after.Fault
		case before.Told && !after.Told:
			e.Kind = idp.EventWebFingerMended
		default:
			return nil
		}
		return tx.Record(e)
	})
}
