package webfinger

import (
	"bytes"
	"encoding/json"
	"slices"

	"hearthkey/backend/idp"
)

// Own says which parts of a document were put there from here.
type Own struct {
	Issuers  []string // what links of an issuer name
	Subjects []string
}

// IssuerLink is the link that names an issuer (OpenID Connect Discovery §2.2).
func IssuerLink(issuer string) Link {
	raw := object([]Member{{"rel", marshal(Rel)}, {"href", marshal(issuer)}})
	return Link{Rel: Rel, Href: issuer, Raw: raw}
}

// Merge puts an issuer into the document of others: their links, aliases and properties stay, and so does their subject. Every other issuer link gives way, since one domain has one provider. subject is for a document without one, "" for none.
func Merge(others Document, subject, issuer string) Document {
	d := others.clone()
	if d.Subject == "" {
		d.Subject = subject
	}
	d.replaceIssuers(func(Link) bool { return true }, []Link{IssuerLink(issuer)})
	if !slices.ContainsFunc(d.Links, func(l Link) bool { return l.Rel == Rel }) {
		d.Links = append(d.Links, IssuerLink(issuer))
	}
	return d
}

// Unmerge takes out of a document what was put there from here, and puts back the issuer link and the subject of others that gave way to it; kept is nil where there were none. A document without an issuer link from here is wholly the others' own, its subject too, even where one that was published named the same.
func Unmerge(found Document, kept *Document, own Own) Document {
	d := found.clone()
	ours := func(l Link) bool { return l.Rel == Rel && slices.Contains(own.Issuers, l.Href) }
	if !slices.ContainsFunc(d.Links, ours) {
		return d
	}
	if kept == nil {
		kept = &Document{}
	}
	if slices.Contains(own.Subjects, d.Subject) {
		d.Subject = kept.Subject
	}
	before := slices.DeleteFunc(slices.Clone(kept.Links), func(l Link) bool { return l.Rel != Rel || ours(l) })
	d.replaceIssuers(ours, before)
	if len(d.Links) == 0 && !slices.Contains(kept.order, memberLinks) {
		d.order = slices.DeleteFunc(slices.Clone(d.order), func(name string) bool { return name == memberLinks })
	}
	return d
}

// OthersOf is what others have of a document that stands on a domain: all that was kept of theirs where it is as it was published, and what came since.
func OthersOf(found Document, d idp.WebFingerDomain, issuer string) Document {
	kept := KeptOf(d)
	if d.Published != "" && string(found.Text()) == d.Published {
		if kept == nil {
			return Document{}
		}
		return *kept
	}
	return Unmerge(found, kept, OwnOf(d, issuer))
}

// replaceIssuers puts links in the place of the first issuer link that gives way, and drops the others that do.
func (d *Document) replaceIssuers(gives func(Link) bool, links []Link) {
	var out []Link
	for _, l := range d.Links {
		if l.Rel != Rel || !gives(l) {
			out = append(out, l)
			continue
		}
		out = append(out, links...)
		links = nil
	}
	d.Links = out
}

func (d Document) clone() Document {
	d.Links, d.Aliases = slices.Clone(d.Links), slices.Clone(d.Aliases)
	return d
}

// Issuers are what the issuer links of a document name.
func (d Document) Issuers() []string {
	var out []string
	for _, l := range d.Links {
		if l.Rel == Rel {
			out = append(out, l.Href)
		}
	}
	return out
}

// Bare says whether nothing is in a document but a subject, so that nobody would miss it.
func (d Document) Bare() bool {
	return len(d.Links)+len(d.Aliases)+len(d.Properties)+len(d.Others) == 0
}

// Missing lists the links of a document that another does not have, however it spells them.
func (d Document) Missing(other Document) []Link {
	var out []Link
	for _, l := range d.Links {
		if !slices.ContainsFunc(other.Links, func(o Link) bool { return same(l.Raw, o.Raw) }) {
			out = append(out, l)
		}
	}
	return out
}

// same says whether two texts are the same JSON.
func same(x, y json.RawMessage) bool { return bytes.Equal(canonical(x), canonical(y)) }

// canonical writes JSON with the members of its objects sorted.
func canonical(raw json.RawMessage) []byte {
	var v any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return raw
	}
	return marshal(v)
}

// OwnOf says which parts of what stands on a domain are its own: what names the issuer, or stood so when it was published.
func OwnOf(d idp.WebFingerDomain, issuer string) Own {
	own := Own{Issuers: []string{issuer}}
	if published, err := Parse([]byte(d.Published)); d.Published != "" && err == nil {
		own.Issuers = append(own.Issuers, published.Issuers()...)
		own.Subjects = append(own.Subjects, published.Subject)
	}
	return own
}

// KeptOf is the document of others on a domain; nil for none.
func KeptOf(d idp.WebFingerDomain) *Document {
	kept, err := Parse([]byte(d.Kept))
	if d.Kept == "" || err != nil { // it was written by Text
		return nil
	}
	return &kept
}

// DocumentOf is what a domain's web server is to serve: the issuer, and what is kept of others. Its subject is theirs, or the first account of the list, or none: an answer need not have one (RFC 7033 §4.4.1).
func DocumentOf(d idp.WebFingerDomain, issuer string) Document {
	others := Document{}
	if kept := KeptOf(d); kept != nil {
		others = *kept
	}
	return Merge(others, SubjectOf(d), issuer)
}

// SubjectOf is the one subject of a document that is the same for whoever asks: the first account that the owner typed; "" without one.
func SubjectOf(d idp.WebFingerDomain) string {
	if len(d.Accounts) == 0 {
		return ""
	}
	return Account(d.Accounts[0], d.Domain)
}
