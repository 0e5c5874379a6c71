package webfinger

import (
	"slices"

	"hearthkey/backend/idp"
)

// Answer is the document that names the issuer to whoever asks for a resource at a domain; ok is false where the domain does not answer for it.
// The subject is the resource as it was asked (RFC 7033 §4.4.1), whoever lives there, so that nothing is said of who does. What others published for accounts of the domain is said of those alone; what they published for nobody there, as a file does that leads to an account elsewhere, is said of all.
func Answer(d idp.WebFingerDomain, issuer string, q Question) (answer Document, ok bool) {
	name, domain := SplitAccount(q.Resource)
	e := entriesOf(d, issuer)
	if name == "" || domain != d.Domain || !e.answersFor(name) {
		return Document{}, false
	}
	return q.narrow(e.about(name)), true
}

// narrow makes a document one about the resource, and leaves the links that were asked for (RFC 7033 §4.3).
func (q Question) narrow(d Document) Document {
	d = d.clone()
	d.Subject = q.Resource
	if len(q.Rels) > 0 {
		d.Links = slices.DeleteFunc(d.Links, func(l Link) bool { return !slices.Contains(q.Rels, l.Rel) })
	}
	if len(d.Links) == 0 && !slices.Contains(d.order, memberLinks) {
		d.order = append(slices.Clone(d.order), memberLinks) // an empty list says that none was left
	}
	return d
}
