package webfinger

import (
	"slices"
	"strings"

	"hearthkey/backend/idp"
)

// Answer is the document that names the issuer to whoever asks for a resource at a domain; ok is false where the domain does not answer for it.
// The subject is the resource as it was asked (RFC 7033 §4.4.1), whoever lives there, so that nothing is said of who does. What others published for one account is said of that one alone.
func Answer(d idp.WebFingerDomain, issuer string, q Question) (answer Document, ok bool) {
	name, domain := SplitAccount(q.Resource)
	if name == "" || domain != d.Domain || !answersFor(d, name) {
		return Document{}, false
	}
	others := Document{}
	if kept := KeptOf(d); kept != nil && kept.isOf(q.Resource) {
		others = *kept
	}
	return q.answer(others, issuer), true
}

// answer puts the issuer into a document about the resource, and leaves the links that were asked for (RFC 7033 §4.3).
func (q Question) answer(others Document, issuer string) Document {
	others.Subject = q.Resource
	d := Merge(others, "", issuer)
	if len(q.Rels) > 0 {
		d.Links = slices.DeleteFunc(d.Links, func(l Link) bool { return !slices.Contains(q.Rels, l.Rel) })
	}
	if len(d.Links) == 0 && !slices.Contains(d.order, memberLinks) {
		d.order = append(slices.Clone(d.order), memberLinks) // an empty list says that none was left
	}
	return d
}

// answersFor says whether a name is one that the domain answers for.
func answersFor(d idp.WebFingerDomain, name string) bool {
	return d.Scope == idp.WebFingerWhole || slices.ContainsFunc(d.Accounts, func(a string) bool { return strings.EqualFold(a, name) })
}

// isOf says whether a document is about a resource: by its subject, an alias, or because it is about nobody in particular.
func (d Document) isOf(resource string) bool {
	return d.Subject == "" || slices.ContainsFunc(append([]string{d.Subject}, d.Aliases...), func(s string) bool { return sameResource(s, resource) })
}

func sameResource(x, y string) bool {
	name, domain := SplitAccount(x)
	otherName, otherDomain := SplitAccount(y)
	return x == y || name != "" && strings.EqualFold(name, otherName) && domain == otherDomain
}
