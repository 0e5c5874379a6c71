package admin

import (
	"hearthkey/backend/idp"
	"hearthkey/backend/webfinger"
)

// shown is a plan as the owner sees it.
func (p *fingerPlan) shown() WebFingerPlan {
	out := WebFingerPlan{
		Domain: p.domain.Domain, Found: p.foundText(), Where: p.where, Kind: p.others.Maker(), Foreign: foreign(p.others), Notes: p.notes(),
		Result: string(p.result.Text()), Diff: []DiffLine{}, Digest: p.digest(), Same: p.same(),
	}
	if p.problem != nil {
		out.Problem, out.Found, out.Result = p.problem.Error(), string(p.there.Document), ""
		return out
	}
	for _, l := range webfinger.Diff(out.Found, out.Result) {
		out.Diff = append(out.Diff, DiffLine{l.Sign, l.Text})
	}
	return out
}

// foreign names what of a document is kept, a few words each.
func foreign(d webfinger.Document) []string {
	out := []string{}
	for _, l := range d.Links {
		if l.Rel != webfinger.Rel {
			out = append(out, idp.Text("webfinger.kept_link", "rel", l.Rel).String())
		}
	}
	for _, alias := range d.Aliases {
		out = append(out, idp.Text("webfinger.kept_alias", "alias", alias).String())
	}
	for _, m := range d.Properties {
		out = append(out, idp.Text("webfinger.kept_property", "name", m.Name).String())
	}
	for _, m := range d.Others {
		out = append(out, idp.Text("webfinger.kept_member", "name", m.Name).String())
	}
	return out
}

// notes are what the owner has to know before they say yes.
func (p *fingerPlan) notes() []string {
	out := []string{}
	for _, issuer := range p.others.Issuers() {
		out = append(out, idp.Text("webfinger.note_replaced", "domain", p.domain.Domain, "issuer", issuer).String())
	}
	if p.target && p.script == "" {
		if subject := p.result.Subject; subject == "" {
			out = append(out, idp.Text("webfinger.note_no_subject").String())
		} else if len(p.domain.Accounts) > 1 || p.domain.Scope == idp.WebFingerWhole {
			out = append(out, idp.Text("webfinger.note_one_subject", "subject", subject).String())
		}
	}
	if p.target && !p.there.There && p.found != nil && p.script == "" {
		out = append(out, idp.Text("webfinger.note_elsewhere", "domain", p.domain.Domain).String())
	}
	return out
}
